"""Narrow a search to some documents or kinds of source."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from tacrochat.errors import QuestionError
from tacrochat.index.store import Store
from tacrochat.types import KINDS, Copy, Document, Hit, Kind, Passage


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
        wanted = self._wanted(documents)
        paths = {documents[document_id].path for document_id in wanted}
        return frozenset(
            passage.id
            for passage in passages
            if passage.document_id in wanted or any(copy.document in paths for copy in passage.copies)
        )

    def in_wanted_documents(self, hits: Sequence[Hit], store: Store) -> list[Hit]:
        """Let each hit be of a document that passes.

        A passage whose text several documents have is indexed once, in the first
        of them. If another one is wanted, its copy is what is to be quoted.
        """
        if not self.documents and not self.kinds:
            return list(hits)
        wanted = self._wanted(store.documents)
        if all(hit.passage.document_id in wanted for hit in hits):
            return list(hits)  # the copies, which are read from the database, are not needed
        copies = _copies(store)
        return [
            hit if hit.passage.document_id in wanted else _as_copy(hit, wanted, copies, store.documents)
            for hit in hits
        ]

    def _wanted(self, documents: Sequence[Document]) -> set[int]:
        """Return the ids of the documents that pass."""
        return {
            document.id
            for document in documents
            if (not self.documents or document.path in self.documents)
            and (not self.kinds or document.kind in self.kinds)
        }

    def _check(self, documents: Sequence[Document]) -> None:
        missing = set(self.documents) - {document.path for document in documents}
        if missing:
            raise QuestionError(f"no document {min(missing)!r}; 'tacrochat info' lists them")
        unknown = set(self.kinds) - set(KINDS)
        if unknown:
            raise QuestionError(f"no kind {min(unknown)!r}; kinds are: {', '.join(KINDS)}")


EVERYTHING = Filter()
"""The filter that lets every passage pass."""


def _copies(store: Store) -> dict[int, list[Passage]]:
    """Return the passages that repeat an indexed one, by its id."""
    copies: dict[int, list[Passage]] = {}
    for passage, original in store.repeated():
        copies.setdefault(original, []).append(passage)
    return copies


def _as_copy(
    hit: Hit, wanted: Collection[int], copies: Mapping[int, Sequence[Passage]], documents: Sequence[Document]
) -> Hit:
    """Return the hit as a passage of the first wanted document that has its text."""
    indexed = hit.passage
    copy = next(copy for copy in copies[indexed.id] if copy.document_id in wanted)
    owner = documents[indexed.document_id]
    others = [other for other in indexed.copies if other.document != documents[copy.document_id].path]
    passage = replace(copy, id=indexed.id, copies=(Copy.of(owner, indexed.start), *others))
    if len(copy.sentences) != len(indexed.sentences):  # white space may differ, and with it the sentences
        return replace(hit, passage=passage, sentences=())
    spans = dict(zip(indexed.sentences, copy.sentences, strict=True))
    return replace(hit, passage=passage, sentences=tuple(spans[span] for span in hit.sentences))
