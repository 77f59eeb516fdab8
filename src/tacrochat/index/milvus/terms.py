"""The words of an index in Milvus: blocks of stems, each block an item.

The block of a stem follows from its hash. So a question reads as many blocks as
it has words, at most, and only a word that looks misspelt needs all of them.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from tacrochat.index.embedded import text_key
from tacrochat.index.lexical import inverse_document_frequency, may_be_near
from tacrochat.index.milvus.items import Items
from tacrochat.index.milvus.recent import Recent

_STEMS = 400  # of a block, about
_KEPT = 1_000  # blocks kept in memory


@dataclass(frozen=True, slots=True)
class Term:
    """What is known of a stem: its id (-1 if only navigation has it), how many passages have it, its word.

    ``frequency`` counts passages that have it in text or heading, ``in_body`` in the text.
    """

    id: int = -1
    frequency: int = 0
    in_body: int = 0
    word: str = ""
    in_navigation: bool = False


_UNKNOWN = Term()


def blocks_for(stems: int) -> int:
    """Return the number of blocks for a number of stems."""
    return max(1, stems // _STEMS)


def block_of(stem: str, blocks: int) -> int:
    """Return the number of a stem's block."""
    return int(text_key(stem)[:8], 16) % blocks


class MilvusTerms:
    """The words of one generation, see ``protocol.Terms``."""

    def __init__(
        self,
        items: Items,
        numbers: Mapping[str, Any],
        reading: Callable[[str], AbstractContextManager[None]],
    ) -> None:
        """Take the counts ``blocks`` and ``passages``; ``reading`` names what is damaged."""
        self._reading = reading
        self._items = items
        self._blocks: int = numbers["blocks"]
        self._passages: int = numbers["passages"]
        self._read: Recent[int, Mapping[str, Term]] = Recent(_KEPT)

    def term(self, stem: str) -> Term:
        """Return what is known of a stem."""
        number = block_of(stem, self._blocks)
        return self._fetched([number])[number].get(stem, _UNKNOWN)

    def fetch(self, stems: Iterable[str]) -> None:
        """Read the blocks of some stems in one request."""
        self._fetched({block_of(stem, self._blocks) for stem in stems})

    def _fetched(self, numbers: Collection[int]) -> dict[int, Mapping[str, Term]]:
        found = self._read.get(numbers)
        missing = sorted(set(numbers) - found.keys())
        if not missing:
            return found
        with self._reading("the words"):
            values = self._items.get([f"terms/{number}" for number in missing])
            new = {number: _block(values[f"terms/{number}"]) for number in missing}
        self._read.keep(new)
        return found | new

    def frequency(self, stem: str) -> int:
        """Return the number of passages that have a stem in text or heading."""
        return self.term(stem).frequency

    def is_in_body(self, stem: str) -> bool:
        """Tell whether the text of any passage has a stem."""
        return self.term(stem).in_body > 0

    def is_in_navigation(self, stem: str) -> bool:
        """Tell whether a navigation section has a stem."""
        return self.term(stem).in_navigation

    def idf(self, stem: str) -> float:
        """Return the inverse document frequency of BM25, never negative."""
        return inverse_document_frequency(self.frequency(stem), self._passages)

    def near(self, word: str) -> dict[str, int]:
        """Return the words of the corpus that may be a few edits away; reads all words."""
        blocks = self._fetched(range(self._blocks))
        return {
            term.word: term.frequency
            for block in blocks.values()
            for term in block.values()
            if term.frequency and may_be_near(word, term.word)
        }


def _block(text: str) -> dict[str, Term]:
    block = {stem: Term(*values) for stem, values in json.loads(text).items()}
    for term in block.values():
        numbers = (term.id, term.frequency, term.in_body)
        if not all(type(n) is int for n in numbers) or not isinstance(term.word, str):
            raise ValueError("a word does not fit")
    return block
