"""What the page shows beside the conversation while no source is open: the library at a glance."""

from collections.abc import Sequence
from typing import Any

from tacrochat.library import Library
from tacrochat.ui.examples.kept import Example

_MOST = 12  # documents shown; the tab of documents has all


def at_a_glance(library: Library, main: Sequence[int], examples: Sequence[Example]) -> dict[str, Any]:
    """Return the number of documents, and the ``main`` ones, each with an example question if there is one.

    The documents with a question come first.
    """
    questions = {example.document_id: example.question for example in examples}
    counts = library.passage_counts
    others = [number for number in main if number not in questions]
    rows = library.document_columns("path", "title", "kind", "date")
    chosen = [*questions, *others][:_MOST]
    return {
        "generation": library.manifest.generation,
        "documents": len(rows),
        "passages": sum(counts),
        "main": [
            dict(zip(("path", "title", "kind", "date"), rows[number], strict=True))
            | {"question": questions.get(number, "")}
            for number in chosen
        ],
    }
