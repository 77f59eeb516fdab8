"""Check every request before Gradio sees it: host, origin, route, login, size and form.

A plain ASGI layer around the whole application, so that pages, files, uploads, the
queue and MCP pass it alike.
"""

import json
from collections.abc import Set
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from tacrochat.ui import routes
from tacrochat.ui.asgi import Application, Message, Receive, Scope, Send, path_of
from tacrochat.ui.bodies import BadRequest, Bodies, check_type, read_body
from tacrochat.ui.hosts import Hosts
from tacrochat.ui.origins import check_origin
from tacrochat.ui.page_html import send_page
from tacrochat.ui.person import SCOPE_KEY, Person, Right
from tacrochat.ui.upkeep import Streams
from tacrochat.ui.upload_form import UploadForm
from tacrochat.ui.uploads import UPLOADED_KEY, Upload, Uploads, UploadTooLarge
from tacrochat.ui.wording import language_of_header

_MAX_DRAINED = 1_000_000_000  # bytes of a refused upload that are read and thrown away
_HEADERS = (
    (b"content-security-policy", b"frame-ancestors 'none'"),  # no other page can lay itself over the buttons
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a guard checks."""

    hosts: Hosts
    bodies: Bodies
    uploads: Uploads
    streams: Streams

    def has_stream(self, route: str, scope: Scope) -> bool:
        """Tell whether there is the stream of events that a request names."""
        if route != routes.SESSION:
            return self.streams.has_call(path_of(scope).rpartition("/")[2])
        query = parse_qs(bytes(scope.get("query_string", b"")).decode("latin-1"), max_num_fields=20)
        # Without a session Gradio says what is missing.
        return all(map(self.streams.has_session, query.get("session_hash", ())[-1:]))


class Guard:
    """Answers a request itself if it is refused, and hands it on otherwise."""

    def __init__(self, application: Application, rules: Rules) -> None:
        """Guard an application by these rules."""
        self._application, self._rules = application, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})  # no route is a web socket
            return
        started = False

        async def send_safely(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": _safe_headers(message.get("headers", ()), scope["scheme"])}
            await send(message)

        try:
            await self._hand_on(self._check(scope), scope, receive, send_safely)
        except UploadTooLarge as error:
            await _refuse(send_safely, scope, 413, str(error), started=started)
        except BadRequest as error:
            await _refuse(send_safely, scope, error.status, str(error), started=started)

    async def _hand_on(self, route: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on in the way that its route needs."""
        if route == routes.UPLOAD:
            await self._upload(scope, receive, send)
        elif routes.is_upload(scope["method"], route):
            await self._add(scope, receive, send)
        elif route == routes.PAGE:
            language = language_of_header(_header(scope, b"accept-language"))
            role = "editor" if _person(scope).can_edit else "reader"
            await send_page(self._application, scope, receive, send, language=language, role=role)
        elif route in routes.STREAMS:
            await self._stream(route, scope, receive, send)
        else:
            if route != _canonical(route):
                # Gradio would redirect, by a scheme that need not be that of the proxy.
                path = f"{scope['path']}/"
                scope = {**scope, "path": path, "raw_path": path.encode()}
            if _has_body(scope):
                scope, receive = await self._checked_body(route, scope, receive)
            await self._application(scope, receive, send)

    def _check(self, scope: Scope) -> str:
        """Return the route of a request that may be answered; raises BadRequest."""
        method, path = scope["method"], path_of(scope)
        check_origin(scope, self._rules.hosts, is_page=path == routes.PAGE)
        route = routes.find(method, path)
        if route is None:
            raise BadRequest(404, "this is not served; open / for the page, or call /gradio_api/call/ask")
        if route == routes.FILE and ":/" in path.partition("=")[2][2:]:
            raise BadRequest(403, "files are not fetched from other addresses; open the address itself")
        if route not in routes.PUBLIC:
            _check_right(scope, routes.right_for(method, route))
        return route

    async def _stream(self, route: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a stream of events on if there is one: Gradio begins any, and then ends with an error."""
        if not self._rules.has_stream(route, scope):
            raise BadRequest(404, "there are no such events, or they have been read; call again")
        try:
            await self._application(scope, receive, send)
        except (RuntimeError, KeyError):
            if self._rules.has_stream(route, scope):
                raise
            # The session has ended by another stream of it, and Gradio has sent that as an event.
            await send({"type": "http.response.body", "body": b""})

    async def _checked_body(self, route: str, scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
        """Read and check a body; returns the request to hand on."""
        kind = _header(scope, b"content-type")
        if kind or route != routes.API_REFRESH:  # which needs no body
            check_type(kind)
        body = await read_body(receive)
        if self._rules.bodies.is_edit(_canonical(route), body):
            _check_right(scope, "edit")
        body = self._rules.bodies.check(_canonical(route), path_of(scope), body)
        messages = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def replay() -> Message:
            return next(messages, None) or await receive()

        length = (b"content-length", str(len(body)).encode())
        return _with_headers(scope, {b"content-length", b"transfer-encoding"}, length), replay

    async def _add(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Upload files as the page does, then have the API add them to the documents."""
        path = f"{str(scope.get('root_path', '')).rstrip('/')}{routes.UPLOAD}"
        upload = {**scope, "path": path, "raw_path": path.encode(), "query_string": b""}
        status, answer = 500, bytearray()

        async def note(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            answer.extend(message.get("body", b""))

        await self._upload(upload, receive, note)
        if status != 200:
            raise BadRequest(status, answer.decode("utf-8", "replace"))
        await self._application({**scope, UPLOADED_KEY: _paths(answer)}, receive, send)

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        text = _header(scope, b"content-length")
        length = int(text) if text.isdecimal() and len(text) < 20 else None
        user = _person(scope).name or (scope.get("client") or ("",))[0]
        is_read = is_gone = False

        async def noted() -> Message:
            nonlocal is_read, is_gone
            message = await receive()
            is_gone = message["type"] == "http.disconnect"
            is_read = is_gone or not message.get("more_body")
            return message

        try:
            form = UploadForm(_header(scope, b"content-type"))
            with self._rules.uploads.reserve(user, length) as upload:
                await self._checked_upload(scope, noted, send, upload, form)
        except (UploadTooLarge, BadRequest):
            # A browser shows an answer only after it has sent everything.
            while not is_read and length is not None and length <= _MAX_DRAINED:
                await noted()
            raise
        except Exception:
            if not is_gone:  # else nobody reads an answer
                raise

    async def _checked_upload(
        self, scope: Scope, receive: Receive, send: Send, upload: Upload, form: UploadForm
    ) -> None:
        """Hand an upload on within its limit, and note the paths of its files, which the answer lists."""
        left, answer, is_refused = upload.granted, bytearray(), False

        async def checked() -> Message:
            nonlocal left, is_refused
            message = await receive()
            body = message.get("body", b"")
            left -= len(body)
            is_refused = True
            if left < 0:
                raise UploadTooLarge("the upload is over the limit; upload the files in parts")
            if message["type"] == "http.request":
                form.read(body, is_last=not message.get("more_body"))
            is_refused = False
            return message

        async def send_unless_refused(message: Message) -> None:
            if not is_refused:  # else the application reports the error above as its own
                answer.extend(message.get("body", b""))
                await send(message)

        await self._application(_with_headers(scope, {b"accept-encoding"}), checked, send_unless_refused)
        upload.keep(_paths(answer))


def _person(scope: Scope) -> Person:
    """Return who sends a request; raises BadRequest for nobody."""
    person = scope.get(SCOPE_KEY)  # put there by the login, which stands in front of every guard
    if not isinstance(person, Person):
        raise BadRequest(401, "Not authenticated; log in at /login, or send a token")
    return person


def _check_right(scope: Scope, right: Right) -> None:
    """Check that who sends a request may do something; raises BadRequest."""
    if lack := _person(scope).lacks(right):
        raise BadRequest(403, lack)


def _canonical(route: str) -> str:
    return routes.MCP if route == routes.MCP.rstrip("/") else route


def _has_body(scope: Scope) -> bool:
    return bool(scope["method"] == "POST")


def _paths(answer: bytes | bytearray) -> list[str]:
    """Return the paths that the answer to an upload lists, none if it is another answer."""
    try:
        value = json.loads(answer)
    except ValueError:
        return []
    return [path for path in value if isinstance(path, str)] if isinstance(value, list) else []


def _header_values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


def _header(scope: Scope, name: bytes) -> str:
    return "; ".join(_header_values(scope, name))


def _with_headers(scope: Scope, without: Set[bytes], *added: tuple[bytes, bytes]) -> Scope:
    """Return a request without some of its headers, and with others."""
    kept = [header for header in scope["headers"] if header[0].lower() not in without]
    return {**scope, "headers": [*kept, *added]}


def _safe_headers(headers: Any, scheme: str) -> list[tuple[bytes, bytes]]:
    """Leave out CORS headers, mend cookies, add our own."""
    kept = [
        (name, _safe_cookie(value, scheme) if name.lower() == b"set-cookie" else value)
        for name, value in headers
        if not name.lower().startswith(b"access-control-")
    ]
    return [*kept, *_HEADERS]


def _safe_cookie(value: bytes, scheme: str) -> bytes:
    """Set HttpOnly and SameSite=Lax, and Secure if the page came over TLS."""
    parts = [part.strip() for part in value.split(b";")]
    mended = (b"httponly", b"secure", b"samesite")
    kept = [part for part in parts if part.lower().partition(b"=")[0] not in mended]
    secure = [b"Secure"] if scheme == "https" else []
    return b"; ".join([*kept, b"HttpOnly", b"SameSite=Lax", *secure])


async def _refuse(send: Send, scope: Scope, status: int, text: str, *, started: bool) -> None:
    """Answer with a status and one line; ``detail`` in JSON, where programs look for it."""
    if started:
        return  # half an answer has been sent; the server closes the connection
    if path_of(scope).startswith(("/gradio_api/", "/config", routes.API)):
        is_ours = path_of(scope).startswith(routes.API)  # Gradio's clients look for "error"
        detail = {"error": text} if status == 401 and not is_ours else text
        kind, body = b"application/json", json.dumps({"detail": detail}).encode()
    else:
        kind, body = b"text/plain; charset=utf-8", f"{text}\n".encode()
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    if status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="tacrochat"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})
