"""Words of the documents that a person may ask with, where the documents do not have a word of the question.

Unlike ``spelling`` and ``neighbours``, which replace only what is surely meant,
these are to choose from: they may mean another thing.
"""

from collections.abc import Sequence

import numpy as np

from tacrochat.index.protocol import Index
from tacrochat.ranking.records import Query
from tacrochat.search.neighbours import compared
from tacrochat.search.spelling import spelt_alike
from tacrochat.text import Token, stem

_WORTH_TRYING = 0.5  # cosine, in context, from which on a word is offered
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
        offered = {
            stem(word): word for word in spelt_alike(term.text, index.terms.near(term.text))[:_MAX_SPELT]
        }
        order = np.argsort(-near[:, column], kind="stable") if words else ()
        for i in order:
            if near[i, column] < _WORTH_TRYING or len(offered) >= count:
                break
            offered.setdefault(words[i].stem, words[i].text)
        if chosen := [word for stem_, word in offered.items() if stem_ not in asked]:
            found.append((term, chosen[:count]))
    return found
