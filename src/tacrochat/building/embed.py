"""The vectors of a generation: taken over from the previous one by hash, the others encoded."""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats
from tacrochat.embedding.encoder import Encoder
from tacrochat.index.store import Store
from tacrochat.text import tokens
from tacrochat.types import Passage, Progress, Span

Words = NDArray[np.int8]


class EmbeddingCache:
    """Vectors by the hash of what they stand for: the previous index's, and fresh ones."""

    def __init__(
        self,
        previous: Store | None,
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
    ) -> tuple[dict[str, Floats], list[Words]]:
        """Return the vectors of all texts by key, and of each passage's words."""
        known, words = self._kept()
        places = [_word_positions(p, row[0]) for p, row in zip(passages, texts, strict=True)]
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

    def _kept(self) -> tuple[dict[str, Floats], dict[str, Words]]:
        """Take the vectors of the previous index, by key."""
        known: dict[str, Floats] = {}
        words: dict[str, Words] = {}
        if self._previous:
            rows = iter(self._previous.space("sentences").rows)
            starts = self._previous.terms.spoken_starts
            for number, own in enumerate(self._previous.keys()):
                known[own[0]] = self._previous.space("passages").rows[number]
                known.update((key, next(rows)) for key in own[1:])
                words[own[0]] = self._previous.words[starts[number] : starts[number + 1]]
        return known, words


def _word_positions(passage: Passage, text: str) -> list[Span]:
    """List where a passage's words stand in the text that is embedded for it."""
    ahead = len(text) - len(passage.text)
    return [
        (token.start + ahead, token.end + ahead)
        for a, b in passage.sentences
        for token in tokens(passage.text, a - passage.start, b - passage.start)
    ]


def text_key(text: str) -> str:
    """Return the hash by which the vector of a text is kept, 128 bits in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
