"""Read the key ``folders`` of the configuration, and check that its folders go together."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tacrochat.configuration import fields
from tacrochat.configuration.fields import fault, no_key_twice, unknown
from tacrochat.configuration.folders import UPLOADED, Folder, is_within
from tacrochat.configuration.patterns import Selection
from tacrochat.readers.yaml_nodes import Node, YamlFault

_patterns = fields.list_of(fields.pattern, "pattern")
_KEYS: dict[str, fields.Read] = {
    "path": fields.path,
    "name": fields.line_of_text,
    "include": _patterns,
    "exclude": _patterns,
    "follow_links": fields.truth,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of ``folders`` as it is written; ``nodes`` says where."""

    nodes: Mapping[str, Node]
    values: Mapping[str, Any]


def entry(name: str, node: Node) -> Entry:
    """Read a folder: its path, or a mapping with more about it."""
    if node.kind != "mapping":
        return Entry({"path": node}, {"path": fields.path(name, node)})
    nodes: dict[str, Node] = {}
    for key, value in no_key_twice(node):
        if key.text not in _KEYS:
            raise YamlFault(key.line, key.column, unknown("folders", key.text, list(_KEYS)))
        if value.kind != "nothing":
            nodes[key.text] = value
    if "path" not in nodes:
        raise fault(name, node, "a path, or lines such as 'path: ../protocols'")
    return Entry(nodes, {key: _KEYS[key](key, value) for key, value in nodes.items()})


def folders(base: Path, entries: Sequence[Entry], common: Selection) -> tuple[Folder, ...]:
    """Return the folders of a configuration in ``base``, and with them the one for uploads.

    Raises:
        YamlFault: two of them have one name, or one lies in another.

    """
    uploaded = Folder(base / UPLOADED, UPLOADED, common=common, may_be_missing=True)
    found: list[Folder] = []
    for written in entries:
        folder = _folder(base, written, common)
        _check(folder, found, written.nodes)
        found.append(folder)
    if not found or any(_lies_in(uploaded, folder) for folder in found):
        return tuple(found)
    for folder, written in zip(found, entries, strict=True):
        _check(folder, [uploaded], written.nodes)
    return (*found, uploaded)


def _folder(base: Path, written: Entry, common: Selection) -> Folder:
    values = written.values
    path = Path(os.path.abspath(base / values["path"]))
    name = values.get("name", path.name)
    if not name or name.startswith(".") or "/" in name or "\\" in name or not name.isprintable():
        node = written.nodes.get("name", written.nodes["path"])
        raise fault("name" if "name" in values else "folder", node, 'a name such as "name: Protocols"')
    files = Selection(values.get("include", ()), values.get("exclude", ()))
    return Folder(path, name, files, common, values.get("follow_links"))


def _check(folder: Folder, others: Sequence[Folder], nodes: Mapping[str, Node]) -> None:
    at = nodes["path"]
    for other in others:
        if _lies_in(folder, other) or _lies_in(other, folder):
            outer, inner = (other, folder) if _lies_in(folder, other) else (folder, other)
            how = "is the folder" if _lies_in(outer, inner) else "lies in the folder"
            raise YamlFault(at.line, at.column, f"{inner.path} {how} {outer.path}; each file is read once")
        if folder.name.casefold() == other.name.casefold():
            at = nodes.get("name", at)
            whose = "that of the folder of uploads" if other.may_be_missing else f"also that of {other.path}"
            text = f"the name {folder.name} is {whose}; give another, such as 'name: {folder.name}-2'"
            raise YamlFault(at.line, at.column, text)


def _lies_in(folder: Folder, other: Folder) -> bool:
    return is_within(os.path.realpath(folder.path), os.path.realpath(other.path))
