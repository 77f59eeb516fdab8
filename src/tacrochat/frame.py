"""Passages as a pandas data frame."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tacrochat.errors import TacrochatError
from tacrochat.types import Document, Passage

if TYPE_CHECKING:
    import pandas


def frame(documents: Sequence[Document], passages: Sequence[Passage]) -> "pandas.DataFrame":
    """Return a row for each passage, see ``Library.to_pandas``.

    Raises:
        TacrochatError: pandas is not installed.

    """
    try:
        import pandas
    except ImportError as error:
        raise TacrochatError(
            "to_pandas needs the package pandas; run 'pip install \"tacrochat[notebook]\"'"
        ) from error
    records = []
    for passage in passages:
        document = documents[passage.document_id]
        records.append(
            {
                "document": document.path,
                "title": document.title,
                "kind": document.kind,
                "heading": " › ".join(passage.heading),
                "start": passage.start,
                "end": passage.end,
                "line": document.line(passage.start),
                "role": passage.role,
                "text": passage.text,
            }
        )
    return pandas.DataFrame(records).rename_axis("passage")
