"""Which reader reads which suffix; archives and mails are opened to the documents in them."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import PurePosixPath

from tacrochat.errors import ReadError
from tacrochat.readers.decoding import decode
from tacrochat.readers.limits import Limits, check_size
from tacrochat.readers.parts import Part
from tacrochat.types import Extract

# suffix → module, function, and what the function takes: the decoded text, the
# bytes, or the bytes and the limits.
_READERS: dict[str, tuple[str, str, str]] = {
    ".md": ("markdown", "read", "text"),
    ".markdown": ("markdown", "read", "text"),
    ".txt": ("plain", "read", "text"),
    ".text": ("plain", "read", "text"),
    ".html": ("webpage", "read", "bytes"),
    ".htm": ("webpage", "read", "bytes"),
    ".xhtml": ("webpage", "read", "bytes"),
    ".mhtml": ("mail", "read_mhtml", "bytes"),
    ".mht": ("mail", "read_mhtml", "bytes"),
    ".pdf": ("pdf", "read", "bytes"),
    ".docx": ("word", "read", "limits"),
    ".docm": ("word", "read", "limits"),
    ".odt": ("opendocument", "read", "limits"),
    ".rtf": ("richtext", "read", "bytes"),
    ".epub": ("epub", "read", "limits"),
    ".pptx": ("slides", "read", "limits"),
    ".csv": ("tables", "read_csv", "bytes"),
    ".tsv": ("tables", "read_csv", "bytes"),
    ".xlsx": ("tables", "read_xlsx", "limits"),
    ".xlsm": ("tables", "read_xlsx", "limits"),
    ".jsonl": ("tables", "read_jsonl", "bytes"),
    ".ndjson": ("tables", "read_jsonl", "bytes"),
    ".json": ("tables", "read_json", "bytes"),
    ".eml": ("mail", "read", "bytes"),
}
_ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_PACKAGES = {
    "pypdfium2": "pypdfium2",
    "pypdfium2_raw": "pypdfium2",
    "docx": "python-docx",
    "pptx": "python-pptx",
    "openpyxl": "openpyxl",
    "striprtf": "striprtf",
    "lxml": "lxml",
}

SUFFIXES = frozenset(_READERS) | frozenset(_ARCHIVES)
"""The suffixes, in lower case, that have a reader."""


def parts_of(name: str, data: bytes, limits: Limits) -> Iterator[Part]:
    """Read a file's bytes into the documents in it; whatever is wrong becomes a reason."""
    yield from _unique(_parts(name, data, limits, "", limits.depth))


def _unique(found: Iterator[Part]) -> Iterator[Part]:
    """Give members of one name numbers, so that each has a path of its own."""
    seen: dict[str, int] = {}
    for part in found:
        count = seen[part.name] = seen.get(part.name, 0) + 1
        yield part if count == 1 else Part(f"{part.name} ({count})", part.extract, part.reason, part.lasting)


def _parts(name: str, data: bytes, limits: Limits, inside: str, depth: int) -> Iterator[Part]:
    suffix = _suffix(name)
    if suffix in _ARCHIVES:
        yield from _archive(data, limits, inside, depth)
        return
    yield _part(suffix, data, limits, inside)
    if suffix == ".eml":
        yield from _attachments(data, limits, inside, depth)


def _suffix(name: str) -> str:
    lower = name.lower()
    archive = next((s for s in _ARCHIVES if lower.endswith(s)), None)
    return archive or PurePosixPath(lower).suffix


def _part(suffix: str, data: bytes, limits: Limits, inside: str) -> Part:
    try:
        return Part(inside, _extract(suffix, data, limits))
    except ReadError as error:
        return Part(inside, None, str(error))
    except ImportError as error:
        package = _PACKAGES.get((error.name or "").split(".")[0], "tacrochat")
        reason = f"reading {suffix} files needs the package {package}; run 'pip install {package}'"
        return Part(inside, None, reason, lasting=False)
    except MemoryError:
        raise
    except Exception as error:  # the parsers of a dozen formats raise whatever they like
        return _failed(inside, error)


def _failed(inside: str, error: Exception) -> Part:
    reason = " ".join(f"it is damaged: reading it failed ({type(error).__name__}: {error})".split())
    return Part(inside, None, reason[:300], lasting=False)


def _extract(suffix: str, data: bytes, limits: Limits) -> Extract:
    if suffix not in _READERS:
        known = ", ".join(sorted(SUFFIXES))
        raise ReadError(f"no reader for {suffix or 'files without a suffix'} (known: {known})")
    check_size(len(data), limits)
    if not data.strip():
        raise ReadError("it is empty")
    module, function, takes = _READERS[suffix]
    reader: Callable[..., Extract] = getattr(import_module(f"tacrochat.readers.{module}"), function)
    if takes == "limits":
        return reader(data, limits)
    if takes == "bytes":
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
    try:
        for name, content in members(data, limits):
            path = _inner(inside, name)
            if any(p.startswith(".") or p == "__MACOSX" for p in PurePosixPath(path).parts if p != ".."):
                continue
            if isinstance(content, ReadError):
                yield Part(path, None, str(content))
            else:
                yield from _parts(path, content, limits, path, depth - 1)
    except ReadError as error:
        yield Part(inside, None, str(error))
    except MemoryError:
        raise
    except Exception as error:
        yield _failed(inside, error)


def _attachments(data: bytes, limits: Limits, inside: str, depth: int) -> Iterator[Part]:
    from tacrochat.readers.mail import attachments

    if depth <= 0:
        return
    try:
        for name, content in attachments(data):
            path = _inner(inside, name)
            yield from _parts(path, content, limits, path, depth - 1)
    except ReadError:  # the message itself has told
        return
    except MemoryError:
        raise
    except Exception as error:
        yield _failed(f"{inside}/attachments".strip("/"), error)


def _inner(inside: str, name: str) -> str:
    """Join a member's name to the path of what holds it; its characters can all be stored."""
    plain = name.replace("\\", "/").encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    return f"{inside}/{plain}".strip("/") or "unnamed"
