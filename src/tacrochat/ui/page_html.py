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

_TITLE = b"<title>tacrochat</title>"  # Gradio sets it late, and before the login not at all
_LOGIN_STYLE = (
    b"<style>"
    b":root .gradio-container { --button-primary-background-fill: #0f6268;"
    b" --button-primary-background-fill-hover: #0b4d52; --button-primary-text-color: #fff; }"
    b" body > main { width: 100%; }"
    b" body > main > h1 { font: 680 1.2rem system-ui, sans-serif; text-align: center; margin: 2rem 0 0; }"
    b" body.dark > main > h1 { color: #e7ecf1; }</style>"
)
"""Gradio's form of the login has too little contrast, no main part and no heading; our style is not in it."""
_APP = re.compile(rb"(<gradio-app.*?</gradio-app>)", re.DOTALL)
_LOGIN_MAIN = rb"<main><h1>tacrochat</h1>\1</main>"


async def send_page(
    application: Callable[..., Awaitable[None]],
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[Any]],
    send: Callable[[Any], Awaitable[None]],
    *,
    language: Language,
    is_logged_in: bool,
) -> None:
    """Let an application answer a request for the page, and write the language into it.

    Before the login the description of the API is taken out of it.
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
        head = _SCRIPT + _TITLE + (b"" if is_logged_in else _LOGIN_STYLE)
        body = _HTML.sub(rb"\g<1>" + language.encode() + rb"\2" + head, b"".join(parts), count=1)
        if not is_logged_in:
            body = _APP.sub(_LOGIN_MAIN, _API.sub(lambda _: _NO_API, body), count=1)
        headers = [header for header in start["headers"] if header[0].lower() != b"content-length"]
        headers.append((b"vary", b"accept-language"))
        if scope["method"] != "HEAD":
            headers.append((b"content-length", str(len(body)).encode()))
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    uncompressed = [header for header in scope["headers"] if header[0].lower() != b"accept-encoding"]
    await application({**scope, "headers": uncompressed}, receive, collect)
