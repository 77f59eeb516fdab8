"""Words of the documents that a person may ask with, where the documents do not have a word of the question.

Unlike ``spelling`` and ``neighbours``, which replace only what is surely meant,
these are to choose from: they may mean another thing.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from tacrochat.index.protocol import Index
from tacrochat.ranking.records import Query
from tacrochat.search.neighbours import compared
from tacrochat.text import Token, stem

_WORTH_TRYING = 0.5  # cosine, in context, from which on a word is offered
_MIN_LENGTH = 5  # letters of a word that is compared by its spelling
_MAX_EDITS = 2
_MAX_SPELT = 1  # words spelt alike that are offered for one word


def words_to_try(
    query: Query, missing: Sequence[int], passage_ids: Sequence[int], index: Index, count: int
) -> list[tuple[Token, list[str]]]:
    """Return, for terms of a question given by their numbers, up to ``count`` words each.

    A word spelt about alike comes first, then those of the passages that are nearest
    in meaning. A term that nothing is near to is left out.
    """
    words, near = compared(query, missing, passage_ids, index)
    asked = set(query.stems)
    found: list[tuple[Token, list[str]]] = []
    for column, number in enumerate(missing):
        term = query.terms[number]
        offered = {stem(word): word for word in _spelt_alike(term.text, index.terms.near(term.text))}
        order = np.argsort(-near[:, column], kind="stable") if words else ()
        for i in order:
            if near[i, column] < _WORTH_TRYING or len(offered) >= count:
                break
            offered.setdefault(words[i].stem, words[i].text)
        if chosen := [word for stem_, word in offered.items() if stem_ not in asked]:
            found.append((term, chosen[:count]))
    return found


def _spelt_alike(word: str, vocabulary: Mapping[str, int]) -> list[str]:
    """Return words of the documents that are a few edits away, the nearest first."""
    if len(word) < _MIN_LENGTH:
        return []
    near = process.extract(word, list(vocabulary), scorer=OSA.distance, score_cutoff=_MAX_EDITS, limit=None)
    others = [(edits, -vocabulary[other], other) for other, edits, _ in near if other.isalpha()]
    return [other for _, _, other in sorted(others)[:_MAX_SPELT]]
