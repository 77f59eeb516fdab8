"""The words of a question that are a name.

A name in small letters ("the rhine") cannot be told from other words by itself,
so it is looked for together with what a search found for the question. Words
count as a name if they are

- in the title of a document, or in a heading, that a hit stands under, and are
  most of it: "how is sleep apnea treated", under the title "Sleep Apnea"; or
- rare in the language (by Zipf frequency: the logarithm to base 10 of how often
  a word occurs in a thousand million words), or unknown to the corpus; or
- written like a name: with a capital, but not at the start.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from tacrochat.library import Library
from tacrochat.text import Token, content, frequency, stems, tokens
from tacrochat.types import Hit

SURE = 0.6
"""Strength from which on words are surely a name."""

_HITS = 5  # hits whose titles and headings may have the name
_RARE = 2.6  # Zipf frequency below which a word is a name: 0.4 in a million words
_UNKNOWN = 4.5  # the same for a word that the corpus does not have
_JOINED = 4.3  # the same for a word that is joined to a name by "and": 20 in a million
_COMMON = 5.3  # Zipf frequency from which on a word is no name by itself
_MIN_COVERED = 0.3  # share of a title, by idf, that a question must have
_HEADING = 0.55  # weight of a heading, against 1 of a title: alone it is no sure name
_MAX_WORDS = 3  # of a name that neither a title nor a heading has

_INFORMAL = frozenset(
    """whats hows wheres whos thats theres im ive id youre dont doesnt didnt isnt arent wasnt cant couldnt
    wont u ur r pls plz thx ok okay gonna wanna meant mean sorry actually instead yes yeah no nope not hi hey
    ones""".split()
)
_COMPARISON = r"(?:compar\w+|differen\w+|differ|better|worse|versus|vs)"
_COMPARES = re.compile(rf"\b{_COMPARISON}\b", re.IGNORECASE)
_BESIDE = re.compile(r"[\W_]*(?:of(?: the)?\W+)?", re.IGNORECASE)
_AND = re.compile(r"\b(?:and|or|vs|versus|than)\b|[,/]", re.IGNORECASE)
_JOINT = re.compile(
    rf"\W*(?:{_COMPARISON}\W+)?(?:(?:and|or|vs|versus|with|than|from|to)\W+)?(?:(?:the|a|an)\W+)?",
    re.IGNORECASE,
)
_PLURAL = re.compile(r"'?s$")


@dataclass(frozen=True, slots=True)
class Name:
    """Words of a question that follow each other, and how sure it is that they are a name, 0 to 1."""

    words: tuple[Token, ...]
    strength: float

    @property
    def stems(self) -> frozenset[str]:
        """The stems of the words."""
        return frozenset(word.stem for word in self.words)


def name_words(text: str) -> list[Token]:
    """Return the words of a text that may be part of a name."""
    return [
        token
        for token in content(tokens(text))
        if token.text not in _INFORMAL and not _COMPARES.fullmatch(token.text)
    ]


def names_of(question: str, hits: Sequence[Hit], library: Library) -> list[Name]:
    """Return the name in a question, or two if "and", "or" or a comparison joins them, in order."""
    return _Names(question, hits[:_HITS], library).chosen()


class _Names:
    """The possible names in one question; below, a word is given by its number among ``words``."""

    def __init__(self, question: str, hits: Sequence[Hit], library: Library) -> None:
        self._question, self._hits, self._library = question, hits, library
        self.words = name_words(question)

    def chosen(self) -> list[Name]:
        found = [*self._in_titles(), *self._rare()]
        if not found:
            return []
        best = max(found, key=lambda name: (name[1], len(name[0])))
        both = self._pair(best, found) or [best]
        return [Name(tuple(self.words[i] for i in run), strength) for run, strength in both]

    def _in_titles(self) -> Iterator[tuple[tuple[int, ...], float]]:
        """Yield the words that are in titles and headings, each with a strength: what they cover of it."""
        terms = self._library.pipeline.terms
        for text, weight in self._titles().items():
            title = set(stems(text))
            shared = [i for i, word in enumerate(self.words) if word.stem in title]
            if not shared or all(frequency(self.words[i].text) >= _COMMON for i in shared):
                continue
            terms.fetch(title)
            total = sum(terms.idf(stem) for stem in title)
            covered = sum(terms.idf(stem) for stem in {self.words[i].stem for i in shared})
            if total and covered / total >= _MIN_COVERED:
                yield self._longest(shared), weight * covered / total

    def _titles(self) -> dict[str, float]:
        """Return the titles and headings that hits stand under, with weights."""
        titles: dict[str, float] = {}
        for hit in self._hits:
            for heading in hit.passage.heading:
                use = self._library.headings.get(heading)
                if use is None or use.is_unique:  # "Side effects" in several documents names nothing
                    titles.setdefault(heading, _HEADING)
            titles[self._library.documents[hit.passage.document_id].title] = 1.0
        return titles

    def _rare(self) -> Iterator[tuple[tuple[int, ...], float]]:
        self._library.pipeline.terms.fetch(word.stem for word in self.words)
        for run in self._runs([i for i, word in enumerate(self.words) if self._is_rare(word)]):
            yield self._with_capitals(run), 0.95

    def _is_rare(self, word: Token) -> bool:
        if any(c.isdigit() for c in word.text):
            return any(c.isalpha() for c in word.text)  # "x.25", and no year
        zipf = max(frequency(word.text), frequency(_PLURAL.sub("", word.text)))
        before = self._question[: word.start]
        is_capital = self._question[word.start].isupper() and any(c.isalnum() for c in before)
        is_unknown = not self._library.pipeline.terms.frequency(word.stem)
        return is_capital or zipf < _RARE or (is_unknown and zipf < _UNKNOWN and len(word.text) > 3)

    def _between(self, left: int, right: int) -> str:
        return self._question[self.words[left].end : self.words[right].start]

    def _runs(self, numbers: Sequence[int]) -> list[tuple[int, ...]]:
        """Divide words into runs: those that follow each other, with nothing but "of" between them."""
        runs: list[list[int]] = []
        for i in numbers:
            if runs and runs[-1][-1] == i - 1 and _BESIDE.fullmatch(self._between(i - 1, i)):
                runs[-1].append(i)
            else:
                runs.append([i])
        return [tuple(run) for run in runs]

    def _longest(self, numbers: Sequence[int]) -> tuple[int, ...]:
        """Return the run with most and rarest words; what else a title shares with a question is chance."""
        return max(self._runs(numbers), key=lambda run: sum(9 - frequency(self.words[i].text) for i in run))

    @cached_property
    def _neighbours(self) -> dict[tuple[str, str], bool]:
        """The pairs of words that stand side by side in passages, with whether both have a capital there."""
        pairs: dict[tuple[str, str], bool] = {}
        for text in (hit.passage.text for hit in self._hits):
            for a, b in pairwise(tokens(text)):
                are_capital = text[a.start].isupper() and text[b.start].isupper()
                pairs[a.stem, b.stem] = pairs.get((a.stem, b.stem), False) or are_capital
        return pairs

    def _are_beside(self, left: int, right: int) -> bool | None:
        """Tell whether two words beside each other have capitals in a passage, None if none has them."""
        if left < 0 or right >= len(self.words) or self._between(left, right).strip():
            return None
        return self._neighbours.get((self.words[left].stem, self.words[right].stem))

    def _with_capitals(self, run: tuple[int, ...]) -> tuple[int, ...]:
        """Add the word before a run, and the one after it, if the two are one name in a passage."""
        before = (run[0] - 1,) if self._are_beside(run[0] - 1, run[0]) else ()
        after = (run[-1] + 1,) if self._are_beside(run[-1], run[-1] + 1) else ()
        return (*before, *run, *after)

    def _phrase(self, number: int) -> tuple[int, ...]:
        """Return a word with the neighbours that it has in a passage, too."""
        run = [number]
        while len(run) < _MAX_WORDS and self._are_beside(run[-1], run[-1] + 1) is not None:
            run.append(run[-1] + 1)
        while len(run) < _MAX_WORDS and self._are_beside(run[0] - 1, run[0]) is not None:
            run.insert(0, run[0] - 1)
        return tuple(run)

    def _pair(
        self, best: tuple[tuple[int, ...], float], found: Sequence[tuple[tuple[int, ...], float]]
    ) -> list[tuple[tuple[int, ...], float]]:
        """Return two names that are joined, in the order of the question."""
        run = best[0]
        for left, right in ((run[-1], run[-1] + 1), (run[0] - 1, run[0])):
            if left < 0 or right >= len(self.words) or not self._are_joined(left, right):
                continue
            number = right if left in run else left
            known = [name for name in found if number in name[0]]
            other = max(known, key=lambda name: name[1], default=(self._phrase(number), 0.0))
            is_unusual = min(frequency(self.words[i].text) for i in other[0]) < _JOINED
            if (other[1] >= SURE or is_unusual) and not set(other[0]) & set(run):
                other = (other[0], max(other[1], SURE))
                return [best, other] if number == right else [other, best]
        return []

    def _are_joined(self, left: int, right: int) -> bool:
        between = self._between(left, right)
        is_compared = bool(between.strip() and _COMPARES.search(self._question))
        return bool(_JOINT.fullmatch(between)) and (is_compared or bool(_AND.search(between)))
