"""Write a user with a hashed password into a file for ``tacrochat serve --auth``.

Example: ``python -m tacrochat.ui.passwords passwords.txt ada``. ``tacrochat user`` does the same,
and more: it removes and lists users.
"""

import argparse
import getpass
import sys
from collections.abc import Sequence
from pathlib import Path

from tacrochat.errors import TacrochatError
from tacrochat.ui.access import people
from tacrochat.ui.person import ROLES, Role


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask for a password and write its hash; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tacrochat.ui.passwords", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="the password file; created if missing")
    parser.add_argument("user", metavar="USER", help="the user to add, or whose password to change")
    parser.add_argument("--role", choices=ROLES, help="what the user may do (a new user: reader)")
    options = parser.parse_args(arguments)
    try:
        write(options.file, options.user, ask(), options.role)
    except (TacrochatError, OSError) as error:
        sys.stderr.write(f"tacrochat: {error}\n")
        return 1
    return 0


def write(path: Path, user: str, password: str, role: Role | None = None) -> None:
    """Add a user, or change the password and, if it is given, the role of one.

    Raises:
        TacrochatError: the name or password is not allowed, or the file is not a password file.

    """
    people.write(path, user, password=password, role=role)


def ask() -> str:
    """Ask for a new password, twice on a terminal; else it is the first line of standard input.

    Raises:
        TacrochatError: the two are not the same.

    """
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise TacrochatError("the two passwords are not the same; try again")
    return first


if __name__ == "__main__":
    sys.exit(main())
