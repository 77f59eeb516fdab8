"""Narrow a search to some documents or kinds of source, or to what is about a subject."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tacrochat.errors import QuestionError
from tacrochat.index.protocol import Index
from tacrochat.search.condition import Condition
from tacrochat.types import KINDS, Copy, Hit, Kind


@dataclass(frozen=True, slots=True)
class Filter:
    """The documents (paths) and kinds of source that a search may quote; empty means all.

    ``about`` is the condition that a passage is about the subject of the conversation.
    """

    documents: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    about: Condition = ()

    @classmethod
    def of(cls, documents: Collection[str] | None, kinds: Collection[Kind] | None) -> "Filter":
        """Make a filter of what a caller gives, None meaning all."""
        return cls(tuple(documents or ()), tuple(kinds or ()))

    def masks(self, store: Index) -> Any:
        """Say which passages pass, None when all do.

        A passage passes with its own document, or with another that holds the
        same words.

        Raises:
            QuestionError: it names a document or kind that is not there.

        """
        return None if self.is_empty else store.masks(self._wanted(store))

    def subject_masks(self, store: Index) -> Any:
        """Say which passages are of documents about the subject, and pass.

        Raises:
            QuestionError: as ``masks``.

        """
        places = frozenset[int]().union(*(about.all_documents for about in self.about))
        return store.masks(places if self.is_empty else places & self._wanted(store))

    @property
    def is_empty(self) -> bool:
        """Whether every document passes."""
        return not self.documents and not self.kinds

    def in_wanted_documents(self, hits: Sequence[Hit], store: Index) -> list[Hit]:
        """Let each hit be of a document that passes.

        A passage whose text several documents have is indexed once, in the first
        of them. If another one is wanted, its copy is what is to be quoted.
        """
        if self.is_empty:
            return list(hits)
        wanted = self._wanted(store)
        return [hit if hit.passage.document_id in wanted else _as_copy(hit, wanted, store) for hit in hits]

    def _wanted(self, store: Index) -> frozenset[int]:
        """Return the ids of the documents that pass.

        Raises:
            QuestionError: it names a document or kind that is not there.

        """
        unknown = set(self.kinds) - set(KINDS)
        if unknown:
            raise QuestionError(f"no kind {min(unknown)!r}; kinds are: {', '.join(KINDS)}")
        named = {path: store.find_document(path) for path in self.documents}
        missing = [path for path, number in named.items() if number is None]
        if missing:
            raise QuestionError(f"no document {min(missing)!r}; 'tacrochat info' lists them")
        if not self.kinds:
            return frozenset(number for number in named.values() if number is not None)
        of_kind = {i for i, (kind,) in enumerate(store.document_columns("kind")) if kind in self.kinds}
        return frozenset(of_kind & set(named.values()) if named else of_kind)


EVERYTHING = Filter()
"""The filter that lets every passage pass."""


def _as_copy(hit: Hit, wanted: Collection[int], store: Index) -> Hit:
    """Return the hit as a passage of the first wanted document that has its text."""
    indexed = hit.passage
    copy = next(copy for copy in store.copies(indexed.id) if copy.document_id in wanted)
    owner, path = store.documents[indexed.document_id], store.documents[copy.document_id].path
    others = [other for other in indexed.copies if other.document != path]
    passage = replace(copy, id=indexed.id, copies=(Copy.of(owner, indexed.start), *others))
    if len(copy.sentences) != len(indexed.sentences):  # white space may differ, and with it the sentences
        return replace(hit, passage=passage, sentences=())
    spans = dict(zip(indexed.sentences, copy.sentences, strict=True))
    return replace(hit, passage=passage, sentences=tuple(spans[span] for span in hit.sentences))
