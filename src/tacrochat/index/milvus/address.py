"""What an address of an index in Milvus names, and how its server is reached."""

import os
import re
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from tacrochat.errors import IndexFolderError, TacrochatError

DEFAULT_NAME = "tacrochat"

# A path as Python's Path writes it has one slash where an address has two.
_SERVER = re.compile(r"milvus\+(https?):/{1,2}([^/?#\s]+)(?:/([^/?#]*))?/?")
_FILE = re.compile(r"milvus\+file:([^#\0]+\.db)(?:#(.*))?")
_NAME = re.compile(r"(?!.*_building$)[A-Za-z_][A-Za-z0-9_]{0,199}")  # that is the name of a lock
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\[\]:@]+):[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Address:
    """An address: ``uri`` is what the client connects to, ``name`` that of the index there.

    ``file`` is the path of Milvus Lite, None for a server.
    """

    text: str
    uri: str
    name: str
    file: Path | None = None

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read an address.

        Raises:
            IndexFolderError: it is none. A user or a password in it is not repeated in the message.

        """
        if match := _SERVER.fullmatch(text):
            scheme, host, name = match[1], match[2], match[3] or DEFAULT_NAME
            if "@" in host:
                raise IndexFolderError(
                    "an address of Milvus holds no user and no password; put them into TACROCHAT_MILVUS_TOKEN"
                )
            if _HOST.fullmatch(host) and _NAME.fullmatch(name):
                return cls(f"milvus+{scheme}://{host}/{name}", f"{scheme}://{host}", name)
        elif match := _FILE.fullmatch(text):
            path, name = Path(match[1]), match[2] or DEFAULT_NAME
            if _NAME.fullmatch(name):
                return cls(text, str(path), name, path)
        shown = re.sub(r"//?[^/@]*@", "//…@", text)
        raise IndexFolderError(
            f"{shown!r} is no address of an index in Milvus; write milvus+http://HOST:19530/NAME,"
            " milvus+https://HOST:PORT/NAME or milvus+file:PATH.db, with a name of letters, digits and _"
        )


@dataclass(frozen=True, slots=True)
class Connection:
    """How a server is reached: the variables ``TACROCHAT_MILVUS_…``.

    Raises:
        TacrochatError: a value is not allowed.

    """

    token: str = field(default="", repr=False)
    """``USER:PASSWORD``, or a token; never printed and never stored."""
    database: str = ""
    """The database that holds the collections; empty for the server's default."""
    timeout: float = 20.0
    """Seconds that a request may take, the repetitions of the client included."""
    build_timeout: float = 600.0
    """Seconds that one step of a build may take, such as building an index of vectors."""
    certificate: str = ""
    """A file with the certificate of the authority that signed the server's; empty for the system's."""

    def __post_init__(self) -> None:
        """Check the values."""
        for name in ("timeout", "build_timeout"):
            value = getattr(self, name)
            if not isinstance(value, float) or not 0.1 <= value <= 86_400:
                raise TacrochatError(
                    f"TACROCHAT_MILVUS_{name.upper()} is {value!r}; it must be seconds from 0.1 to 86,400"
                )
        if self.certificate and not Path(self.certificate).is_file():
            raise TacrochatError(
                f"TACROCHAT_MILVUS_CERTIFICATE names {self.certificate!r}, which is not a file"
            )

    @classmethod
    def from_environment(cls) -> "Connection":
        """Return the defaults, overridden by the variables ``TACROCHAT_MILVUS_…``.

        Raises:
            TacrochatError: a variable has a value that is not allowed.

        """
        values: dict[str, Any] = {}
        for item in fields(cls):
            raw = os.environ.get(f"TACROCHAT_MILVUS_{item.name.upper()}")
            if raw is None:
                continue
            values[item.name] = raw
            if item.type is float:
                with suppress(ValueError):  # it stays a text, and is refused
                    values[item.name] = float(raw)
        return cls(**values)
