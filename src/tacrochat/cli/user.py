"""``tacrochat user``."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tacrochat.cli.printing import print_json, say
from tacrochat.cli.verb import Verb, add_json
from tacrochat.errors import TacrochatError

if TYPE_CHECKING:
    from tacrochat.ui.access.people import Entry


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("add", "password", "remove", "list"),
        metavar="ACTION",
        help="add (or change) a user, change a password, remove a user, or list all",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the password file; 'add' makes it")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the user")
    parser.add_argument(
        "--role", choices=("reader", "editor", "admin"), help="what the user may do (a new user: reader)"
    )
    parser.add_argument(
        "--libraries", metavar="LIST", help="names of libraries with commas, * for all (a new user: all)"
    )
    parser.add_argument(
        "--no-password", action="store_true", help="a user of a proxy (--trusted-header) or of tokens only"
    )
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    from tacrochat.ui.access import people
    from tacrochat.ui.passwords import ask

    path, name = options.file, options.name
    if options.action == "list":
        _print(people.read(path).values(), as_json=options.json)
        return 0
    if not name:
        raise TacrochatError(f"'tacrochat user {options.action}' needs FILE and NAME; give both")
    if options.action == "remove":
        people.remove(path, name)
        say(f"{name} is removed from {path}")
        return 0
    people.check_name(name)
    known = people.read(path).get(name) if path.exists() else None
    if options.action == "password" and not known:
        raise TacrochatError(f"{path} has no user {name!r}; run 'tacrochat user add {path} {name}'")
    # "add" changes the role or the libraries of a user who is there; the password stays.
    is_asked = options.action == "password" or not (known or options.no_password)
    entry = people.write(
        path,
        name,
        password=ask() if is_asked else None,
        without_password=options.no_password,
        role=options.role,
        libraries=options.libraries,
        known=known if options.action == "password" else None,
    )
    _print([entry], as_json=options.json)
    return 0


def _print(entries: Iterable["Entry"], *, as_json: bool) -> None:
    """Print what a password file says, without the hashes."""
    from tacrochat.ui.access.people import libraries_text

    rows = [
        {
            "name": entry.name,
            "role": entry.role,
            "libraries": libraries_text(entry.libraries),
            "password": entry.password is not None,
        }
        for entry in entries
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        without = "" if row["password"] else ", without a password"
        say(f"{row['name']}: {row['role']}, libraries {row['libraries'] or 'none'}{without}")


VERB = Verb(
    "user",
    "Add, change, remove and list the users of a password file.",
    "tacrochat user add passwords.txt ada --role editor",
    _add_options,
    _run,
)
