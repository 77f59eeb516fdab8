"""Documents that were read → the contents of one index generation: numbered, embedded, whole."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tacrochat.building import duplicates as copies
from tacrochat.building import passages as splitting
from tacrochat.embedding.encoder import Encoder
from tacrochat.index import store
from tacrochat.index import vectors as dense
from tacrochat.index.contents import Contents, FileRecord
from tacrochat.index.terms import TermTable
from tacrochat.text import tokens
from tacrochat.types import Copy, Document, Passage, Progress, Section, Skipped, Span

Row = NDArray[np.float32]
Words = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Read:
    """One document with its sections and passages, ids still its own."""

    document: Document
    sections: Sequence[Section]
    passages: Sequence[Passage]


def assemble(
    read: Sequence[Read],
    files: Sequence[FileRecord],
    skipped: Sequence[Skipped],
    vectors: "Vectors",
) -> Contents:
    """Give everything its number and each text its vector."""
    documents = [replace(r.document, id=number) for number, r in enumerate(read)]
    sections = [replace(s, document_id=n) for n, r in enumerate(read) for s in r.sections]
    every = [replace(p, document_id=n, copies=()) for n, r in enumerate(read) for p in r.passages]
    passages, repeated, contexts = _indexed_once(documents, every)
    terms = TermTable.build(passages, contexts)
    texts = vectors.texts(passages, contexts)
    keys = [[_key(text) for text in row] for row in texts]
    found, words = vectors.of_texts(passages, texts, keys)
    return Contents(
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
        },
        words=np.concatenate(words),
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
        self,
        previous: store.Store | None,
        encoder: Callable[[], Encoder],
        context_tokens: int,
        progress: Progress | None = None,
    ) -> None:
        self._previous = previous
        self._encoder = encoder
        self._context_tokens = context_tokens
        self._progress = progress

    def texts(self, passages: Sequence[Passage], contexts: Sequence[str]) -> list[list[str]]:
        """List what is embedded for each passage: it with its context, then its sentences."""
        short = self._encoder().truncate_all(list(dict.fromkeys(contexts)), self._context_tokens)
        rows = []
        for passage, context in zip(passages, contexts, strict=True):
            whole = f"{short[context]}\n{passage.text}" if context else passage.text
            spans = [(a - passage.start, b - passage.start) for a, b in passage.sentences]
            rows.append([whole, *(passage.text[a:b] for a, b in spans)])
        return rows

    def of_texts(
        self,
        passages: Sequence[Passage],
        texts: Sequence[Sequence[str]],
        keys: Sequence[Sequence[str]],
    ) -> tuple[dict[str, Row], list[Words]]:
        """Return the vectors of all texts by key, and of each passage's words."""
        known, words = self._kept()
        places = [_word_places(p, row[0]) for p, row in zip(passages, texts, strict=True)]
        fresh = {
            row[0]: number
            for number, row in enumerate(keys)
            if len(words.get(row[0], ())) != len(places[number]) or row[0] not in known
        }
        if fresh:
            rows, found = self._encoder().encode_words(
                [texts[number][0] for number in fresh.values()],
                [places[number] for number in fresh.values()],
                progress="passages",
                tell=self._progress,
            )
            known.update(zip(fresh, rows, strict=True))
            words.update(zip(fresh, found, strict=True))
        wanted = {k: t for ks, ts in zip(keys, texts, strict=True) for k, t in zip(ks, ts, strict=True)}
        missing = [key for key in wanted if key not in known]
        if missing:
            sentences = [wanted[key] for key in missing]
            rows = self._encoder().encode(sentences, progress="sentences", tell=self._progress)
            known.update(zip(missing, rows, strict=True))
        return known, [words[row[0]] for row in keys]

    def _kept(self) -> tuple[dict[str, Row], dict[str, Words]]:
        """Take the vectors of the previous index, by key."""
        known: dict[str, Row] = {}
        words: dict[str, Words] = {}
        if self._previous:
            rows = iter(self._previous.space("sentences").rows)
            starts = self._previous.terms.spoken_starts
            for number, own in enumerate(self._previous.keys()):
                known[own[0]] = self._previous.space("passages").rows[number]
                known.update((key, next(rows)) for key in own[1:])
                words[own[0]] = self._previous.words[starts[number] : starts[number + 1]]
        return known, words


def _word_places(passage: Passage, text: str) -> list[Span]:
    """List where a passage's words stand in the text that is embedded for it."""
    ahead = len(text) - len(passage.text)
    return [
        (token.start + ahead, token.end + ahead)
        for a, b in passage.sentences
        for token in tokens(passage.text, a - passage.start, b - passage.start)
    ]


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
