"""``tacrochat serve``."""

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn

from tacrochat.cli.printing import complain
from tacrochat.cli.verb import STOPPED, Verb, kept


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--corpus",
        metavar="DIR",
        default="corpus",
        help="folder to build from if there is no index (default: corpus)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument(
        "--port", type=int, default=7860, help="port to listen on, 0 for any free one (default: 7860)"
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer to this name, or NAME:PORT, as well (may be given several times)",
    )
    parser.add_argument(
        "--auth",
        metavar="USER:PASSWORD-FILE",
        help="ask for this user's password, hashed in a file that 'python -m tacrochat.ui.passwords' writes",
    )
    parser.add_argument(
        "--root-path",
        default="",
        metavar="PATH",
        help="the path below which a proxy serves the page, such as /docs",
    )
    parser.add_argument(
        "--mcp", action="store_true", help="offer ask, search and documents to MCP clients (tacrochat[mcp])"
    )


def _run(options: argparse.Namespace) -> int:
    from tacrochat.ui.served import Served, ServerOptions
    from tacrochat.ui.server import serve

    try:
        serve(
            [Served("", options.index, Path(options.corpus))],
            ServerOptions(
                host=options.host,
                port=options.port,
                auth=options.auth,
                mcp=options.mcp,
                allow_hosts=tuple(options.allow_host),
                root_path=options.root_path,
            ),
        )
    except KeyboardInterrupt:
        is_kept = kept(options.index)
        complain(f"stopped; {is_kept}: the next build goes on from there" if is_kept else "stopped")
        _end(STOPPED)
    except SystemExit:  # SIGTERM or SIGHUP
        _end(0)
    return 0


def _end(code: int) -> NoReturn:
    """End the process with all its threads.

    A build may run in one of them. If Python ended as usual, the libraries in C++ that the build is inside
    would abort the process: they cannot be left by a thread that is ended.
    """
    sys.stdout.flush()
    os._exit(code)


VERB = Verb("serve", "Serve the chat page.", "tacrochat serve --port 7861", _add_options, _run)
