"""Word, PowerPoint and Excel files: the checks, errors and core properties that they share."""

from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers.limits import Limits, open_zip

DAMAGE = (KeyError, ValueError, SyntaxError, OSError, AttributeError, EOFError, TypeError)
"""The built-in exceptions that the parsers of Office files raise for a damaged file."""

_LIBRARIES = frozenset({"python-docx", "openpyxl"})  # what these libraries write if there is no author


def check_office(data: bytes, limits: Limits, suffix: str) -> None:
    """Refuse an Office file that is not a zip container, or would unpack to too much.

    Files with a password and files in the old formats are OLE containers instead.

    Raises:
        ReadError: the file is refused.

    """
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise ReadError(
            f"it is protected by a password or in the old {suffix[:-1]} format; save it as {suffix}"
        )
    open_zip(data, limits)


def core_properties(core: Any, author: str | None) -> dict[str, str]:
    """Return title, author, and date of the last change from the core properties of an Office file.

    ``core`` has ``title``, ``modified`` and ``created``. The name of its author
    differs from library to library, so ``author`` is passed separately.
    """
    when = core.modified or core.created
    return {
        "title": core.title or "",
        "author": author if author and author not in _LIBRARIES else "",
        "date": when.date().isoformat() if when else "",
    }
