"""What Word, PowerPoint and Excel files have in common: their container, damage, and core properties."""

from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers.limits import Limits, open_zip

DAMAGE = (KeyError, ValueError, SyntaxError, OSError, AttributeError, EOFError, TypeError)
"""What the parsers of Office files raise on a damaged one, beside errors of their own."""

_LIBRARIES = frozenset({"python-docx", "openpyxl"})  # the authors of files that name none


def check_office(data: bytes, limits: Limits, suffix: str) -> None:
    """Refuse an Office file that is no zip container, or would unpack to too much.

    Raises:
        ReadError: it is; a file with a password is a container of another kind, as the old formats are.

    """
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise ReadError(
            f"it is protected by a password or in the old {suffix[:-1]} format; save it as {suffix}"
        )
    open_zip(data, limits)


def core_properties(core: Any, author: str | None) -> dict[str, str]:
    """Return title, author and date of last change from the core properties of an Office file.

    ``core`` has ``title``, ``modified`` and ``created``; the name of its field
    for the ``author`` depends on the library.
    """
    when = core.modified or core.created
    return {
        "title": core.title or "",
        "author": author if author and author not in _LIBRARIES else "",
        "date": when.date().isoformat() if when else "",
    }
