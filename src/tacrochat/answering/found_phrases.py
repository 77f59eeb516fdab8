"""Which words stand together in the passages found for a message, to decide what may be taken apart."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from tacrochat.library import Library
from tacrochat.search.filter import Filter
from tacrochat.text import STOPWORDS, stems, tokens

_HITS = 200  # passages looked at
_FIXED = 0.3
"""Of the mentions of the rarer of two things, the share in "A and B" from which that is one phrase."""

Stems = tuple[str, ...]


class FoundPhrases:
    """The stems of passages and of the titles and headings above them, read when first asked."""

    def __init__(self, read: Callable[[], tuple[Iterable[str], Iterable[str]]]) -> None:
        """Look in what ``read`` returns: the names (titles, headings) and the texts of passages."""
        self._read = read

    @cached_property
    def _stems(self) -> tuple[list[Stems], list[Stems]]:
        names, texts = self._read()
        return (
            [tuple(token.stem for token in tokens(name)) for name in dict.fromkeys(names)],
            [tuple(token.stem for token in tokens(text)) for text in texts],
        )

    def count(self, phrase: str) -> int:
        """Return how many names and passages have a phrase: its words in order, next to each other."""
        wanted = _stems_of(phrase)
        return sum(_has(found, wanted) for group in self._stems for found in group)

    def is_name(self, phrase: str, *, apart_from: str = "") -> bool:
        """Tell whether a title or heading is a phrase or begins with it, and has not another one as well."""
        wanted, other = _stems_of(phrase), _stems_of(apart_from)
        if not stems(phrase):
            return False
        return any(name[: len(wanted)] == wanted and not _has(name, other) for name in self._stems[0])

    def is_fixed(self, first: str, second: str) -> bool:
        """Tell whether two things mostly stand together: "signs and symptoms", "salt and pepper"."""
        rarer = min(self.count(first), self.count(second))
        joint = max(
            self.count(f"{a} {word} {b}")
            for a, b in ((first, second), (second, first))
            for word in ("and", "or", "")
        )
        return rarer > 0 and joint >= _FIXED * rarer


def found_phrases(library: Library, message: str, sources: Filter) -> FoundPhrases:
    """Return the phrases of the passages that a search for a whole message finds, made when first asked."""

    def read() -> tuple[list[str], list[str]]:
        passages = [hit.passage for hit in library.pipeline.search(message, _HITS, sources).hits]
        titles = [library.documents[number].title for number in {p.document_id for p in passages}]
        headings = [heading for passage in passages for heading in passage.heading]
        return titles + headings, [passage.text for passage in passages]

    return FoundPhrases(read)


def _stems_of(phrase: str) -> Stems:
    """Return the stems of a phrase, without a determiner before it."""
    words = tokens(phrase)
    while len(words) > 1 and words[0].text in STOPWORDS:
        words = words[1:]
    return tuple(token.stem for token in words)


def _has(found: Sequence[str], wanted: Sequence[str]) -> bool:
    size = len(wanted)
    first = wanted[0] if size else ""
    return size > 0 and any(
        found[i : i + size] == wanted for i in range(len(found) - size + 1) if found[i] == first
    )
