"""``tacrochat token``."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tacrochat.cli.printing import print_json, say
from tacrochat.cli.verb import Verb, add_json, positive
from tacrochat.errors import TacrochatError

if TYPE_CHECKING:
    from tacrochat.ui.access.tokens import Token


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("create", "list", "revoke"),
        metavar="ACTION",
        help="create a token and print it once, list the tokens, or revoke one",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the token file; 'create' makes it")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the name of the token: what uses it")
    parser.add_argument("--person", metavar="USER", help="the user for whom it acts (for 'create')")
    parser.add_argument(
        "--role",
        choices=("reader", "editor", "admin"),
        default="reader",
        help="what it may do at most, within the role of its user (default: reader)",
    )
    parser.add_argument(
        "--scopes",
        metavar="LIST",
        default="ask,mcp",
        help="what it is for, with commas: ask, edit, mcp, metrics (default: ask,mcp)",
    )
    parser.add_argument(
        "--libraries",
        metavar="LIST",
        default="*",
        help="names of libraries with commas, within those of its user (default: *, all)",
    )
    parser.add_argument("--days", type=positive, metavar="N", help="days until it expires (default: never)")
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    from tacrochat.ui.access import tokens

    path, name = options.file, options.name
    if options.action == "list":
        _print_all(tokens.read(path), as_json=options.json)
        return 0
    if not name:
        raise TacrochatError(f"'tacrochat token {options.action}' needs FILE and NAME; give both")
    if options.action == "revoke":
        tokens.revoke(path, name)
        say(f"{name} is revoked; a server that runs refuses it from now on")
        return 0
    if not options.person:
        raise TacrochatError("'tacrochat token create' needs --person USER, for whom the token acts")
    text = tokens.create(
        path,
        name,
        options.person,
        role=options.role,
        scopes=options.scopes,
        libraries=options.libraries,
        days=options.days,
    )
    if options.json:
        print_json({"name": name, "token": text})
    else:
        say(text)
    return 0


def _print_all(found: "list[Token]", *, as_json: bool) -> None:
    """Print what a token file says, without the hashes."""
    rows = [token.to_dict() for token in found]
    for row in rows:
        del row["hash"]
    if as_json:
        print_json(rows)
        return
    for row, token in zip(rows, found, strict=True):
        until = "expired" if token.has_expired else f"until {row['expires']}" if row["expires"] else "no end"
        say(
            f"{row['name']}: for {row['person']}, {row['role']}, scopes {','.join(row['scopes'])},"
            f" libraries {row['libraries']}, {until}"
        )


VERB = Verb(
    "token",
    "Create, list and revoke the tokens that programs send to a server with a login.",
    "tacrochat token create tokens.jsonl notebook --person ada",
    _add_options,
    _run,
)
