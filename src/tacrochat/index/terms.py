"""The words of one segment: which there are, where they stand, and which passages have each.

A term is a stem of a content word. Its id is its number among the segment's
stems, which are sorted by their UTF-8 bytes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tacrochat.index.ragged import select_ranges
from tacrochat.mapped import Array, Strings, by_bytes, narrow
from tacrochat.text import STOPWORDS, Token, tokens
from tacrochat.types import Passage

Integers = NDArray[np.int32]

_MOST = np.iinfo(np.uint16).max  # how often a term is counted in one passage


class TermArrays:
    """The arrays of a segment's terms, as ``build`` makes them and a file keeps them.

    ``stems`` and ``words`` have one string a term: the stem, and its commonest
    spelling. ``body`` holds the terms of all passages in reading order, ``heading``
    those of their contexts (title, headings), each context once. Every array of
    offsets is one longer than what it divides:

    - passage p has the sentences ``sentence_offsets[p]`` to ``sentence_offsets[p + 1]``;
    - sentence s has the terms ``body[body_offsets[s]:body_offsets[s + 1]]``, and the
      words ``word_offsets[s]`` to ``word_offsets[s + 1]``, function words too;
    - passage p has the context ``contexts[p]``; context c has the terms
      ``heading[heading_offsets[c]:heading_offsets[c + 1]]``;
    - term t stands in the passages ``postings[posting_offsets[t]:posting_offsets[t + 1]]``,
      ``in_body`` and ``in_heading`` times.

    ``lengths`` are the passages' terms, those of the context too. ``letters`` has a
    bit for each letter of a term's word, see ``letter_bits``. ``navigation`` holds
    the stems of sections that are set aside as navigation.
    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        """Take the arrays out of a segment's file.

        Raises:
            KeyError: one is missing.

        """
        self.stems = Strings(arrays["stem.bytes"], arrays["stem.offsets"])
        self.words = Strings(arrays["word.bytes"], arrays["word.offsets"])
        self.navigation = Strings(arrays["navigation.bytes"], arrays["navigation.offsets"])
        self.sentence_offsets: Integers = arrays["passage.sentences"]
        self.contexts: Integers = arrays["passage.context"]
        self.lengths: Integers = arrays["passage.length"]
        self.body_offsets: Integers = arrays["sentence.body"]
        self.word_offsets: Integers = arrays["sentence.words"]
        self.body: Integers = arrays["body"]
        self.heading_offsets: Integers = arrays["context.heading"]
        self.heading: Integers = arrays["heading"]
        self.posting_offsets: Integers = arrays["term.postings"]
        self.letters: NDArray[np.uint32] = arrays["term.letters"]
        self.postings: Integers = arrays["posting.passage"]
        self.in_body: NDArray[np.uint16] = arrays["posting.body"]
        self.in_heading: NDArray[np.uint16] = arrays["posting.heading"]

    def posting_range(self, stem: str) -> slice:
        """Return where the postings of a stem are.

        Raises:
            ValueError: they lie outside the file.

        """
        term = self.stems.find(stem)
        if term < 0:
            return slice(0, 0)
        first, last = self.posting_offsets[term : term + 2].tolist()
        if not 0 <= first <= last <= len(self.postings):
            raise ValueError("the postings of a word do not fit")
        return slice(first, last)

    def passages_of(self, postings: slice) -> Integers:
        """Return the passages of some postings.

        Raises:
            ValueError: one is not there.

        """
        rows = self.postings[postings]
        if rows.size and not 0 <= rows.min() <= rows.max() < len(self.lengths):
            raise ValueError("a word stands in a passage that is not there")
        return rows


def build(passages: Sequence[Passage], contexts: Sequence[str], set_aside: Iterable[str]) -> dict[str, Array]:
    """Collect the words of passages, of the context (title, headings) of each, and of navigation sections."""
    collector = _Collector()
    body: list[int] = []
    heading: list[int] = []
    sentence_offsets, body_offsets, word_offsets, heading_offsets = [0], [0], [0], [0]
    numbers: dict[str, int] = {}
    for passage, context in zip(passages, contexts, strict=True):
        for start, end in passage.sentences:
            words = tokens(passage.text, start - passage.start, end - passage.start)
            body += collector.term_ids(words)
            body_offsets.append(len(body))
            word_offsets.append(word_offsets[-1] + len(words))
        sentence_offsets.append(len(body_offsets) - 1)
        if context not in numbers:
            numbers[context] = len(numbers)
            heading += collector.term_ids(tokens(context))
            heading_offsets.append(len(heading))
    order = sorted(range(len(collector.stems)), key=lambda term: by_bytes(collector.stems[term]))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    words_in_order = [collector.word(term) for term in order]
    navigation = {token.stem for text in set_aside for token in tokens(text)}
    arrays: dict[str, Array] = {
        "passage.sentences": narrow(sentence_offsets),
        "passage.context": narrow([numbers[context] for context in contexts]),
        "sentence.body": narrow(body_offsets),
        "sentence.words": narrow(word_offsets),
        "body": narrow(rank[np.asarray(body, np.int64)]),
        "context.heading": narrow(heading_offsets),
        "heading": narrow(rank[np.asarray(heading, np.int64)]),
        "term.letters": np.asarray([letter_bits(word) for word in words_in_order], np.uint32),
    }
    for name, strings in (
        ("stem", [collector.stems[term] for term in order]),
        ("word", words_in_order),
        ("navigation", sorted(navigation, key=by_bytes)),
    ):
        arrays[f"{name}.bytes"], arrays[f"{name}.offsets"] = Strings.pack(strings)
    return arrays | postings(arrays, len(order))


def postings(arrays: Mapping[str, Array], terms: int) -> dict[str, Array]:
    """Turn terms by passage into passages by term."""
    contexts = arrays["passage.context"].astype(np.int64)
    body_at = arrays["sentence.body"][arrays["passage.sentences"]].astype(np.int64)
    rows, heading_at = select_ranges(arrays["context.heading"], contexts, len(arrays["heading"]))
    sizes, heading = np.diff(heading_at), arrays["heading"][rows].astype(np.int64)
    count = len(contexts)
    passages = np.arange(count, dtype=np.int64)
    body_keys = arrays["body"].astype(np.int64) * count + np.repeat(passages, np.diff(body_at))
    heading_keys = heading * count + np.repeat(passages, sizes)
    keys, inverse = np.unique(np.concatenate([body_keys, heading_keys]), return_inverse=True)
    times = [np.bincount(part, minlength=len(keys)) for part in np.split(inverse, [len(body_keys)])]
    return {
        "passage.length": narrow(np.diff(body_at) + sizes),
        "term.postings": narrow(np.searchsorted(keys, np.arange(terms + 1, dtype=np.int64) * count)),
        "posting.passage": narrow(keys % max(1, count)),
        "posting.body": np.minimum(times[0], _MOST).astype(np.uint16),
        "posting.heading": np.minimum(times[1], _MOST).astype(np.uint16),
    }


def letter_bits(word: str) -> int:
    """Return a number with a bit for each letter from a to z that a word has, and one for all others.

    One edit of a word changes at most two bits.
    """
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) - 97 if "a" <= letter <= "z" else 26)
    return bits


class _Collector:
    """Gives each stem an id in the order in which stems are met, and counts how it is spelt."""

    def __init__(self) -> None:
        self.stems: list[str] = []
        self._ids: dict[str, int] = {}
        self._spellings: list[Counter[str]] = []

    def term_ids(self, words: Iterable[Token]) -> list[int]:
        """Return the term ids of words, function words left out."""
        result = []
        for token in words:
            if token.text in STOPWORDS:
                continue
            term_id = self._ids.setdefault(token.stem, len(self._ids))
            if term_id == len(self.stems):
                self.stems.append(token.stem)
                self._spellings.append(Counter())
            self._spellings[term_id][token.text] += 1
            result.append(term_id)
        return result

    def word(self, term: int) -> str:
        """Return the commonest spelling of a stem."""
        return self._spellings[term].most_common(1)[0][0]
