"""The same text in several documents: which passages repeat one of an earlier document."""

from collections.abc import Iterable, Sequence

from tacrochat.search.copies import MIN_WORDS
from tacrochat.types import Passage


def originals(passages: Sequence[Passage], texts: Sequence[str]) -> dict[int, int]:
    """Map each passage (by position) that repeats an earlier document's to the one it repeats.

    ``texts[i]`` is the text of the document with id i. White space does not
    count; every other character does.
    """
    same = _numbered(" ".join(text.split()) for text in texts)
    first: dict[str, int] = {}
    whole: dict[tuple[int, str], int] = {}
    repeats: dict[int, int] = {}
    for position, passage in enumerate(passages):
        words = passage.text.split()
        key = " ".join(words)
        document = passage.document_id
        earlier = whole.setdefault((same[document], key), position)
        if len(words) >= MIN_WORDS:
            earlier = min(earlier, first.setdefault(key, position))
        if passages[earlier].document_id != document:
            repeats[position] = earlier
    return repeats


def _numbered(keys: Iterable[str]) -> list[int]:
    numbers: dict[str, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]
