"""Serve the chat page. The package ``ui`` is the only one that imports gradio."""

import importlib.util
import ipaddress
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from tacrochat.errors import TacrochatError

_MAX_UPLOAD = "64mb"
_MAX_WAITING = 64  # questions in the queue; further ones are refused
_HEAD = (
    '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
)


def serve(
    index: Path, corpus: Path, *, host: str, port: int, auth: str | None = None, mcp: bool = False
) -> None:
    """Serve the page until stopped; the index is built if there is none.

    The page is available at once; index and model are loaded in the background.
    ``auth`` is ``USER:PASSWORD-FILE``. With ``mcp`` the API is also offered to
    MCP clients.

    Raises:
        TacrochatError: the port is taken, the password file cannot be used, the
            package for ``mcp`` is not installed, or both ``mcp`` and ``auth`` are given.

    """
    from tacrochat.ui.access import gate

    if mcp and importlib.util.find_spec("mcp") is None:
        raise TacrochatError("--mcp needs the package mcp; run 'pip install \"tacrochat[mcp]\"'")
    if mcp and auth:
        raise TacrochatError(
            "--mcp cannot ask for passwords (MCP clients have none to send); leave out one of the two"
        )
    admits = gate(auth).admits if auth else None
    if not _is_loopback(host) and admits is None:
        sys.stderr.write(
            f"tacrochat: everyone who reaches {host} can read, add and remove documents;"
            " --auth asks for a password\n"
        )
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that uploaded files are deleted
    with tempfile.TemporaryDirectory(prefix="tacrochat-", ignore_cleanup_errors=True) as uploads:
        os.environ.setdefault("GRADIO_TEMP_DIR", uploads)
        _serve(index, corpus, host, port, admits=admits, mcp=mcp)


def _serve(index: Path, corpus: Path, host: str, port: int, *, admits: Any, mcp: bool) -> None:
    from tacrochat.ui.page import asset, build_page, theme
    from tacrochat.ui.tabs import i18n
    from tacrochat.ui.workspace import Workspace

    workspace = Workspace(index, corpus)
    page = build_page(workspace)
    page.queue(max_size=_MAX_WAITING)
    try:
        page.launch(
            server_name=host,
            server_port=port,
            auth=admits,
            share=False,
            quiet=True,
            show_error=True,
            prevent_thread_lock=True,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            ssr_mode=False,
            pwa=False,
            mcp_server=mcp,
            max_file_size=_MAX_UPLOAD,
            i18n=i18n,
            theme=theme(),
            css=asset("page.css"),
            head=_HEAD,
        )
    except OSError as error:
        raise TacrochatError(
            f"port {port} of {host} cannot be used ({error}); give another --port"
        ) from error
    url_host = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"tacrochat: http://{url_host}:{port} (Ctrl+C stops it)\n")
    sys.stdout.flush()
    workspace.start()
    page.block_thread()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
