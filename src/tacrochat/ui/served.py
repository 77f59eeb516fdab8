"""What a server serves, and how."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Served:
    """A library to serve: its name ("" where it is the only one), its index, and its folder of documents.

    ``corpus`` is the folder to build from if there is no index.
    """

    name: str
    index: str | Path
    corpus: Path


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How to serve; ``port`` 0 means any free one.

    ``auth`` is ``USER:PASSWORD-FILE``. With ``mcp`` the API is also offered to MCP
    clients. The server answers to loopback names, to ``host`` and to ``allow_hosts``
    (``NAME`` or ``NAME:PORT``).
    """

    host: str = "127.0.0.1"
    port: int = 7860
    auth: str | None = None
    mcp: bool = False
    allow_hosts: tuple[str, ...] = ()

    root_path: str = ""  # below which a proxy serves us, such as /docs
