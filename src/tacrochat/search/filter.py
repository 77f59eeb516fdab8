"""Narrow a search to some documents or kinds of source."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tacrochat.errors import QuestionError
from tacrochat.types import KINDS, Document, Kind, Passage


@dataclass(frozen=True, slots=True)
class Filter:
    """The documents (paths) and kinds of source that a search may quote; empty means all."""

    documents: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()

    @classmethod
    def of(cls, documents: Collection[str] | None, kinds: Collection[Kind] | None) -> "Filter":
        """Make a filter of what a caller gives, None meaning all."""
        return cls(tuple(documents or ()), tuple(kinds or ()))

    def passage_ids(
        self, documents: Sequence[Document], passages: Sequence[Passage]
    ) -> frozenset[int] | None:
        """Return the ids of the passages that pass, None when all do.

        A passage passes with its own document, or with another that holds the
        same words.

        Raises:
            QuestionError: it names a document or kind that is not there.

        """
        if not self.documents and not self.kinds:
            return None
        self._check(documents)
        wanted = {
            document.id
            for document in documents
            if (not self.documents or document.path in self.documents)
            and (not self.kinds or document.kind in self.kinds)
        }
        paths = {documents[document_id].path for document_id in wanted}
        return frozenset(
            passage.id
            for passage in passages
            if passage.document_id in wanted or any(copy.document in paths for copy in passage.copies)
        )

    def _check(self, documents: Sequence[Document]) -> None:
        missing = set(self.documents) - {document.path for document in documents}
        if missing:
            raise QuestionError(f"no document {min(missing)!r}; 'tacrochat info' lists them")
        unknown = set(self.kinds) - set(KINDS)
        if unknown:
            raise QuestionError(f"no kind {min(unknown)!r}; kinds are: {', '.join(KINDS)}")


EVERYTHING = Filter()
"""The filter that lets every passage pass."""
