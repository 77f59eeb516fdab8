"""Gradio's application of one page with our guard in front of it."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import gradio as gr
from gradio import routes as gradio_routes

from tacrochat.ui.appearance import in_offered_language
from tacrochat.ui.arguments import Arguments
from tacrochat.ui.asgi import Receive, Scope, Send
from tacrochat.ui.bodies import Bodies
from tacrochat.ui.guard import Guard, Rules
from tacrochat.ui.hosts import Hosts
from tacrochat.ui.operation.fair_queue import MAX_WAITING
from tacrochat.ui.page import build_page, style, theme
from tacrochat.ui.page_events import events
from tacrochat.ui.rest import add_api
from tacrochat.ui.source_routes import add_routes
from tacrochat.ui.tabs import i18n
from tacrochat.ui.upkeep import Streams, answer_tools_directly
from tacrochat.ui.uploads import Uploads
from tacrochat.ui.workspace import Workspace

_MAX_UPLOAD = "64mb"
_OTHER_THREADS = 40  # Gradio's default
_OPTIONS: dict[str, Any] = {
    "show_error": False,  # errors meant for the user are shown all the same
    "footer_links": [],
    "run_history": False,
    "enable_monitoring": False,
    "ssr_mode": False,
    "pwa": False,
    "max_file_size": _MAX_UPLOAD,
}
_HEAD = (
    '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
)


class LibraryApp:
    """The application of one library: its page and its API."""

    def __init__(self, workspace: Workspace, hosts: Hosts, uploads: Path, *, mcp: bool) -> None:
        """Lay out the page of a workspace, and keep uploads in a folder."""
        self.name, self.workspace = workspace.name, workspace
        page = build_page(workspace)
        page.max_threads = MAX_WAITING + _OTHER_THREADS  # each question that waits has one
        page.queue(max_size=MAX_WAITING)
        self._parent = gradio_routes.FastAPI(openapi_url=None)  # answers nothing; starts and ends the page
        gr.mount_gradio_app(
            self._parent,
            page,
            path="",
            mcp_server=mcp,
            i18n=i18n,
            theme=theme(),
            css=style(),
            head=_HEAD,
            # Without the pages that describe the routes. Gradio adds to this dictionary.
            app_kwargs={"openapi_url": None, "docs_url": None, "redoc_url": None},
            **_OPTIONS,
        )
        if page.mcp_server_obj:
            answer_tools_directly(page.mcp_server_obj)
        self._gradio: Any = self._parent.routes[-1].app
        self._gradio.add_exception_handler(gr.Error, _clear_answer)
        add_routes(self._gradio, workspace)
        add_api(self._gradio, workspace)
        arguments = Arguments(workspace.settings.max_question_chars)
        kept = Uploads(uploads)
        bodies = Bodies(arguments, events(page, arguments), _servers(page), kept.holds)
        self._guard = Guard(self._gradio, Rules(hosts, bodies, kept, Streams(page)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        await self._guard(in_offered_language(scope, self.workspace.live.current), receive, send)

    def running(self) -> AbstractAsyncContextManager[Any]:
        """Start what the page does by itself, such as its queue; it ends with the context."""
        context: AbstractAsyncContextManager[Any] = self._parent.router.lifespan_context(self._parent)
        return context


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
