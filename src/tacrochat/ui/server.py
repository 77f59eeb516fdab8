"""Serve the chat page. The package ``ui`` is the only one that imports gradio, and this module uvicorn."""

import contextlib
import errno
import faulthandler
import importlib.util
import os
import re
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from tacrochat.errors import TacrochatError
from tacrochat.ui.access.configured import with_login
from tacrochat.ui.access.identity import Identity, remember_peer
from tacrochat.ui.access.opening import identity_of
from tacrochat.ui.asgi import Application
from tacrochat.ui.hosts import Hosts, is_loopback, is_name_or_address
from tacrochat.ui.root_path import RootPath, root_path
from tacrochat.ui.served import Served, ServerOptions

if TYPE_CHECKING:
    from tacrochat.ui.operation.operation import Operation
    from tacrochat.ui.workspace import Workspace

_BACKLOG = 2048  # connections that wait to be accepted, while the page is laid out, for example
_LONGEST_END = 5.0  # seconds from a signal to the end of the process, whatever hangs
_MAX_PROCESSES = 64
_MOST_PROCESSES = 4  # that answer questions, unless told otherwise: each takes about 250 MB
_NAME = re.compile("[A-Za-z0-9_-]+")
_TAKEN = frozenset({"api", "healthz", "login", "logout", "metrics", "password"})  # paths of the server


def serve(libraries: Sequence[Served], options: ServerOptions) -> None:
    """Serve the page until ``KeyboardInterrupt`` or ``SystemExit``; an index that is missing is built.

    The page is available at once; index and model are loaded in the background. The
    threads that do so, and those of the server, go on until the process ends.

    Raises:
        TacrochatError: the address cannot be used, a name of the server or of a library
            is not allowed, the password or token file cannot be used, options contradict each other, or the
            package for ``mcp`` is not installed.

    """
    _check_names(libraries)
    if options.mcp and importlib.util.find_spec("mcp") is None:
        raise TacrochatError("--mcp needs the package mcp; run 'pip install \"tacrochat[mcp]\"'")
    root = root_path(options.root_path)
    host = options.host.removeprefix("[").removesuffix("]")
    with contextlib.ExitStack() as ending:
        sockets = [ending.enter_context(listener) for listener in listen(host, options.port)]
        _, port = sockets[0].getsockname()[:2]
        hosts = Hosts(host, port, options.allow_hosts)
        identity = identity_of(with_login(libraries, options), port)
        if warning := _warning(host, identity):
            sys.stderr.write(f"tacrochat: {warning}\n")
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
        signals = ending.enter_context(_Signals())
        folder = tempfile.TemporaryDirectory(prefix="tacrochat-", ignore_cleanup_errors=True)
        # Always a folder of ours: files in it are deleted.
        os.environ["GRADIO_TEMP_DIR"] = os.path.realpath(ending.enter_context(folder))
        workspaces, application = _application(libraries, hosts, identity, options)
        server = _run(RootPath(application, root), sockets)
        sys.stdout.write(f"tacrochat: http://{_in_url(host)}:{port}{root} (Ctrl+C stops it)\n")
        sys.stdout.flush()
        for workspace in workspaces:
            workspace.start()
            _follow(workspace, watch=options.watch)
        while server.is_alive():
            signals.check()
            time.sleep(1)  # no longer: a signal that comes just before it is handled after it
        raise TacrochatError("the server has stopped, as an error above says; start it again")


def _warning(host: str, identity: Identity) -> str:
    """Say who can do what on a server that other machines reach, "" if there is nothing to say."""
    if is_loopback(host) or identity.logins:
        return ""
    if identity.is_read_only or identity.everyone.role == "reader":
        return f"everyone who reaches {host} can ask and read; --auth asks for a password"
    return f"everyone who reaches {host} can read, add and remove documents; --auth asks for a password"


def listen(host: str, port: int) -> list[socket.socket]:
    """Listen at each address of a host, before anything heavy is loaded; 0 is any free port.

    Raises:
        TacrochatError: the port or the address cannot be used; the text says why.

    """
    if not 0 <= port <= 65_535:
        raise TacrochatError(f"--port {port} is not a port; give 1 to 65535, or 0 for any free port")
    try:
        if not is_name_or_address(host):
            raise OSError("it is neither a name nor a number")
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise TacrochatError(f"--host {host!r} is not an address of this machine ({error})") from error
    sockets: list[socket.socket] = []
    addresses = list(dict.fromkeys((family, address) for family, *_, address in found))
    for number, (family, address) in enumerate(addresses, 1):
        at = (address[0], port, *address[2:])
        try:
            sockets.append(socket.create_server(at, family=family, backlog=_BACKLOG))
        except OSError as error:
            is_last = number == len(addresses)
            if error.errno == errno.EADDRNOTAVAIL and (sockets or not is_last):
                continue  # a name that also has an IPv6 address, on a machine without IPv6
            for opened in sockets:
                opened.close()
            raise TacrochatError(
                f"port {port} of {host} cannot be used ({error}); give another --port or --host"
            ) from error
        port = port or int(sockets[0].getsockname()[1])
    return sockets


class _Signals:
    """Makes SIGTERM and SIGHUP end the process as Ctrl+C does, so that uploaded files are deleted.

    The exception is raised wherever the main thread is: within a library that swallows
    it, perhaps, while modules are loaded. So ``check`` raises it again. If the process has not
    ended in time all the same, it is ended, and where its threads were is written to the log.
    """

    def __init__(self) -> None:
        """Remember no signal yet."""
        self._ending: BaseException | None = None

    def __enter__(self) -> "_Signals":
        """Handle the signals from now on, if this is the main thread."""
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGINT", "SIGTERM", "SIGHUP"):
                number = getattr(signal, name, None)
                if number is not None and signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores SIGHUP
                    signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the rest to the caller."""
        faulthandler.cancel_dump_traceback_later()

    def _handle(self, number: int, _: FrameType | None) -> None:
        with contextlib.suppress(Exception):  # there may be no file to write to
            faulthandler.dump_traceback_later(_LONGEST_END, exit=True)
        self._ending = KeyboardInterrupt() if number == signal.SIGINT else SystemExit(0)
        raise self._ending

    def check(self) -> None:
        """End the process if a signal has come."""
        if self._ending is not None:
            raise self._ending


def _follow(workspace: "Workspace", *, watch: bool | None) -> None:
    from tacrochat.ui.sync import follow

    follow(workspace, chosen=watch)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _operation(options: ServerOptions) -> "Operation":
    """Return what the libraries share; raises TacrochatError if the log cannot be opened."""
    from tacrochat.ui.operation.answering import Answerers
    from tacrochat.ui.operation.operation import Operation
    from tacrochat.ui.operation.request_log import RequestLog

    log = RequestLog(options.log, with_questions=options.log_questions, with_addresses=options.log_addresses)
    processes = options.processes
    if processes is not None and not 0 <= processes <= _MAX_PROCESSES:
        raise TacrochatError(f"--processes {processes} is not a number from 0 to {_MAX_PROCESSES}")
    if processes is None:
        processes = 0 if is_loopback(options.host) else min(_cores(), _MOST_PROCESSES)
    return Operation(log, Answerers(processes))


def _cores() -> int:
    # A container may be given only some of the cores.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _application(
    libraries: Sequence[Served], hosts: Hosts, identity: Identity, options: ServerOptions
) -> tuple[list["Workspace"], Application]:
    """Return the workspaces, not started yet, and the application for all requests."""
    from tacrochat.ui.application import LibraryApp
    from tacrochat.ui.chat.feedback import file_of
    from tacrochat.ui.models import Models
    from tacrochat.ui.stack import stack
    from tacrochat.ui.workspace import Workspace

    folder, operation = Path(os.environ["GRADIO_TEMP_DIR"]), _operation(options)
    is_alone = len(libraries) == 1
    applications = []
    for one in libraries:
        feedback = file_of("" if is_alone else one.name)
        workspace = Workspace(one.index, one.corpus, feedback, name=one.name, operation=operation)
        uploads = folder if is_alone else folder / one.name
        uploads.mkdir(exist_ok=True)
        os.environ["GRADIO_TEMP_DIR"] = str(uploads)  # of this page: read while it is laid out
        applications.append(LibraryApp(workspace, hosts, uploads, mcp=options.mcp))
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    workspaces = [application.workspace for application in applications]
    models = Models()
    for workspace in workspaces:
        workspace.share(workspaces, models)
    operation.libraries = lambda: [workspace.library_state() for workspace in workspaces]
    return workspaces, stack(applications, identity, operation, hosts)


def _check_names(libraries: Sequence[Served]) -> None:
    """Check that each library can have a path of its own; one alone has none.

    Raises:
        TacrochatError: a name cannot be used.

    """
    names = [one.name for one in libraries]
    for name in names if len(names) > 1 else ():
        if not _NAME.fullmatch(name) or name in _TAKEN:
            raise TacrochatError(
                f"a library cannot be called {name!r}; give letters, digits, - and _, and none of"
                f" {', '.join(sorted(_TAKEN))}: NAME=FOLDER"
            )
        if names.count(name) > 1:
            raise TacrochatError(f"two libraries are called {name}; give each a name of its own: NAME=FOLDER")


def _run(application: Application, sockets: list[socket.socket]) -> threading.Thread:
    """Answer at these sockets in a thread; returns it as soon as it answers.

    Raises:
        TacrochatError: it ended before.

    """
    import uvicorn
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

    # Uvicorn would do the same, and lose the address of the proxy itself.
    believed = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
    outermost = remember_peer(ProxyHeadersMiddleware(application, trusted_hosts=believed))  # type: ignore[arg-type]
    server = uvicorn.Server(
        uvicorn.Config(
            outermost, log_level="warning", lifespan="on", server_header=False, proxy_headers=False
        )
    )
    thread = threading.Thread(
        target=server.run, args=(sockets,), name="tacrochat-server", daemon=True
    )  # not the main thread, which is to handle signals at once
    thread.start()
    while thread.is_alive():
        if server.started:
            return thread
        time.sleep(0.01)
    raise TacrochatError("the server could not start, as the error above says")
