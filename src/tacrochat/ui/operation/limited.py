"""The layer behind the login: it limits what one sender may ask for, and answers /metrics."""

import asyncio
import json
import math
import time
from collections.abc import Callable, Mapping

from tacrochat.ui import routes
from tacrochat.ui.asgi import Application, Message, Receive, Scope, Send, path_of
from tacrochat.ui.hosts import Hosts, is_loopback
from tacrochat.ui.operation.metrics import CONTENT_TYPE
from tacrochat.ui.operation.observed import answer
from tacrochat.ui.operation.operation import OBSERVATION_KEY, Operation
from tacrochat.ui.operation.rates import Rates, sender_of
from tacrochat.ui.person import SCOPE_KEY, Person

METRICS = "/metrics"

PER_MINUTE, BURST = 240.0, 240.0
"""What one sender may ask for in a minute, and at once: a question costs 1."""

COSTS: Mapping[str, float] = {
    routes.CALL: 1.0,
    routes.CALL_BY_NAME: 1.0,
    routes.JOIN: 0.5,  # a question at the page, and the little events around it
    routes.MCP: 1.0,
    routes.MCP.rstrip("/"): 1.0,
    routes.UPLOAD: 1.0,
    routes.API_ASK: 1.0,
    routes.API_SEARCH: 1.0,
    routes.API_REFRESH: 1.0,
    routes.API_DOCUMENTS: 0.2,
    routes.API_DOCUMENT: 1.0,
    routes.SOURCE_PAGE: 0.2,  # a page of a PDF that is drawn
    routes.COMPONENT_SERVER: 0.02,  # the page asks whether anything is new, every few seconds
    f"{routes.COMPONENT_SERVER}/": 0.02,
}

_EVERYONE = Person("", "editor")  # where no layer in front looks for a login
_FREE_SECONDS = 20.0  # that a body may take, however small it is
_SLOWEST = 4_096.0  # bytes a second of a body, on the whole
_MAX_BODIES = 64_000_000  # bytes of bodies that are held in memory, of all requests at a time
_FORWARDED = frozenset({b"x-forwarded-for", b"forwarded", b"x-real-ip", b"via"})


class Limited:
    """Refuses requests that come too often, bodies that come too slowly, and too many bodies at a time."""

    def __init__(
        self,
        application: Application,
        operation: Operation,
        route_of: Callable[[str, str], str | None],
        *,
        hosts: Hosts,
        rates: Rates,
    ) -> None:
        """Stand in front of an application; ``route_of`` finds the template of a method and a path."""
        self._application, self._operation, self._route_of = application, operation, route_of
        self._hosts, self._rates = hosts, rates
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        person = scope.get(SCOPE_KEY, _EVERYONE)
        if OBSERVATION_KEY in scope and person is not None:
            scope[OBSERVATION_KEY].person = person.name
        if path_of(scope) == METRICS:
            await self._answer_metrics(scope, send, person)
            return
        route = self._route_of(scope["method"], path_of(scope)) or ""
        is_upload = routes.is_upload(scope["method"], route)
        seconds = self._refused_for(scope, person, COSTS.get(routes.UPLOAD if is_upload else route, 0.0))
        if seconds:
            self._operation.metrics.refuse("rate")
            text = f"too many requests; ask again in {math.ceil(seconds)} seconds"
            await refuse(scope, send, 429, text, retry_after=seconds)
        elif scope["method"] == "POST":
            await self._with_body(scope, receive, send, is_held=not is_upload)
        else:
            await self._application(scope, receive, send)

    def _refused_for(self, scope: Scope, person: Person | None, cost: float) -> float:
        sender = sender_of(scope)
        # Without a login, whoever uses this machine itself is not limited: nobody else waits for them.
        is_own = not (person and person.name) and is_loopback(sender)
        return 0.0 if is_own else self._rates.refused_for(sender, cost)

    async def _answer_metrics(self, scope: Scope, send: Send, person: Person | None) -> None:
        """Send the metrics, which name libraries, to those who may; without a login to this machine only."""
        is_known = person is not None and person.name != "" and person.can_read_metrics
        is_local = person is not None and person.name == "" and self._is_from_this_machine(scope)
        if not (is_known or is_local):
            text = (
                "this is for an admin or a token with the scope metrics; without a login, for programs here"
            )
            await refuse(scope, send, 401 if person is None else 403, text)
        elif scope["method"] not in {"GET", "HEAD"}:
            await refuse(scope, send, 405, "this takes GET")
        else:
            await answer(scope, send, 200, CONTENT_TYPE, self._operation.metrics.text())

    def _is_from_this_machine(self, scope: Scope) -> bool:
        """Tell whether a program on this machine asks: no proxy, and no page with a name that was rebound."""
        names = [name.lower() for name, _ in scope["headers"]]
        host = next((value for name, value in scope["headers"] if name.lower() == b"host"), b"").decode(
            "latin-1"
        )
        local, remote = (str((scope.get(end) or ("",))[0]) for end in ("server", "client"))
        return (
            is_loopback(remote)
            and names.count(b"host") == 1
            and not _FORWARDED.intersection(names)
            and self._hosts.admits(host, scope["scheme"], local)
        )

    async def _with_body(self, scope: Scope, receive: Receive, send: Send, *, is_held: bool) -> None:
        """Hand on a request; if its body breaks a limit, it is refused instead."""
        body = _Body(receive, (lambda count: self._held + count <= _MAX_BODIES) if is_held else None)
        started = False

        async def send_unless_broken(message: Message) -> None:
            nonlocal started
            if not body.broken:
                started = True
                await send(message)

        async def counted() -> Message:
            before = body.size
            message = await body.receive()
            if is_held:
                self._held += body.size - before
            return message

        try:
            await self._application(scope, counted, send_unless_broken)
        except Exception:
            if not body.broken:
                raise
        finally:
            if is_held:
                self._held -= body.size
        if body.broken and not started:
            self._operation.metrics.refuse(body.broken)
            status, text = (
                (408, "the body came too slowly; send it again")
                if body.broken == "slow"
                else (503, "the server is busy; send it again in 5 seconds")
            )
            await refuse(scope, send, status, text, retry_after=5)


class _Body:
    """The body of a request as it comes in; ``broken`` is ``slow`` or ``memory`` once it is over a limit.

    The application is then told that the sender has gone.
    """

    def __init__(self, receive: Receive, has_room: Callable[[int], bool] | None) -> None:
        self._receive, self._has_room = receive, has_room
        self._began = time.monotonic()
        self._is_complete = False
        self.size = 0
        self.broken = ""

    async def receive(self) -> Message:
        """Return the next message."""
        if self._is_complete:
            return await self._receive()  # the end of the connection, whenever that is
        left = self._began + _FREE_SECONDS + self.size / _SLOWEST - time.monotonic()
        try:
            async with asyncio.timeout(max(left, 0)):
                message = await self._receive()
        except TimeoutError:
            return self._break("slow")
        if message["type"] != "http.request":
            self._is_complete = True
            return message
        count = len(message.get("body", b""))
        if self._has_room and not self._has_room(count):
            return self._break("memory")
        self.size += count
        self._is_complete = not message.get("more_body", False)
        return message

    def _break(self, reason: str) -> Message:
        self.broken, self._is_complete = reason, True
        return {"type": "http.disconnect"}


async def refuse(
    scope: Scope, send: Send, status: int, text: str, *, retry_after: float | None = None
) -> None:
    """Refuse a request with one line: ``detail`` in JSON, where programs look for it."""
    headers = [(b"connection", b"close")]
    if retry_after is not None:
        headers.append((b"retry-after", str(math.ceil(retry_after)).encode()))
    await answer(scope, send, status, "application/json", json.dumps({"detail": text}).encode(), *headers)
