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
from tacrochat.ui.uploads import Uploads


class GuardedApp(gradio_routes.App):  # type: ignore[misc]  # gradio is not typed
    """The application for ``launch``, without the pages that describe its routes."""

    def __init__(self, page: gr.Blocks, hosts: Hosts, arguments: Arguments, uploads: Path) -> None:
        """Serve a page that is laid out completely, and keep uploads in a folder."""
        super().__init__(
            default_response_class=gradio_routes.ORJSONResponse,
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
        )
        bodies = Bodies(arguments, _functions(page, arguments), _servers(page))
        self._rules = Rules(hosts, bodies, Uploads(uploads), self._is_logged_in)
        self.add_exception_handler(gr.Error, _clear_answer)

    def build_middleware_stack(self) -> Any:
        """Put the guard in front of everything, Gradio's own layers included."""
        return Guard(super().build_middleware_stack(), self._rules)

    def _is_logged_in(self, cookie: str) -> bool:
        if self.auth is None:
            return True
        try:
            cookies = SimpleCookie(cookie)
        except CookieError:
            return False
        names = (f"access-token-{self.cookie_id}", f"access-token-unsecure-{self.cookie_id}")
        return any(name in cookies and cookies[name].value in self.tokens for name in names)


async def _clear_answer(_: Any, error: Any) -> Any:
    return gradio_routes.JSONResponse({"detail": error.message}, status_code=422)


def _functions(page: gr.Blocks, arguments: Arguments) -> dict[int, str]:
    """Map each event function of the page to its name in the API, "" if it is not there."""
    return {
        number: function.api_name if function.api_name in arguments.fields else ""
        for number, function in page.fns.items()
    }


def _servers(page: gr.Blocks) -> dict[int, frozenset[str]]:
    """Map components to the functions that we gave them, without those that Gradio's classes bring."""
    given = {
        number: frozenset(
            name for name, value in vars(block).items() if getattr(value, "_is_server_fn", False)
        )
        for number, block in page.blocks.items()
    }
    return {number: names for number, names in given.items() if names}
