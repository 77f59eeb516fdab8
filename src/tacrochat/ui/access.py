"""Logins: users and the salted hashes of their passwords, which are slow to compute.

A password file has one line per user, ``user:scrypt$N$R$P$SALT$HASH`` (hexadecimal;
scrypt of RFC 7914). ``python -m tacrochat.ui.passwords FILE USER`` writes one.
"""

import asyncio
import hashlib
import hmac
import os
import secrets
import stat
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from tacrochat.errors import TacrochatError

EVERYONE = "*"
"""In ``--auth '*:FILE'``: every user in the file."""

_N, _R, _P = 2**15, 8, 1  # 32 MB and about a tenth of a second per check
_MEMORY = 128 * 1024 * 1024
_DELAY = 0.5  # seconds; delay after a wrong password; logins are checked one at a time
_MAX_PASSWORD = 1_000  # characters


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """The hash of a password, with the salt and the parameters of scrypt that it was made with."""

    n: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, password: str) -> "PasswordHash":
        """Hash a password with a new salt."""
        salt = secrets.token_bytes(16)
        return cls(_N, _R, _P, salt, _scrypt(password, salt, _N, _R, _P))

    @classmethod
    def parse(cls, text: str) -> "PasswordHash":
        """Read a hash as ``__str__`` writes it.

        Raises:
            ValueError: the text is not such a hash.

        """
        name, n, r, p, salt, digest = text.strip().split("$")
        parsed = cls(int(n), int(r), int(p), bytes.fromhex(salt), bytes.fromhex(digest))
        if name != "scrypt" or len(parsed.digest) != 32 or not 2**14 <= parsed.n <= 2**17 or parsed.r != 8:
            raise ValueError("not a hash of this kind")
        return parsed

    def matches(self, password: str) -> bool:
        """Tell whether a password has this hash; a wrong one takes as long as the right one."""
        return hmac.compare_digest(_scrypt(password, self.salt, self.n, self.r, self.p), self.digest)

    def __str__(self) -> str:
        """Write the hash for a password file."""
        return f"scrypt${self.n}${self.r}${self.p}${self.salt.hex()}${self.digest.hex()}"


class Gate:
    """Checks logins, one at a time, with a delay after a wrong one."""

    def __init__(self, hashes: dict[str, PasswordHash]) -> None:
        """Admit these users."""
        self._hashes = hashes
        self._unknown_user = PasswordHash.of(secrets.token_hex(16))
        self._lock = threading.Lock()

    async def admits(self, user: str, password: str) -> bool:
        """Check a login in a thread of its own, so that the server is not blocked."""
        return await asyncio.to_thread(self.check, user, password)

    def check(self, user: str, password: str) -> bool:
        """Tell whether user and password are right."""
        if not isinstance(user, str) or not isinstance(password, str) or len(password) > _MAX_PASSWORD:
            return False
        with self._lock:
            known = self._hashes.get(user)
            matches = (known or self._unknown_user).matches(password)  # an unknown user takes as long
            is_admitted = known is not None and matches
            if not is_admitted:
                time.sleep(_DELAY)
            return is_admitted


def gate(option: str) -> Gate:
    """Return the gate for ``--auth USER:PASSWORD-FILE``.

    Raises:
        TacrochatError: the option has another form, the user is not in the file,
            or the file cannot be used (see ``read``).

    """
    user, colon, name = option.partition(":")
    if not (user and colon and name):
        raise TacrochatError(f"--auth {option!r} is not USER:PASSWORD-FILE; give both, with a colon between")
    path = Path(name)
    hashes = read(path)
    if user != EVERYONE:
        if user not in hashes:
            raise TacrochatError(
                f"{path} has no user {user!r}; run 'python -m tacrochat.ui.passwords {path} {user}'"
            )
        hashes = {user: hashes[user]}
    return Gate(hashes)


def read(path: Path) -> dict[str, PasswordHash]:
    """Read a password file.

    Raises:
        TacrochatError: it is missing, others can read it, or a line is not a hash.

    """
    try:
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise TacrochatError(f"{path} can be read by others; run 'chmod 600 {path}'")
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TacrochatError(
            f"{path} cannot be read ({error}); make it with 'python -m tacrochat.ui.passwords {path} USER'"
        ) from error
    hashes = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        user, _, text = line.partition(":")
        try:
            hashes[user] = PasswordHash.parse(text)
        except ValueError as error:
            raise TacrochatError(
                f"{path}, line {number}: not a hashed password; write it with"
                f" 'python -m tacrochat.ui.passwords {path} USER'"
            ) from error
    return hashes


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY + 128 * n * r, dklen=32)
