"""The page before the login: Gradio writes the parameters of the API into it, and they are taken out."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

_API = re.compile(rb"window\.gradio_api_info = .*?;</script>", re.DOTALL)
_NO_API = b'window.gradio_api_info = {"named_endpoints": {}, "unnamed_endpoints": {}};</script>'


async def send_without_api(
    application: Callable[..., Awaitable[None]],
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[Any]],
    send: Callable[[Any], Awaitable[None]],
) -> None:
    """Let an application answer a request for the page, and take the description of the API out of it."""
    start: dict[str, Any] = {}
    parts: list[bytes] = []

    async def collect(message: Any) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        parts.append(message.get("body", b""))
        if message.get("more_body", False):
            return
        body = _API.sub(lambda _: _NO_API, b"".join(parts))
        headers = [header for header in start["headers"] if header[0].lower() != b"content-length"]
        if scope["method"] != "HEAD":
            headers.append((b"content-length", str(len(body)).encode()))
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    uncompressed = [header for header in scope["headers"] if header[0].lower() != b"accept-encoding"]
    await application({**scope, "headers": uncompressed}, receive, collect)
