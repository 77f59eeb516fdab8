r"""The language below the macros of manual pages: requests, strings, macro definitions, escape sequences.

A part of groff(7), enough for manual pages. What would only change the look is
ignored; no file is included, and no program is run.
"""

import re
from collections import deque
from collections.abc import Iterator

from tacrochat.errors import ReadError
from tacrochat.readers.roff_characters import character, numbered

JOIN = "\x01"
r"""Stands for ``\c``: the next line goes on without a space."""
_MOST_STEPS = 1_000_000
_LONGEST = 50_000  # characters of a line or a string
_ARGUMENT = re.compile(r'\s*("(?:[^"]|"")*(?:"|$)|(?:\\[ ]|[^\s])+)')
_COMMENT = re.compile(r'(?<!\\)((?:\\\\)*)\\["#].*')
_INTERPOLATION = re.compile(r"\\([*n$])([-+]?)(?:\((..)|\[([^\]\n]*)\]|(.))|\\\\|\\g.")
# One escape sequence: with a name, an argument in quotes, or alone.
_ESCAPE = re.compile(
    r"""\\(?:
      \((?P<two>..) | \[(?P<name>[^\]\n]*)\] | C'(?P<quoted>[^'\n]*)' | N'(?P<code>\d+)'
    | [fFgkmMVY](?:\(..|\[[^\]\n]*\]|.)
    | s(?:[-+]?\d\d?(?!\d)|\([-+]?\d\d|[-+]\(\d\d|\[[^\]\n]*\]|[-+]?'[^'\n]*'|[-+]?\d)
    | [hvwlLDXxSHRAB](?P<mark>[^\w\s\\]).*?(?P=mark) | [ob]'(?P<over>[^'\n]*)' | Z'(?P<kept>[^'\n]*)'
    | z(?P<zero>\\?.) | O(?:\d|\[[^\]]*\]) | (?P<one>.) | $)""",
    re.VERBOSE,
)
_ALONE = {"-": "-", "e": "\\", "\\": "\\", " ": " ", "~": " ", "0": " ", "t": "\t", "E": "\\", ".": ".",
          "'": "´", "`": "`", "_": "_", "c": JOIN, "\"": "", "p": "\n", "u": "", "d": "",
          "r": "", "a": ""}  # fmt: skip
_NUMBER_TEST = re.compile(r"[-+]?\d+[a-z]?|[<>]=?|==?|[-+*/%&:]")
_DEFAULTS = {
    "lq": "“",
    "rq": "”",
    "R": "®",
    "Tm": "™",
    'L"': '"',
    'R"': '"',
    "S": "",
    "(.T": "utf8",
    ".T": "utf8",
}


def unescape(text: str) -> str:
    r"""Return text with its escape sequences as the characters they stand for; ``\c`` becomes ``JOIN``."""
    return _ESCAPE.sub(_shown, text) if "\\" in text else text


def _shown(match: re.Match[str]) -> str:
    if (name := match["two"] or match["name"] or match["quoted"]) is not None:
        return character(name)
    if match["code"]:
        return numbered(match["code"])
    if (inner := match["over"] or match["kept"] or match["zero"]) is not None:
        return unescape(inner[:100]) if len(inner) < len(match.group()) else ""
    one = match["one"]
    if one is None:
        return ""
    return _ALONE.get(one, one if one.isalnum() or not one.isascii() else "")


def arguments(rest: str) -> list[str]:
    """List the arguments of a request, still with their escape sequences; quotes keep spaces."""
    return [
        raw[1:].removesuffix('"').replace('""', '"') if raw[0] == '"' else raw
        for raw in _ARGUMENT.findall(rest)
    ]


class Roff:
    """Runs the requests of a source and returns its macro calls and text lines.

    ``known`` are the names of the macros that the caller handles; a definition
    of one of them in the file is ignored, as man(7) and mdoc(7) do.
    """

    def __init__(self, source: str, known: frozenset[str]) -> None:
        """Start with a decoded source."""
        self._lines = deque(source.split("\n"))
        self._known = known
        self._strings = dict(_DEFAULTS)
        self._registers = {".g": 1, ".$": 0, ".l": 78}
        self._macros: dict[str, list[str]] = {}
        self._else: list[bool] = []
        self._translated: dict[int, str] = {}
        self._steps = 0
        self.included: list[str] = []

    def calls(self) -> Iterator[tuple[str, str]]:
        """Yield ``(macro, rest of the line)`` for macro calls and ``("", line)`` for text lines.

        Raises:
            ReadError: its macros call each other without end.

        """
        while self._lines:
            line = self._next()
            if line[:1] in {".", "'"}:
                name, rest = _call(line)
                if name:
                    yield from self._call(name, rest)
                continue
            yield "", line.replace("\\{", "").replace("\\}", "")

    def raw_lines(self, end: str) -> Iterator[str]:
        """Yield the lines up to the macro ``end``, which is consumed."""
        while self._lines:
            line = self._next()
            if line[:1] in {".", "'"} and _call(line)[0] == end:
                return
            yield line

    def text(self, raw: str) -> str:
        """Return the text of a line or an argument."""
        shown = unescape(raw)
        return shown.translate(self._translated) if self._translated else shown

    def _next(self) -> str:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise ReadError("it is damaged: its macros call each other without end")
        line = self._lines.popleft()
        while line.endswith("\\") and not line.endswith("\\\\") and self._lines and len(line) < _LONGEST:
            line = line[:-1] + self._lines.popleft()
        line = _COMMENT.sub(r"\1", line)
        return self._interpolate(line) if "\\" in line else line

    def _interpolate(self, line: str, depth: int = 0) -> str:
        def value(match: re.Match[str]) -> str:
            sign, step, *names = match.groups()
            name = next((n for n in names if n is not None), None)
            if name is None:
                return match.group()
            if sign == "n":
                if step:
                    self._registers[name] = self._registers.get(name, 0) + (1 if step == "+" else -1)
                return str(self._registers.get(name, 0))
            if sign == "$":
                return ""
            return self._strings.get(name.split(" ")[0], "")

        line = _INTERPOLATION.sub(value, line[:_LONGEST])
        again = depth < 4 and ("\\*" in line or "\\n" in line) and "\\\\" not in line
        return self._interpolate(line, depth + 1) if again else line

    def _call(self, name: str, rest: str) -> Iterator[tuple[str, str]]:
        if name in {"if", "ie", "el", "while"}:
            self._condition(name, rest)
        elif name in {"de", "de1", "dei", "am", "am1", "ami", "ig"}:
            self._define(name, rest)
        elif name in {"ds", "ds1", "as", "as1", "nr", "tr", "rm", "rn", "als", "do", "so", "mso"}:
            self._set(name, rest)
        elif name in self._macros:
            self._expand(name, rest)
        else:
            yield name, rest

    def _condition(self, name: str, rest: str) -> None:
        if name == "el":
            holds = not self._else.pop() if self._else else False
        else:
            holds, rest = self._test(rest)
            if name == "ie":
                self._else.append(holds)
        rest = rest.lstrip()
        if holds and name != "while":
            self._lines.appendleft(rest.removeprefix("\\{").lstrip())
            return
        depth = rest.count("\\{") - rest.count("\\}")
        while depth > 0 and self._lines:
            line = self._lines.popleft()
            depth += line.count("\\{") - line.count("\\}")

    def _test(self, rest: str) -> tuple[bool, str]:
        rest = rest.lstrip()
        wanted = True
        while rest.startswith("!"):
            wanted, rest = not wanted, rest[1:].lstrip()
        if match := re.match(r"([dcrmFS])\s+(\S+)", rest):
            kind, name = match.groups()
            holds = kind == "c" or name in (
                self._registers if kind == "r" else {**self._macros, **self._strings}
            )
            return holds == wanted, rest[match.end() :]
        if match := re.match(r"[ntoev](?![\w(])", rest):
            return (match.group() in "no") == wanted, rest[1:]
        if match := re.match(r"(['\"\x07])(.*?)\1(.*?)\1", rest):
            return (unescape(match[2]) == unescape(match[3])) == wanted, rest[match.end() :]
        match = re.match(r"[-+*/%<>=&:()\w.]+", rest)
        expression = match.group() if match else ""
        return (_evaluate(expression) > 0) == wanted, rest[len(expression) :]

    def _define(self, request: str, rest: str) -> None:
        names = arguments(rest)
        end = "."
        if len(names) > 1:
            end = names[1]
        elif request == "ig" and names:
            end = names[0]
        body = []
        while self._lines:
            line = self._lines.popleft()
            self._steps += 1
            if re.fullmatch(rf"[.']\s*{re.escape(end)}(?:\s.*)?", line.replace("\\}", "")):
                break
            body.append(line.replace("\\\\", "\\"))
        if request != "ig" and names and names[0] not in self._known:
            before = self._macros.get(names[0], []) if request.startswith("am") else []
            self._macros[names[0]] = (before + body)[:2_000]

    def _set(self, name: str, rest: str) -> None:
        first, _, value = rest.strip().partition(" ")
        value = value.strip(" ")
        if name in {"ds", "ds1", "as", "as1"}:
            before = self._strings.get(first, "") if name.startswith("as") else ""
            self._strings[first] = (before + value.removeprefix('"').replace("\\\\", "\\"))[:1_000]
        elif name == "nr":
            step = value[:1] if value[:1] in {"+", "-"} else ""
            number = _evaluate(value.split(" ")[0].removeprefix("+"))
            self._registers[first] = (self._registers.get(first, 0) if step else 0) + number
        elif name == "tr":
            pairs = unescape(rest.strip()).replace(JOIN, "")
            pairs += " " if len(pairs) % 2 else ""
            self._translated |= {ord(a): b for a, b in zip(pairs[::2], pairs[1::2], strict=True)}
        elif name == "rm":
            for gone in rest.split():
                self._macros.pop(gone, None)
        elif name in {"als", "rn"} and (names := (value, first) if name == "rn" else (first, value)):
            if names[1] in self._macros:
                self._macros[names[0]] = self._macros[names[1]]
        elif name == "do":
            self._lines.appendleft("." + rest.strip())
        elif name == "so" and rest.strip():
            self.included.append(rest.strip())

    def _expand(self, name: str, rest: str) -> None:
        given = arguments(rest)
        self._registers[".$"] = len(given)

        def argument(match: re.Match[str]) -> str:
            which = match[1] or match[2] or match[3]
            if which in {"*", "@"}:
                return " ".join(f'"{a}"' if which == "@" else a for a in given)
            number = int(which) if which.isdecimal() else 0
            return given[number - 1] if 0 < number <= len(given) else ""

        pattern = re.compile(r"\\\$(?:\((..)|\[(\w+)\]|([\d*@]))")
        count = str(len(given))
        for line in reversed(self._macros[name]):
            filled = pattern.sub(argument, line).replace("\\n(.$", count).replace("\\n[.$]", count)
            self._lines.appendleft(filled[:_LONGEST])


def _call(line: str) -> tuple[str, str]:
    body = line[1:].lstrip().replace("\\}", "")
    match = re.match(r"[^\s\\]+", body)
    return (match.group(), body[match.end() :]) if match else ("", "")


def _evaluate(expression: str) -> int:
    """Return the value of a numeric expression, from left to right as roff does; units are ignored."""
    value, operator = 0, "+"
    for token in _NUMBER_TEST.findall(expression.replace("(", "").replace(")", ""))[:100]:
        if not token.strip("+-")[:1].isdecimal():
            operator = token
            continue
        number = int(re.sub(r"[a-z]$", "", token)[:9])
        compared = {"<": value < number, ">": value > number, "<=": value <= number, ">=": value >= number,
                    "=": value == number, "==": value == number,
                    "&": value > 0 and number > 0, ":": value > 0 or number > 0}  # fmt: skip
        if operator in compared:
            value = int(compared[operator])
        elif operator in {"/", "%"}:
            value = 0 if not number else value // number if operator == "/" else value % number
        else:
            value = value * number if operator == "*" else value + (-number if operator == "-" else number)
        value = max(-(10**9), min(value, 10**9))
        operator = "+"
    return value
