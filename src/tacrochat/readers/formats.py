"""The file formats, with the function that reads each one: a new format is one line in ``FORMATS``."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal


@dataclass(frozen=True, slots=True)
class Format:
    """A file format and the function that reads it.

    ``suffixes`` are in lower case. ``function`` is in ``module``, a module of
    this package, and returns an ``Extract``; ``takes`` says what its arguments
    are: the decoded text, the bytes, or the bytes and the ``Limits``.
    ``package`` is the package to install if an import of the module fails.
    """

    suffixes: tuple[str, ...]
    module: str
    function: str
    takes: Literal["text", "bytes", "bytes and limits"]
    package: str = "tacrochat"


FORMATS = (
    Format((".md", ".markdown"), "markdown", "read", "text"),
    Format((".txt", ".text"), "plain", "read", "text"),
    Format((".html", ".htm", ".xhtml"), "webpage", "read", "bytes", "lxml"),
    Format((".mhtml", ".mht"), "mail", "read_mhtml", "bytes", "lxml"),
    Format((".pdf",), "pdf", "read", "bytes and limits", "pypdfium2"),
    Format((".docx", ".docm"), "word", "read", "bytes and limits", "python-docx"),
    Format((".odt",), "opendocument", "read", "bytes and limits", "lxml"),
    Format((".rtf",), "richtext", "read", "bytes", "striprtf"),
    Format((".epub",), "epub", "read", "bytes and limits", "lxml"),
    Format((".pptx",), "slides", "read", "bytes and limits", "python-pptx"),
    Format((".csv", ".tsv"), "tables", "read_csv", "bytes"),
    Format((".xlsx", ".xlsm"), "tables", "read_xlsx", "bytes and limits", "openpyxl"),
    Format((".jsonl", ".ndjson"), "tables", "read_jsonl", "bytes"),
    Format((".json",), "tables", "read_json", "bytes"),
    Format((".ipynb",), "notebook", "read", "bytes"),
    Format((".eml",), "mail", "read", "bytes", "lxml"),
)
"""All formats with one document per file."""

ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
"""The suffixes of archives; their members are read as files are."""

SUFFIXES = frozenset(suffix for entry in FORMATS for suffix in entry.suffixes) | frozenset(ARCHIVES)
"""The suffixes, in lower case, that have a reader."""

_NO_READER = "no reader for "


def suffix_of(name: str) -> str:
    """Return the suffix that decides how a file is read, in lower case: ``.md``, ``.tar.gz``."""
    lower = name.lower()
    archive = next((suffix for suffix in ARCHIVES if lower.endswith(suffix)), None)
    return archive or PurePosixPath(lower).suffix


def format_of(suffix: str) -> Format | None:
    """Return the format of a suffix; None for an archive or an unknown suffix."""
    return next((entry for entry in FORMATS if suffix in entry.suffixes), None)


def no_reader(suffix: str) -> str:
    """Return the reason why a file with an unknown suffix is not read."""
    return f"{_NO_READER}{suffix or 'files without a suffix'} {_known()}"


def is_outdated(reason: str) -> bool:
    """Tell whether a file was refused for its suffix when other formats were known than now.

    The reason lists the suffixes known at that time, so it differs from the
    reason given now. The file has to be read again: it may have a reader now.
    """
    return reason.startswith(_NO_READER) and not reason.endswith(_known())


def _known() -> str:
    return f"(known: {', '.join(sorted(SUFFIXES))})"
