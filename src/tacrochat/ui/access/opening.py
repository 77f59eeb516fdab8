"""Make of the options of a server how it recognizes people, before anything heavy is loaded."""

from collections.abc import Sequence
from pathlib import Path

from tacrochat.configuration.login import can_be_trusted, network
from tacrochat.errors import TacrochatError
from tacrochat.settings import Settings
from tacrochat.ui.access import tokens
from tacrochat.ui.access.files import Watched
from tacrochat.ui.access.gate import Gate
from tacrochat.ui.access.identity import Identity, Logins, Network, TrustedHeader
from tacrochat.ui.access.sessions import Sessions
from tacrochat.ui.hosts import is_loopback
from tacrochat.ui.person import Person, Role
from tacrochat.ui.served import ServerOptions


def identity_of(options: ServerOptions, port: int) -> Identity:
    """Return how a server at this port recognizes people.

    Raises:
        TacrochatError: two options contradict each other, or a file cannot be used.

    """
    if options.read_only and options.role:
        raise TacrochatError("--read-only gives everyone the role reader; leave out --role")
    everyone = Person("", options.role or _role_at(options.host))
    if options.auth is None:
        _check_needs_no_people(options)
        return Identity(everyone, is_read_only=options.read_only)
    if options.role:
        raise TacrochatError("--role is for servers without --auth; give each person a role in the file")
    settings = Settings.from_environment()
    sessions = Sessions(
        idle_seconds=60 * settings.session_idle_minutes, max_seconds=3600 * settings.session_max_hours
    )
    return Identity(
        everyone,
        Logins(_gate(options.auth), sessions, port),
        Watched(Path(options.tokens), tokens.read) if options.tokens else None,
        _trusted(options.trusted_header, options.trusted_proxies),
        options.read_only,
    )


def _role_at(host: str) -> Role:
    """Return what everyone may do on a server without a login: on other machines, only read."""
    return "editor" if is_loopback(host.removeprefix("[").removesuffix("]")) else "reader"


def _check_needs_no_people(options: ServerOptions) -> None:
    given = [("--tokens", options.tokens), ("--trusted-header", options.trusted_header)]
    for option, value in given:
        if value:
            raise TacrochatError(f"{option} needs the people of a password file; give --auth '*:FILE', too")


def _gate(option: str) -> Gate:
    """Read ``USER:PASSWORD-FILE``."""
    name, colon, file = option.partition(":")
    if not (name and colon and file):
        raise TacrochatError(f"--auth {option!r} is not USER:PASSWORD-FILE; give both, with a colon between")
    gate = Gate(Path(file), name)
    if not gate.people:
        who = f"user {name!r}" if name != "*" else "user yet"
        raise TacrochatError(f"{file} has no {who}; run 'tacrochat user add {file} NAME'")
    return gate


def _trusted(name: str | None, proxies: Sequence[str]) -> TrustedHeader | None:
    if not name:
        return None
    if not can_be_trusted(name):
        raise TacrochatError(f"--trusted-header {name!r} cannot be such a header; give X-Remote-User")
    if not proxies:
        raise TacrochatError(
            "--trusted-header needs --trusted-proxy ADDRESS: from anywhere else the header is not believed"
        )
    return TrustedHeader(name, networks_of(proxies))


def networks_of(addresses: Sequence[str]) -> tuple[Network, ...]:
    """Read addresses and networks of proxies.

    Raises:
        TacrochatError: one is neither.

    """
    try:
        return tuple(network(address) for address in addresses)
    except ValueError as error:
        raise TacrochatError(
            f"--trusted-proxy: {error}; give an address or a network, such as 127.0.0.1 or 10.0.0.0/8"
        ) from error
