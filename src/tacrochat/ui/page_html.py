"""The page as Gradio sends it, in the language of the reader."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from tacrochat.ui.wording import Language

_HTML = re.compile(rb'<html(\s[^>]*?lang=")en(".*?<head>)', re.DOTALL)
_SCRIPT = (
    b'<script>Object.defineProperty(navigator, "language",'
    b" { value: document.documentElement.lang, configurable: true });</script>"
)
"""Gradio would choose by the browser's first language alone; the server chooses among all of them."""

_TITLE = b"<title>tacrochat</title>"  # Gradio sets it late
_ICON = b'<link rel="icon" href="./favicon.ico">'
_MANIFEST = re.compile(rb'<link rel="manifest"[^>]*>')
"""Switched off, and at the root of the host, as an icon without a link is: there may be another server."""


async def send_page(
    application: Callable[..., Awaitable[None]],
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[Any]],
    send: Callable[[Any], Awaitable[None]],
    *,
    language: Language,
    role: str,
) -> None:
    """Let an application answer a request for the page, and write language and role into it.

    The style sheet hides from a reader what only an editor may do; the guard refuses it.
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
        start_tag = rb'<html data-role="' + role.encode() + rb'"\g<1>' + language.encode() + rb"\2"
        body = _HTML.sub(start_tag + _SCRIPT + _TITLE + _ICON, b"".join(parts), count=1)
        body = _MANIFEST.sub(b"", body, count=1)
        headers = [header for header in start["headers"] if header[0].lower() != b"content-length"]
        headers.append((b"vary", b"accept-language"))
        if scope["method"] != "HEAD":
            headers.append((b"content-length", str(len(body)).encode()))
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    uncompressed = [header for header in scope["headers"] if header[0].lower() != b"accept-encoding"]
    await application({**scope, "headers": uncompressed}, receive, collect)
