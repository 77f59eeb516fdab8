"""The outermost layer: the path below which a proxy serves us, whether it strips that path or not."""

import re

from tacrochat.errors import TacrochatError
from tacrochat.ui.asgi import Application, Receive, Scope, Send

_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_FORWARDED = frozenset({b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-prefix", b"x-gradio-server"})
"""Headers by which Gradio would choose the address of the page, whoever sends them.

uvicorn has read the scheme from them already if a trusted proxy sent them. The host is
that of ``Host``, which the guard checks.
"""


def root_path(text: str) -> str:
    """Return a root path without a last slash, "" for none.

    Raises:
        TacrochatError: it is no path of plain letters.

    """
    path = text.rstrip("/")
    if path and not (_PATH.fullmatch(path) and not {"..", "."} & set(path.split("/"))):
        raise TacrochatError(f"--root-path {text!r} is no path; give for example /docs")
    return path


class RootPath:
    """Gives each request the root path, and leaves out what anybody could claim about the proxy."""

    def __init__(self, application: Application, path: str) -> None:
        """Stand in front of an application that is served below a path, see ``root_path``."""
        self._application, self._root = application, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        path, root = scope["path"], self._root
        if root and path == root:  # links of the page are relative to "root/"
            query = b"?" + scope["query_string"] if scope.get("query_string") else b""
            headers = [(b"location", f"{root}/".encode() + query), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 308, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        headers = [header for header in scope["headers"] if header[0].lower() not in _FORWARDED]
        scope = {**scope, "headers": headers, "root_path": root}
        if root and not path.startswith(f"{root}/"):  # the proxy has stripped it
            scope["path"] = root + path
            scope["raw_path"] = root.encode() + (scope.get("raw_path") or path.encode())
        await self._application(scope, receive, send)
