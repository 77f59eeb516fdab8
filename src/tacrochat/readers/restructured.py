"""reStructuredText (.rst), parsed by docutils; nothing is included, and raw markup is not read."""

import re
from collections import Counter
from typing import Any

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives, roles

from tacrochat.errors import ReadError
from tacrochat.readers.layout import Layout, clean, storable
from tacrochat.text import PARAGRAPH_BREAK
from tacrochat.types import Extract

_SETTINGS = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,
    "halt_level": 5,
    "_disable_config": True,
    "smart_quotes": False,
    "line_length_limit": 100_000,
}
_CODE = frozenset(
    {"code-block", "sourcecode", "literalinclude", "prompt", "productionlist", "doctest", "testcode"}
)
_UNSEEN = frozenset({"toctree", "index", "highlight", "currentmodule", "tabularcolumns", "include", "image"})
_VERSIONS = {
    "versionadded": "New in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
}
_MOST_NAMES = 200
# docutils takes a time that grows with the square of the length of a word with many marks in it, and of a
# paragraph with many references, or many marks that open an emphasis and are never closed.
_LONG_WORD = re.compile(r"\S{1000,}")
_MARK = re.compile(r"(?<![\w*`|])(\*\*?|``?|\|)(?=[^\s*`|])|(?<=[^\s*`|])(\*\*?|``?|\|)(?![\w*`|])")
_REFERENCE = re.compile(r"(?<=[\w`\]])__?(?!\w)")
_MOST_STEPS = 100_000_000


class _AnyOption(dict[str, Any]):
    def __missing__(self, _: str) -> Any:
        return lambda value: value


class _Unknown(Directive):  # type: ignore[misc]
    """A directive of Sphinx or another program: its argument and its content are text."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = _AnyOption({"class": str})

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the content."""
        if self.name in _UNSEEN:
            return []
        if self.name in _CODE:
            text = "\n".join(self.content)
            return [nodes.literal_block(text, text)]
        holder = nodes.container()
        if self.arguments:
            announced = f"{_VERSIONS.get(self.name, '')} {self.arguments[0]}".strip()
            holder += nodes.paragraph("", announced)
        self.state.nested_parse(self.content, self.content_offset, holder)
        return [holder]


def _unknown_role(
    _: str, raw: str, text: str, *__: Any, **___: Any
) -> tuple[list[nodes.Node], list[nodes.Node]]:
    shown = re.sub(r"(?<!\s)\s*<[^<>]*>$", "", text).lstrip("~!")
    return [nodes.inline(raw, shown or text)], []


def _admit(text: str) -> None:
    """Make the directives and roles that docutils does not know readable."""
    for name in sorted(set(re.findall(r"^[ \t]*\.\. ([\w:-]+?)::", text, re.MULTILINE)))[:_MOST_NAMES]:
        if name.lower() not in directives._directive_registry:
            directives.register_directive(name, _Unknown)
    for name in sorted(set(re.findall(r":([\w:.+-]{1,40}?):`", text)))[:_MOST_NAMES]:
        if name.lower() not in roles._role_registry:
            roles.register_local_role(name, _unknown_role)


class _Walk:
    """Adds the nodes of a document to a layout."""

    def __init__(self) -> None:
        self.layout = Layout()
        self.title = ""

    def children(self, node: nodes.Element, level: int) -> None:
        for child in node.children:
            self.node(child, level)

    def node(self, node: nodes.Node, level: int) -> None:
        if isinstance(node, nodes.section):
            self.children(node, level + 1)
        elif isinstance(node, nodes.title | nodes.subtitle | nodes.rubric):
            self.layout.add(clean(node.astext()), "heading", level=min(6, max(1, level)))
        elif isinstance(
            node, nodes.literal_block | nodes.doctest_block | nodes.math_block | nodes.line_block
        ):
            self.layout.add(storable(node.astext()).strip("\n"), "table")
        elif isinstance(node, nodes.table):
            self._table(node)
        elif isinstance(node, nodes.bullet_list | nodes.enumerated_list):
            self._list(node, level)
        elif isinstance(node, nodes.definition_list_item | nodes.field | nodes.option_list_item):
            self._pair(node, level)
        elif isinstance(node, nodes.topic) and "contents" in node.get("classes", []):
            self.layout.add(clean(node.astext()), "navigation", reason="table of contents")
        elif isinstance(node, nodes.Invisible | nodes.system_message | nodes.image | nodes.transition):
            return
        elif isinstance(node, nodes.paragraph | nodes.caption | nodes.attribution | nodes.TextElement):
            self.layout.add(clean(node.astext()))
        elif isinstance(node, nodes.Element):
            if isinstance(node, nodes.Admonition) and not isinstance(node, nodes.admonition):
                self.layout.add(f"{node.tagname.capitalize()}:")
            self.children(node, level)

    def _list(self, node: nodes.Element, level: int) -> None:
        tight = False
        for number, item in enumerate(node.children, int(node.get("start", 1))):
            mark = f"{number}." if isinstance(node, nodes.enumerated_list) else "-"
            first, *rest = item.children or [None]
            if isinstance(first, nodes.paragraph):
                self.layout.add(f"{mark} {clean(first.astext())}", "list", tight=tight)
            elif first is not None:
                self.node(first, level)
            for child in rest:
                self.node(child, level)
            tight = not rest and self.layout.last_role == "list"

    def _pair(self, node: nodes.Element, level: int) -> None:
        """Add a term with the first paragraph of its description."""
        terms = [clean(child.astext()) for child in node.children[:-1]]
        body = node.children[-1] if node.children else None
        first, *rest = getattr(body, "children", None) or [None]
        mark = ": " if isinstance(node, nodes.field) else "\n"
        if isinstance(first, nodes.paragraph):
            self.layout.add(" ".join(terms) + mark + clean(first.astext()))
        else:
            self.layout.add(" ".join(terms))
            rest = [first, *rest] if first is not None else rest
        for child in rest:
            self.node(child, level)

    def _table(self, node: nodes.table) -> None:
        for title in node.findall(nodes.title):
            self.layout.add(clean(title.astext()))
        for number, row in enumerate(node.findall(nodes.row)):
            cells = [clean(entry.astext()) for entry in row.children]
            self.layout.add(" | ".join(cells).strip(), "table", tight=number > 0)


def _check_marks(text: str) -> None:
    """Refuse a paragraph with far too many references, or marks that are never closed."""
    for paragraph in PARAGRAPH_BREAK.split(text):
        unclosed: Counter[str] = Counter()
        for match in _MARK.finditer(paragraph):
            if match[1]:
                unclosed[match[1]] += 1
            elif unclosed[match[2]]:
                unclosed[match[2]] -= 1
        marks = unclosed.total() + len(_REFERENCE.findall(paragraph))
        if len(paragraph) * marks > _MOST_STEPS:
            raise ReadError(
                f"a paragraph has {marks:,} references, and marks such as * that are never closed;"
                " rename it to .txt to read it as text"
            )


def read(text: str) -> Extract:
    """Read reStructuredText, with the directives and roles of Sphinx as text.

    Raises:
        ReadError: it holds no text, or is nested too deeply.

    """
    _admit(text)
    _check_marks(text)
    text, long_words = _LONG_WORD.subn("", text)
    try:
        document = publish_doctree(text, settings_overrides=_SETTINGS)
    except (RecursionError, ValueError, AttributeError, IndexError, TypeError, KeyError) as error:
        raise ReadError(
            "it is damaged: its markup cannot be read; rename it to .txt to read it as text"
        ) from error
    walk = _Walk()
    walk.children(document, 1 if document.get("title") else 0)
    for included in re.findall(r"^[ \t]*\.\. (?:include|literalinclude)::\s*(\S+)", text, re.MULTILINE)[:20]:
        walk.layout.notes.append(f"left out: the file {included[:100]}, which it includes")
    if long_words:
        walk.layout.notes.append(f"left out: {long_words:,} words of 1,000 characters and more")
    fields = {name: _field(document, kind) for name, kind in (("author", nodes.author), ("date", nodes.date))}
    return walk.layout.extract({"title": document.get("title") or None, **fields})


def _field(document: nodes.document, kind: type[nodes.Element]) -> str | None:
    found = next(iter(document.findall(kind)), None)
    return found.astext() if found is not None else None
