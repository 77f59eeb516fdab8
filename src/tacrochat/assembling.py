"""Documents that were read → the contents of one index generation: numbered, embedded, whole."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tacrochat import copies, dense, splitting, store
from tacrochat.encoder import Encoder
from tacrochat.lexical import TermTable
from tacrochat.types import Copy, Document, Passage, Section, Skipped


@dataclass(frozen=True, slots=True)
class Read:
    """One document with its sections and passages, ids still its own."""

    document: Document
    sections: Sequence[Section]
    passages: Sequence[Passage]


def assemble(
    read: Sequence[Read],
    files: Sequence[store.FileRecord],
    skipped: Sequence[Skipped],
    vectors: "Vectors",
) -> store.Contents:
    """Give everything its number and each text its vector."""
    documents = [replace(r.document, id=number) for number, r in enumerate(read)]
    sections = [replace(s, document_id=n) for n, r in enumerate(read) for s in r.sections]
    every = [replace(p, document_id=n, copies=()) for n, r in enumerate(read) for p in r.passages]
    passages, repeated, contexts = _indexed_once(documents, every)
    terms = TermTable.build(passages, contexts)
    texts = vectors.texts(passages, contexts)
    keys = [[_key(text) for text in row] for row in texts]
    found = vectors.of_texts(texts, keys)
    return store.Contents(
        documents=documents,
        files=files,
        sections=sections,
        passages=passages,
        repeated=repeated,
        keys=keys,
        terms=terms,
        skipped=skipped,
        spaces={
            "passages": dense.VectorIndex.build(np.stack([found[row[0]] for row in keys])),
            "sentences": dense.VectorIndex.build(np.stack([found[k] for row in keys for k in row[1:]])),
            "words": dense.VectorIndex.build(vectors.of_words(terms)),
        },
    )


def _indexed_once(
    documents: Sequence[Document], every: Sequence[Passage]
) -> tuple[list[Passage], list[tuple[Passage, int]], list[str]]:
    """Part passages into those to index, with their contexts, and those that repeat one."""
    repeats = copies.originals(every, [d.text for d in documents])
    number = {p: n for n, p in enumerate(p for p in range(len(every)) if p not in repeats)}
    places: dict[int, list[Copy]] = {}
    contexts = {p: [splitting.context(documents[every[p].document_id], every[p].heading)] for p in number}
    for position, original in repeats.items():
        passage = every[position]
        document = documents[passage.document_id]
        place = f"{' '.join(document.path.split())}, {document.place(passage.start)}"
        places.setdefault(original, []).append(Copy(document.path, place))
        contexts[original].append(splitting.context(document, passage.heading))
    passages = [replace(every[p], id=n, copies=tuple(places.get(p, ()))) for p, n in number.items()]
    repeated = [(replace(every[p], id=-1), number[original]) for p, original in repeats.items()]
    joined = [" · ".join(dict.fromkeys(filter(None, contexts[p]))) for p in number]
    return passages, repeated, joined


class Vectors:
    """Vectors by the hash of what they stand for: the previous index's, and fresh ones."""

    def __init__(
        self, previous: store.Store | None, encoder: Callable[[], Encoder], context_tokens: int
    ) -> None:
        self._previous = previous
        self._encoder = encoder
        self._context_tokens = context_tokens

    def texts(self, passages: Sequence[Passage], contexts: Sequence[str]) -> list[list[str]]:
        """List what is embedded for each passage: it with its context, then its sentences."""
        short = self._encoder().truncate_all(list(dict.fromkeys(contexts)), self._context_tokens)
        rows = []
        for passage, context in zip(passages, contexts, strict=True):
            whole = f"{short[context]}\n{passage.text}" if context else passage.text
            spans = [(a - passage.start, b - passage.start) for a, b in passage.sentences]
            rows.append([whole, *(passage.text[a:b] for a, b in spans)])
        return rows

    def of_texts(self, texts: Sequence[Sequence[str]], keys: Sequence[Sequence[str]]) -> dict[str, Any]:
        """Return the vectors of all texts, by key."""
        known: dict[str, Any] = {}
        if self._previous:
            rows = iter(self._previous.space("sentences").rows)
            stored = zip(self._previous.space("passages").rows, self._previous.keys(), strict=True)
            for row, own in stored:
                known[own[0]] = row
                known.update((key, next(rows)) for key in own[1:])
        wanted = {k: t for ks, ts in zip(keys, texts, strict=True) for k, t in zip(ks, ts, strict=True)}
        missing = [key for key in wanted if key not in known]
        if missing:
            fresh = self._encoder().encode([wanted[key] for key in missing], progress="embedding")
            known.update(zip(missing, fresh, strict=True))
        return known

    def of_words(self, terms: TermTable) -> dense.Vectors:
        """Return the vectors of all words, in the order of the table."""
        known: dict[str, Any] = {}
        if self._previous:
            rows = self._previous.space("words").rows
            known = dict(zip(self._previous.terms.words, rows, strict=True))
        missing = [word for word in terms.words if word not in known]
        if missing:
            known.update(zip(missing, self._encoder().encode(missing, progress="words"), strict=True))
        return np.stack([known[word] for word in terms.words])


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
