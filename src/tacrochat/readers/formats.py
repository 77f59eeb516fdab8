"""The file formats, with the function that reads each one: a new format is one line in ``FORMATS``."""

import re
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


MANUALS = (".man", ".mdoc", ".1", ".2", ".3", ".4", ".5", ".6", ".7", ".8", ".9")
# A section with the letters of a package: .3pm, .1ssl, .8postfix; not the suffixes of other formats.
_MANUAL_SECTION = re.compile(r"\.[1-9](?!(?:z|gp|ds|mf|dm|st)$)[a-z]{1,9}")

FORMATS = (
    Format((".md", ".markdown"), "markdown", "read", "text"),
    Format((".txt", ".text"), "plain", "read", "text"),
    Format(MANUALS, "manual", "read", "bytes"),
    Format((".rst", ".rest"), "restructured", "read", "text", "docutils"),
    Format((".tex", ".latex"), "latex", "read", "text", "pylatexenc"),
    Format((".adoc", ".asciidoc"), "asciidoc", "read", "text"),
    Format((".org",), "org", "read", "text"),
    Format((".srt", ".vtt"), "subtitles", "read", "text"),
    Format((".html", ".htm", ".xhtml"), "webpage", "read", "bytes", "lxml"),
    Format((".mhtml", ".mht"), "mail", "read_mhtml", "bytes", "lxml"),
    Format((".pdf",), "pdf", "read", "bytes and limits", "pypdfium2"),
    Format((".docx", ".docm"), "word", "read", "bytes and limits", "python-docx"),
    Format((".odt",), "opendocument", "read", "bytes and limits", "lxml"),
    Format((".ods",), "opendocument_sheets", "read", "bytes and limits", "lxml"),
    Format((".odp",), "opendocument_slides", "read", "bytes and limits", "lxml"),
    Format((".rtf",), "richtext", "read", "bytes", "striprtf"),
    Format((".epub",), "epub", "read", "bytes and limits", "lxml"),
    Format((".pptx",), "slides", "read", "bytes and limits", "python-pptx"),
    Format((".csv", ".tsv"), "tables", "read_csv", "bytes"),
    Format((".xlsx", ".xlsm"), "workbook", "read", "bytes and limits", "openpyxl"),
    Format((".jsonl", ".ndjson"), "records", "read_jsonl", "bytes"),
    Format((".json",), "records", "read_json", "bytes"),
    Format((".xml", ".docbook", ".dbk", ".jats", ".nxml", ".tei"), "xml_documents", "read", "bytes", "lxml"),
    Format((".ipynb",), "notebook", "read", "bytes"),
    Format((".eml",), "mail", "read", "bytes", "lxml"),
    Format((".msg",), "outlook", "read", "bytes", "olefile"),
    Format((".doc",), "legacy_office", "read_doc", "bytes and limits", "python-docx"),
    Format((".xls",), "legacy_office", "read_xls", "bytes and limits", "openpyxl"),
    Format((".ppt",), "legacy_office", "read_ppt", "bytes and limits", "python-pptx"),
)
"""All formats with one document per file."""

NO_SUFFIX = Format((), "unnamed", "read", "bytes")
"""How a file without a suffix is read, such as README."""

ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".mbox")
"""The suffixes of archives and mailboxes; their members are read as files are."""

COMPRESSED = (".gz", ".bz2", ".xz")
"""The suffixes of one compressed file, such as ``manual.pdf.gz``; it is read as ``manual.pdf`` is."""

_SOURCES = (".rst.txt", ".md.txt")  # as Sphinx names the sources that it puts beside the pages

SUFFIXES = frozenset(suffix for entry in FORMATS for suffix in entry.suffixes).union(ARCHIVES, COMPRESSED)
"""The suffixes, in lower case, that have a reader."""

_NO_READER = "no reader for "


def suffix_of(name: str) -> str:
    """Return the suffix that decides how a file is read: ``.md``, ``.tar.gz``; ``.3`` for ``.3pm``.

    It is in lower case.
    """
    lower = name.lower()
    if lower.endswith(_SOURCES):
        lower = lower.removesuffix(".txt")
    archive = next((suffix for suffix in ARCHIVES if lower.endswith(suffix)), None)
    suffix = archive or PurePosixPath(lower).suffix
    return suffix[:2] if _MANUAL_SECTION.fullmatch(suffix) else suffix


def inner_suffix(name: str) -> str:
    """Return the suffix of the file itself: ``.md`` for ``notes.md.gz``."""
    suffix = suffix_of(name)
    return inner_suffix(name[: -len(suffix)]) if suffix in COMPRESSED else suffix


def format_of(suffix: str) -> Format | None:
    """Return the format of a suffix, "" for names without one; None for an archive or an unknown suffix."""
    if not suffix:
        return NO_SUFFIX
    return next((entry for entry in FORMATS if suffix in entry.suffixes), None)


def no_reader(suffix: str) -> str:
    """Return the reason why a file with an unknown suffix is not read."""
    return f"{_NO_READER}{suffix} {_known()}"


def reported(reason: str) -> str:
    """Return a reason as a report gives it: what to do in place of the list of all suffixes."""
    if not reason.startswith(_NO_READER):
        return reason
    what, _, _ = reason.partition(" (known: ")
    return f"{what} files; save it in a format that has one, such as .pdf, .docx or .txt, or remove it"


def is_outdated(reason: str) -> bool:
    """Tell whether a file was refused for its suffix when other formats were known than now.

    The reason lists the suffixes known at that time, so it differs from the
    reason given now. The file has to be read again: it may have a reader now.
    """
    return reason.startswith(_NO_READER) and not reason.endswith(_known())


def _known() -> str:
    return f"(known: {', '.join(sorted(SUFFIXES))})"
