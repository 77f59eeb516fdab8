"""The vectors of a generation: those of unchanged texts from the previous one, the others encoded."""

from collections.abc import Callable, Sequence

from tacrochat.arrays import Floats
from tacrochat.building.checkpoint import Checkpoint, Restored, Stage
from tacrochat.building.progress import plan, text_costs
from tacrochat.embedding.encoder import Encoder, Keep
from tacrochat.embedding.engine import EngineName
from tacrochat.index.protocol import Index
from tacrochat.text import tokens
from tacrochat.types import Passage, Progress, Span
from tacrochat.word_codes import Codes


class EmbeddingCache:
    """Vectors by the hash of the text they belong to: those of the previous index, and new ones.

    New ones are kept in an index folder's checkpoint as they are made.
    """

    def __init__(
        self,
        previous: Index | None,
        encoder: Callable[[], Encoder],
        context_tokens: int,
        progress: Progress | None = None,
        checkpoint: Callable[[Encoder], Checkpoint] | None = None,
    ) -> None:
        self._previous = previous
        self._encoder = encoder
        self._context_tokens = context_tokens
        self._progress = progress
        self._checkpoint = checkpoint

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
    ) -> tuple[dict[str, Floats], list[Codes]]:
        """Return the vectors of all texts by key, and of each passage's words."""
        words = [_word_spans(passage, text[0]) for passage, text in zip(passages, texts, strict=True)]
        counts = {key: len(spans) for (key, *_), spans in zip(keys, words, strict=True)}
        vectors, word_codes = self._previous_vectors(keys)
        wanted = {k: t for ks, ts in zip(keys, texts, strict=True) for k, t in zip(ks, ts, strict=True)}
        checkpoint = self._checkpoint(self._encoder()) if self._checkpoint else None
        restored = checkpoint.restore(counts, wanted) if checkpoint else Restored()
        vectors.update(restored.vectors)
        word_codes.update(restored.word_codes)
        to_encode = {
            key: number
            for number, (key, *_) in enumerate(keys)
            if len(word_codes.get(key, ())) != counts[key] or key not in vectors
        }
        sentences = [key for key in wanted if key not in vectors and key not in to_encode]
        batches = _Encoding(self._encoder, self._progress, checkpoint, restored)
        batches.plan(
            [texts[number][0] for number in to_encode.values()],
            [words[number] for number in to_encode.values()],
            [wanted[key] for key in sentences],
            room=(sum(counts.values()), len(wanted)),
        )
        try:
            batches.passages(list(to_encode), vectors, word_codes)
            batches.sentences(sentences, vectors)
        finally:
            if checkpoint:
                checkpoint.close()
        return vectors, [word_codes[key] for key, *_ in keys]

    def _previous_vectors(self, keys: Sequence[Sequence[str]]) -> tuple[dict[str, Floats], dict[str, Codes]]:
        """Return the vectors of the previous index by key: of these texts, and of each passage's words."""
        if not self._previous or self._previous.dimension != self._encoder().dimension:
            return {}, {}
        vectors, word_codes = self._previous.embedded("passages", [first for first, *_ in keys])
        sentences, _ = self._previous.embedded("sentences", [key for _, *rest in keys for key in rest])
        return {**sentences, **vectors}, word_codes


class _Encoding:
    """Encodes what is missing, and keeps each batch in the checkpoint."""

    def __init__(
        self,
        encoder: Callable[[], Encoder],
        progress: Progress | None,
        checkpoint: Checkpoint | None,
        restored: Restored,
    ) -> None:
        self._encoder = encoder
        self._progress = progress
        self._checkpoint = checkpoint
        self._engines = restored.engines
        self._passages: list[str] = []
        self._words: list[list[Span]] = []
        self._sentences: list[str] = []

    def plan(
        self, passages: list[str], words: list[list[Span]], sentences: list[str], *, room: tuple[int, int]
    ) -> None:
        """Name the texts to encode, and how many words and texts the whole index will have."""
        self._passages, self._words, self._sentences = passages, words, sentences
        costs = {"passages": text_costs(passages), "sentences": text_costs(sentences)}
        plan(self._progress, "embedding", costs)
        if self._checkpoint and (passages or sentences):
            self._checkpoint.make_room(*room)

    def passages(self, keys: list[str], vectors: dict[str, Floats], word_codes: dict[str, Codes]) -> None:
        if not keys:
            return
        encoder = self._encoder()
        engine = self._chosen("passages", self._passages)
        encoded, encoded_words = encoder.encode_words(
            self._passages,
            self._words,
            progress="passages",
            tell=self._progress,
            engine=engine,
            keep=self._keep("passages", engine, keys),
        )
        vectors.update(zip(keys, encoded, strict=True))
        word_codes.update(zip(keys, encoded_words, strict=True))

    def sentences(self, keys: list[str], vectors: dict[str, Floats]) -> None:
        if not keys:
            return
        encoder = self._encoder()
        engine = self._chosen("sentences", self._sentences)
        encoded = encoder.encode(
            self._sentences,
            progress="sentences",
            tell=self._progress,
            engine=engine,
            keep=self._keep("sentences", engine, keys),
        )
        vectors.update(zip(keys, encoded, strict=True))

    def _chosen(self, stage: Stage, texts: list[str]) -> EngineName:
        """Return the engine that a build before began a stage with, or else the fastest."""
        before = self._engines.get(stage)
        return before if before and self._encoder().has(before) else self._encoder().fastest(texts)

    def _keep(self, stage: Stage, engine: EngineName, keys: list[str]) -> Keep | None:
        checkpoint = self._checkpoint
        if checkpoint is None:
            return None

        def keep(batch: list[int], vectors: Floats, word_codes: list[Codes]) -> None:
            checkpoint.append(stage, engine, [keys[i] for i in batch], vectors, word_codes)

        return keep


def _word_spans(passage: Passage, text: str) -> list[Span]:
    """List the spans of a passage's words in the text that is embedded for it, context first."""
    shift = len(text) - len(passage.text)
    return [
        (token.start + shift, token.end + shift)
        for a, b in passage.sentences
        for token in tokens(passage.text, a - passage.start, b - passage.start)
    ]
