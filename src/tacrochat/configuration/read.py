"""Read ``tacrochat.yaml``: a configuration, or the line and column of what is wrong in it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tacrochat.configuration import folder_list
from tacrochat.configuration.fields import fault, no_key_twice, unknown
from tacrochat.configuration.keys import KEYS
from tacrochat.configuration.login import Login, login_of
from tacrochat.configuration.patterns import Selection
from tacrochat.configuration.record import NAME, Configuration
from tacrochat.errors import ConfigurationError, ReadError
from tacrochat.readers.limits import open_regular
from tacrochat.readers.yaml_nodes import Node, YamlFault, compose

MAX_BYTES = 200_000
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


def load(folder: Path) -> Configuration:
    """Return the configuration of a folder of documents; the defaults if there is no file.

    Raises:
        ConfigurationError: the file cannot be read, or something in it is not as expected.

    """
    path = folder / NAME
    try:
        with open_regular(path) as file:
            data = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return Configuration()
    except OSError as error:
        if not _can_enter(folder):
            return Configuration()  # a build says so itself, and an index can be asked without its folder
        raise ConfigurationError(
            f"{path} cannot be opened ({error.strerror}); give permission to read it"
        ) from error
    except ReadError as error:
        raise ConfigurationError(f"{path}: {error}") from error
    return parse(path, data)


def _can_enter(folder: Path) -> bool:
    try:
        os.stat(os.path.join(folder, os.curdir))
    except OSError:
        return False
    return True


def parse(path: Path, data: bytes) -> Configuration:
    """Return the configuration in the bytes of a file; raises as ``load``."""
    if len(data) > MAX_BYTES:
        raise ConfigurationError(f"{path} is over {MAX_BYTES:,} bytes; a configuration is a page of text")
    try:
        root = compose(_decoded(data))
        return Configuration() if root is None else _configuration(path.parent, root)
    except YamlFault as error:
        raise ConfigurationError(f"{path}, line {error.line}, column {error.column}: {error}") from error


def _decoded(data: bytes) -> str:
    if data.startswith(_BYTE_ORDER_MARKS):
        raise YamlFault(1, 1, "the file is in UTF-16; save it in UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        column = len(before) - (before.rfind("\n") + 1) + 1
        wrong = f"the byte 0x{data[error.start]:02x} is not UTF-8; save the file in UTF-8"
        raise YamlFault(before.count("\n") + 1, column, wrong) from error


def _configuration(folder: Path, root: Node) -> Configuration:
    if root.kind != "mapping":
        raise fault("the file", root, "lines such as 'title: Our documents'")
    values: dict[str, Any] = {}
    nodes: dict[str, Node] = {}
    for name, node in _values("", root):
        key = next(key for key in KEYS if key.name == name)
        values[key.field], nodes[key.field] = key.read(name.rpartition(".")[2], node), node
    files = Selection(values.pop("include", ()), values.pop("exclude", ()))
    base = Path(os.path.realpath(folder))  # by whatever path it is named, the folders are the same
    folders = folder_list.folders(base, values.pop("folders", ()), files)
    given = {name: values.pop(name) for name in Login.__dataclass_fields__ if name in values}
    login = login_of(base, given, nodes)
    return Configuration(**values, files=files, folders=folders, login=login, is_written=True)


def _values(outer: str, mapping: Node) -> Iterator[tuple[str, Node]]:
    """Yield the name and the node of each value of a mapping, those inside others as ``OUTER.INNER``."""
    allowed = _names(outer)
    for key, node in no_key_twice(mapping):
        name = f"{outer}{key.text}"
        if key.text not in allowed:
            raise YamlFault(key.line, key.column, unknown(outer.rstrip("."), key.text, allowed))
        if node.kind == "nothing":
            continue  # the default
        if _names(f"{name}."):
            if node.kind != "mapping":
                raise fault(key.text, node, f"lines below it, indented: {', '.join(_names(f'{name}.'))}")
            yield from _values(f"{name}.", node)
        else:
            yield name, node


def _names(outer: str) -> list[str]:
    """Return the names of the keys inside another, or at the top for ""."""
    inner = (key.name.removeprefix(outer) for key in KEYS if key.name.startswith(outer))
    return list(dict.fromkeys(name.partition(".")[0] for name in inner))
