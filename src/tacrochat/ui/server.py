"""Serve the chat page. The package ``ui`` is the only one that imports gradio."""

import importlib.util
import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tacrochat.errors import TacrochatError
from tacrochat.ui.hosts import Hosts, is_loopback, is_name_or_address
from tacrochat.ui.served import Served, ServerOptions

_MAX_UPLOAD = "64mb"
_MAX_WAITING = 64  # questions in the queue; further ones are refused
_OPTIONS: dict[str, Any] = {
    "share": False,
    "quiet": True,
    "show_error": False,  # errors meant for the user are shown all the same
    "prevent_thread_lock": True,
    "footer_links": [],
    "run_history": False,
    "enable_monitoring": False,
    "ssr_mode": False,
    "pwa": False,
    "max_file_size": _MAX_UPLOAD,
}
_HEAD = (
    '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
)


def serve(libraries: Sequence[Served], options: ServerOptions) -> None:
    """Serve the page until ``KeyboardInterrupt`` or ``SystemExit``; an index that is missing is built.

    The page is available at once; index and model are loaded in the background. The
    threads that do so, and those of the server, go on until the process ends.

    Raises:
        TacrochatError: the address cannot be used, a name is not allowed, the
            password file cannot be used, the package for ``mcp`` is not installed, or
            both ``mcp`` and ``auth`` are given.

    """
    admits = _login(options.auth, mcp=options.mcp)
    host = options.host.removeprefix("[").removesuffix("]")
    port = usable_port(host, options.port)
    hosts = Hosts(host, port, options.allow_hosts)
    if not is_loopback(host) and admits is None:
        sys.stderr.write(
            f"tacrochat: everyone who reaches {host} can read, add and remove documents;"
            " --auth asks for a password\n"
        )
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    _exit_on_signals()
    with tempfile.TemporaryDirectory(prefix="tacrochat-", ignore_cleanup_errors=True) as uploads:
        # Always a folder of ours: files in it are deleted.
        os.environ["GRADIO_TEMP_DIR"] = os.path.realpath(uploads)
        _serve(libraries[0], host, port, hosts, admits=admits, mcp=options.mcp)


def _login(auth: str | None, *, mcp: bool) -> Any:
    """Return the function that checks logins, None if there are none; raises as ``serve``."""
    from tacrochat.ui.access import gate

    if mcp and importlib.util.find_spec("mcp") is None:
        raise TacrochatError("--mcp needs the package mcp; run 'pip install \"tacrochat[mcp]\"'")
    if mcp and auth:
        raise TacrochatError(
            "--mcp cannot ask for passwords (MCP clients have none to send); leave out one of the two"
        )
    return gate(auth).admits if auth else None


def usable_port(host: str, port: int) -> int:
    """Check that a server can listen, before anything heavy is loaded; returns the port, a free one for 0.

    Raises:
        TacrochatError: it cannot; the text says why.

    """
    if not 0 <= port <= 65_535:
        raise TacrochatError(f"--port {port} is not a port; give 1 to 65535, or 0 for any free port")
    try:
        if not is_name_or_address(host):
            raise OSError("it is neither a name nor a number")
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        probe = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TacrochatError(f"--host {host!r} is not an address of this machine ({error})") from error
    with probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise TacrochatError(
                f"port {port} of {host} cannot be used ({error}); give another --port or --host"
            ) from error
        return int(probe.getsockname()[1])


def _exit_on_signals() -> None:
    """Make SIGTERM and SIGHUP end the process as Ctrl+C does, so that uploaded files are deleted."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores SIGHUP
            signal.signal(number, lambda *_: sys.exit(0))


def _serve(served: Served, host: str, port: int, hosts: Hosts, *, admits: Any, mcp: bool) -> None:
    from tacrochat.ui.application import GuardedApp
    from tacrochat.ui.page import build_page, style, theme
    from tacrochat.ui.tabs import i18n
    from tacrochat.ui.workspace import Workspace

    workspace = Workspace(served.index, served.corpus)
    page = build_page(workspace)
    page.queue(max_size=_MAX_WAITING)
    url_host = f"[{host}]" if ":" in host else host
    try:
        page.launch(
            server_name=url_host,
            server_port=port,
            _app=GuardedApp(page, workspace, hosts, Path(os.environ["GRADIO_TEMP_DIR"])),
            auth=admits,
            **_OPTIONS,
            mcp_server=mcp,
            i18n=i18n,
            theme=theme(),
            css=style(),
            head=_HEAD,
        )
    except OSError as error:
        raise TacrochatError(
            f"port {port} of {host} cannot be used ({error}); give another --port"
        ) from error
    sys.stdout.write(f"tacrochat: http://{url_host}:{port} (Ctrl+C stops it)\n")
    sys.stdout.flush()
    workspace.start()
    while True:  # not "page.block_thread()", which prints, and hides how it was stopped
        time.sleep(1)  # no longer: a signal that comes just before it is handled after it
