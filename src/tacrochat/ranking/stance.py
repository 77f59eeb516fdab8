"""Whether a sentence says yes or no to a question, or neither.

Two logistic models, fitted by ``benchmarks/train_stance.py`` on claims with evidence
(FEVER, Thorne et al., 2018) and on outcomes of trials (Evidence Inference, Lehman
et al., 2019), on features that can be read:

- ``no``, against "yes": the words of verdict in question and sentence, and each
  of the one with each of the other ("lower" asked, "higher" said);
- ``neither``: how badly the sentence matches the words of the question.

Alone they are right too seldom to announce anything. So a stance also needs a
word that affirms or denies an effect, and the particular words of the question
in its passage: what is said of another drug answers nothing.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np

from tacrochat.arrays import Floats
from tacrochat.index.words import PassageWords
from tacrochat.ranking.records import Collection, Query
from tacrochat.ranking.verdict_words import affirms, denies, gives_none, in_scope, verdict
from tacrochat.text import STOPWORDS, Token, tokens
from tacrochat.types import Hit, Passage, Span
from tacrochat.word_codes import cosines

Side = Literal["yes", "no"]

MATCH_NAMES = (
    "mean",
    "weakest",
    "two weakest",
    "same words",
    "negated words",
    "negated match",
    "numbers",
    "asks number",
    "has number",
    "last word",
    "last negated",
    "cosine",
)
"""Features of how a sentence matches a question, in this order, see ``match``."""

_SIMILAR = 0.5  # cosine, in context, from which on a word counts as matched
_PARTICULAR = 0.95  # specificity from which on a word of the question must be in the passage
_WEAKEST = 0.3  # the least cosine of such a word in the sentence itself
_ABOUT = 3.0  # log-odds from which on a sentence is about the question
_NO = 0.5  # log-odds of "no" from which on a sentence that denies an effect says no
_YES = 0.3  # log-odds of "yes" from which on a sentence that affirms an effect says yes
_NEGATED = 0.6  # the least cosine of the negated words with a word of the question
_DENIED = 0.75  # the same where no word for an effect is negated


@dataclass(frozen=True, slots=True)
class Stance:
    """What a sentence says to a question; ``about`` is the log-odds that it is about the question."""

    side: Side
    sentence: Span
    about: float


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model: a weight for each feature, and the intercept."""

    weights: Floats
    intercept: float

    def log_odds(self, features: Sequence[float] | Floats) -> float:
        """Return the log-odds for the features of one sentence."""
        return float(np.asarray(features, np.float32) @ self.weights) + self.intercept


@cache
def load() -> dict[str, Model]:
    """Read the models ``no`` and ``neither`` that ship with tacrochat."""
    stored = json.loads(files("tacrochat.ranking").joinpath("stance.json").read_text("utf-8"))
    return {
        name: Model(np.asarray(stored[name]["weights"], np.float32), stored[name]["intercept"])
        for name in ("no", "neither")
    }


def pairs(question: str, sentence: str) -> Floats:
    """Return each verdict word of the question, and a 1, times each of the sentence, and a 1: flat."""
    return np.outer((1.0, *verdict(question)), (1.0, *verdict(sentence))).astype(np.float32).ravel()


def match(
    question: Sequence[Token], sentence: Sequence[Token], cosines: Floats, cosine: float
) -> list[float]:
    """Describe how a sentence matches the words of a question, see ``MATCH_NAMES``.

    ``cosines`` is ``(sentence words, question words)``, in context. A sentence
    longer than the model's window has fewer rows than words. ``cosine`` is that of the whole texts.
    """
    asked = [i for i, token in enumerate(question) if token.text not in STOPWORDS]
    asked = asked or list(range(len(question)))
    own = cosines[: len(sentence), asked]
    if not own.size:
        return [0.0] * len(MATCH_NAMES)
    best, at = own.max(axis=0), own.argmax(axis=0)
    negated = np.asarray(in_scope([token.text for token in sentence]), np.float32)[at]
    stems = {token.stem for token in sentence}
    numbers = [token.text for token in question if token.text[0].isdigit()]
    said = {token.text for token in sentence if token.text[0].isdigit()}
    return [
        float(best.mean()),
        float(best.min()),
        float(np.sort(best)[:2].mean()),
        float(np.mean([question[i].stem in stems for i in asked])),
        float((negated * (best > _SIMILAR)).mean()),
        float((negated * best).max()),
        float(np.mean([number in said for number in numbers])) if numbers else 0.0,
        float(bool(numbers)),
        float(bool(said)),
        float(best[-1]),
        float(negated[-1]),
        cosine,
    ]


def stances(query: Query, hits: Sequence[Hit], collection: Collection) -> list[Stance | None]:
    """Say for each hit whether its passage says yes or no to a yes-or-no question.

    None if no sentence is sure, or if one says yes and another no.
    """
    if not hits or not query.terms:
        return [None] * len(hits)
    ids = np.unique([hit.passage.id for hit in hits])
    words = collection.words(ids, query.stems)
    compared = _Compared(query, tokens(query.text), words, cosines(words.codes, query.word_vectors))
    by_sentence = collection.sentence_cosines(ids, query.query_vector)
    at = [int(np.searchsorted(ids, hit.passage.id)) for hit in hits]
    return [compared.stance(hit.passage, i, by_sentence[i]) for hit, i in zip(hits, at, strict=True)]


@dataclass(frozen=True, slots=True)
class _Compared:
    """A question, its words, and those of some passages; ``cosines`` compares them, ``(words, asked)``."""

    query: Query
    asked: Sequence[Token]
    words: PassageWords
    cosines: Floats

    def stance(self, passage: Passage, at: int, by_sentence: Floats) -> Stance | None:
        """Return the stance of a passage, the ``at``-th; ``by_sentence`` compares its sentence vectors."""
        first = int(self.words.passage_offsets[at])
        if not self._has_particular(at):
            return None
        found = []
        for i, (start, end) in enumerate(passage.sentences):
            own = self.cosines[self.words.word_offsets[first + i] : self.words.word_offsets[first + i + 1]]
            text = passage.text[start - passage.start : end - passage.start]
            said = self._said(text, own, float(by_sentence[i]))
            if said:
                found.append(Stance(said[0], (start, end), said[1]))
        is_clear = len({stance.side for stance in found}) == 1
        return max(found, key=lambda stance: stance.about) if is_clear else None

    def _has_particular(self, at: int) -> bool:
        """Tell whether passage, title or headings have each particular word, or one like it."""
        words = self.words
        first, last = words.passage_offsets[at], words.passage_offsets[at + 1]
        body = words.body[words.body_offsets[first] : words.body_offsets[last]]
        heading = words.heading[words.heading_offsets[at] : words.heading_offsets[at + 1]]
        own = self.cosines[words.word_offsets[first] : words.word_offsets[last]]
        return all(
            term in body or term in heading or own[:, position].max(initial=0.0) >= _SIMILAR
            for term, position in self._particular()
        )

    def _particular(self) -> list[tuple[int, int]]:
        """List the particular terms of the question, each with its position among all words."""
        query = self.query
        return [(i, query.positions[i]) for i, s in enumerate(query.specificity) if s >= _PARTICULAR]

    def _said(self, text: str, cosines: Floats, cosine: float) -> tuple[Side, float] | None:
        """Return the side of a sentence and the log-odds that it is about the question; None if not sure."""
        weakest = min((cosines[:, p].max(initial=0.0) for _, p in self._particular()), default=1.0)
        if weakest < _WEAKEST:
            return None
        features = match(self.asked, tokens(text), cosines, cosine)
        about = -load()["neither"].log_odds(features)
        if about < _ABOUT or gives_none(text):
            return None
        no = load()["no"].log_odds(pairs(self.query.text, text))
        negated = features[MATCH_NAMES.index("negated match")]
        is_denied = negated >= _DENIED or (negated >= _NEGATED and denies(text))
        if is_denied and no >= _NO:
            return "no", about
        return ("yes", about) if affirms(text) and no <= -_YES else None
