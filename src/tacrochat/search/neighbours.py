"""Words of the documents that mean about the same as a word of the question that they do not have.

Both are compared as they stand in their texts, by the vectors of the model's last
layer (``word_codes``): in "how many die", "deaths" is near "die". So this works
in any folder. A word that may be a name is left alone: names are near each other, too.
"""

from collections.abc import Sequence

import numpy as np

from tacrochat.arrays import Floats
from tacrochat.index.protocol import Index
from tacrochat.ranking.records import Query
from tacrochat.search.spelling import Respelling, RespeltQuestion
from tacrochat.search.unknown_names import may_be_name
from tacrochat.text import STOPWORDS, Token, tokens
from tacrochat.types import Hit
from tacrochat.word_codes import cosines

_PASSAGES = 20  # best passages whose words are looked at
_NEAR = 0.6  # cosine, in context, from which on one word stands for another


def in_their_words(query: Query, hits: Sequence[Hit], index: Index) -> RespeltQuestion:
    """Replace words that the corpus does not have by near ones of the passages found."""
    unknown = [
        number
        for number, (term, term_id) in enumerate(zip(query.terms, query.ids, strict=True))
        if term_id < 0 and term.text.isalpha() and not may_be_name(term.text)
    ]
    words, near = compared(query, unknown, [hit.passage.id for hit in hits[:_PASSAGES]], index)
    if not words:
        return RespeltQuestion(query.text, ())
    text, changes = query.text, []
    columns = sorted(zip(unknown, near.T, strict=True), key=lambda pair: -query.terms[pair[0]].start)
    for number, column in columns:
        typed, best = query.terms[number], int(column.argmax())
        if column[best] >= _NEAR:
            text = text[: typed.start] + words[best].text + text[typed.end :]
            changes.append(Respelling(query.text[typed.start : typed.end], words[best].text))
    return RespeltQuestion(text, tuple(reversed(changes)))


def compared(
    query: Query, numbers: Sequence[int], passage_ids: Sequence[int], index: Index
) -> tuple[list[Token], Floats]:
    """Compare the words of some passages with some terms of a question, given by their numbers.

    Returns the words, and the cosines, ``(words, terms)``; -1 for a word without meaning.
    """
    ids = np.asarray(sorted({number for number in passage_ids if number >= 0}), np.int64)
    if not numbers or not len(ids):
        return [], np.zeros((0, len(numbers)), np.float32)
    words = [
        token
        for passage in index.passages_at(ids)
        for start, end in passage.sentences
        for token in tokens(passage.text, start - passage.start, end - passage.start)
    ]
    if not words:
        return [], np.zeros((0, len(numbers)), np.float32)
    codes = index.words(ids, query.stems).codes
    near = cosines(codes, query.word_vectors[[query.positions[number] for number in numbers]])
    near[[not _has_meaning(word) for word in words]] = -1
    return words, near


def _has_meaning(word: Token) -> bool:
    return word.text not in STOPWORDS and word.text.isalpha()
