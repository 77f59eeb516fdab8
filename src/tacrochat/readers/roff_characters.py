"""The special characters of roff (groff_char(7)), by their names: ``em`` is a dash, ``'e`` is an é."""

import unicodedata

_NAMED = """
em — en – hy - mi − pl + mu × di ÷ +- ± t+- ± eq = == ≡ != ≠ ne ≢ <= ≤ >= ≥ << ≪ >> ≫ ap ∼ |= ≃ =~ ≅ ~~ ≈
~= ≈ pt ∝ if ∞ is ∫ sr √ no ¬ tno ¬ AN ∧ OR ∨ te ∃ fa ∀ st ∋ es ∅ mo ∈ nm ∉ sb ⊂ nb ⊄ sp ⊃ nc ⊅ ib ⊆ ip ⊇
ca ∩ cu ∪ /_ ∠ pp ⊥ gr ∇ pd ∂ bu • ci ○ sq □ lz ◊ ct ¢ Do $ Po £ Ye ¥ Eu € eu € Fn ƒ co © rg ® tm ™ sc §
dg † dd ‡ de ° fm ′ sd ″ mc µ ps ¶ at @ sh # OK ✓ lh ☜ rh ☞ CR ↵ <- ← -> → ua ↑ da ↓ <> ↔ va ↕ lA ⇐ rA ⇒
hA ⇔ uA ⇑ dA ⇓ vA ⇕ lq “ rq ” oq ‘ cq ’ aq ' dq " Bq „ bq ‚ Fo « Fc » fo ‹ fc › ga ` aa ´ ha ^ a^ ^ ti ~
a~ ~ rs \\ sl / ba | bb ¦ br │ bv ⎪ or | ul _ ru _ rn ‾ lB [ rB ] lC { rC } la ⟨ ra ⟩ 12 ½ 14 ¼ 34 ¾ 18 ⅛
38 ⅜ 58 ⅝ 78 ⅞ S1 ¹ S2 ² S3 ³ r! ¡ r? ¿ ss ß AE Æ ae æ OE Œ oe œ -D Ð Sd ð TP Þ Tp þ .i ı .j ȷ IJ Ĳ ij ĳ
fi fi fl fl ff ff Fi ffi Fl ffl /L Ł /l ł /O Ø /o ø vS Š vs š vZ Ž vz ž ,C Ç ,c ç oA Å oa å Of ª Om º
a" ˝ a- ¯ a. ˙ ab ˘ ac ¸ ad ¨ ah ˇ ao ˚ ho ˛ *A Α *B Β *G Γ *D Δ *E Ε *Z Ζ *Y Η *H Θ *I Ι *K Κ *L Λ *M Μ
*N Ν *C Ξ *O Ο *P Π *R Ρ *S Σ *T Τ *U Υ *F Φ *X Χ *Q Ψ *W Ω *a α *b β *g γ *d δ *e ε *z ζ *y η *h θ *i ι
*k κ *l λ *m μ *n ν *c ξ *o ο *p π *r ρ ts ς *s σ *t τ *u υ *f φ *x χ *q ψ *w ω +e ϵ +f ϕ +h ϑ +p ϖ ** ∗
c* ⊗ c+ ⊕ wp ℘ Im ℑ Re ℜ Ah ℵ h- ℏ -h ℏ .. … 3d ∴ tf ∴ md ⋅ pc · f/ ⁄ fm ′ product ∏ sum ∑ integral ∫
sqrt √ coproduct ∐ bs ☎ barex ⎯ lt ⎧ lk ⎨ lb ⎩ rt ⎫ rk ⎬ rb ⎭ lc ⌈ rc ⌉ lf ⌊ rf ⌋ CL ♣ SP ♠ HE ♥ DI ♦
"""
_WORDS = _NAMED.split()
_TABLE = dict(zip(_WORDS[::2], _WORDS[1::2], strict=False))
_ACCENTS = {
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    "~": "\u0303",
    ":": "\u0308",
    "v": "\u030c",
    ",": "\u0327",
}


def character(name: str) -> str:
    """Return the text of a special character; empty if it is unknown."""
    known = _TABLE.get(name)
    if known is not None:
        return known
    if len(name) == 2 and name[0] in _ACCENTS and name[1].isalpha():
        return unicodedata.normalize("NFC", name[1] + _ACCENTS[name[0]])
    if name[:1] == "u" and len(name) > 4:
        return unicodedata.normalize("NFC", "".join(_code(part, 16) for part in name[1:].split("_")))
    return _code(name[4:], 10) if name.startswith("char") else ""


def numbered(number: str) -> str:
    r"""Return the character of a decimal code, as in ``\N'233'``."""
    return _code(number, 10)


def _code(digits: str, base: int) -> str:
    try:
        value = int(digits, base)
    except ValueError:
        return ""
    return chr(value) if 32 <= value < 0x110000 and not 0xD800 <= value < 0xE000 else ""
