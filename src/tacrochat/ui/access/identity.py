"""Whom a request is from: a token, a name that a proxy states, a session, or everyone."""

import ipaddress
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tacrochat.ui.access.files import Watched
from tacrochat.ui.access.gate import Gate
from tacrochat.ui.access.people import Entry
from tacrochat.ui.access.requests import cookies, header, values_of
from tacrochat.ui.access.sessions import Sessions
from tacrochat.ui.access.tokens import Token, person_of_token
from tacrochat.ui.asgi import Application, Receive, Scope, Send
from tacrochat.ui.person import Person

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PEER_KEY = "tacrochat.peer"
"""The key of an ASGI scope for the address that a request came from, whatever its headers state."""


def remember_peer(application: Application) -> Application:
    """Note where a request comes from, before a header of a proxy says for whom it was sent."""

    async def remembering(scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        await application({**scope, PEER_KEY: client[0] if client else ""}, receive, send)

    return remembering


class Unknown(Exception):
    """A request names someone whom the server does not know; ``challenge`` says how to do so."""

    def __init__(self, status: int, text: str, challenge: bytes = b"") -> None:
        """Refuse with this status and text."""
        super().__init__(text)
        self.status, self.challenge = status, challenge


@dataclass(frozen=True, slots=True)
class TrustedHeader:
    """A header with the name of a person, believed only from these networks."""

    name: str
    proxies: tuple[Network, ...]

    def person_named(self, scope: Scope) -> str | None:
        """Return the name that a proxy states, None if none does; a header from elsewhere counts for nothing.

        Raises:
            Unknown: there is more than one.

        """
        names = values_of(scope, self.name.lower().encode())
        peer = scope.get(PEER_KEY) or (scope.get("client") or ("",))[0]
        if not names or not is_within(peer, self.proxies):
            return None
        if len(names) > 1:
            raise Unknown(400, f"the header {self.name} was sent more than once")
        # ASGI has bytes; proxies write names beyond ASCII in UTF-8
        return names[0].encode("latin-1").decode("utf-8", "replace").strip()


class Logins:
    """The logins of people with passwords: the check, the sessions, and the cookie that carries one."""

    log = logging.getLogger(__name__)

    def __init__(self, gate: Gate, sessions: Sessions, port: int) -> None:
        """Keep sessions; the cookie is named for the port, because all ports of a host share cookies."""
        self.gate, self.sessions = gate, sessions
        self._cookie = f"tacrochat-{port}"

    def entry_of(self, scope: Scope) -> Entry | None:
        """Return who is logged in, None for nobody."""
        people = self.gate.people
        found = (self.sessions.entry_of(number, people) for number in cookies(scope, self._cookie))
        return next((entry for entry in found if entry), None)

    def begin(self, scope: Scope, entry: Entry) -> tuple[bytes, bytes]:
        """Begin a session, and end that of the request; returns the header that sets the cookie."""
        self.end(scope)
        return self._header(scope, self.sessions.begin(entry))

    def end(self, scope: Scope) -> tuple[bytes, bytes]:
        """End the session of a request; returns the header that deletes the cookie."""
        for number in cookies(scope, self._cookie):
            self.sessions.end(number)
        return self._header(scope, "", "; Max-Age=0")

    def _header(self, scope: Scope, value: str, more: str = "") -> tuple[bytes, bytes]:
        path = str(scope.get("root_path", "")).rstrip("/") or "/"
        secure = "; Secure" if scope["scheme"] == "https" else ""
        text = f"{self._cookie}={value}; Path={path}; HttpOnly; SameSite=Lax{secure}{more}"
        return b"set-cookie", text.encode("latin-1")


@dataclass(frozen=True, slots=True)
class Identity:
    """How people are recognized.

    Without ``logins`` everyone is ``everyone``. With ``is_read_only`` all have the role reader.
    """

    everyone: Person
    logins: Logins | None = None
    token_file: Watched[list[Token]] | None = None
    trusted: TrustedHeader | None = None
    is_read_only: bool = False

    def person_of(self, scope: Scope) -> Person | None:
        """Return who sends a request, None for nobody.

        Raises:
            Unknown: it has a token that is not valid, or a proxy states a name that is not known.

        """
        person = self._person_of(scope) if self.logins else self.everyone
        return replace(person, role="reader") if person and self.is_read_only else person

    def _person_of(self, scope: Scope) -> Person | None:
        assert self.logins is not None
        people = self.logins.gate.people
        kind, _, text = header(scope, b"authorization").partition(" ")
        if kind.lower() == "bearer" and self.token_file:
            if person := person_of_token(text.strip(), self.token_file.value, people):
                return person
            raise Unknown(
                401,
                "this token is unknown, was revoked or has expired; ask an admin for another",
                b'Bearer realm="tacrochat", error="invalid_token"',
            )
        if self.trusted and (name := self.trusted.person_named(scope)) is not None:
            if name in people:
                return people[name].person
            raise Unknown(403, f"the proxy states the name {name[:100]!r}, which has no access; ask an admin")
        entry = self.logins.entry_of(scope)
        return entry.person if entry else None


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Tell whether an address is in one of these networks."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in networks)
