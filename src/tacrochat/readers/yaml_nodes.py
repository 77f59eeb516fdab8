"""YAML: plain values for metadata, and nodes with their lines and columns for the configuration.

Nothing is ever made of a tag but plain values. Nodes come without aliases, by which a
small file could stand for a huge one, and with a limit on levels.
"""

from dataclasses import dataclass
from typing import Any, Literal

import yaml

_TAG = "tag:yaml.org,2002:"
_KINDS: dict[str, "NodeKind"] = {
    f"{_TAG}str": "text",
    f"{_TAG}int": "number",
    f"{_TAG}float": "number",
    f"{_TAG}bool": "boolean",
    f"{_TAG}null": "nothing",
    f"{_TAG}timestamp": "text",
    f"{_TAG}merge": "text",
    f"{_TAG}value": "text",
    f"{_TAG}seq": "list",
    f"{_TAG}map": "mapping",
}
_MAX_LEVELS = 20

NodeKind = Literal["text", "number", "boolean", "nothing", "list", "mapping"]


@dataclass(frozen=True, slots=True)
class Node:
    """A value as it is written; ``line`` and ``column`` count from 1.

    ``text`` is the text of a scalar, ``items`` those of a list, ``pairs`` the keys and
    values of a mapping, in order, also where a key is there twice.
    """

    kind: NodeKind
    line: int
    column: int
    text: str = ""
    items: "tuple[Node, ...]" = ()
    pairs: "tuple[tuple[Node, Node], ...]" = ()


class YamlFault(Exception):
    """What is wrong at a place of a YAML text; ``line`` and ``column`` count from 1."""

    def __init__(self, line: int, column: int, text: str) -> None:
        """Take the place, and what is wrong there."""
        super().__init__(text)
        self.line, self.column = line, column


def load(text: str) -> Any:
    """Return the values of a YAML text; None if it is not valid."""
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, OverflowError):
        return None


def compose(text: str) -> Node | None:
    """Return the one document of a YAML text as nodes; None if it holds nothing.

    Raises:
        YamlFault: it is not valid, or has an alias, a tag or too many levels.

    """
    try:
        loader = _Loader(text)  # reads the first characters at once
        try:
            node = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        column = error.position - (before.rfind("\n") + 1) + 1
        character = f"U+{ord(text[error.position]):04X}"
        raise YamlFault(
            before.count("\n") + 1, column, f"the character {character} is not allowed; remove it"
        ) from error
    except yaml.MarkedYAMLError as error:
        raise _fault(error) from error
    return None if node is None else _node(node)


class _Loader(yaml.SafeLoader):
    """Composes nodes without aliases, and not too deep."""

    _level = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _at(event.start_mark, "an alias (*) is not allowed; write the value again")
        self._level += 1
        if self._level > _MAX_LEVELS:
            raise _at(event.start_mark, f"there are more than {_MAX_LEVELS} levels")
        node = super().compose_node(parent, index)
        self._level -= 1
        return node


def _node(node: Any) -> Node:
    kind = _KINDS.get(node.tag)
    if kind is None:
        tag = node.tag.replace(_TAG, "!!")
        raise _at(node.start_mark, f"a tag ({tag[:60]}) is not allowed; write the value alone")
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    if isinstance(node, yaml.MappingNode):
        return Node("mapping", line, column, pairs=tuple((_node(k), _node(v)) for k, v in node.value))
    if isinstance(node, yaml.SequenceNode):
        return Node("list", line, column, items=tuple(map(_node, node.value)))
    return Node(kind, line, column, text=node.value)


def _fault(error: yaml.MarkedYAMLError) -> YamlFault:
    mark = error.problem_mark or error.context_mark
    problem = str(error.problem or error.context)
    if "'\\t'" in problem:
        problem = "there is a tab; indent with spaces"
    elif error.context and error.context != error.problem:
        problem = f"{problem} ({error.context})"
    return YamlFault(1, 1, problem) if mark is None else _at(mark, problem)


def _at(mark: Any, text: str) -> YamlFault:
    return YamlFault(mark.line + 1, mark.column + 1, text)
