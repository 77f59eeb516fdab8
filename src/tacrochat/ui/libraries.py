"""The applications of the libraries that a server has, each below a path of its own."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from tacrochat.ui.application import LibraryApp
from tacrochat.ui.asgi import Receive, Scope, Send


class Libraries:
    """Hands each request to the library that its path names; a library alone has every path."""

    def __init__(self, applications: Sequence[LibraryApp]) -> None:
        """Serve these libraries."""
        self._applications = applications

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._applications[0](scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Start all libraries with the server, and end them with it."""
        await receive()  # the server starts
        async with AsyncExitStack() as started:
            for application in self._applications:
                await started.enter_async_context(application.running())
            await send({"type": "lifespan.startup.complete"})
            await receive()  # the server ends
        await send({"type": "lifespan.shutdown.complete"})
