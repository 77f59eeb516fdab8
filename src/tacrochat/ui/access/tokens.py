"""The token file: what programs send instead of a login, one JSON object on each line.

A token is 256 random bits; the file has its SHA-256 only. (Slow hashes are for passwords,
which people choose; nobody can try all of 2^256 numbers.)
"""

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tacrochat.errors import TacrochatError
from tacrochat.ui.access.files import changing, read_lines, write_lines
from tacrochat.ui.access.people import Entry, check_name, libraries_of, libraries_text, role_of
from tacrochat.ui.person import RIGHTS, Person, Right, Role, lower_role

PREFIX = "tacro_"
"""What a token begins with, so that programs that look for secrets in files find it."""

_FIELDS = ("name", "hash", "person", "role", "scopes", "libraries", "created", "expires")
_DIGEST = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Token:
    """A line of the file. It can do what its person can, within its own role, scopes and libraries.

    ``expires`` is a time with its zone, None for never; ``deadline`` the same by the
    monotonic clock, so that setting the clock back does not prolong it while a server runs.
    """

    name: str
    digest: str
    person: str
    role: Role
    rights: frozenset[Right]
    libraries: frozenset[str] | None
    created: datetime
    expires: datetime | None
    deadline: float

    @property
    def has_expired(self) -> bool:
        """Tell whether its time is over."""
        return self.expires is not None and (
            datetime.now(UTC) >= self.expires or time.monotonic() >= self.deadline
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the object of the line."""
        return {
            "name": self.name,
            "hash": self.digest,
            "person": self.person,
            "role": self.role,
            "scopes": [right for right in RIGHTS if right in self.rights],
            "libraries": libraries_text(self.libraries),
            "created": self.created.isoformat(timespec="seconds"),
            "expires": self.expires and self.expires.isoformat(timespec="seconds"),
        }


def read(path: Path) -> list[Token]:
    """Read a token file.

    Raises:
        TacrochatError: it is missing, others can read it, or a line is wrong; the text names the line.

    """
    tokens: list[Token] = []
    for number, line in enumerate(read_lines(path, f"tacrochat token create {path} NAME --person PERSON"), 1):
        if line.strip():
            try:
                tokens.append(_parsed(line))
            except (TacrochatError, ValueError, TypeError, RecursionError) as error:
                raise TacrochatError(
                    f"{path}, line {number}: not a token ({error}); delete the line, and make another"
                    f" token with 'tacrochat token create {path}'"
                ) from error
    return tokens


def create(
    path: Path,
    name: str,
    person: str,
    *,
    role: Role,
    scopes: str,
    libraries: str = "*",
    days: int | None = None,
) -> str:
    """Add a token to a file, which is made if it is missing; returns the token, which is kept nowhere.

    ``scopes`` and ``libraries`` are lists with commas, ``*`` for all libraries.

    Raises:
        TacrochatError: the file has a token of this name, or cannot be read or written,
            or a value is not allowed.

    """
    check_name(name)
    check_name(person)
    text = PREFIX + secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    expires = None if days is None else now + timedelta(days=days)
    rights, listed = rights_of(scopes), libraries_of(libraries)
    token = Token(name, _digest(text), person, role, rights, listed, now, expires, 0.0)
    with changing(path):
        tokens = read(path) if path.exists() else []
        if any(other.name == name for other in tokens):
            raise TacrochatError(f"{path} has a token {name!r}; revoke it, or choose another name")
        _write(path, [*tokens, token])
    return text


def revoke(path: Path, name: str) -> None:
    """Remove a token from a file; a server that runs refuses it from its next request on.

    Raises:
        TacrochatError: the file has no such token, or cannot be read or written.

    """
    with changing(path):
        tokens = read(path)
        kept = [token for token in tokens if token.name != name]
        if len(kept) == len(tokens):
            raise TacrochatError(f"{path} has no token {name!r}; see 'tacrochat token list {path}'")
        _write(path, kept)


def person_of_token(text: str, tokens: Sequence[Token], people: Mapping[str, Entry]) -> Person | None:
    """Return the person whom a token stands for, with the lower of the two roles; None if it is not valid."""
    digest = _digest(text)
    found = None
    for token in tokens:  # all of them, each in constant time
        if hmac.compare_digest(token.digest, digest):
            found = token
    entry = people.get(found.person) if found else None
    if found is None or entry is None or found.has_expired:
        return None
    libraries = entry.libraries if found.libraries is None else found.libraries
    if entry.libraries is not None and libraries is not None:
        libraries &= entry.libraries
    return Person(entry.name, lower_role(found.role, entry.role), libraries, found.rights)


def rights_of(text: str) -> frozenset[Right]:
    """Read a list of scopes with commas; raises TacrochatError."""
    names = text.split(",")
    unknown = [name for name in names if name not in RIGHTS]
    if unknown:
        raise TacrochatError(f"{unknown[0]!r} is not a scope; the scopes are {', '.join(RIGHTS)}")
    return frozenset(right for right in RIGHTS if right in names)


def _write(path: Path, tokens: Sequence[Token]) -> None:
    write_lines(path, [json.dumps(token.to_dict(), ensure_ascii=False) for token in tokens])


def _parsed(line: str) -> Token:
    value = json.loads(line)
    if not isinstance(value, dict) or set(value) != set(_FIELDS):
        raise ValueError(f"not an object with the fields {', '.join(_FIELDS)}")
    texts = [name for name in _FIELDS if name not in {"scopes", "expires"}]
    if any(not isinstance(value[name], str) for name in texts) or not _DIGEST.fullmatch(value["hash"]):
        raise ValueError("a field has the wrong type")
    created = datetime.fromisoformat(value["created"])
    expires = None if value["expires"] is None else datetime.fromisoformat(value["expires"])
    if expires is not None and expires.tzinfo is None:
        raise ValueError("expires has no time zone")
    left = 0.0 if expires is None else (expires - datetime.now(UTC)).total_seconds()
    return Token(
        name=value["name"],
        digest=value["hash"],
        person=value["person"],
        role=role_of(value["role"]),
        rights=rights_of(",".join(value["scopes"])),
        libraries=libraries_of(value["libraries"]),
        created=created,
        expires=expires,
        deadline=time.monotonic() + left,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
