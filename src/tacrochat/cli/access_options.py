"""The options of ``tacrochat serve`` that say who may do what."""

import argparse
from typing import Any

OPTIONS = ("auth", "read_only", "role", "tokens", "trusted_header")


def add_access_options(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--auth",
        metavar="USER:PASSWORD-FILE",
        help="ask for this user's password (*: every user's), in a file that 'tacrochat user add' writes",
    )
    parser.add_argument(
        "--read-only", action="store_true", help="nobody may upload, delete, refresh or cancel a build"
    )
    parser.add_argument(
        "--role",
        choices=("reader", "editor"),
        help="what everyone may do without --auth (default: editor, but reader with a --host of a network)",
    )
    parser.add_argument(
        "--tokens", metavar="FILE", help="take the tokens of this file, which 'tacrochat token create' writes"
    )
    parser.add_argument(
        "--trusted-header", metavar="NAME", help="the header in which a proxy names the user, X-Remote-User"
    )
    parser.add_argument(
        "--trusted-proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="believe that header from this address or network only (may be given several times)",
    )


def access_values(options: argparse.Namespace) -> dict[str, Any]:
    """Return these options as fields of ``ServerOptions``."""
    values = {name: getattr(options, name) for name in OPTIONS}
    return values | {"trusted_proxies": tuple(options.trusted_proxy)}
