"""Salted hashes of passwords, which are slow to compute (scrypt of RFC 7914)."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

MIN_PASSWORD = 8
"""Characters that a new password has at least."""

MAX_PASSWORD = 1_000
"""Characters of a password that is looked at; a longer one is wrong."""

_N, _R, _P = 2**15, 8, 1  # 32 MB and about a tenth of a second per check
_MEMORY = 128 * 1024 * 1024


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
        is_power = parsed.n.bit_count() == 1 and 2**14 <= parsed.n <= 2**17
        if name != "scrypt" or len(parsed.digest) != 32 or not is_power or (parsed.r, parsed.p) != (8, 1):
            raise ValueError("not a hash of this kind")
        return parsed

    def matches(self, password: str) -> bool:
        """Tell whether a password has this hash; a wrong one takes as long as the right one."""
        if len(password) > MAX_PASSWORD:
            return False
        return hmac.compare_digest(_scrypt(password, self.salt, self.n, self.r, self.p), self.digest)

    def __str__(self) -> str:
        """Write the hash for a password file."""
        return f"scrypt${self.n}${self.r}${self.p}${self.salt.hex()}${self.digest.hex()}"


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    data = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(data, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY + 128 * n * r, dklen=32)
