"""Read one value of the configuration: check it, or say at which place what was expected."""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from tacrochat.configuration.patterns import BadPattern, KindRules, check
from tacrochat.readers.yaml_nodes import Node, YamlFault
from tacrochat.types import KINDS, Kind

Read = Callable[[str, Node], Any]
"""Takes the name of a value and its node; raises ``YamlFault`` if it is not as expected."""

_MAX_LINE = 200
_MAX_PATH = 4_096
_MAX_ITEMS = 1_000
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LEAST_CONTRAST = 4.5  # on white, and of white on it: WCAG 2, level AA


def fault(name: str, node: Node, expected: str) -> YamlFault:
    """Return the error that says what a value is, and what was expected."""
    if node.kind in {"list", "mapping"}:
        given = "a list" if node.kind == "list" else "a mapping (key: value)"
    else:
        given = repr(node.text if len(node.text) <= 40 else node.text[:40] + "…") if node.text else "empty"
    return YamlFault(node.line, node.column, f"{name} is {given}; expected {expected}")


def unknown(outer: str, name: str, allowed: Sequence[str]) -> str:
    """Return the error about a key that is not known; ``outer`` is the key that it is in, "" for none."""
    where = f" in {outer}" if outer else ""
    near = difflib.get_close_matches(name, allowed, 1, 0.5)
    advice = f"did you mean {near[0]}?" if near else f"expected {', '.join(allowed)}"
    return f"there is no key {name[:60]!r}{where}; {advice}"


def line_of_text(name: str, node: Node) -> str:
    """Read a text of one line."""
    return _line(name, node, _MAX_LINE, f"a text of one line, 1 to {_MAX_LINE} characters")


def path(name: str, node: Node) -> str:
    """Read a path."""
    expected = "a path, absolute or from the folder of this file"
    text = _line(name, node, _MAX_PATH, expected)
    if text.startswith("~"):
        raise fault(name, node, f"{expected}; ~ has no meaning here")
    return text


def _line(name: str, node: Node, longest: int, expected: str) -> str:
    if node.kind in {"list", "mapping", "nothing"}:
        raise fault(name, node, expected)
    text = node.text.strip()
    if not text or len(text) > longest or not text.isprintable():
        raise fault(name, node, expected)
    return text


def truth(name: str, node: Node) -> bool:
    """Read true or false."""
    if node.kind != "boolean":
        raise fault(name, node, "true or false")
    return node.text.lower() in {"true", "yes", "on"}


def share(name: str, node: Node) -> float:
    """Read a number from 0 to 1."""
    try:
        value = float(node.text) if node.kind == "number" else -1.0
    except ValueError:  # such as 0x1F or 1:30, numbers in YAML
        value = -1.0
    if not 0 <= value <= 1:
        raise fault(name, node, "a number from 0 to 1")
    return value


def one_of(choices: Iterable[str]) -> Read:
    """Return a function that reads one of some words."""
    allowed = tuple(choices)

    def read(name: str, node: Node) -> str:
        if node.kind in {"list", "mapping"} or node.text not in allowed:
            raise fault(name, node, f"one of {', '.join(allowed)}")
        return node.text

    return read


def watching(name: str, node: Node) -> Literal["on", "off", "poll"]:
    """Read whether a folder is watched, and how."""
    if node.kind == "text" and node.text == "poll":
        return "poll"
    if node.kind != "boolean":
        raise fault(name, node, "true, false, or poll")
    return "on" if truth(name, node) else "off"


def colour(name: str, node: Node) -> str:
    """Read a colour that can be read on white, as ``#rrggbb``."""
    if not _COLOUR.fullmatch(node.text):
        raise fault(name, node, 'a colour in quotes, such as "#0f6268"')
    if contrast_with_white(node.text) < _LEAST_CONTRAST:
        raise fault(name, node, "a darker colour: links in it are read on white")
    return node.text.lower()


def contrast_with_white(code: str) -> float:
    """Return the contrast of a colour ``#rrggbb`` with white, 1 to 21, as WCAG 2 defines it."""
    parts = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def list_of(read_item: Read, item: str, most: int = _MAX_ITEMS) -> Read:
    """Return a function that reads a list; ``item`` names an entry of it in errors."""

    def read(name: str, node: Node) -> tuple[Any, ...]:
        if node.kind != "list":
            raise fault(name, node, f"a list, each {item} on a line of its own after '- '")
        if len(node.items) > most:
            raise YamlFault(
                node.line, node.column, f"{name} has {len(node.items):,} entries; {most:,} at most"
            )
        return tuple(read_item(item, entry) for entry in node.items)

    return read


def languages(codes: tuple[str, ...]) -> Read:
    """Return a function that reads at least one of the languages of the page, none twice."""
    read_list = list_of(one_of(codes), "language")

    def read(name: str, node: Node) -> tuple[str, ...]:
        chosen: tuple[str, ...] = read_list(name, node)
        if not chosen:
            raise fault(name, node, f"one or more of {', '.join(codes)}")
        return tuple(dict.fromkeys(chosen))

    return read


def pattern(name: str, node: Node) -> str:
    """Read a pattern of paths."""
    text = line_of_text(name, node)
    try:
        check(text)
    except BadPattern as error:
        raise fault(name, node, f'a pattern such as "drafts/" or "*.tmp" ({error})') from error
    return text


def kinds(name: str, node: Node) -> KindRules:
    """Read the kinds of documents by patterns."""
    if node.kind != "mapping":
        raise fault(name, node, 'lines such as "trials/**": trial')
    read_kind = one_of(KINDS)
    rules: list[tuple[str, Kind]] = []
    for key, value in no_key_twice(node):
        rules.append((pattern("pattern", key), read_kind(f"kind of {key.text}", value)))
    return KindRules(tuple(rules))


def no_key_twice(node: Node) -> tuple[tuple[Node, Node], ...]:
    """Return the keys and values of a mapping, of which no key is there twice."""
    first: dict[str, int] = {}
    for key, _ in node.pairs:
        if key.kind in {"list", "mapping"}:
            raise YamlFault(key.line, key.column, "a key is a list or a mapping; expected a word")
        if key.text in first:
            earlier = first[key.text]
            raise YamlFault(key.line, key.column, f"{key.text} is there twice (first in line {earlier})")
        first[key.text] = key.line
    return node.pairs
