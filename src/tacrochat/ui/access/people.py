"""The password file: who may log in, with which role, to which libraries.

One line for each person, ``NAME:HASH:ROLE:LIBRARIES``. ``HASH`` is that of a password
(``hashes``), or ``-`` for a person who has none: a proxy or a token says who it is.
``LIBRARIES`` is a list with commas, or ``*`` for all. The last two may be left out: a
line ``NAME:HASH``, as earlier versions wrote it, is that of an editor of all libraries.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tacrochat.errors import TacrochatError
from tacrochat.ui.access.files import changing, read_lines, write_lines
from tacrochat.ui.access.hashes import MAX_PASSWORD, MIN_PASSWORD, PasswordHash
from tacrochat.ui.person import ROLES, Person, Role

EVERYONE = "*"
"""In ``--auth '*:FILE'``: everyone in the file. In a list of libraries: all."""

NO_PASSWORD = "-"  # noqa: S105
_ROLE_BEFORE: Role = "editor"
_MAX_NAME = 100  # characters
_LIBRARY = re.compile(r"[^\s:,*/]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the file; ``password`` is None for a person who has none, ``libraries`` None for all."""

    name: str
    password: PasswordHash | None
    role: Role = "reader"
    libraries: frozenset[str] | None = None

    @property
    def person(self) -> Person:
        """The person."""
        return Person(self.name, self.role, self.libraries)

    def __str__(self) -> str:
        """Write the line."""
        return f"{self.name}:{self.password or NO_PASSWORD}:{self.role}:{libraries_text(self.libraries)}"


def read(path: Path) -> dict[str, Entry]:
    """Read a password file.

    Raises:
        TacrochatError: it is missing, others can read it, or a line is wrong; the text names the line.

    """
    entries: dict[str, Entry] = {}
    for number, line in enumerate(read_lines(path, f"tacrochat user add {path} NAME"), 1):
        if line.strip() and not line.startswith("#"):
            try:
                entry = _parsed(line)
                if entry.name in entries:
                    raise TacrochatError(f"{entry.name!r} has an earlier line, too; delete one of the two")
            except TacrochatError as error:
                raise TacrochatError(f"{path}, line {number}: {error}") from error
            entries[entry.name] = entry
    return entries


def write(
    path: Path,
    name: str,
    *,
    password: str | None = None,
    without_password: bool = False,
    role: Role | None = None,
    libraries: str | None = None,
    known: Entry | None = None,
) -> Entry:
    """Add a person or change one, and return the new entry; what is None stays as it is.

    A new person is a reader of all libraries without a password. ``libraries`` is a list
    with commas, ``*`` for all. Other lines stay, comments too. ``known`` is the entry on which
    the change rests: it is not made if that person is gone or has another password since.

    Raises:
        TacrochatError: the name, the password or the list is not allowed, or the file is not
            a password file or cannot be written, or the entry is no longer the one known.

    """
    check_name(name)
    if password is not None and not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise TacrochatError(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD:,} characters; choose another")
    hashed = PasswordHash.of(password) if password is not None else None
    with changing(path):
        entry = (read(path) if path.exists() else {}).get(name)
        if known and (entry is None or entry.password != known.password):
            raise TacrochatError(f"{name} was changed or removed meanwhile; see 'tacrochat user list {path}'")
        entry = entry or Entry(name, None)
        if hashed or without_password:
            entry = replace(entry, password=hashed)
        if role:
            entry = replace(entry, role=role)
        if libraries is not None:
            entry = replace(entry, libraries=libraries_of(libraries))
        _replace_line(path, name, str(entry))
    return entry


def remove(path: Path, name: str) -> None:
    """Remove a person.

    Raises:
        TacrochatError: the file has no such person, or cannot be read or written.

    """
    with changing(path):
        if name not in read(path):
            raise TacrochatError(f"{path} has no user {name!r}; see 'tacrochat user list {path}'")
        _replace_line(path, name, None)


def only(entries: Mapping[str, Entry], name: str) -> dict[str, Entry]:
    """Return the entries that ``--auth NAME:FILE`` lets in."""
    return {key: entry for key, entry in entries.items() if name in {EVERYONE, key}}


def check_name(name: str) -> None:
    """Check a person's name; raises TacrochatError."""
    is_allowed = name and name.isprintable() and ":" not in name and not name.startswith(("#", EVERYONE))
    if not is_allowed or name != name.strip() or len(name) > _MAX_NAME:
        raise TacrochatError(f"{name[:_MAX_NAME]!r} cannot be a user's name; use letters and digits")


def libraries_of(text: str) -> frozenset[str] | None:
    """Read a list of libraries, None for all; raises TacrochatError."""
    if text == EVERYONE:
        return None
    names = text.split(",") if text else []
    if any(not _LIBRARY.fullmatch(name) for name in names):
        raise TacrochatError(f"{text!r} is not a list of libraries with commas; * stands for all")
    return frozenset(names)


def libraries_text(libraries: frozenset[str] | None) -> str:
    """Write a list of libraries as ``libraries_of`` reads it."""
    return EVERYONE if libraries is None else ",".join(sorted(libraries))


def role_of(text: str) -> Role:
    """Read a role; raises TacrochatError."""
    for role in ROLES:
        if text == role:
            return role
    raise TacrochatError(f"{text!r} is not a role; the roles are {', '.join(ROLES)}")


def _parsed(line: str) -> Entry:
    name, *fields = line.split(":")
    if not fields or len(fields) > 3:
        raise TacrochatError("not NAME:HASH:ROLE:LIBRARIES; write it with 'tacrochat user add'")
    try:
        password = None if fields[0].strip() == NO_PASSWORD else PasswordHash.parse(fields[0])
    except ValueError as error:
        raise TacrochatError("not a hashed password; write it with 'tacrochat user password'") from error
    role = role_of(fields[1].strip()) if len(fields) > 1 else _ROLE_BEFORE
    return Entry(name, password, role, libraries_of(fields[2].strip()) if len(fields) > 2 else None)


def _replace_line(path: Path, name: str, line: str | None) -> None:
    """Replace the line of a person, or add it at the end; None removes it."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    places = [number for number, text in enumerate(lines) if text.partition(":")[0] == name]
    new = [] if line is None else [line]
    at = places[0] if places else len(lines)
    write_lines(path, [*lines[:at], *new, *lines[at + len(places) :]])
