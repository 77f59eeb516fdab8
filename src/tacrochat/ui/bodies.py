"""Check the JSON bodies of requests before Gradio reads them."""

import json
import math
from collections.abc import Mapping
from typing import Any

from tacrochat.errors import QuestionError
from tacrochat.ui import routes
from tacrochat.ui.arguments import Arguments

MAX_BODY = 8_000_000
"""Bytes of a JSON body."""

_MAX_DEPTH = 64  # lists and objects inside each other
_MAX_SESSION = 128  # characters


class BadRequest(Exception):
    """A request is refused: an HTTP status, and a text that says what is wrong."""

    def __init__(self, status: int, text: str) -> None:
        """Refuse with this status."""
        super().__init__(text)
        self.status = status


class Bodies:
    """Checks bodies against the functions of one page."""

    def __init__(
        self, arguments: Arguments, functions: Mapping[int, str], servers: Mapping[int, frozenset[str]]
    ) -> None:
        """Know the page: its event functions by id (name or ""), and the components that have functions."""
        self._arguments = arguments
        self._functions, self._servers = functions, servers

    def check(self, route: str, path: str, body: bytes) -> None:
        """Check the body of a request to a route.

        Raises:
            BadRequest: it is not JSON, or not what the route takes.

        """
        try:
            self._check(route, path, body)
        except BadRequest as error:
            # To Gradio's clients 422 for the queue means a list of its own form.
            status = 400 if route == routes.JOIN and error.status == 422 else error.status
            raise BadRequest(status, str(error)) from error

    def _check(self, route: str, path: str, body: bytes) -> None:
        value = _parsed(body)
        _check_values(value)
        if route == routes.MCP:
            return
        if not isinstance(value, dict):
            raise BadRequest(422, "the body is not a JSON object")
        session = value.get("session_hash")
        if session is not None and (not isinstance(session, str) or not 0 < len(session) <= _MAX_SESSION):
            raise BadRequest(422, f"session_hash is not a text of up to {_MAX_SESSION} characters")
        try:
            if route in {routes.CALL, routes.CALL_BY_NAME}:
                self._check_call(route, path.rstrip("/").rpartition("/")[2], value)
            elif route == routes.JOIN:
                self._check_join(value)
            else:
                self._check_component(value)
        except QuestionError as error:
            raise BadRequest(422, str(error)) from error

    def _check_call(self, route: str, name: str, value: dict[str, Any]) -> None:
        if name not in self._arguments.fields:
            known = ", ".join(self._arguments.fields)
            raise BadRequest(404, f"no endpoint {name[:80]!r}; the endpoints are: {known}")
        if route == routes.CALL_BY_NAME:
            self._arguments.check(name, value)
            return
        unknown = sorted(set(value) - {"data", "session_hash"})
        if unknown:
            raise BadRequest(422, f"the body has an unknown field {unknown[0][:80]!r}; give data")
        self._arguments.check_list(name, _data(value))

    def _check_join(self, value: dict[str, Any]) -> None:
        number = value.get("fn_index")
        if not isinstance(number, int) or isinstance(number, bool):
            raise BadRequest(422, "fn_index is not the number of a function; see dependencies in /config")
        if number not in self._functions:
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
        data, name = _data(value), self._functions[number]
        if name:  # the function itself checks the values: the clients show its error
            self._arguments.check_count(name, data)

    def _check_component(self, value: dict[str, Any]) -> None:
        component, name = value.get("component_id"), value.get("fn_name")
        if not value.get("session_hash"):
            raise BadRequest(422, "session_hash is missing")
        if type(component) is not int or name not in self._servers.get(component, ()):
            raise BadRequest(404, "no component has this function; load the page again")
        if "data" not in value:
            raise BadRequest(422, "data is missing")


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


def _check_values(value: Any) -> None:
    """Refuse what is not JSON by the standard, or makes the server fetch an address."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        for item in level:
            _check_value(item)
        level = [
            child
            for item in level
            if isinstance(item, list | dict)
            for child in (item if isinstance(item, list) else [*item, *item.values()])
        ]
        if not level:
            return
    raise BadRequest(400, f"the body has lists or objects inside each other to more than {_MAX_DEPTH} levels")


def _check_value(item: Any) -> None:
    if isinstance(item, float) and not math.isfinite(item):
        raise BadRequest(
            422, "a number is not finite (NaN, Infinity); threshold, for example, is from 0 to 1"
        )
    if isinstance(item, int) and item.bit_length() > 63:
        raise BadRequest(422, "a number has more than 63 bits")
    if isinstance(item, str) and not item.isascii() and any("\ud800" <= c <= "\udfff" for c in item):
        raise BadRequest(422, "a text has half of a surrogate pair")
    if isinstance(item, dict) and "meta" in item and "://" in str(item.get("path")):
        raise BadRequest(422, "a file is named by an address; upload it instead")
