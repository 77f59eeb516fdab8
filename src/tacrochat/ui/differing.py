"""The sentence about quotes that say opposite things, in the languages of the page."""

from collections.abc import Sequence

from tacrochat.answering.disagreement import joined
from tacrochat.ui.wording import Language, say


def differ_text(groups: Sequence[Sequence[int]], language: Language) -> str:
    """Say which quotes say the opposite of which; ``groups`` holds indices, and quotes count from 1."""

    def numbers(group: Sequence[int]) -> str:
        return joined([str(index + 1) for index in group], say(language, "and"))

    def named(group: Sequence[int]) -> str:
        return say(language, "quote_one" if len(group) == 1 else "quote_many", numbers=numbers(group))

    first, others = groups[0], joined([named(group) for group in groups[1:]], say(language, "and"))
    key = "differ_one" if len(first) == 1 else "differ_many"
    return say(language, key, first=numbers(first), others=others)
