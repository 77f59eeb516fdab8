"""The outermost layer: it times and counts every request, and answers /healthz."""

import json
import re
import secrets
import time
from collections.abc import Callable

from tacrochat.ui.asgi import Application, Message, Receive, Scope, Send, path_of, send_answer
from tacrochat.ui.operation.operation import OBSERVATION_KEY, Observation, Operation

HEALTH = "/healthz"

_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS"})
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FAILED = 500  # of a request whose handler ended without an answer


class Observed:
    """Times and counts requests by the template of their route, never by their path.

    Every answer carries ``X-Request-ID``: that of the request if a proxy in front has given it one.
    """

    def __init__(
        self, application: Application, operation: Operation, route_of: Callable[[str, str], str | None]
    ) -> None:
        """Stand in front of an application; ``route_of`` finds the template of a method and a path."""
        self._application, self._operation, self._route_of = application, operation, route_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        observation = Observation(_id_of(scope))
        began, status, size = time.perf_counter(), _FAILED, 0

        async def counted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                identity = (b"x-request-id", observation.id.encode())
                message = {**message, "headers": [*message.get("headers", ()), identity]}
            size += len(message.get("body", b""))
            await send(message)

        try:
            if path_of(scope) == HEALTH:
                await self._answer_health(scope, counted)
            else:
                await self._application(_with_id(scope, observation), receive, counted)
        finally:
            self._note(scope, observation, status, size, time.perf_counter() - began)

    async def _answer_health(self, scope: Scope, send: Send) -> None:
        """Say whether questions are answered; nothing more, because everyone may ask."""
        if scope["method"] not in {"GET", "HEAD"}:
            await answer(scope, send, 405, "text/plain", b"this takes GET\n")
            return
        health = self._operation.health()
        body = json.dumps({"status": health}).encode()
        await answer(scope, send, 200 if health == "ok" else 503, "application/json", body)

    def _note(self, scope: Scope, observation: Observation, status: int, size: int, seconds: float) -> None:
        path, method = path_of(scope), scope["method"] if scope["method"] in _METHODS else "other"
        route = HEALTH if path == HEALTH else self._route_of(method, path) or "other"
        self._operation.metrics.request(route, method, status, seconds)
        log = self._operation.log
        if log.is_on:
            address = {"address": (scope.get("client") or ("",))[0]} if log.with_addresses else {}
            log.write(
                "request",
                id=observation.id,
                person=observation.person,
                method=method,
                route=route,
                status=status,
                milliseconds=round(1000 * seconds, 1),
                bytes=size,
                **address,
            )


def _id_of(scope: Scope) -> str:
    given = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"x-request-id"]
    return given[0] if len(given) == 1 and _ID.fullmatch(given[0]) else secrets.token_hex(8)


def _with_id(scope: Scope, observation: Observation) -> Scope:
    """Return the request with its id as its header, so that what it starts can be told by it."""
    headers = [header for header in scope["headers"] if header[0].lower() != b"x-request-id"]
    headers.append((b"x-request-id", observation.id.encode()))
    return {**scope, "headers": headers, OBSERVATION_KEY: observation}


async def answer(
    scope: Scope, send: Send, status: int, kind: str, body: bytes, *headers: tuple[bytes, bytes]
) -> None:
    """Send an answer of a type that nobody stores, as ``send_answer``."""
    own = [(b"content-type", kind.encode()), (b"cache-control", b"no-store")]
    await send_answer(scope, send, status, body, [*own, *headers])
