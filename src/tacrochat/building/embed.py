"""The vectors of a generation: those of unchanged texts from the previous one, the others encoded."""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats
from tacrochat.embedding.encoder import Encoder
from tacrochat.index.store import Store
from tacrochat.text import tokens
from tacrochat.types import Passage, Progress, Span

WordVectors = NDArray[np.int8]


class EmbeddingCache:
    """Vectors by the hash of the text they belong to: those of the previous index, and new ones."""

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
        """List the texts that are embedded for each passage: itself with its context, then its sentences."""
        short = self._encoder().truncate_all(list(dict.fromkeys(contexts)), self._context_tokens)
        texts = []
        for passage, context in zip(passages, contexts, strict=True):
            with_context = f"{short[context]}\n{passage.text}" if context else passage.text
            spans = [(a - passage.start, b - passage.start) for a, b in passage.sentences]
            texts.append([with_context, *(passage.text[a:b] for a, b in spans)])
        return texts

    def of_texts(
        self,
        passages: Sequence[Passage],
        texts: Sequence[Sequence[str]],
        keys: Sequence[Sequence[str]],
    ) -> tuple[dict[str, Floats], list[WordVectors]]:
        """Return the vectors of all texts by key, and of each passage's words."""
        vectors, word_vectors = self._previous_vectors()
        words = [_word_spans(passage, text[0]) for passage, text in zip(passages, texts, strict=True)]
        to_encode = {
            key: number
            for number, (key, *_) in enumerate(keys)
            if len(word_vectors.get(key, ())) != len(words[number]) or key not in vectors
        }
        if to_encode:
            encoded, encoded_words = self._encoder().encode_words(
                [texts[number][0] for number in to_encode.values()],
                [words[number] for number in to_encode.values()],
                progress="passages",
                tell=self._progress,
            )
            vectors.update(zip(to_encode, encoded, strict=True))
            word_vectors.update(zip(to_encode, encoded_words, strict=True))
        wanted = {k: t for ks, ts in zip(keys, texts, strict=True) for k, t in zip(ks, ts, strict=True)}
        missing = [key for key in wanted if key not in vectors]
        if missing:
            sentences = [wanted[key] for key in missing]
            encoded = self._encoder().encode(sentences, progress="sentences", tell=self._progress)
            vectors.update(zip(missing, encoded, strict=True))
        return vectors, [word_vectors[key] for key, *_ in keys]

    def _previous_vectors(self) -> tuple[dict[str, Floats], dict[str, WordVectors]]:
        """Return the vectors of the previous index by key: of all texts, and of each passage's words."""
        vectors: dict[str, Floats] = {}
        word_vectors: dict[str, WordVectors] = {}
        if self._previous and self._previous.dimension == self._encoder().dimension:
            sentence_vectors = iter(self._previous.space("sentences").vectors)
            offsets = self._previous.terms.passage_word_offsets
            for number, (key, *sentence_keys) in enumerate(self._previous.keys()):
                vectors[key] = self._previous.space("passages").vectors[number]
                vectors.update((sentence, next(sentence_vectors)) for sentence in sentence_keys)
                word_vectors[key] = self._previous.word_vectors[offsets[number] : offsets[number + 1]]
        return vectors, word_vectors


def _word_spans(passage: Passage, text: str) -> list[Span]:
    """List the spans of a passage's words in the text that is embedded for it, context first."""
    shift = len(text) - len(passage.text)
    return [
        (token.start + shift, token.end + shift)
        for a, b in passage.sentences
        for token in tokens(passage.text, a - passage.start, b - passage.start)
    ]


def text_key(text: str) -> str:
    """Return the key of a text's vector: 128 bits of its SHA-256, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
