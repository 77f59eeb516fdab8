"""Gradio's application with our guard around it."""

from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import routes as gradio_routes

from tacrochat.ui.arguments import Arguments
from tacrochat.ui.bodies import Bodies
from tacrochat.ui.guard import Guard, Rules
from tacrochat.ui.hosts import Hosts
from tacrochat.ui.page_events import events
from tacrochat.ui.source_routes import add_routes
from tacrochat.ui.uploads import Uploads
from tacrochat.ui.workspace import Workspace


class GuardedApp(gradio_routes.App):  # type: ignore[misc]  # gradio is not typed
    """The application for ``launch``, without the pages that describe its routes."""

    def __init__(self, page: gr.Blocks, workspace: Workspace, hosts: Hosts, uploads: Path) -> None:
        """Serve the page of a workspace, which is laid out completely, and keep uploads in a folder."""
        super().__init__(
            default_response_class=gradio_routes.ORJSONResponse,
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
        )
        add_routes(self, workspace)
        arguments = Arguments(workspace.settings.max_question_chars)
        kept = Uploads(uploads)
        bodies = Bodies(arguments, events(page, arguments), _servers(page), kept.holds)
        self._rules = Rules(hosts, bodies, kept, self._user_of)
        self.add_exception_handler(gr.Error, _clear_answer)

    def build_middleware_stack(self) -> Any:
        """Put the guard in front of everything, Gradio's own layers included."""
        return Guard(super().build_middleware_stack(), self._rules)

    def _user_of(self, cookie: str) -> str | None:
        if self.auth is None:
            return ""
        try:
            cookies = SimpleCookie(cookie)
        except CookieError:
            return None
        names = (f"access-token-{self.cookie_id}", f"access-token-unsecure-{self.cookie_id}")
        users = (self.tokens.get(cookies[name].value) for name in names if name in cookies)
        return next((user for user in users if user is not None), None)


async def _clear_answer(_: Any, error: Any) -> Any:
    return gradio_routes.JSONResponse({"detail": error.message}, status_code=422)


def _servers(page: gr.Blocks) -> dict[int, frozenset[str]]:
    """Map components to the functions that we gave them, without those that Gradio's classes bring."""
    given = {
        number: frozenset(
            name for name, value in vars(block).items() if getattr(value, "_is_server_fn", False)
        )
        for number, block in page.blocks.items()
    }
    return {number: names for number, names in given.items() if names}
