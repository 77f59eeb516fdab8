"""Whether a request names this server, and does not come from the page of another one."""

from tacrochat.ui.asgi import Scope
from tacrochat.ui.bodies import BadRequest
from tacrochat.ui.hosts import Hosts


def check_origin(scope: Scope, hosts: Hosts, *, is_page: bool) -> None:
    """Check ``Host``, ``Origin`` and ``Sec-Fetch-Site``; another page may link to a page (``is_page``).

    Raises:
        BadRequest: the request is not for this server, or of another web page.

    """
    named = _values(scope, b"host")
    host = named[0] if len(named) == 1 else ""
    local_address = (scope.get("server") or ("",))[0]
    if not hosts.admits(host, scope["scheme"], local_address):
        raise BadRequest(
            421,
            f"this server does not answer to the name {host[:100]!r};"
            " if it is yours, start it with: tacrochat serve --allow-host NAME",
        )
    if not _is_from_here(scope, hosts, host, is_page=is_page):
        raise BadRequest(
            403,
            "another web page may not call this server; open its own page,"
            " or start it with: tacrochat serve --allow-host NAME",
        )


def _is_from_here(scope: Scope, hosts: Hosts, host: str, *, is_page: bool) -> bool:
    """Tell whether a request comes from a page of this server, or from a program that is no browser."""
    origins = _values(scope, b"origin")
    if any(not hosts.admits_origin(origin, host, scope["scheme"]) for origin in origins):
        return False
    is_link = is_page and scope["method"] in {"GET", "HEAD"} and _mode(scope) == "navigate"
    site = "; ".join(_values(scope, b"sec-fetch-site"))
    return bool(origins) or is_link or site in {"", "none", "same-origin"}


def _mode(scope: Scope) -> str:
    return "; ".join(_values(scope, b"sec-fetch-mode"))


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]
