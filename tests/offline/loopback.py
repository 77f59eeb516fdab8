"""Block every socket but loopback.

``conftest`` calls ``install`` for pytest itself, ``sitecustomize`` for its child
processes. Each attempt raises and is also written to the file named by
``TACROCHAT_BLOCKED``, so that code which swallows the error is found out too.
"""

import ipaddress
import os
import socket
import traceback

LOG = "TACROCHAT_BLOCKED"


class BlockedConnection(RuntimeError):
    """Something tried to reach another machine."""


def _is_address(host):
    try:
        return ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return None


def _text(host):
    return host.decode("ascii", "replace") if isinstance(host, bytes) else host


def _refuse(what):
    log = os.environ.get(LOG)
    if log:
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{what}\n{''.join(traceback.format_stack(limit=12))}\n")
    raise BlockedConnection(f"blocked in tests: {what}")


def _check(family, address):
    if family not in {socket.AF_INET, socket.AF_INET6}:
        return  # a Unix socket, a netlink socket: this machine
    host = _text(address[0])
    found = _is_address(host)
    if host != "localhost" and not (found and found.is_loopback):
        _refuse(f"connection to {host}:{address[1]}")


def _wrap(name, position):
    original = getattr(socket.socket, name)

    def guarded(self, *arguments):
        _check(self.family, arguments[position])
        return original(self, *arguments)

    guarded.__name__ = name
    guarded.original = original
    setattr(socket.socket, name, guarded)


def install():
    """Guard connect, connect_ex, sendto and getaddrinfo; safe to call again."""
    if hasattr(socket.socket.connect, "original"):
        return
    _wrap("connect", 0)
    _wrap("connect_ex", 0)
    _wrap("sendto", -1)
    original = socket.getaddrinfo

    def getaddrinfo(host, *arguments, **options):
        name = _text(host)
        if name not in {None, "", "localhost"} and not _is_address(name):
            _refuse(f"look-up of {name}")
        return original(host, *arguments, **options)

    socket.getaddrinfo = getaddrinfo
