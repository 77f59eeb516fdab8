"""Who called a function of the page or the API, and in which request."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from gradio.context import LocalContext

from tacrochat.ui.asgi import Scope
from tacrochat.ui.operation.fair_queue import MAX_WAITING
from tacrochat.ui.operation.rates import sender_of
from tacrochat.ui.person import SCOPE_KEY

T = TypeVar("T")

_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)
_threads = ThreadPoolExecutor(MAX_WAITING + 8, "tacrochat-rest")  # each question that waits has one


@dataclass(frozen=True, slots=True)
class Caller:
    """A person's name, "" without a login; ``sender`` tells one from another also then."""

    name: str = ""
    sender: str = ""
    request_id: str = ""


def caller() -> Caller:
    """Return who called the function that runs in this thread; nobody outside of a request."""
    request = getattr(LocalContext.request.get(None), "request", None)
    scope = _scope.get() or (request.scope if request else None)
    if scope is None:
        return Caller()
    person = scope.get(SCOPE_KEY)
    identity = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return Caller(person.name if person else "", sender_of(scope), identity.decode("latin-1"))


async def on_behalf(scope: Scope, work: Callable[[], T]) -> T:
    """Do work in a thread, in which ``caller`` is who sent this request."""

    def do() -> T:
        token = _scope.set(scope)
        try:
            return work()
        finally:
            _scope.reset(token)

    return await asyncio.get_running_loop().run_in_executor(_threads, do)
