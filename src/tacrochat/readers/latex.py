r"""LaTeX (.tex): sections, paragraphs, items and rows; pylatexenc turns their macros into text."""

import re
from functools import cache

from pylatexenc.latex2text import LatexNodes2Text

from tacrochat.readers.layout import Layout, clean, storable
from tacrochat.types import Extract

_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*(?:\n[ \t]*(?=\S))?")
_LEVELS = {
    "part": 1,
    "chapter": 1,
    "section": 2,
    "subsection": 3,
    "subsubsection": 4,
    "paragraph": 5,
    "subparagraph": 6,
}
_TOKEN = re.compile(
    r"\\(?P<section>" + "|".join(_LEVELS) + r")\*?\s*+(?:\[[^\]]{0,1000}\])?+\s*+(?=\{)"
    r"|\\(?P<edge>begin|end)\s*\{(?P<name>[^{}\n]*)\}"
    r"|\\(?P<item>item)(?![a-zA-Z])\s*+(?:\[(?P<label>[^\]\n]{0,1000})\])?"
    r"|\\(?P<bib>bibitem)\s*+(?:\[[^\]]{0,1000}\])?+\s*+\{[^}]{0,1000}\}"
    r"|\\(?P<caption>caption)\*?\s*+(?:\[[^\]]{0,1000}\])?+\s*+(?=\{)"
    r"|\\(?:input|include)\s*\{(?P<file>[^{}\n]*)\}"
    r"|(?P<blank>\n[ \t]*\n\s*)|\\par(?![a-zA-Z])"
)
_VERBATIM = frozenset(
    {"verbatim", "verbatim*", "Verbatim", "lstlisting", "minted", "alltt", "code", "example"}
)
_ROWS = frozenset({"tabular", "tabular*", "tabularx", "longtable", "tabulary", "supertabular", "array"})
_DROPPED = frozenset({"comment", "tikzpicture", "picture", "pspicture", "filecontents", "filecontents*"})
_UNSEEN = re.compile(
    r"\\(?:includegraphics|label|index|vspace|hspace|setlength|addtolength|pagestyle|thispagestyle|bibliographystyle"
    r"|bibliography|usepackage|documentclass|newcommand|renewcommand|hypersetup|setcounter|addcontentsline|pagenumbering"
    r"|input|include|glossary|nocite|maketitle|tableofcontents|listoffigures|listoftables|phantomsection|vskip|hskip|definecolor|pgfplotsset|usetikzlibrary|lstset)\*?"
    r"\s*+(?:\[[^\]]{0,1000}\]\s*+)*+(?:\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*"
)
_RULES = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfoot|endfirsthead|endlastfoot)|\\c(?:mid|)(?:rule|line)\s*(?:\(\w{1,100}\))?\{[^}]{0,100}\}"
)
_LONGEST_PARAGRAPH = 100_000
_LONGEST_GROUP = 2_000
_MOST_SHORTHANDS = 100


@cache
def _converter() -> LatexNodes2Text:
    return LatexNodes2Text(math_mode="text", keep_comments=False)


def _text(source: str) -> str:
    """Return the text of a piece of LaTeX; if its braces do not match, its macros are cut out."""
    source = _UNSEEN.sub("", source)[:_LONGEST_PARAGRAPH]
    source = re.sub(
        r"\\(?:cite|citep|citet|ref|eqref|pageref|autoref|cref)\*?(?:\[[^\]]{0,300}\])*+\{([^{}]*)\}",
        r"[\1]",
        source,
    )
    if not source.strip():
        return ""
    if "\\" not in source and "$" not in source:
        return clean(re.sub(r"[{}]", "", source).replace("~", " ").replace("``", "“").replace("''", "”"))
    try:
        return clean(_converter().latex_to_text(source))
    except Exception:  # the parser raises many kinds for unbalanced braces
        return clean(re.sub(r"\\[a-zA-Z]+\*?|[{}$\\]", " ", source))


def _group(source: str, start: int) -> tuple[str, int]:
    """Return what stands in the braces that open at ``start``, and the offset after them."""
    depth = 0
    for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(source, start, start + _LONGEST_GROUP):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if depth == 0 and match.group() == "}":
            return source[start + 1 : match.start()], match.end()
    return "", start + 1


def _command(source: str, name: str) -> str | None:
    match = re.search(rf"\\{name}\s*+(?:\[[^\]]{{0,1000}}\])?+\s*+(?=\{{)", source)
    return _text(_group(source, match.end())[0].replace("\\\\", " ")) if match else None


def _shorthands(source: str) -> str:
    r"""Replace the macros without arguments that a file defines, such as ``\newcommand{\prog}{Tar}``."""
    found = re.findall(
        r"\\(?:new|renew|provide)command\*?\s*\{?\\([a-zA-Z]+)\}?\s*\{([^{}#\n]{1,100})\}",
        source[:_LONGEST_PARAGRAPH],
    )
    texts = dict(found[:_MOST_SHORTHANDS])
    if not texts:
        return source
    used = re.compile(
        r"(?<!command)(?<!command\{)(?<!command\*\{)\\(" + "|".join(texts) + r")(?![a-zA-Z])[ \t]?"
    )
    return used.sub(lambda match: texts[match[1]], source)


class _Latex:
    def __init__(self, source: str) -> None:
        self.layout = Layout()
        self._source = source
        self._mark = ""
        self._unclosed: set[str] = set()

    def run(self, start: int, end: int) -> None:
        at = start
        while match := _TOKEN.search(self._source, at, end):
            self._paragraph(self._source[at : match.start()])
            at = self._token(match)
        self._paragraph(self._source[at:end])

    def _token(self, match: re.Match[str]) -> int:
        if match["section"] or match["caption"]:
            title, after = _group(self._source, match.end())
            level = _LEVELS.get(match["section"] or "", 0)
            self.layout.add(_text(title), "heading" if level else "body", level=level)
            return after
        if match["item"] or match["bib"]:
            label = _text(match["label"] or "")
            self._mark = f"{label}\n" if label else "- "
        elif match["file"]:
            self.layout.notes.append(f"left out: the file {match['file'][:100]}, which it includes")
        elif match["edge"] == "begin":
            return self._environment(match["name"], match.end())
        return match.end()

    def _environment(self, name: str, start: int) -> int:
        if name not in _VERBATIM | _ROWS | _DROPPED:
            options = re.compile(r"\s*(?:\[[^\]\n]{0,1000}\])*+(?:\{[^{}\n]*\}(?=\s*\n))?").match(
                self._source, start
            )
            return options.end() if options else start
        close = -1 if name in self._unclosed else self._source.find(f"\\end{{{name}}}", start)
        if close < 0:
            self._unclosed.add(name)
            return start
        inner = self._source[start:close]
        if name in _VERBATIM:
            inner = re.sub(r"\A(?:\[[^\]]*\]|\{[^}\n]*\})*[ \t]*\n", "", inner)
            self.layout.add(storable(inner).rstrip().strip("\n"), "table")
        elif name in _ROWS:
            self._rows(re.sub(r"\A\s*(?:\[[^\]]*\]|\{(?:[^{}]|\{[^{}]*\})*\})*", "", inner))
        return close + len(name) + 6

    def _rows(self, inner: str) -> None:
        number = 0
        for row in re.split(r"\\\\(?:\[[^\]]{0,100}\])?|\\tabularnewline", _RULES.sub("", inner)):
            cells = [_text(cell) for cell in re.split(r"(?<!\\)&", row)]
            if any(cells):
                self.layout.add(" | ".join(cells).strip(), "table", tight=number > 0)
                number += 1

    def _paragraph(self, source: str) -> None:
        shown = _text(source)
        if shown:
            mark, self._mark = self._mark, ""
            is_item = mark == "- "
            tight = is_item and self.layout.last_role == "list"
            self.layout.add(mark + shown, "list" if is_item else "body", tight=tight)


def read(text: str) -> Extract:
    """Read LaTeX: the document's body, or all of a file that is part of a document.

    Raises:
        ReadError: it holds no text.

    """
    source = _shorthands(_COMMENT.sub(r"\1", storable(text)))
    body = re.search(r"\\begin\s*\{document\}", source)
    end = source.find("\\end{document}")
    fields = {name: _command(source, name) for name in ("title", "author")}
    latex = _Latex(source)
    latex.run(body.end() if body else 0, end if end >= 0 else len(source))
    return latex.layout.extract(fields)
