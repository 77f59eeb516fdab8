"""Who called a function of the page or the API, and in which request."""

from dataclasses import dataclass

from gradio.context import LocalContext

from tacrochat.ui.operation.rates import sender_of
from tacrochat.ui.person import SCOPE_KEY


@dataclass(frozen=True, slots=True)
class Caller:
    """A person's name, "" without a login; ``sender`` tells one from another also then."""

    name: str = ""
    sender: str = ""
    request_id: str = ""


def caller() -> Caller:
    """Return who called the function that runs in this thread; nobody outside of a request."""
    request = getattr(LocalContext.request.get(None), "request", None)
    if request is None:
        return Caller()
    person = request.scope.get(SCOPE_KEY)
    return Caller(
        person.name if person else "", sender_of(request.scope), request.headers.get("x-request-id", "")
    )
