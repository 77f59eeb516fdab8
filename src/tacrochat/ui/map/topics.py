"""Topics of the map: groups of similar passages, each named by words that are particular for it."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats
from tacrochat.embedding.clusters import clusters
from tacrochat.text import STOPWORDS, tokens
from tacrochat.types import Passage
from tacrochat.ui.examples.languages import FREQUENT

_MOST = 8  # topics
_LEAST_PASSAGES = 12  # below which a map needs no topics
_WORDS = 2  # in a name
_COMMON = 0.3  # share of all passages from which on a word says nothing
_RARE = 0.12  # share of a topic's passages that a word must be in
_MOST_SHARE = 0.85  # of one topic, above which there is only one
_SHOWN = 6  # passages listed of each topic
_WORD = re.compile(r"[^\W\d_]{3,24}")
_FUNCTION_WORDS = STOPWORDS.union(*FREQUENT.values())


@dataclass(frozen=True, slots=True)
class Topic:
    """A group of passages: its name, the rows of its passages, and those nearest to its middle."""

    name: str
    rows: NDArray[np.int64]
    nearest: tuple[int, ...]


def topics(passages: Sequence[Passage], vectors: Floats) -> list[Topic]:
    """Group passages, whose unit vectors are the rows of ``vectors``; the largest topic comes first.

    A topic's name is made of the words with the highest class-based TF-IDF: frequent
    in its passages, rare in the others. A topic without such words is left out.
    """
    if len(passages) < _LEAST_PASSAGES:
        return []
    count = min(_MOST, max(2, round(math.sqrt(len(passages)) / 2)))
    groups, directions = clusters(vectors, count)
    words = [_words(passage.text) for passage in passages]
    in_passages = Counter(stem for found in words for stem in found)
    common = {stem for stem, number in in_passages.items() if number > _COMMON * len(passages)}
    rows_of = [np.flatnonzero(groups == number) for number in range(len(directions))]
    if max(map(len, rows_of)) > _MOST_SHARE * len(passages):
        return []
    made: list[Topic] = []
    taken: set[str] = set()
    for number in sorted(range(len(rows_of)), key=lambda group: -len(rows_of[group])):
        rows = rows_of[number]
        name = _name([words[row] for row in rows.tolist()], in_passages, common | taken)
        if not name:
            continue
        taken.update(stem for stem, _ in name)
        order = np.argsort(-(vectors[rows] @ directions[number]), kind="stable")[:_SHOWN]
        made.append(Topic(" · ".join(word for _, word in name), rows, tuple(rows[order].tolist())))
    return made


def _words(text: str) -> dict[str, str]:
    """Return the content words of a passage: the stem of each, and how it is written there."""
    found: dict[str, str] = {}
    for token in tokens(text):
        written = text[token.start : token.end]
        if token.text not in _FUNCTION_WORDS and _WORD.fullmatch(written):
            kept = found.setdefault(token.stem, written)
            if written.islower() and not kept.islower():
                found[token.stem] = written
    return found


def _name(
    words: Sequence[dict[str, str]], in_passages: Counter[str], without: set[str]
) -> list[tuple[str, str]]:
    """Return the words that name a group of passages, each with its stem; fewer than two are no name."""
    counts = Counter(stem for found in words for stem in found)
    least = max(2.0, _RARE * len(words))
    scores = {
        stem: number / len(words) * math.log(1 + len(words) / in_passages[stem] * 10)
        for stem, number in counts.items()
        if number >= least and stem not in without
    }
    best = sorted(scores, key=lambda stem: (-scores[stem], stem))[:_WORDS]
    written = {stem: Counter(found[stem] for found in words if stem in found) for stem in best}
    return [(stem, written[stem].most_common(1)[0][0]) for stem in best]
