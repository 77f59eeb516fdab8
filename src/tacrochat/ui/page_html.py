"""The page as Gradio sends it, in the language of the reader; before the login without its API."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from tacrochat.ui.wording import Language

_API = re.compile(rb"window\.gradio_api_info = .*?;</script>", re.DOTALL)
_NO_API = b'window.gradio_api_info = {"named_endpoints": {}, "unnamed_endpoints": {}};</script>'
_HTML = re.compile(rb'(<html\s[^>]*?lang=")en(".*?<head>)', re.DOTALL)
_SCRIPT = (
    b'<script>Object.defineProperty(navigator, "language",'
    b" { value: document.documentElement.lang, configurable: true });</script>"
)
"""Gradio would choose by the browser's first language alone; the server chooses among all of them."""


async def send_page(
    application: Callable[..., Awaitable[None]],
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[Any]],
    send: Callable[[Any], Awaitable[None]],
    *,
    language: Language,
    with_api: bool,
) -> None:
    """Let an application answer a request for the page, and write the language into it.

    Without ``with_api`` the description of the API is taken out of it.
    """
    start: dict[str, Any] = {}
    parts: list[bytes] = []

    async def collect(message: Any) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        parts.append(message.get("body", b""))
        if message.get("more_body", False):
            return
        body = _HTML.sub(rb"\g<1>" + language.encode() + rb"\2" + _SCRIPT, b"".join(parts), count=1)
        if not with_api:
            body = _API.sub(lambda _: _NO_API, body)
        headers = [header for header in start["headers"] if header[0].lower() != b"content-length"]
        headers.append((b"vary", b"accept-language"))
        if scope["method"] != "HEAD":
            headers.append((b"content-length", str(len(body)).encode()))
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    uncompressed = [header for header in scope["headers"] if header[0].lower() != b"accept-encoding"]
    await application({**scope, "headers": uncompressed}, receive, collect)
