"""The process that reads files and finds their sentences: ``python -m tacrochat.building.worker``.

Both are done there, under the same limits on time and memory; see
``readers.isolation``. Only the model's word pieces are counted by the build itself.
"""

from typing import Any

from tacrochat.building.passages import paragraphs, sections
from tacrochat.building.titles import title_of
from tacrochat.readers.worker import main
from tacrochat.types import Document, Extract


def _sections(path: str, extract: Extract) -> list[list[Any]]:
    """Return the fields of each section, after its document, and its paragraphs."""
    document = Document(0, path, title_of(path, extract), extract.text, "")
    parts = sections(document, extract.blocks)
    return [
        [part.heading, part.start, part.end, part.role, part.reason, cut]
        for part, cut in zip(parts, paragraphs(document.text, parts), strict=True)
    ]


if __name__ == "__main__":
    main(_sections)
