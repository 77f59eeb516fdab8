"""Whether one word is another one mistyped or misspelt.

Two names that look alike differ as a rule by a syllable or by unlike consonants
(clobetasone, clobetasol). Slips of typing and of spelling are of a few other
kinds (Damerau, 1964; Kukich, 1992), and only those count here.
"""

from dataclasses import dataclass
from typing import Literal

_VOWELS = frozenset("aeiouy")
_SOUNDS = ("ckqsxz", "bp", "dt", "fv", "gj", "mn")  # consonants that sound alike
_KEYS = {
    letter: (row, column + (0, 0.25, 0.75)[row])
    for row, letters in enumerate(("qwertyuiop", "asdfghjkl", "zxcvbnm"))
    for column, letter in enumerate(letters)
}
_MIN_LENGTH = 5  # letters of a word in which any one slip counts; in shorter ones only a light one
_LONG = 8  # letters from which on two slips count of which one is light
_MEDIUM = 6  # letters from which on two light slips count


@dataclass(frozen=True, slots=True)
class _Edit:
    """One edit of a word. It is light if it is usual in any word: a swap, a vowel, a doubled letter.

    ``is_alike`` is false for a letter in the place of one that neither sounds like it nor is near it on
    the keyboard.
    """

    kind: Literal["swap", "other", "missing", "extra"]
    position: int
    width: int
    is_light: bool
    is_alike: bool = True


def is_slip(typed: str, word: str) -> bool:
    """Tell whether ``typed`` is ``word`` with one or two slips; both in lower case, letters only."""
    sounds = (typed.replace("ph", "f"), word.replace("ph", "f"))
    return sounds[0] == sounds[1] or _is_slip(typed, word) or _is_slip(*sounds)


def _is_slip(typed: str, word: str) -> bool:
    if len(word) < 4 or abs(len(typed) - len(word)) > 3:
        return False
    if _is_repeated_syllable(typed, word):
        return True
    edits = _edits(typed, word)
    if len(edits) not in {1, 2} or not all(edit.is_alike for edit in edits):
        return False
    if typed[0] != word[0]:
        is_usual = edits[0].kind == "swap" or len(word) >= _LONG - 1
        return len(edits) == 1 and len(word) >= _MIN_LENGTH and is_usual
    light = sum(edit.is_light for edit in edits)
    if len(edits) == 1:
        return light == 1 or len(word) >= _MIN_LENGTH
    first, second = edits
    is_apart = second.position >= first.position + first.width + 1
    if len(word) >= _LONG:
        return light == 2 or (light == 1 and is_apart)
    return len(word) >= _MEDIUM and light == 2 and is_apart


def _is_repeated_syllable(typed: str, word: str) -> bool:
    """Tell whether two or three letters are typed twice in a row ("docucument")."""
    size = len(typed) - len(word)
    return size in {2, 3} and any(
        typed[i : i + size] == typed[i + size : i + 2 * size] and typed[:i] + typed[i + size :] == word
        for i in range(len(typed) - 2 * size + 1)
    )


def _edits(typed: str, word: str) -> list[_Edit]:
    """List the edits of one shortest alignment (optimal string alignment), in order."""
    costs = _costs(typed, word)
    i, j = len(typed), len(word)
    edits: list[_Edit] = []
    while i or j:
        cost = costs[i][j]
        if i and j and typed[i - 1] == word[j - 1] and cost == costs[i - 1][j - 1]:
            i, j = i - 1, j - 1
        elif _is_swap(typed, word, i, j) and cost == costs[i - 2][j - 2] + 1:
            i, j = i - 2, j - 2
            edits.append(_Edit("swap", j, 2, is_light=True))
        elif i and j and cost == costs[i - 1][j - 1] + 1:
            i, j = i - 1, j - 1
            edits.append(_other(typed[i], word[j], j))
        elif j and cost == costs[i][j - 1] + 1:
            j -= 1
            edits.append(_Edit("missing", j, 1, is_light=_is_light(word, j)))
        else:
            i -= 1
            edits.append(_Edit("extra", j, 0, is_light=_is_light(typed, i)))
    return edits[::-1]


def _costs(typed: str, word: str) -> list[list[int]]:
    costs = [[i + j for j in range(len(word) + 1)] for i in range(len(typed) + 1)]
    for i in range(1, len(typed) + 1):
        for j in range(1, len(word) + 1):
            other = costs[i - 1][j - 1] + (typed[i - 1] != word[j - 1])
            cost = min(costs[i - 1][j] + 1, costs[i][j - 1] + 1, other)
            if _is_swap(typed, word, i, j):
                cost = min(cost, costs[i - 2][j - 2] + 1)
            costs[i][j] = cost
    return costs


def _is_swap(typed: str, word: str, i: int, j: int) -> bool:
    return i > 1 and j > 1 and typed[i - 1] == word[j - 2] and typed[i - 2] == word[j - 1]


def _other(typed: str, letter: str, position: int) -> _Edit:
    are_vowels = typed in _VOWELS and letter in _VOWELS
    sound_alike = any(typed in group and letter in group for group in _SOUNDS)
    is_alike = are_vowels or sound_alike or _are_neighbours(typed, letter)
    return _Edit("other", position, 1, is_light=are_vowels, is_alike=is_alike)


def _are_neighbours(a: str, b: str) -> bool:
    if a not in _KEYS or b not in _KEYS:
        return False
    (row, column), (other_row, other_column) = _KEYS[a], _KEYS[b]
    return abs(row - other_row) <= 1 and abs(column - other_column) <= 1.01


def _is_light(word: str, position: int) -> bool:
    """Tell whether a letter is a vowel or stands beside one like it."""
    letter = word[position]
    beside = word[max(0, position - 1) : position] + word[position + 1 : position + 2]
    return letter in _VOWELS or letter in beside
