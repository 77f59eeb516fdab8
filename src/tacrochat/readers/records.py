"""JSON and JSON Lines (.json, .jsonl): each record is a passage with the paths of its fields.

A list of records is found wherever it is. An object that is short is one
record; a long one is divided into its long members and the rest.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tacrochat.readers.decoding import decode, parse_json
from tacrochat.readers.layout import MOST_COLUMNS, Layout, clean
from tacrochat.readers.rows import add_table, row_text
from tacrochat.types import Extract

_DEPTH = 20
_LONGEST_RECORD = 1_000_000
_SHORT_RECORD = 2_000  # characters up to which an object is not divided
_LONG_VALUE = 300  # characters from which a text keeps its paragraphs
_LABELS = ("title", "name", "label", "heading", "subject", "question", "id", "key")


def read_jsonl(data: bytes) -> Extract:
    """Read JSON Lines: one record per line.

    Raises:
        ReadError: a line is not JSON, or there is no text.

    """
    records = _Records()
    for number, line in enumerate(decode(data).split("\n"), 1):
        if line.strip() and not records.add(f"line {number}", parse_json(line, f"line {number}")):
            break
    extract = records.layout.extract()
    return replace(extract, metadata={})


def read_json(data: bytes) -> Extract:
    """Read JSON: a list of records, lists of records at several places, or one record.

    Raises:
        ReadError: it is not JSON, or holds no text.

    """
    value = parse_json(decode(data))
    records = _Records()
    records.divide(value)
    title = _label({key: value.get(key) for key in ("title", "name")}) if isinstance(value, dict) else ""
    extract = records.layout.extract({"title": title})
    if extract.metadata.get("title") == title:
        return extract
    # The name of a record is not the title of the file.
    return replace(extract, metadata={k: v for k, v in extract.metadata.items() if k != "title"})


class _Records:
    """Adds records to a layout; once one has a heading, the later ones get headings too."""

    def __init__(self) -> None:
        self.layout = Layout()
        self._has_headings = False
        self._is_full = False

    def add(self, place: str, record: Any, path: tuple[str, ...] = (), *, label: str | None = None) -> bool:
        """Add a record, below a heading if it is long; returns false once the file has too many.

        ``label`` is the heading's text; empty for none.
        """
        shown: list[tuple[str, str]] = []
        length = 0
        for name, value in _pairs(self.layout, place, record, "", 0):
            length += len(name) + len(value) + 5
            if length > _LONGEST_RECORD and shown:
                self.layout.notes.append(f"left out: {place} after its first {_LONGEST_RECORD:,} characters")
                break
            shown.append((name, value))
        if not shown:
            return True
        label = _label(record) if label is None else label
        if self._has_headings or (label and length > _SHORT_RECORD):
            self._has_headings = True  # no record may stand below the heading of the one before it
            self.layout.add(label or place, "heading", level=len(path) + 2)
        self._is_full = not self.layout.add_row(place, row_text(shown))
        return not self._is_full

    def divide(self, value: Any, path: tuple[str, ...] = ()) -> None:
        """Add the records in a value at a path of keys."""
        if self._is_full:
            return
        if isinstance(value, list):
            self._add_list(value, path)
        elif isinstance(value, dict) and len(path) < _DEPTH and _is_divided(value):
            apart = {key: inner for key, inner in value.items() if _is_apart(inner)}
            rest = {key: inner for key, inner in value.items() if key not in apart}
            self._has_headings = False  # that of the path is right above
            self._add_rest(rest, path)
            for key, inner in apart.items():
                below = (*path, clean(str(key)))
                self.layout.add(below[-1], "heading", level=len(below) + 1)
                self._has_headings = False
                self.divide(inner, below)
            self._has_headings = bool(apart)
        else:
            self.add(_place("record", path) if path else "record 1", value, path, label="")

    def _add_rest(self, rest: dict[str, Any], path: tuple[str, ...]) -> None:
        """Add what is left of a divided object: each object in it is a record, and so is the rest."""
        plain = {key: inner for key, inner in rest.items() if not isinstance(inner, dict)}
        self.add(_place("record", path), plain, path, label="")
        for key, inner in rest.items():
            if isinstance(inner, dict) and not self._is_full:
                name = clean(str(key))
                self.add(
                    ".".join((*path, name)), {name: inner}, path, label=name if self._has_headings else ""
                )

    def _add_list(self, value: list[Any], path: tuple[str, ...]) -> None:
        if len(value) > 1 and all(map(_is_row, value)):
            rows = [["" if cell is None else _shown(cell) for cell in item] for item in value]
            add_table(self.layout, rows, level=len(path) + 2)
            return
        if path and all(not isinstance(item, dict | list) for item in value):
            self.add(_place("record", path), value, path, label="")
            return
        for number, record in enumerate(value, 1):
            if not self.add(_place(f"record {number}", path), record, path):
                return


def _place(name: str, path: tuple[str, ...]) -> str:
    where = ".".join(path)
    if where.replace(".", "").isdigit():  # "record 3 of 15924" would be a count
        return f'{name} of "{where}"'
    return f"{name} of {where}" if path else name


def _is_row(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and not any(isinstance(v, dict | list) for v in value)


def _is_divided(value: dict[str, Any]) -> bool:
    """Tell whether an object holds lists of records, or is long."""
    if any(_is_records(inner) for inner in value.values()):
        return True
    objects = sum(isinstance(inner, dict) for inner in value.values())
    return (objects > 1 or any(map(_is_apart, value.values()))) and not _is_short(value)


def _is_apart(value: Any) -> bool:
    """Tell whether a member of an object that is divided becomes records of its own."""
    return _is_records(value) or (isinstance(value, dict | list) and not _is_short(value, _SHORT_RECORD // 4))


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and sum(isinstance(item, dict) for item in value) > 1


def _is_short(value: Any, limit: int = _SHORT_RECORD) -> bool:
    """Tell whether a value has few characters; it is looked at no further than that."""
    stack, length = [value], 0
    while stack and length <= limit:
        inner = stack.pop()
        length += 4
        if isinstance(inner, dict):
            length += sum(map(len, inner))
            stack.extend(inner.values())
        elif isinstance(inner, list):
            stack.extend(inner)
        else:
            length += len(inner) if isinstance(inner, str) else 5
    return length <= limit


def _label(record: Any) -> str:
    """Return the value that names a record, empty if there is none."""
    if not isinstance(record, dict):
        return ""
    fields = {str(key).lower(): value for key, value in record.items()}
    named = [fields[key] for key in _LABELS if isinstance(fields.get(key), str | int)]
    short = (f"{key} {v}" for key, v in record.items() if isinstance(v, str) and 0 < len(v) <= 80)
    return clean(str(named[0] if named else next(short, "")))[:120]


def _shown(value: Any) -> str:
    """Write a plain value: texts as they are, the others as JSON does."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _text(value: Any) -> str:
    shown = _shown(value)
    return clean(shown, lines=len(shown) > _LONG_VALUE)


def _pairs(layout: Layout, place: str, value: Any, name: str, depth: int) -> Iterator[tuple[str, str]]:
    """Flatten a record to (path, value) pairs; a list of plain values is one value."""
    if isinstance(value, dict) and depth < _DEPTH:
        plain = 0
        for key, inner in value.items():
            plain += not isinstance(inner, dict | list)
            if plain <= MOST_COLUMNS or isinstance(inner, dict | list):
                inner_name = clean(f"{name}.{key}" if name else str(key))
                yield from _pairs(layout, place, inner, inner_name, depth + 1)
        if plain > MOST_COLUMNS:
            layout.leave_out("fields", MOST_COLUMNS + 1, plain, place)
    elif isinstance(value, list) and depth < _DEPTH and any(isinstance(v, dict | list) for v in value):
        for inner in value:
            yield from _pairs(layout, place, inner, name, depth + 1)
    elif isinstance(value, list):
        shown = ", ".join(filter(None, (_text(v) for v in value[:MOST_COLUMNS] if v is not None)))
        if len(value) > MOST_COLUMNS:
            layout.leave_out("values", MOST_COLUMNS + 1, len(value), f"{name} in {place}".strip())
        if shown:
            yield name, shown
    elif value is not None and (text := _text(value)):
        yield name, text
