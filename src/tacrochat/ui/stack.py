"""The layers that a request passes, put together."""

from collections.abc import Sequence

from tacrochat.ui.access.identity import Identity
from tacrochat.ui.access.login import Login
from tacrochat.ui.application import LibraryApp
from tacrochat.ui.asgi import Application
from tacrochat.ui.hosts import Hosts
from tacrochat.ui.libraries import Libraries
from tacrochat.ui.operation.limited import BURST, PER_MINUTE, Limited
from tacrochat.ui.operation.observed import Observed
from tacrochat.ui.operation.operation import Operation
from tacrochat.ui.operation.rates import Rates
from tacrochat.ui.operation.route_names import route_names


def stack(
    applications: Sequence[LibraryApp], identity: Identity, operation: Operation, hosts: Hosts
) -> Application:
    """Return the application that the server runs: its layers from the inside to the outside.

    Each is called as an ASGI application and hands on what it does not answer itself, the
    server's own start and end (``lifespan``) included. A new layer is one more line here.
    """
    name_of = route_names({library.name for library in operation.libraries() if library.name})
    application: Application = Libraries(applications, hosts)
    application = Limited(application, operation, name_of, hosts=hosts, rates=Rates(PER_MINUTE, BURST))
    application = Login(application, identity, hosts)
    return Observed(application, operation, name_of)
