"""The libraries of a server, each below a path of its own; each person sees those that they may read.

For all others the server answers as for a name that does not exist, so that neither
their names nor their titles can be found out.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import parse_qs

from tacrochat.answering.several import JointAnswer, LibraryAnswer, join
from tacrochat.errors import QuestionError, TacrochatError
from tacrochat.ui import front_page, routes
from tacrochat.ui.application import LibraryApp
from tacrochat.ui.arguments import Arguments
from tacrochat.ui.asgi import Receive, Scope, Send, path_of, send_answer
from tacrochat.ui.bodies import BadRequest, check_type, checked_values, read_body
from tacrochat.ui.caller import on_behalf
from tacrochat.ui.hosts import Hosts
from tacrochat.ui.openapi import description
from tacrochat.ui.operation.fair_queue import RETRY_AFTER, Busy
from tacrochat.ui.origins import check_origin
from tacrochat.ui.person import SCOPE_KEY, Person
from tacrochat.ui.wording import Language, language_of_header, say

_EVERYONE = Person("", "admin")
"""Who sends a request if no layer in front looks for a login."""

_MAX_FORM = 100_000  # bytes of a form with a question
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_JSON = (b"content-type", b"application/json")


class Libraries:
    """Hands each request to the library that its path names; a library alone has every path."""

    def __init__(self, applications: Sequence[LibraryApp], hosts: Hosts) -> None:
        """Serve these libraries, of several each at ``/NAME/``, under these names of the server."""
        self._applications = {application.name: application for application in applications}
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})  # no route is a web socket
        else:
            try:
                await self._answer(scope, receive, send)
            except BadRequest as error:
                await _refuse(scope, send, error)

    def ask(self, person: Person, question: str, language: Language = "en", **options: Any) -> JointAnswer:
        """Ask every library that a person may read; ``options`` are those of ``Assistant.ask``.

        A library that cannot be asked now is left out, and the answer says why, in a language of the page.

        Raises:
            QuestionError: the question is empty or too long, or an option has a wrong value.

        """
        answers = []
        for name, application in self._readable(person).items():
            workspace = application.workspace
            workspace.look()
            if workspace.library is None:
                error = workspace.state.error or say(language, "libraries_starting")
                answers.append(LibraryAnswer(name, None, error))
                continue
            try:
                answer, source = workspace.ask(question, **options)
                answers.append(LibraryAnswer(name, answer, source=source))
            except QuestionError:
                raise
            except Busy:
                busy = say(language, "libraries_busy", seconds=RETRY_AFTER)
                answers.append(LibraryAnswer(name, None, busy))
            except TacrochatError as error:
                answers.append(LibraryAnswer(name, None, str(error)))
        return join(question, answers)

    def _readable(self, person: Person) -> Mapping[str, LibraryApp]:
        return {name: one for name, one in self._applications.items() if person.can_read(name)}

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        person, path = scope.get(SCOPE_KEY, _EVERYONE), path_of(scope)
        if len(self._applications) == 1:
            (application,) = self._applications.values()
            if person is not None and not person.can_read(application.name):
                check_origin(scope, self._hosts, is_page=path == "/")
                raise _not_there()
            await application(scope, receive, send)
            return
        name, slash, _ = path[1:].partition("/")
        is_reading = scope["method"] in {"GET", "HEAD"}
        check_origin(scope, self._hosts, is_page=path in {"/", f"/{name}", f"/{name}/"})
        if person is None:
            raise BadRequest(401, "Not authenticated")
        if path in {"/", f"/{name}"} and (lack := person.lacks("ask")):
            raise BadRequest(403, lack)
        library = self._readable(person).get(name)
        root = str(scope.get("root_path", "")).rstrip("/")
        if path == "/" and (is_reading or scope["method"] == "POST"):
            await self._front(person, scope, receive, send)
        elif path in {routes.API_ASK, routes.API_DESCRIPTION}:
            await self._api_of_all(person, scope, receive, send)
        elif library and slash:
            await library({**scope, "root_path": f"{root}/{name}"}, receive, send)
        elif library and is_reading:
            await _send(scope, send, 307, "", (b"location", f"{root}/{name}/".encode()))
        else:
            raise _not_there()

    async def _front(self, person: Person, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the page that lists the libraries of a person; with the answer of all, if one was asked."""
        accepted = [value for key, value in scope["headers"] if key.lower() == b"accept-language"]
        language = language_of_header(accepted[0].decode("latin-1") if accepted else None)
        question, answer, fault, status = "", None, "", 200
        if scope["method"] == "POST":
            question = await _question(scope, receive)
            try:
                answer = await on_behalf(scope, lambda: self.ask(person, question, language))
            except QuestionError as error:
                fault, status = str(error), 422
            except Exception as error:
                front_page.log.exception("the libraries could not be asked")
                fault, status = say(language, "failed_event", error=type(error).__name__), 500
        workspaces = [application.workspace for application in self._readable(person).values()]
        root = str(scope.get("root_path", "")).rstrip("/")
        page = front_page.front_page(workspaces, root, language, question, answer, fault, person.name)
        await _send(scope, send, status, page, *front_page.HEADERS)

    async def _api_of_all(self, person: Person, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as a library does, for all that a person may read together."""
        if lack := person.lacks("ask"):
            raise BadRequest(403, lack)
        limit = max(
            application.workspace.settings.max_question_chars for application in self._applications.values()
        )
        if scope["method"] in {"GET", "HEAD"} and path_of(scope) == routes.API_DESCRIPTION:
            root = str(scope.get("root_path", ""))
            value = description(root, max_question_chars=limit, of_all=True)
        elif scope["method"] == "POST" and path_of(scope) == routes.API_ASK:
            values = await _values(Arguments(limit), scope, receive)
            try:
                answer = await on_behalf(scope, lambda: self.ask(person, **values))
            except QuestionError as error:
                raise BadRequest(422, str(error)) from error
            value = answer.to_dict()
        else:
            raise _not_there()
        await _send(scope, send, 200, json.dumps(value), _JSON)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start all libraries with the server, and end them with it."""
        await receive()  # the server starts
        async with AsyncExitStack() as started:
            for application in self._applications.values():
                await started.enter_async_context(application.running())
            await send({"type": "lifespan.startup.complete"})
            await receive()  # the server ends
        await send({"type": "lifespan.shutdown.complete"})


def _not_there() -> BadRequest:
    return BadRequest(404, "this is not served; open / for the page")


async def _refuse(scope: Scope, send: Send, error: BadRequest) -> None:
    """Refuse a request with one line; for programs ``detail`` in JSON."""
    path, headers = path_of(scope), [(b"connection", b"close")]
    if error.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="tacrochat"'))
    if path.startswith(routes.API) or f"/{path[1:].partition('/')[2]}".startswith(routes.API):
        await _send(scope, send, error.status, json.dumps({"detail": str(error)}), _JSON, *headers)
    else:
        await _send(scope, send, error.status, f"{error}\n", _TEXT, *headers)


async def _values(arguments: Arguments, scope: Scope, receive: Receive) -> dict[str, Any]:
    """Return the values of a question to all libraries."""
    kinds = [value for key, value in scope["headers"] if key.lower() == b"content-type"]
    check_type(b"; ".join(kinds).decode("latin-1"))
    values = checked_values(arguments, "ask", await read_body(receive))
    if values.get("documents") is not None:
        raise BadRequest(422, "documents are those of one library; ask it below its own path: /NAME/api/ask")
    return {**values, "history": values.get("history") or ()}


async def _question(scope: Scope, receive: Receive) -> str:
    kinds = [value for key, value in scope["headers"] if key.lower() == b"content-type"]
    if not kinds or kinds[0].partition(b";")[0].strip().lower() != b"application/x-www-form-urlencoded":
        raise BadRequest(415, "the body is not of the type application/x-www-form-urlencoded")
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] != "http.disconnect" and bool(message.get("more_body"))
        if len(body) > _MAX_FORM:
            raise BadRequest(413, f"the form has more than {_MAX_FORM:,} bytes; send less")
    try:
        fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=5)
    except ValueError as error:
        raise BadRequest(400, "the body is not a form") from error
    if list(fields) != ["question"] or len(fields["question"]) != 1:
        raise BadRequest(422, "give question, once")
    return fields["question"][0]


async def _send(scope: Scope, send: Send, status: int, text: str, *headers: tuple[bytes, bytes]) -> None:
    body = text.encode("utf-8", "replace")
    await send_answer(scope, send, status, body, [*headers, (b"cache-control", b"no-store")])
