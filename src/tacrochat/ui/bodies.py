"""Check the JSON bodies of requests before Gradio reads them."""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tacrochat.errors import QuestionError
from tacrochat.ui import routes
from tacrochat.ui.arguments import Arguments, Field, check_all
from tacrochat.ui.asgi import Receive

MAX_BODY = 8_000_000
"""Bytes of a JSON body."""

_MAX_DEPTH = 64  # lists and objects inside each other
_MAX_SESSION = 128  # characters
_API = {routes.API_ASK: "ask", routes.API_SEARCH: "search"}


class BadRequest(Exception):
    """A request is refused: an HTTP status, and a text that says what is wrong."""

    def __init__(self, status: int, text: str) -> None:
        """Refuse with this status."""
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Event:
    """An event function of the page.

    ``name`` is that in the API, "" for an event of the page itself; for such an
    event there is a field for each value of ``data``, and for each of ``event_data``.
    ``is_edit`` says that it changes the documents, or what is being built.
    """

    name: str
    fields: tuple[Field, ...] = ()
    data_fields: tuple[Field, ...] = ()
    is_edit: bool = False


class Bodies:
    """Checks bodies against the event functions of one page."""

    def __init__(
        self,
        arguments: Arguments,
        events: Mapping[int, Event],
        servers: Mapping[int, frozenset[str]],
        is_uploaded: Callable[[str], bool],
    ) -> None:
        """Know the page: its event functions by id, and the components that have functions.

        ``is_uploaded`` tells whether a path is that of an uploaded file: no other may be named.
        """
        self._arguments = arguments
        self._events, self._servers = events, servers
        self._is_uploaded = is_uploaded

    def check(self, route: str, path: str, body: bytes) -> bytes:
        """Check the body of a request to a route; returns it with the values that it leaves out.

        Raises:
            BadRequest: it is not JSON, or not what the route takes.

        """
        try:
            return self._check(route, path, body)
        except BadRequest as error:
            # To Gradio's clients 422 for the queue means a list of its own form.
            status = 400 if route == routes.JOIN and error.status == 422 else error.status
            raise BadRequest(status, str(error)) from error

    def is_edit(self, route: str, body: bytes) -> bool:
        """Tell whether the body of a request asks for an event that changes the documents."""
        value = _parsed(body) if route == routes.JOIN else None
        number = value.get("fn_index") if isinstance(value, dict) else None
        event = self._events.get(number) if type(number) is int else None
        return event is not None and event.is_edit

    def _check(self, route: str, path: str, body: bytes) -> bytes:
        if route in _API:
            checked_values(self._arguments, _API[route], body)
            return body
        if route == routes.API_REFRESH:
            if body and _parsed(body) != {}:
                raise BadRequest(422, "refresh takes no values; send no body, or {}")
            return body
        value = _parsed(body)
        for item in _items(value):
            _check_item(item, self._is_uploaded)
        if route == routes.MCP:
            return body
        if not isinstance(value, dict):
            raise BadRequest(422, "the body is not a JSON object")
        session = value.get("session_hash")
        if session is not None and (not isinstance(session, str) or not 0 < len(session) <= _MAX_SESSION):
            raise BadRequest(422, f"session_hash is not a text of up to {_MAX_SESSION} characters")
        try:
            if route in {routes.CALL, routes.CALL_BY_NAME}:
                complete = self._check_call(route, path.rstrip("/").rpartition("/")[2], value)
            elif route == routes.JOIN:
                complete = self._check_join(value)
            else:
                self._check_component(value)
                complete = value
        except QuestionError as error:
            raise BadRequest(422, str(error)) from error
        return body if complete == value else json.dumps(complete).encode()

    def _check_call(self, route: str, name: str, value: dict[str, Any]) -> dict[str, Any]:
        if name not in self._arguments.fields:
            known = ", ".join(self._arguments.fields)
            raise BadRequest(404, f"no endpoint {name[:80]!r}; the endpoints are: {known}")
        if route == routes.CALL_BY_NAME:
            self._arguments.check(name, value)
            return value
        unknown = sorted(set(value) - {"data", "session_hash"})
        if unknown:
            raise BadRequest(422, f"the body has an unknown field {unknown[0][:80]!r}; give data")
        data = _data(value)
        self._arguments.check_list(name, data)
        return {**value, "data": self._arguments.complete(name, data)}

    def _check_join(self, value: dict[str, Any]) -> dict[str, Any]:
        number = value.get("fn_index")
        if not isinstance(number, int) or isinstance(number, bool):
            raise BadRequest(422, "fn_index is not the number of a function; see dependencies in /config")
        if number not in self._events:
            raise BadRequest(404, "no function has this fn_index; load the page again")
        if "session_hash" not in value or value["session_hash"] is None:
            raise BadRequest(422, "session_hash is missing")
        for name, kind in (
            ("event_id", str),
            ("trigger_id", int),
            ("simple_format", bool),
            ("batched", bool),
        ):
            if value.get(name) is not None and type(value[name]) is not kind:
                raise BadRequest(422, f"{name} has the wrong type")
        data, event = _data(value), self._events[number]
        if event.name:  # the function itself checks the values: the clients show its error
            return {**value, "data": self._arguments.complete(event.name, data)}
        if len(data) != len(event.fields):
            raise BadRequest(
                422, f"data has {len(data)} values instead of {len(event.fields)}; load the page again"
            )
        check_all(zip(event.fields, data, strict=True))
        _check_event_data(event.data_fields, value.get("event_data"))
        return value

    def _check_component(self, value: dict[str, Any]) -> None:
        component, name = value.get("component_id"), value.get("fn_name")
        if not value.get("session_hash"):
            raise BadRequest(422, "session_hash is missing")
        if type(component) is not int or name not in self._servers.get(component, ()):
            raise BadRequest(404, "no component has this function; load the page again")
        if "data" not in value:
            raise BadRequest(422, "data is missing")


async def read_body(receive: Receive) -> bytes:
    """Read a whole body; raises BadRequest if it is too long or ends early."""
    parts, left, more = [], MAX_BODY, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest(400, "the body ended too early")
        parts.append(message.get("body", b""))
        left -= len(parts[-1])
        if left < 0:
            raise BadRequest(413, f"the body has more than {MAX_BODY:,} bytes; send less")
        more = message.get("more_body", False)
    return b"".join(parts)


def check_type(content_type: str) -> None:
    """Check that a body is said to be JSON; raises BadRequest."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise BadRequest(415, "the body is not of the type application/json")


def checked_values(arguments: Arguments, endpoint: str, body: bytes) -> dict[str, Any]:
    """Return the values of an endpoint by name, which a body has as a JSON object.

    Raises:
        BadRequest: it is not JSON, or not what the endpoint takes.

    """
    values = _parsed(body)
    for item in _items(values):
        _check_item(item, lambda path: False)
    if not isinstance(values, dict):
        raise BadRequest(422, "the body is not a JSON object")
    try:
        arguments.check(endpoint, values)
    except QuestionError as error:
        raise BadRequest(422, str(error)) from error
    return values


def _check_event_data(fields: Sequence[Field], value: Any) -> None:
    """Check that an event comes with its fields: Gradio reads them, whether they are there or not."""
    names = value.keys() if isinstance(value, dict) else set()
    missing = [field.name for field in fields if field.name not in names]
    if missing:
        raise BadRequest(422, f"event_data has no {missing[0]}; load the page again")
    check_all((field, value[field.name]) for field in fields)


def _data(value: dict[str, Any]) -> list[Any]:
    data = value.get("data")
    if not isinstance(data, list):
        raise BadRequest(422, "data is not a list of values")
    return data


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest(400, "the body is not JSON, or is nested too deeply") from error


def _items(value: Any) -> Iterator[Any]:
    """Yield a value and all that is in it; raises BadRequest where it is nested too deeply."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        yield from level
        level = [
            child
            for item in level
            if isinstance(item, list | dict)
            for child in (item if isinstance(item, list) else [*item, *item.values()])
        ]
        if not level:
            return
    raise BadRequest(400, f"the body has lists or objects inside each other to more than {_MAX_DEPTH} levels")


def _check_item(item: Any, is_uploaded: Callable[[str], bool]) -> None:
    """Refuse what is not JSON by the standard, and files that Gradio would fetch or copy."""
    if isinstance(item, float) and not math.isfinite(item):
        raise BadRequest(
            422, "a number is not finite (NaN, Infinity); threshold, for example, is from 0 to 1"
        )
    if isinstance(item, int) and item.bit_length() > 63:
        raise BadRequest(422, "a number has more than 63 bits")
    if isinstance(item, str) and not item.isascii() and any("\ud800" <= c <= "\udfff" for c in item):
        raise BadRequest(422, "a text has half of a surrogate pair")
    if isinstance(item, dict) and {"meta", "path"} <= item.keys() and not is_uploaded(str(item["path"])):
        raise BadRequest(422, "a file is named that is not among those uploaded; choose the files again")
