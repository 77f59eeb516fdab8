"""What a server serves, and how."""

from dataclasses import dataclass
from pathlib import Path

from tacrochat.ui.person import Role


@dataclass(frozen=True, slots=True)
class Served:
    """A library to serve: its name ("" for an only one without), its index, and its folder of documents.

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

    Who may do what: with ``read_only`` everyone is a reader, with ``auth`` the file says
    so, and else everyone has ``role`` (None: editor at a loopback address, else reader).
    ``tokens`` is a token file. ``trusted_header`` names people, from ``trusted_proxies``.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    auth: str | None = None
    mcp: bool = False
    allow_hosts: tuple[str, ...] = ()

    # How it runs. ``log`` is a file for JSON lines, ``-`` for standard error. ``processes`` is the number of
    # processes that answer questions, 0 for the server itself; None is one for each core of a host that
    # is not loopback.
    log: str | None = None
    log_questions: bool = False
    log_addresses: bool = False
    processes: int | None = None

    # Who may do what.
    read_only: bool = False
    role: Role | None = None
    tokens: str | None = None
    trusted_header: str | None = None
    trusted_proxies: tuple[str, ...] = ()

    # Whether the folders are followed; None leaves it to the configuration of each.
    watch: bool | None = None

    root_path: str = ""  # below which a proxy serves us, such as /docs
