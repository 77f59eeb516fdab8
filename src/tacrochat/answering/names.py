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
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from tacrochat.library import Library
from tacrochat.text import Token, content, frequency, stems, tokens
from tacrochat.types import Hit

SURE = 0.6
"""Strength from which on words are surely a name."""

TELLING = 1.0
"""Idf from which on a word tells passages apart: about a third of them have it, or less."""

_HITS = 5  # hits whose titles and headings may have the name
_RARE = 2.6  # Zipf frequency below which a word is a name: 0.4 in a million words
_UNKNOWN = 4.5  # the same for a word that the corpus does not have
_JOINED = 4.3  # the same for a word that is joined to a name by "and": 20 in a million
_COMMON = 5.3  # Zipf frequency from which on a word is no name by itself
_FINER = 0.45  # share of the best hit's title that the question must have, to be about that instead
_MIN_COVERED = 0.3  # share of a title, by idf, that a question must have
_HEADING = 0.55  # weight of a heading, against 1 of a title: alone it is no sure name
_RARE_STRENGTH = 0.95  # strength of a rare word
_VAGUE_STRENGTH = 0.57  # of a rare word that most passages have; above that of a heading, and not sure
_MAX_WORDS = 3  # of a name that is not in a title or heading

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
_VERBS = r"(?:is|are|was|were|does|do|did|can|could|may|might|should|will|would|has|have)"
_SUBJECT = re.compile(rf"\b{_VERBS}\s+(?:(?:the|an?)\s+)?$", re.IGNORECASE)
_OBLIQUE = re.compile(
    r"\b(?:in|during|for|with|on|at|after|before|while|under)\s+(?:(?:the|an?|my|your)\s+)?$", re.IGNORECASE
)
_PARTICIPLE = re.compile(r"(?:ed|ing)$")  # "descaled" is rare, and no name
_SEPARATOR = re.compile(r"\s+[›–—|-]+\s+")
_NUMBERING = re.compile(r"^(?:chapter\s+)?\d+(?:\.\d+)*\.\s|\(\d\w*\)$", re.IGNORECASE)
_PLURAL = re.compile(r"'?s$")


_Run = tuple[tuple[int, ...], float]
"""Words of a question by their numbers, and how sure it is that they are a name."""


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


def title_parts(title: str) -> list[str]:
    """Return the parts of a title (book, chapter, section) without their numbers."""
    parts = [_NUMBERING.sub("", part).strip() for part in _SEPARATOR.split(title)]
    return [part for part in parts if part] or [title]


def names_of(question: str, hits: Sequence[Hit], library: Library) -> list[Name]:
    """Return the name in a question, or two if "and", "or" or a comparison joins them, in order."""
    return _Names(question, hits, library).chosen()


class _Names:
    """The possible names in one question; below, a word is given by its number among ``words``."""

    def __init__(self, question: str, hits: Sequence[Hit], library: Library) -> None:
        self._question, self._library = question, library
        self._all_hits, self._hits = hits, hits[:_HITS]
        self.words = name_words(question)

    def chosen(self) -> list[Name]:
        found = [*self._in_titles(), *self._rare()]
        if not found:
            return []
        idf = self._library.pipeline.terms.idf
        best = max(found, key=lambda name: (name[1], max(idf(self.words[i].stem) for i in name[0])))
        both = self._pair(best, found) or [self._asked_about(self._finer(best), found)]
        return [Name(tuple(self.words[i] for i in run), strength) for run, strength in both]

    def _asked_about(self, best: _Run, found: Sequence[_Run]) -> _Run:
        """Return the grammatical subject instead of a name after a preposition, if it may be a name, too.

        "Is tacrolimus safe in pregnancy?" is about tacrolimus: what comes next is more often
        about the subject than about what a preposition adds (centering; Grosz et al., 1995).
        """
        if not _OBLIQUE.search(self._question, 0, self.words[best[0][0]].start):
            return best
        subjects = [run for run in found if _SUBJECT.search(self._question, 0, self.words[run[0][0]].start)]
        return max(subjects, key=lambda run: run[1], default=best)

    def _finer(self, best: _Run) -> _Run:
        """Return what the best hit is titled after instead of a name that other documents have, too.

        "How do I delete a network forward in LXD" is about network forwards.
        """
        stems_of = {self.words[i].stem for i in best[0]}
        naming = {
            hit.passage.document_id for hit in self._all_hits if stems_of <= set(stems(hit.passage.text))
        }
        first = self._hits[0].passage.document_id
        if best[1] > _RARE_STRENGTH or not naming - {first}:  # it is a title itself, or no other has it
            return best
        title = self._library.documents[first].title
        found = [self._matched(part, 1.0, without=best[0]) for part in title_parts(title)]
        other = max((run for run in found if run), key=lambda run: run[1], default=best)
        return other if other[1] >= _FINER else best

    def _in_titles(self) -> Iterator[_Run]:
        """Yield the words that are in titles and headings, each with a strength: what they cover of it."""
        for text, weight in self._titles().items():
            if run := self._matched(text, weight):
                yield run

    def _matched(self, text: str, weight: float, without: Collection[int] = ()) -> _Run | None:
        terms = self._library.pipeline.terms
        title = set(stems(text))
        shared = [i for i, word in enumerate(self.words) if word.stem in title and i not in without]
        if not shared or all(frequency(self.words[i].text) >= _COMMON for i in shared):
            return None
        terms.fetch(title)
        total = sum(terms.idf(stem) for stem in title)
        covered = sum(terms.idf(stem) for stem in {self.words[i].stem for i in shared})
        is_name = total and covered / total >= _MIN_COVERED
        return (self._longest(shared), weight * covered / total) if is_name else None

    def _titles(self) -> dict[str, float]:
        """Return the headings and the parts of titles that hits stand under, with weights."""
        titles: dict[str, float] = {}
        for hit in self._hits:
            for heading in hit.passage.heading:
                use = self._library.headings.get(heading)
                if use is None or use.is_unique:  # "Side effects" in several documents names nothing
                    titles.setdefault(heading, _HEADING)
        numbers = {hit.passage.document_id for hit in self._hits}
        parts = Counter(p for n in numbers for p in title_parts(self._library.documents[n].title))
        return titles | {part: 1.0 for part, count in parts.items() if count == 1 or len(numbers) == 1}

    def _rare(self) -> Iterator[_Run]:
        """Yield the rare words with those beside them; what nearly every passage has tells little alone."""
        terms = self._library.pipeline.terms
        terms.fetch(word.stem for word in self.words)
        for run in self._runs([i for i, word in enumerate(self.words) if self._is_rare(word)]):
            grown = self._grown(run)
            is_telling = grown != run or max(terms.idf(self.words[i].stem) for i in run) >= TELLING
            yield grown, _RARE_STRENGTH if is_telling else _VAGUE_STRENGTH

    def _is_rare(self, word: Token) -> bool:
        if any(c.isdigit() for c in word.text):
            return any(c.isalpha() for c in word.text)  # "x.25", and no year
        zipf = max(frequency(word.text), frequency(_PLURAL.sub("", word.text)))
        before = self._question[: word.start]
        is_capital = self._question[word.start].isupper() and any(c.isalnum() for c in before)
        if not is_capital and _PARTICIPLE.search(word.text):
            return False
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
    def _neighbours(self) -> Counter[tuple[str, str]]:
        """In how many hits two words stand side by side; with capitals, that counts as two."""
        counts: Counter[tuple[str, str]] = Counter()
        for text in (hit.passage.text for hit in self._hits):
            pairs: dict[tuple[str, str], int] = {}
            for a, b in pairwise(tokens(text)):
                are_capital = text[a.start].isupper() and text[b.start].isupper()
                pairs[a.stem, b.stem] = max(pairs.get((a.stem, b.stem), 0), 1 + are_capital)
            counts.update(pairs)
        return counts

    def _beside(self, left: int, right: int) -> int:
        """Return in how many hits two neighbours of the question are neighbours, too."""
        if left < 0 or right >= len(self.words) or self._between(left, right).strip():
            return 0
        return self._neighbours[self.words[left].stem, self.words[right].stem]

    def _grown(self, run: tuple[int, ...], hits: int = 2) -> tuple[int, ...]:
        """Return a run with the words around it that are beside it in some hits."""
        grown = list(run)
        while len(grown) < _MAX_WORDS and self._beside(grown[-1], grown[-1] + 1) >= hits:
            grown.append(grown[-1] + 1)
        while len(grown) < _MAX_WORDS and self._beside(grown[0] - 1, grown[0]) >= hits:
            grown.insert(0, grown[0] - 1)
        return tuple(grown)

    def _pair(self, best: _Run, found: Sequence[_Run]) -> list[_Run]:
        """Return two names that are joined, in the order of the question."""
        run = best[0]
        for left, right in ((run[-1], run[-1] + 1), (run[0] - 1, run[0])):
            if left < 0 or right >= len(self.words) or not self._are_joined(left, right):
                continue
            number = right if left in run else left
            known = [name for name in found if number in name[0]]
            other = max(known, key=lambda name: name[1], default=(self._grown((number,), hits=1), 0.0))
            is_unusual = min(frequency(self.words[i].text) for i in other[0]) < _JOINED
            if (other[1] >= SURE or is_unusual) and not set(other[0]) & set(run):
                other = (other[0], max(other[1], SURE))
                return [best, other] if number == right else [other, best]
        return []

    def _are_joined(self, left: int, right: int) -> bool:
        between = self._between(left, right)
        is_compared = bool(between.strip() and _COMPARES.search(self._question))
        return bool(_JOINT.fullmatch(between)) and (is_compared or bool(_AND.search(between)))
