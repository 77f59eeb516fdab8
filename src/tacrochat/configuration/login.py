"""The login that ``tacrochat.yaml`` asks for, and what can be checked of it without its files."""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tacrochat.configuration import fields
from tacrochat.configuration.fields import fault
from tacrochat.readers.yaml_nodes import Node, YamlFault

_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_TAKEN = frozenset({"authorization", "cookie", "host", "origin", "content-length", "content-type"})


@dataclass(frozen=True, slots=True)
class Login:
    """Who may log in, and how: absolute paths of files, a header, and the proxies that are believed."""

    password_file: Path
    token_file: Path | None = None
    trusted_header: str | None = None
    trusted_proxies: tuple[str, ...] = ()


def can_be_trusted(header: str) -> bool:
    """Tell whether a header of this name can carry the name of a person."""
    return bool(_HEADER.fullmatch(header)) and header.lower() not in _TAKEN


def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Read an address or a network; raises ``ValueError``."""
    return ipaddress.ip_network(text, strict=False)


def header_name(name: str, node: Node) -> str:
    """Read the name of a header in which a proxy names the user."""
    text = fields.line_of_text(name, node)
    if not can_be_trusted(text):
        raise fault(name, node, "the name of a header, such as X-Remote-User")
    return text


def proxy(name: str, node: Node) -> str:
    """Read the address or the network of a proxy."""
    text = fields.line_of_text(name, node)
    try:
        network(text)
    except ValueError as error:
        raise fault(name, node, "an address or a network, such as 127.0.0.1 or 10.0.0.0/8") from error
    return text


def login_of(base: Path, values: Mapping[str, Any], nodes: Mapping[str, Node]) -> Login | None:
    """Return the login of a configuration in ``base``, None without one; the keys are those of ``Login``.

    Raises:
        YamlFault: a key needs another one.

    """
    needed = {"token_file": "password_file", "trusted_header": "password_file"}
    needed |= {"trusted_proxies": "trusted_header"}
    if values.get("trusted_header"):
        needed["trusted_header"] = "password_file" if "password_file" not in values else "trusted_proxies"
    for name, other in needed.items():
        if values.get(name) and not values.get(other):
            raise YamlFault(nodes[name].line, nodes[name].column, f"{name} needs {other} in login as well")
    if not values.get("password_file"):
        return None
    files = [name for name in ("password_file", "token_file") if name in values]
    paths = {name: Path(os.path.abspath(base / values[name])) for name in files}
    return Login(**{**values, **paths})
