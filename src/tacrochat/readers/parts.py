"""Split a file into its documents, each with its text or the reason why it was not read.

The suffix decides which reader is called. Archives and mails are opened, and
their members are read in the same way.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import PurePosixPath
from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers.decoding import decode
from tacrochat.readers.formats import ARCHIVES, COMPRESSED, Format, format_of, no_reader, suffix_of
from tacrochat.readers.layout import storable
from tacrochat.readers.limits import Limits, check_size
from tacrochat.readers.metadata import SIDECAR
from tacrochat.readers.sidecars import Sidecar, parse_sidecar
from tacrochat.types import Block, Extract


@dataclass(frozen=True, slots=True)
class Part:
    """A document in a file.

    ``name`` is its path inside the file, empty for the file itself. If there is
    no ``extract``, ``reason`` says why; ``lasting`` is false if the same bytes
    may be readable at another time, as after a missing package is installed.
    ``given`` are the fields that came from side-cars. ``cause`` is what the library
    said that could not read it, for the debug log; empty if that is nothing more.
    """

    name: str
    extract: Extract | None
    reason: str = ""
    lasting: bool = True
    given: Mapping[str, str] = field(default_factory=dict)
    cause: str = ""

    def described(self, sidecar: Sidecar, *, is_own: bool) -> "Part":
        """Return the part with the fields of a side-car in place of those of its format.

        ``is_own`` is false for the side-car of a container: its title is not for
        the members, and the fields that a side-car of the part gave stay.
        """
        if self.extract is None or not (sidecar.fields or sidecar.note):
            return self
        fields = {name: value for name, value in sidecar.fields.items() if is_own or name != "title"}
        given = {**fields, **self.given}
        extract = self.extract
        notes = (*extract.notes, sidecar.note) if sidecar.note else extract.notes
        extract = replace(extract, metadata={**extract.metadata, **given}, notes=notes)
        return replace(self, extract=extract, given=given)

    def to_dict(self) -> dict[str, Any]:
        """Return the part as plain values for JSON."""
        values: dict[str, Any] = {
            "name": self.name,
            "reason": storable(self.reason),
            "lasting": self.lasting,
            "cause": storable(self.cause),
        }
        if self.extract is not None:
            extract = self.extract
            values["extract"] = {
                "text": extract.text,
                "blocks": [[b.start, b.end, b.role, b.level, b.reason] for b in extract.blocks],
                "metadata": dict(extract.metadata),
                "pages": extract.pages,
                "places": extract.places,
                "notes": [storable(note) for note in extract.notes],
                "boxes": b64encode(extract.boxes).decode("ascii"),
            }
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Part":
        """Return the part for the values that ``to_dict`` returned."""
        stored = values.get("extract")
        extract = stored and Extract(
            text=stored["text"],
            blocks=tuple(Block(*block) for block in stored["blocks"]),
            metadata=stored["metadata"],
            pages=tuple(stored["pages"]),
            places=tuple((offset, name) for offset, name in stored["places"]),
            notes=tuple(stored["notes"]),
            boxes=b64decode(stored["boxes"]),
        )
        return cls(
            values["name"], extract or None, values["reason"], values["lasting"], cause=values["cause"]
        )


def parts_of(name: str, data: bytes, limits: Limits) -> Iterator[Part]:
    """Read the documents in a file; a document that cannot be read becomes a part with the reason."""
    yield from _unique(_parts(name, data, limits, "", limits.depth))


def _unique(parts: Iterator[Part]) -> Iterator[Part]:
    """Add a number to the name of each member whose name is taken, so that every path is unique."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for part in parts:
        name = part.name
        while name in taken:
            counts[part.name] = counts.get(part.name, 1) + 1
            name = f"{part.name} ({counts[part.name]})"
        taken.add(name)
        yield part if name == part.name else replace(part, name=name)


def _parts(name: str, data: bytes, limits: Limits, inside: str, depth: int) -> Iterator[Part]:
    suffix = suffix_of(name)
    if suffix in ARCHIVES:
        yield from _archive(data, limits, inside, depth)
        return
    if suffix in COMPRESSED:
        yield from _compressed(name[: -len(suffix)], data, limits, inside, depth)
        return
    yield _part(suffix, data, limits, inside)
    if suffix in {".eml", ".msg"}:
        yield from _attachments(suffix, data, limits, inside, depth)


def _compressed(name: str, data: bytes, limits: Limits, inside: str, depth: int) -> Iterator[Part]:
    """Read a compressed file as the file ``name`` in it; its documents have no other path than its own."""
    from tacrochat.readers.archives import decompress

    if depth <= 0:
        yield Part(inside, None, "it is compressed several times; decompress it")
        return
    try:
        content = decompress(data, limits)
    except ReadError as error:
        yield Part(inside, None, str(error))
        return
    yield from _parts(name, content, limits, inside, depth - 1)


def _part(suffix: str, data: bytes, limits: Limits, inside: str) -> Part:
    entry = format_of(suffix)
    if entry is None:
        return Part(inside, None, no_reader(suffix))
    try:
        extract = _extract(entry, data, limits)
        return Part(inside, extract, lasting=extract.lasting)
    except ReadError as error:
        return _unread(inside, error)
    except ImportError:
        reason = (
            f"reading {suffix} files needs the package {entry.package}; run 'pip install {entry.package}'"
        )
        return Part(inside, None, reason, lasting=False)
    except MemoryError:
        raise
    except Exception as error:  # the parsers of so many formats may raise anything
        return _failed(inside, error)


def _unread(inside: str, error: ReadError) -> Part:
    return Part(inside, None, str(error), error.lasting, cause=_described_cause(error.__cause__))


def _failed(inside: str, error: Exception) -> Part:
    reason = "it is damaged: reading it failed; open it and save it anew, or remove it"
    return Part(inside, None, reason, lasting=False, cause=_described_cause(error))


def _described_cause(error: BaseException | None) -> str:
    return "" if error is None else " ".join(f"{type(error).__name__}: {error}".split())[:300]


def _extract(entry: Format, data: bytes, limits: Limits) -> Extract:
    check_size(len(data), limits)
    if not data.strip():
        raise ReadError("it is empty")
    reader: Callable[..., Extract] = getattr(
        import_module(f"tacrochat.readers.{entry.module}"), entry.function
    )
    if entry.takes == "bytes and limits":
        return reader(data, limits)
    if entry.takes == "bytes":
        return reader(data)
    text = decode(data)
    if not text.strip():
        raise ReadError("it is empty")
    return reader(text)


def _archive(data: bytes, limits: Limits, inside: str, depth: int) -> Iterator[Part]:
    from tacrochat.readers.archives import members

    if depth <= 0:
        yield Part(inside, None, "it is an archive in an archive in an archive; unpack it")
        return
    if not data.strip():
        yield Part(inside, None, "it is empty")
        return
    read: list[Part] = []
    files: set[str] = set()
    sidecars: dict[str, Sidecar] = {}
    try:
        for name, content in members(data, limits):
            path = _inner(inside, name)
            if any(p.startswith(".") or p == "__MACOSX" for p in PurePosixPath(path).parts if p != ".."):
                continue
            if isinstance(content, ReadError):
                read.append(_unread(path, content))
            elif path.endswith(SIDECAR):
                sidecars[path.removesuffix(SIDECAR)] = parse_sidecar(PurePosixPath(path).name, content)
                continue
            else:
                read += _parts(path, content, limits, path, depth - 1)
            files.add(path)
    except ReadError as error:
        read.append(_unread(inside, error))
    except MemoryError:
        raise
    except Exception as error:
        read.append(_failed(inside, error))
    if not read and not sidecars:
        read.append(Part(inside, None, "it is an archive without files; remove it"))
    yield from _described(read, {path: sidecars[path] for path in sidecars if path in files})
    for path in sorted(sidecars.keys() - files):
        yield Part(path + SIDECAR, None, "it describes a file that is not there")


def _described(parts: list[Part], sidecars: Mapping[str, Sidecar]) -> Iterator[Part]:
    """Apply the side-cars of an archive's files, also to the documents inside such a file."""
    for part in parts:
        described, path = part, part.name
        while path and sidecars:
            if path in sidecars:
                described = described.described(sidecars[path], is_own=path == part.name)
            path = path.rpartition("/")[0]
        yield described


def _attachments(suffix: str, data: bytes, limits: Limits, inside: str, depth: int) -> Iterator[Part]:
    from tacrochat.readers.mail import attachments

    try:
        if suffix == ".msg":
            from tacrochat.readers.outlook import as_mail

            data = as_mail(data)
        for name, content in attachments(data):
            path = _inner(inside, name)
            if isinstance(content, ReadError):
                yield _unread(path, content)
            elif depth <= 0:
                yield Part(path, None, "it is attached to a message in a message in a message; save it")
            else:
                yield from _parts(path, content, limits, path, depth - 1)
    except (ReadError, ImportError):  # already the reason of the message itself
        return
    except MemoryError:
        raise
    except Exception as error:
        yield _failed(f"{inside}/attachments".strip("/"), error)


def _inner(inside: str, name: str) -> str:
    """Join the name of a member to the path of its container, without characters that cannot be stored."""
    plain = name.replace("\\", "/").encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    return f"{inside}/{plain}".strip("/") or "unnamed"
