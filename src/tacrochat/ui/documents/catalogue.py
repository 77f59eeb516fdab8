"""The documents as a tree of folders, filtered and a page at a time, for script/documents.js."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tacrochat.building.report import by_reason
from tacrochat.errors import QuestionError
from tacrochat.library import Library
from tacrochat.readers.formats import suffix_of
from tacrochat.text import fold
from tacrochat.types import KINDS, QUOTABLE
from tacrochat.ui.arguments import Field, check_all

PAGE = 100
"""Folders and documents sent at a time."""

_MAX_ASIDE = 200  # stretches of a document that were set aside, of each sort
_MAX_TEXT = 200  # characters shown of each
_MAX_REQUEST = 4_096  # characters of a text in a request
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    title: str
    kind: str
    date: str | None
    year: int
    format: str
    passages: int
    words: str

    def shown(self) -> dict[str, Any]:
        names = ("path", "title", "kind", "date", "passages")
        return {name: getattr(self, name) for name in names}


class Catalogue:
    """The documents of one library, listed by folder or by what is searched for."""

    def __init__(self, library: Library) -> None:
        """Read what the list needs: no text of a document."""
        self.generation = library.manifest.generation
        self._library = library
        columns = library.document_columns("path", "title", "kind", "date", "container")
        counts = library.passage_counts
        entries = [_entry(row, count) for row, count in zip(columns, counts, strict=True)]
        self._entries = sorted(entries, key=lambda entry: _key(entry.path))
        self._keys = [_key(entry.path) for entry in self._entries]

    @cached_property
    def choices(self) -> dict[str, Any]:
        """The values that the filters offer, and how many documents and files left out there are."""
        kinds = {entry.kind for entry in self._entries}
        return {
            "kinds": [kind for kind in KINDS if kind in kinds],
            "formats": [name for name, _ in Counter(e.format for e in self._entries).most_common()],
            "years": sorted({entry.year for entry in self._entries} - {0}),
            "documents": len(self._entries),
            "left_out": len(self._library.skipped),
        }

    def listing(self, request: Any) -> dict[str, Any]:
        """Return a page of a folder, or of all that fits the filters.

        ``request``: ``{"folder": path, "text": words, "kind": kind, "format": suffix,
        "since": year, "until": year, "left_out": bool, "offset": int}``, each optional.
        The result has ``folders``, ``documents`` or ``left_out``, the ``total`` of
        documents, and ``next``, the offset of the next page, None on the last.

        Raises:
            QuestionError: it has another form.

        """
        wanted = _checked(request)
        offset = wanted.get("offset") or 0
        if wanted.get("left_out"):
            return self._left_out(fold(wanted.get("text") or "").split(), offset)
        if any(wanted.get(name) for name in ("text", "kind", "format", "since", "until")):
            found = [entry for entry in self._entries if _fits(entry, wanted)]
            shown = [entry.shown() for entry in found[offset : offset + PAGE]]
            return {"folders": [], "documents": shown, "total": len(found), "next": _next(offset, len(found))}
        return self._folder(wanted.get("folder") or "", offset)

    def aside(self, path: Any) -> dict[str, Any]:
        """Return what of a document is not quoted, and why, and what is indexed in another document.

        Raises:
            QuestionError: there is no such document.

        """
        document = self._library.document(path if isinstance(path, str) else "")
        sections = [
            {
                "role": section.role,
                "reason": section.reason,
                "place": document.place(section.start),
                "text": _start(document.text[section.start : section.end]),
                "start": section.start,
                "end": section.end,
            }
            for section in self._library.sections(document.id)
            if section.role not in QUOTABLE and section.role != "heading" and section.start < section.end
        ]
        repeated = [
            {
                "text": _start(passage.text),
                "document": self._library.documents[original.document_id].path,
                "start": original.start,
                "end": original.end,
            }
            for passage, original in self._library.repeated(document.id)
        ]
        notes = [s.reason for s in self._library.skipped if s.path == document.path]
        return {
            "sections": sections[:_MAX_ASIDE],
            "repeated": repeated[:_MAX_ASIDE],
            "notes": notes,
            "total": len(sections) + len(repeated),
        }

    def _folder(self, folder: str, offset: int) -> dict[str, Any]:
        """Return the folders and documents right in a folder; what is below it stands together, sorted."""
        within = _key(folder) if folder else ()
        folders: Counter[str] = Counter()
        documents: list[_Entry] = []
        total = 0
        first = bisect_left(self._keys, within)
        for entry, key in zip(self._entries[first:], self._keys[first:], strict=True):
            if key[: len(within)] != within:
                break
            if folder and not entry.path.startswith(f"{folder}/"):
                continue  # another folder, whose name differs in case only
            total += 1
            name, is_below, _ = entry.path[len(folder) + bool(folder) :].partition("/")
            if is_below:
                folders[name] += 1
            else:
                documents.append(entry)
        prefix = f"{folder}/" if folder else ""
        listed: list[dict[str, Any]] = [
            {"name": name, "path": f"{prefix}{name}", "count": count} for name, count in folders.items()
        ]
        page = [*listed, *documents][offset : offset + PAGE]
        return {
            "folders": [item for item in page if isinstance(item, dict)],
            "documents": [item.shown() for item in page if isinstance(item, _Entry)],
            "total": total,
            "next": _next(offset, len(listed) + len(documents)),
        }

    def _left_out(self, words: Sequence[str], offset: int) -> dict[str, Any]:
        files = [
            {"path": file.path, "reason": group.reason, "advice": group.advice}
            for group in by_reason(self._library.skipped)
            for file in group.files
            if all(word in fold(file.path) for word in words)
        ]
        page = files[offset : offset + PAGE]
        return {"left_out": page, "total": len(files), "next": _next(offset, len(files))}


def _entry(row: tuple[Any, ...], passages: int) -> _Entry:
    path, title, kind, date, container = row
    year = _YEAR.search(date or "")
    return _Entry(
        path,
        title,
        kind,
        date,
        int(year.group()) if year else 0,
        suffix_of(container or path) or "no suffix",
        passages,
        fold(f"{title} {path}"),
    )


def _key(path: str) -> tuple[str, ...]:
    return tuple(fold(part) for part in path.split("/"))


def _fits(entry: _Entry, wanted: Mapping[str, Any]) -> bool:
    return (
        all(word in entry.words for word in fold(wanted.get("text") or "").split())
        and wanted.get("kind") in {None, "", entry.kind}
        and wanted.get("format") in {None, "", entry.format}
        and (not wanted.get("since") or entry.year >= wanted["since"])
        and (not wanted.get("until") or 0 < entry.year <= wanted["until"])
    )


def _next(offset: int, count: int) -> int | None:
    return offset + PAGE if offset + PAGE < count else None


def _start(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_TEXT else line[:_MAX_TEXT] + "…"


def _checked(request: Any) -> Mapping[str, Any]:
    """Check a request of the browser; what it does not name is not filtered by."""
    if not isinstance(request, Mapping):
        raise QuestionError("the list's request names no folder and no filter")
    check_all((field, request.get(field.name)) for field in _FIELDS)
    return request


def _is(kind: type, shown: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        is_long = isinstance(value, str) and len(value) > _MAX_REQUEST
        is_far = isinstance(value, int) and not 0 <= value < 2**40
        return "" if fits and not is_long and not is_far else f"is not {shown}"

    return check


_FIELDS = (
    *(Field(name, _is(str, "a text")) for name in ("folder", "text", "kind", "format")),
    *(Field(name, _is(int, "a whole number")) for name in ("since", "until", "offset")),
    Field("left_out", _is(bool, "true or false")),
)
