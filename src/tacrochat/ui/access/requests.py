"""What the login reads of a request, and how it answers."""

import re
from collections.abc import Iterable
from urllib.parse import parse_qs

from tacrochat.ui.asgi import Receive, Scope, Send, send_answer

_MAX_FORM = 16_384  # bytes
_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\U0010ffff]*")


class BadForm(Exception):
    """A form that cannot be read; the text says why."""


def values_of(scope: Scope, name: bytes) -> list[str]:
    """Return the values of a header, in the order in which they were sent."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def header(scope: Scope, name: bytes) -> str:
    """Return a header, "" if it was not sent."""
    return ", ".join(values_of(scope, name))


def cookies(scope: Scope, name: str) -> list[str]:
    """Return the values of the cookies with a name: there may be one for each path."""
    parts = [part.strip() for value in values_of(scope, b"cookie") for part in value.split(";")]
    return [part[len(name) + 1 :] for part in parts if part.startswith(f"{name}=")]


def wants_html(scope: Scope) -> bool:
    """Tell whether a browser shows the answer; programs do not ask for HTML."""
    return "text/html" in header(scope, b"accept")


def local_path(text: str, root: str) -> str:
    """Return a path of this server below its root path; the page itself for anything else.

    A login leads to no other server: a path with two slashes, or with a backslash, would.
    """
    home = f"{root}/"
    is_below = text.startswith(home) and ".." not in text
    return text if is_below and len(text) <= 4096 and _LOCAL.fullmatch(text) else home


async def read_form(scope: Scope, receive: Receive) -> dict[str, str]:
    """Read a form whose fields have one value each.

    Raises:
        BadForm: it is too long, or no form.

    """
    kind = header(scope, b"content-type").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise BadForm("the body is not of the type application/x-www-form-urlencoded")
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] != "http.disconnect" and bool(message.get("more_body"))
        if len(body) > _MAX_FORM:
            raise BadForm(f"a form has at most {_MAX_FORM:,} bytes")
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20)
    except ValueError as error:
        raise BadForm("the body is not a form") from error
    if any(len(values) > 1 for values in fields.values()):
        raise BadForm("a field was sent more than once")
    return {name: values[0] for name, values in fields.items()}


async def answer(
    scope: Scope,
    send: Send,
    status: int,
    body: str,
    headers: Iterable[tuple[bytes, bytes]] = ((b"content-type", b"text/plain; charset=utf-8"),),
) -> None:
    """Send a text, as ``send_answer``."""
    await send_answer(scope, send, status, body.encode("utf-8", "replace"), headers)


async def redirect(scope: Scope, send: Send, path: str, *cookie: tuple[bytes, bytes]) -> None:
    """Send a browser to another path of this server, with GET."""
    headers = ((b"location", path.encode("latin-1")), (b"cache-control", b"no-store"), *cookie)
    await answer(scope, send, 303, "", headers)
