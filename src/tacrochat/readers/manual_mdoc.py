"""The macros of mdoc(7), which mark what a word is: an option, an argument, a file, a function."""

import re

from tacrochat.readers.manual_mdoc_names import CLOSE, OPEN, PAIRS, PLAIN, STANDARDS, SYSTEMS
from tacrochat.readers.manual_tables import table_rows
from tacrochat.readers.manual_text import ManualText
from tacrochat.readers.roff import Roff, arguments
from tacrochat.types import Extract

_CALLABLE = PLAIN | PAIRS.keys() | OPEN.keys() | CLOSE.keys()
_KNOWN = _CALLABLE | frozenset(
    "Dd Dt Os Sh Ss Pp Lp Bl El It Bd Ed D1 Dl Rs Re Ex Rv Fo Fc Fd Bk Ek Bf Ef Hf Db TS TE br sp nf fi"
    " %A %B %C %D %I %J %N %O %P %Q %R %T %U %V".split()
)
_STOPS = frozenset(".,:;)]?!")
_OPENERS = frozenset("([")
_LISTS_OF_POINTS = {"-bullet": "•", "-dash": "-", "-hyphen": "-"}


class _Words:
    """Words put together with the spaces that mdoc leaves out."""

    def __init__(self) -> None:
        self.text = ""
        self._tight = True

    def add(self, word: str, *, before: bool = True, after: bool = True) -> None:
        """Add a word; ``before`` and ``after`` say whether a space may stand at that side."""
        if self.text and before and not self._tight:
            self.text += " "
        self.text += word
        self._tight = not after

    def join(self) -> None:
        self._tight = True


class Mdoc:
    """Reads the source of a page in mdoc."""

    def __init__(self, source: str) -> None:
        """Start with a decoded source."""
        self._roff = Roff(source, _KNOWN)
        self._text = ManualText()
        self._name = self._title = self._date = ""
        self._section = ""
        self._lists: list[tuple[str, int]] = []
        self._reference: list[str] = []
        self._function: tuple[str, list[str]] | None = None

    def extract(self) -> Extract:
        """Return the text of the page.

        Raises:
            ReadError: it holds no text.

        """
        for name, rest in self._roff.calls():
            if name:
                self._macro(name, rest)
            else:
                self._text.text(self._roff.text(rest))
        self._text.paragraph()
        return self._text.layout.extract({"title": self._title, "date": self._date})

    def _macro(self, name: str, rest: str) -> None:
        tokens = arguments(rest)
        if name in {"Sh", "Ss"}:
            self._text.filled = True
            title = self._phrase("No", tokens)
            self._section = title if name == "Sh" else self._section
            self._text.heading(title, 1 if name == "Sh" else 2)
        elif name == "Dt":
            words = [self._roff.text(t) for t in tokens]
            self._title = words[0] + (f"({words[1]})" if len(words) > 1 else "") if words else ""
        elif name == "Dd":
            self._date = " ".join(tokens) if re.search(r"\d{4}", rest) and "$" not in rest else ""
        elif name in {"Pp", "Lp", "sp"}:
            self._text.text("") if name == "sp" else self._text.paragraph()
        elif name in {"Bl", "El", "It"}:
            self._list(name, tokens)
        elif name in {"Bd", "Ed", "nf", "fi"}:
            self._text.line_break()
            self._text.filled = not (name == "nf" or {"-literal", "-unfilled"} & set(tokens))
        elif name in {"D1", "Dl"}:
            self._text.line_break()
            self._text.text(self._phrase("No", tokens))
            self._text.line_break()
        elif name == "TS":
            self._text.rows(table_rows(map(self._roff.text, self._roff.raw_lines("TE"))))
        elif name in {"Rs", "Re"} or name[0] == "%":
            self._cite(name, tokens)
        elif name in {"Fo", "Fa", "Fc"} and (name == "Fo" or self._function):
            self._declare(name, tokens)
        else:
            self._words(name, tokens)

    def _words(self, name: str, tokens: list[str]) -> None:
        if name == "br":
            self._text.line_break()
        elif name in {"Ex", "Rv"}:
            names = self._phrase("No", [t for t in tokens if t != "-std"]) or self._name
            said = (
                f"The {names} utility exits 0 on success, and >0 if an error occurs."
                if name == "Ex"
                else f"The {names}() function returns the value 0 if successful; otherwise the value -1 is"
                " returned and the global variable errno is set to indicate the error."
            )
            self._text.text(said)
        elif name in _CALLABLE or name == "Fd":
            if self._section == "SYNOPSIS" and name in {"Nm", "Fn", "Ft", "In", "Fd", "Vt"}:
                self._text.line_break()
            self._text.text(self._phrase(name, tokens))

    def _list(self, name: str, tokens: list[str]) -> None:
        if name == "Bl":
            kinds = [t for t in tokens if t.startswith("-")]
            self._lists.append((kinds[0] if kinds else "-tag", 0))
            self._text.line_break()
        elif name == "El":
            if self._lists:
                self._lists.pop()
            self._text.paragraph()
        elif self._lists:
            kind, count = self._lists[-1]
            self._lists[-1] = (kind, count + 1)
            self._text.filled = True
            if kind == "-column":
                self._column(tokens)
                return
            self._text.item()
            if kind in _LISTS_OF_POINTS or kind == "-enum":
                self._text.tag(_LISTS_OF_POINTS.get(kind) or f"{count + 1}.")
            elif kind == "-item":
                return
            else:
                self._text.tag(self._phrase("No", self._with_continuation(tokens)))

    def _with_continuation(self, tokens: list[str]) -> list[str]:
        """Add to the head of an item the lines between ``Xo`` and ``Xc``."""
        lines = 0
        while "Xo" in tokens and "Xc" not in tokens and lines < 50:
            call = next(self._roff.calls(), None)
            if call is None:
                break
            tokens = [*tokens, *([call[0]] if call[0] else []), *arguments(call[1])]
            lines += 1
        return [token for token in tokens if token not in {"Xo", "Xc"}]

    def _column(self, tokens: list[str]) -> None:
        cells: list[list[str]] = [[]]
        for word in tokens:
            if word == "Ta":
                cells.append([])
            else:
                first, *more = word.split("\t")
                cells[-1] += [first] if first else []
                cells += [[cell] if cell else [] for cell in more]
        self._text.text(" | ".join(self._phrase("No", cell) for cell in cells), filled=False)

    def _cite(self, name: str, tokens: list[str]) -> None:
        if name[0] == "%":
            shown = self._phrase("No", tokens)
            self._reference.append(f"“{shown}”" if name == "%T" else shown)
        elif name == "Rs":
            self._text.line_break()
        elif self._reference:
            self._text.text(", ".join(self._reference) + ".")
        self._reference = [] if name[0] != "%" else self._reference

    def _declare(self, name: str, tokens: list[str]) -> None:
        if name == "Fo":
            if self._section == "SYNOPSIS":
                self._text.line_break()
            self._function = (self._phrase("No", tokens), [])
        elif self._function and name == "Fa":
            self._function[1].extend(self._roff.text(token) for token in tokens)
        elif self._function:
            self._text.text(
                f"{self._function[0]}({', '.join(self._function[1])})" + self._phrase("No", tokens)
            )
            self._function = None

    def _phrase(self, name: str, tokens: list[str]) -> str:
        """Return the text of a macro with its arguments, which may call other macros."""
        words = _Words()
        closing: list[str] = []
        calls: list[tuple[str, list[str]]] = [(name, [])]
        for token in tokens:
            if token in _CALLABLE:
                calls.append((token, []))
            else:
                calls[-1][1].append(self._roff.text(token))
        for macro, given in calls:
            self._call(macro, given, words, closing)
        for mark in reversed(closing):
            words.add(mark, before=False)
        return words.text

    def _call(self, macro: str, given: list[str], words: _Words, closing: list[str]) -> None:
        if macro in OPEN:
            words.add(OPEN[macro], after=False)
        elif macro in CLOSE:
            words.add(CLOSE[macro], before=False)
        elif macro in PAIRS:
            words.add(PAIRS[macro][0], after=False)
            closing.append(PAIRS[macro][1])
        elif macro == "Sm":
            del given[:1]  # on or off: spaces stay, the words are the same
        elif macro in {"Ns", "Pf"}:
            words.join()
        elif macro == "Ap":
            words.add("'", before=False, after=False)
        tail: list[str] = []
        if macro not in {"Fn", "Xr"}:
            while len(given) > 0 and given[-1] in _STOPS:
                tail.insert(0, given.pop())
        for number, word in enumerate(self._content(macro, given)):
            if word in _STOPS:
                words.add(word, before=False)
            elif word in _OPENERS:
                words.add(word, after=False)
            else:
                words.add(
                    word, after=not (macro == "Pf" and number == 0) and not (macro == "Fl" and word == "-")
                )
        if tail:  # punctuation at the end stands outside brackets
            for mark in reversed(closing):
                words.add(mark, before=False)
            closing.clear()
            for mark in tail:
                words.add(mark, before=False)

    def _content(self, macro: str, given: list[str]) -> list[str]:
        if macro == "Nm":
            if given and given[0] not in _STOPS:
                self._name = self._name or given[0]
            return given or [self._name]
        if macro == "Fl":
            return [w if w in _STOPS | {"|"} else f"-{w}" for w in given] or ["-"]
        if macro in {"Xr", "Fn", "In"} and given:
            return self._reference_to(macro, given)
        if macro in {"Ar", "Pa"} and not given:
            return ["file", "..."] if macro == "Ar" else ["~"]
        if macro == "St" and given:
            return [STANDARDS.get(given[0].lstrip("-"), given[0].lstrip("-")), *given[1:]]
        if macro in SYSTEMS:
            prefix = given[:1] if macro == "Bx" else []
            return ["".join([*prefix, SYSTEMS[macro]]), *given[len(prefix) :]]
        if macro == "Nd":
            return ["-", *given]
        if macro == "An":
            return [word for word in given if word not in {"-nosplit", "-split"}]
        if macro == "Lk" and len(given) > 1:
            return [f"{given[1]}:", given[0], *given[2:]]
        return given

    def _reference_to(self, macro: str, given: list[str]) -> list[str]:
        if macro == "In":
            return [f"#include <{given[0]}>" if self._section == "SYNOPSIS" else f"<{given[0]}>", *given[1:]]
        end = next((i for i, word in enumerate(given) if word in _STOPS and i), len(given))
        if macro == "Fn":
            return [f"{given[0]}({', '.join(given[1:end])})", *given[end:]]
        section = f"({given[1]})" if end > 1 else ""
        return [given[0] + section, *given[2 if section else 1 :]]
