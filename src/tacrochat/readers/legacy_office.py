"""The old formats of Microsoft Office (.doc, .xls, .ppt): LibreOffice converts them to the new ones.

LibreOffice runs without a window, with a profile of its own in which macros,
active contents and the network are turned off. The new file is read as any other.
"""

import os
import tempfile
import time
from pathlib import Path

from tacrochat.errors import ReadError
from tacrochat.readers import richtext, slides, tables, webpage, word, workbook
from tacrochat.readers.limits import Limits
from tacrochat.readers.programs import find, run
from tacrochat.types import Extract

_OLE = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_SECONDS = 50  # less than the limit for a file, so that the reason names the conversion
_RESTART = 81  # what LibreOffice returns when it has made its profile and wants to start again
PLACES = (
    "/usr/lib/libreoffice/program/soffice.bin",
    "/usr/lib64/libreoffice/program/soffice.bin",
    "/opt/libreoffice/program/soffice.bin",
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
)
"""Where LibreOffice is looked for besides the search path."""

_ITEM = (
    '<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse">'
    "<value>{value}</value></prop></item>"
)
_SETTINGS = (
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Calc/Content/Update", "Link", "1"),
    ("Office.Writer/Content/Update", "Link", "0"),
    ("Inet/Settings", "ooInetProxyType", "2"),
    ("Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)


def read_doc(data: bytes, limits: Limits) -> Extract:
    """Read a document of Word 97 to 2003.

    Raises:
        ReadError: it is damaged, protected, or holds no text.

    """
    if data.lstrip()[:5] == b"{\\rtf":
        return richtext.read(data)
    if data.startswith(_ZIP):
        return word.read(data, limits)
    if _is_page(data):
        return webpage.read(data)
    return word.read(_converted(data, "doc", "docx", limits), limits)


def read_xls(data: bytes, limits: Limits) -> Extract:
    """Read a workbook of Excel 97 to 2003, or a table or page that a program saved under that name.

    Raises:
        ReadError: it is damaged, protected, or holds no text.

    """
    if data.startswith(_ZIP):
        return workbook.read(data, limits)
    if _is_page(data):
        return webpage.read(data)
    if not data.startswith(_OLE) and b"\0" not in data[:1_000]:
        return tables.read_csv(data)
    return workbook.read(_converted(data, "xls", "xlsx", limits), limits)


def read_ppt(data: bytes, limits: Limits) -> Extract:
    """Read a presentation of PowerPoint 97 to 2003.

    Raises:
        ReadError: it is damaged, protected, or holds no text.

    """
    if data.startswith(_ZIP):
        return slides.read(data, limits)
    return slides.read(_converted(data, "ppt", "pptx", limits), limits)


def _is_page(data: bytes) -> bool:
    start = data[:1_000].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    return start.startswith((b"<html", b"<!doctype html", b"<table", b"<head"))


def _converted(data: bytes, suffix: str, wanted: str, limits: Limits) -> bytes:
    if not data.startswith(_OLE):
        raise ReadError(f"it is damaged or not a .{suffix} file; open it and save it anew as .{wanted}")
    program = _program(suffix)
    with tempfile.TemporaryDirectory(prefix="tacrochat-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source = folder / f"file.{suffix}"
        source.write_bytes(data)
        _write_profile(folder / "profile" / "user")
        options = "--headless --invisible --norestore --nologo --nolockcheck --nodefault --nofirststartwizard"
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = [
            program,
            profile,
            *options.split(),
            "--convert-to",
            wanted,
            "--outdir",
            str(folder),
            str(source),
        ]
        began = time.monotonic()
        for _ in range(2):
            left = max(1.0, _SECONDS - (time.monotonic() - began))
            if run(command, folder, seconds=left, max_bytes=limits.unpacked_bytes) != _RESTART:
                break
        made = folder / f"file.{wanted}"
        if not made.is_file() or not made.stat().st_size:
            raise ReadError(
                f"it is damaged or protected by a password; open it and save it anew as .{wanted}"
            )
        return made.read_bytes()


def installed() -> str | None:
    """Return the path of LibreOffice; None if it is not installed."""
    launcher = find(("soffice", "libreoffice"))
    # The program itself, not the script that starts it as a further process.
    beside = [os.path.join(os.path.dirname(os.path.realpath(launcher)), "soffice.bin")] if launcher else []
    return find((), (*beside, *PLACES)) or launcher


def _program(suffix: str) -> str:
    program = installed()
    if program is None:
        part = {"doc": "writer", "xls": "calc", "ppt": "impress"}[suffix]
        raise ReadError(
            f"reading .{suffix} files needs LibreOffice; install it, such as with"
            f" 'apt-get install libreoffice-{part}', or save the file as .{suffix}x",
            lasting=False,
        )
    return program


def _write_profile(folder: Path) -> None:
    folder.mkdir(parents=True)
    items = "".join(_ITEM.format(path=path, name=name, value=value) for path, name, value in _SETTINGS)
    (folder / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        f"{items}</oor:items>",
        "utf-8",
    )
