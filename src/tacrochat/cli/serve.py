"""``tacrochat serve``."""

import argparse
import os
import sys
from typing import NoReturn

from tacrochat.cli.access_options import access_values, add_access_options
from tacrochat.cli.printing import complain
from tacrochat.cli.verb import STOPPED, Verb, kept


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folders",
        metavar="FOLDER",
        nargs="*",
        help="a folder of documents; several, or NAME=FOLDER, are libraries of their own; indexes are kept in"
        " your cache (default: index and corpus in the working folder, or else the sample)",
    )
    parser.add_argument(
        "--corpus",
        metavar="DIR",
        help="folder to build from if there is no index (default: corpus)",
    )
    parser.set_defaults(index=None)  # the default depends on what is given and what is here
    _add_network_options(parser)
    add_access_options(parser)
    parser.add_argument(
        "--mcp", action="store_true", help="offer ask, search and documents to MCP clients (tacrochat[mcp])"
    )
    parser.add_argument(
        "--watch",
        action=argparse.BooleanOptionalAction,
        help="refresh the index when files of the folder change (default: as tacrochat.yaml says, or yes)",
    )
    _add_operation(parser)


def _add_operation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--log", metavar="FILE", help="write requests as JSON lines to this file, - for standard error"
    )
    parser.add_argument("--log-questions", action="store_true", help="log the texts of questions, too")
    parser.add_argument("--log-addresses", action="store_true", help="log the addresses of clients, too")
    parser.add_argument(
        "--processes",
        type=int,
        metavar="N",
        help="processes that answer questions, 0 for the server itself"
        " (default: 0 on loopback, else one for each core, 4 at most)",
    )


def _add_network_options(parser: argparse.ArgumentParser) -> None:
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
        "--root-path",
        default="",
        metavar="PATH",
        help="the path below which a proxy serves the page, such as /docs",
    )


def _run(options: argparse.Namespace) -> int:
    from tacrochat.cli.folders import libraries
    from tacrochat.ui.served import ServerOptions
    from tacrochat.ui.server import serve

    served = libraries(options)
    try:
        serve(
            served,
            ServerOptions(
                host=options.host,
                port=options.port,
                mcp=options.mcp,
                allow_hosts=tuple(options.allow_host),
                log=options.log,
                log_questions=options.log_questions,
                log_addresses=options.log_addresses,
                processes=options.processes,
                **access_values(options),
                watch=options.watch,
                root_path=options.root_path,
            ),
        )
    except KeyboardInterrupt:
        is_kept = "; ".join(filter(None, (kept(str(library.index)) for library in served)))
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


VERB = Verb(
    "serve",
    "Serve the chat page: of a folder, of several by name, or of the sample.",
    "tacrochat serve path/to/documents",
    _add_options,
    _run,
)
