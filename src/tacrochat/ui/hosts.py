"""Which names a server answers to, and from which pages a browser may call it.

Any web page can send requests to a server on this machine, under a name of its
own (``x.localhost``, or a name that it lets point to 127.0.0.1: DNS rebinding). A
browser always sends that name in ``Host`` and the page's own address in ``Origin``,
and a page cannot change either.
"""

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from tacrochat.errors import TacrochatError

Authority = tuple[str, int]
"""A host's name or address in lower case, and a port."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Hosts:
    """The names of one server: loopback names, ``--host`` and those of ``--allow-host``."""

    def __init__(self, host: str, port: int, allowed: Sequence[str] = ()) -> None:
        """Answer to ``host`` at ``port`` and to ``allowed``, each ``NAME`` or ``NAME:PORT``.

        A name without a port is allowed with the ports 80, 443 and the one served.

        Raises:
            TacrochatError: one of ``allowed`` has another form.

        """
        self._answers_any_address = is_wildcard(host)
        self._allowed = {authority for text in allowed for authority in _allowed(text, port)}
        self._own = {(name, port) for name in (*_LOOPBACK, _normal(host))} | self._allowed

    def admits(self, host: str, scheme: str, local_address: str) -> bool:
        """Tell whether a ``Host`` header names this server.

        ``local_address`` is the address that the request arrived at. A server that
        listens on all addresses answers to each as a number: what is no name cannot
        be rebound. In a container it is another than the one that was asked.
        """
        authority = _parse(host, scheme)
        if authority is None:
            return False
        if self._answers_any_address and authority[0] == _normal(local_address):
            return True
        return authority in self._own or (self._answers_any_address and is_wildcard(authority[0]))

    def admits_origin(self, origin: str, host: str, scheme: str) -> bool:
        """Tell whether an ``Origin`` header names a page of this server: the same as ``Host``, or allowed."""
        origin_scheme, _, rest = origin.partition("://")
        authority = _parse(rest, origin_scheme) if origin_scheme in _DEFAULT_PORTS else None
        return authority is not None and (authority == _parse(host, scheme) or authority in self._allowed)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_name_or_address(host: str) -> bool:
    """Tell whether a host is written as a name or an address is; it need not exist."""
    return _is_address(host) or re.fullmatch(r"[\w-]+(\.[\w-]+)*\.?", host) is not None


def is_wildcard(host: str) -> bool:
    """Tell whether a host stands for all addresses of this machine."""
    return _is_address(host) and ipaddress.ip_address(host).is_unspecified


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _normal(host: str) -> str:
    """Write a name in lower case without a last dot, and an address in its shortest form."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.lower().removesuffix(".")
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _parse(text: str, scheme: str) -> Authority | None:
    """Read ``NAME`` or ``NAME:PORT``; None if it is neither."""
    if not text or text != text.strip() or set(text) & set("/\\?#@ \t,"):
        return None
    try:
        parts = urlsplit(f"//{text}")
        port = parts.port
    except ValueError:
        return None
    if not parts.hostname:
        return None
    return _normal(parts.hostname), _DEFAULT_PORTS.get(scheme, 80) if port is None else port


def _allowed(text: str, served_port: int) -> set[Authority]:
    bare = f"[{text}]" if ":" in text and _is_address(text) else text  # an IPv6 address without brackets
    authority = _parse(bare, "http")
    if authority is None or "*" in text:
        raise TacrochatError(
            f"--allow-host {text!r} is not NAME or NAME:PORT; give for example chat.example.org"
        )
    name, port = authority
    has_port = bare.rpartition("]")[2].count(":") == 1
    return {(name, port)} if has_port else {(name, port) for port in (80, 443, served_port)}


def network_of(address: str) -> str:
    """Return what one sender can hardly leave: an IPv4 address, or the first half of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
