"""Symbols of fonts that have no Unicode characters: Symbol and Wingdings, in the private use area.

Word processors and PDF files write a character of such a font as U+F000 plus its
number in the font. Most of the numbers are known: those of Symbol (Greek letters
and signs such as "≥") and a few of Wingdings (bullets, ticks, arrows).
"""

import re

BULLET = "•"

_GREEK = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"
_SMALL_GREEK = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ"
_SIGNS = (
    "ϒ′≤⁄∞ƒ▪▪♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵"  # 0xA1 to 0xBF; 0xA7 and 0xA8 are bullets of Wingdings
    "ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅▸∧∨⇔⇐⇑⇒←→"  # 0xC0 to 0xE0; 0xD8, 0xDF and 0xE0 are of Wingdings
)
_KNOWN = (
    {0xF000 + code: chr(code) for code in range(0x20, 0x7F)}
    | {0xF041 + n: letter for n, letter in enumerate(_GREEK)}
    | {0xF061 + n: letter for n, letter in enumerate(_SMALL_GREEK)}
    | {0xF0A1 + n: sign for n, sign in enumerate(_SIGNS)}
    | dict(zip((0xF022, 0xF024, 0xF027, 0xF02D, 0xF040, 0xF05C, 0xF05E, 0xF07E), "∀∃∋−≅∴⊥∼", strict=True))
    | dict(zip((0xF0E5, 0xF0F2, 0xF0E8, 0xF0FB, 0xF0FC, 0xF0FD, 0xF0FE), "∑∫➔✗✓☒☑", strict=True))
)
# At the start of a paragraph these are the bullets of Wingdings: disks, squares, diamonds, arrows, ticks.
_BULLETS = "\uf06c\uf06e\uf06f\uf071\uf076\uf077\uf09f\uf0a7\uf0a8\uf0b7\uf0d8\uf0e0\uf0e8\uf0fc\uf0fe"
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_MARK = re.compile(f"^(\\s*)[{_BULLETS}\ue000-\uefff\uf100-\uf8ff](?=\\s)", re.MULTILINE)


def is_private(code: int) -> bool:
    """Tell whether the code of a character is in the private use area."""
    return 0xE000 <= code <= 0xF8FF


def first(text: str) -> str:
    """Return what a line of a page starts with, if its first character is in the private use area.

    That is a bullet if it stands alone or before a space; empty if its font is unknown. A
    letter that stands alone is rather an icon, of another font, and is empty too.
    """
    apart = len(text) == 1 or text[1].isspace()
    known = character(ord(text[0]))
    if apart and (text[0] in _BULLETS or not known):
        return BULLET
    return "" if len(text) == 1 and known.isalpha() else known


def character(code: int) -> str:
    """Return the character for a code in the private use area; empty if its font is unknown."""
    return _KNOWN.get(code, "")


def replaced(text: str) -> str:
    """Replace the symbols of Symbol and Wingdings; at the start of a line with a space after it, by a bullet.

    Other characters of the private use area stay, as some fonts have letters there.
    """
    if not _PRIVATE.search(text):
        return text
    text = _MARK.sub(rf"\1{BULLET}", text)
    return _PRIVATE.sub(lambda match: character(ord(match[0])) or match[0], text)
