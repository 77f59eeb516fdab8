"""Write a user with a hashed password into a file for ``tacrochat serve --auth``.

Example: ``python -m tacrochat.ui.passwords passwords.txt ada``
"""

import argparse
import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tacrochat.errors import TacrochatError
from tacrochat.ui import access

_MIN_PASSWORD = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask for a password and write its hash; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tacrochat.ui.passwords", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="the password file; created if missing")
    parser.add_argument("user", metavar="USER", help="the user to add, or whose password to change")
    options = parser.parse_args(arguments)
    try:
        write(options.file, options.user, _password())
    except (TacrochatError, OSError) as error:
        sys.stderr.write(f"tacrochat: {error}\n")
        return 1
    return 0


def write(path: Path, user: str, password: str) -> None:
    """Add or replace a user; the file can be read by its owner only.

    Raises:
        TacrochatError: the name or password is not allowed, or the file is not a password file.

    """
    if not user or not user.isprintable() or ":" in user or user.startswith(("#", access.EVERYONE)):
        raise TacrochatError(f"{user!r} cannot be a user's name; use letters and digits")
    if len(password) < _MIN_PASSWORD:
        raise TacrochatError(f"a password needs {_MIN_PASSWORD} characters or more; choose a longer one")
    hashes = access.read(path) if path.exists() else {}
    hashes[user] = access.PasswordHash.of(password)
    draft = path.with_name(f".{path.name}.new")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.writelines(f"{name}:{password_hash}\n" for name, password_hash in hashes.items())
    draft.replace(path)


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise TacrochatError("the two passwords are not the same; try again")
    return first


if __name__ == "__main__":
    sys.exit(main())
