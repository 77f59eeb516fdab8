"""Manual pages (.1 to .9, .3pm …): the macros of man(7); those of mdoc(7) are in ``manual_mdoc``."""

import re

from tacrochat.errors import ReadError
from tacrochat.readers.decoding import decode
from tacrochat.readers.manual_mdoc import Mdoc
from tacrochat.readers.manual_tables import table_rows
from tacrochat.readers.manual_text import ManualText
from tacrochat.readers.roff import Roff, arguments
from tacrochat.types import Extract

_FONTS = frozenset({"B", "I", "SM", "SB", "R", "CW"})
_ALTERNATING = frozenset({"BR", "RB", "BI", "IB", "IR", "RI"})
_PARAGRAPHS = frozenset({"PP", "P", "LP", "RE", "HP", "YS"})
_KNOWN = (
    _FONTS
    | _ALTERNATING
    | _PARAGRAPHS
    | frozenset(
        "TH SH SS RS TP TQ IP UR UE MT ME MR OP SY EX EE TS TE EQ EN nf fi br sp ce ti in de if".split()
    )
)
_IS_MAN = re.compile(r"^[.'][ \t]*(?:TH|SH)\b", re.MULTILINE)
_IS_MDOC = re.compile(r"^[.'][ \t]*(?:Dd|Dt|Sh)\b", re.MULTILINE)
_ONLY_SO = re.compile(r"\.so\s+(\S+)")


def read(data: bytes) -> Extract:
    """Read a manual page.

    Raises:
        ReadError: it is not a manual page, only refers to another one, or holds no text.

    """
    source = decode(data).replace("\f", "\n")
    lines = [line for line in source.split("\n") if line.strip() and not re.match(r"[.']\\[\"#]", line)]
    if lines and len(lines) <= 3 and (other := _ONLY_SO.match(lines[0])):
        raise ReadError(f"it only refers to the manual page {other[1]}; add that file")
    man, mdoc = _IS_MAN.search(source), _IS_MDOC.search(source)
    if mdoc and (not man or mdoc.start() < man.start()):
        return Mdoc(source).extract()
    if not man:
        raise ReadError(
            "its name ends like that of a manual page, but it has no .TH, .SH or .Dd line;"
            " rename it to .txt to read it as plain text"
        )
    return _Man(source).extract()


class _Man:
    def __init__(self, source: str) -> None:
        self._roff = Roff(source, _KNOWN)
        self._text = ManualText()
        self._title = ""
        self._date = ""
        self._waiting = ""  # the macro whose argument is the next line: TP, SH, SS
        self._link = ""

    def extract(self) -> Extract:
        for name, rest in self._roff.calls():
            if name:
                self._macro(name, rest)
            else:
                self._line(self._roff.text(rest))
        self._text.paragraph()
        layout = self._text.layout
        layout.notes += [f"left out: the file {name}, which it includes" for name in self._roff.included]
        return layout.extract({"title": self._title, "date": self._date})

    def _words(self, rest: str) -> list[str]:
        return [self._roff.text(argument) for argument in arguments(rest)]

    def _line(self, line: str) -> None:
        waiting, self._waiting = self._waiting, ""
        if waiting in {"TP", "TQ"}:
            self._text.tag(line)
        elif waiting:
            self._text.heading(line, 1 if waiting == "SH" else 2)
        else:
            self._text.text(line)

    def _macro(self, name: str, rest: str) -> None:
        if name in _FONTS:
            if words := self._words(rest):
                self._line(" ".join(words))
        elif name in _ALTERNATING:
            self._line("".join(self._words(rest)))
        elif name in {"SH", "SS"}:
            self._text.filled = True
            words = self._words(rest)
            self._waiting = "" if words else name
            if words:
                self._text.heading(" ".join(words), 1 if name == "SH" else 2)
        elif name in {"TP", "TQ"}:
            self._text.item()
            self._waiting = name
        elif name == "IP":
            self._text.item()
            if words := self._words(rest):
                self._text.tag(words[0])
        elif name in _PARAGRAPHS:
            self._text.paragraph()
        else:
            self._request(name, rest)

    def _request(self, name: str, rest: str) -> None:
        if name == "RS":
            self._text.indent()
        elif name in {"br", "ti", "ce"}:
            self._text.line_break()
        elif name == "sp":
            self._text.text("")
        elif name in {"nf", "EX"}:
            self._text.line_break()
            self._text.filled = False
        elif name in {"fi", "EE"}:
            self._text.filled = True
        elif name == "TS":
            self._text.rows(table_rows(map(self._roff.text, self._roff.raw_lines("TE"))))
        elif name == "EQ":
            for line in self._roff.raw_lines("EN"):
                self._text.text(self._roff.text(line))
        else:
            self._phrase(name, self._words(rest))

    def _phrase(self, name: str, words: list[str]) -> None:
        if name == "TH" and words and not self._title:
            section = f"({words[1]})" if len(words) > 1 and words[1] else ""
            self._title = words[0] + section
            self._date = words[2] if len(words) > 2 and re.search(r"\d{4}", words[2]) else ""
        elif name in {"UR", "MT"}:
            self._link = words[0] if words else ""
        elif name in {"UE", "ME"}:
            if self._link:
                self._line(f"⟨{self._link}⟩" + "".join(words[:1]))
            self._link = ""
        elif name == "MR" and words:
            name, section, after = (*words, "", "")[:3]
            self._line(f"{name}({section}){after}")
        elif name == "OP" and words:
            self._line(f"[{' '.join(words)}]")
        elif name == "SY":
            self._text.line_break()
            self._line(" ".join(words))
