"""``tacrochat serve``."""

import argparse
from pathlib import Path

from tacrochat.cli.verb import Verb


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
        "--mcp", action="store_true", help="offer ask, search and documents to MCP clients (tacrochat[mcp])"
    )


def _run(options: argparse.Namespace) -> int:
    from tacrochat.ui.server import serve

    serve(
        Path(options.index),
        Path(options.corpus),
        host=options.host,
        port=options.port,
        auth=options.auth,
        mcp=options.mcp,
        allow_hosts=options.allow_host,
    )
    return 0


VERB = Verb("serve", "Serve the chat page.", "tacrochat serve --port 7861", _add_options, _run)
