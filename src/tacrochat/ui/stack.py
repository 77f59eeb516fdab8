"""The layers that a request passes, put together."""

from collections.abc import Sequence

from tacrochat.ui.access.identity import Identity
from tacrochat.ui.access.login import Login
from tacrochat.ui.application import LibraryApp
from tacrochat.ui.asgi import Application
from tacrochat.ui.hosts import Hosts
from tacrochat.ui.libraries import Libraries


def stack(applications: Sequence[LibraryApp], identity: Identity, hosts: Hosts) -> Application:
    """Return the application that the server runs: its layers from the inside to the outside.

    Each is called as an ASGI application and hands on what it does not answer itself, the
    server's own start and end (``lifespan``) included. A new layer is one more line here.
    """
    application: Application = Libraries(applications)
    return Login(application, identity, hosts)
