"""A server of two libraries to attack: ``python two_libraries.py PORT ROUTES.json``, in their folder.

A layer of its own takes the person from a header, where a server has its login. The routes
of the real applications are written to ROUTES.json, as ``METHOD path``.
"""

import json
import os
import sys
from pathlib import Path

from tacrochat.ui import stack as layers
from tacrochat.ui.person import SCOPE_KEY, Person
from tacrochat.ui.served import Served, ServerOptions

OTHER, OWN = "quillmed", "law"
PEOPLE = {
    "reader": Person("ria", "reader", frozenset({OWN})),
    "editor": Person("edo", "editor", frozenset({OWN})),
    "admin": Person("ada", "admin", frozenset({OWN})),
    "of all": Person("oda", "admin"),
}


def routes_of(found, prefix=""):
    """Yield the routes of an application; what is mounted answers to any method."""
    for route in found:
        path = prefix + getattr(route, "path", "")
        if getattr(route, "methods", None):
            yield from (f"{method} {path}" for method in route.methods)
        elif hasattr(route, "original_router"):
            yield from routes_of(route.original_router.routes, prefix)
        elif getattr(route, "routes", None):
            yield from routes_of(route.routes, path)
        else:
            yield from (f"{method} {path}/" for method in ("GET", "POST", "DELETE"))


def with_people(made):
    def stack(applications, *arguments):
        inner = made(applications, *arguments)
        routes = {route for one in applications for route in routes_of(one._gradio.routes)}
        Path(sys.argv[2]).write_text(json.dumps(sorted(routes)))

        async def application(scope, receive, send):
            headers = dict(scope.get("headers", ()))
            person = PEOPLE.get(headers.get(b"x-test-person", b"").decode())
            await inner({**scope, SCOPE_KEY: person}, receive, send)

        return application

    return stack


if __name__ == "__main__":
    from tacrochat.ui.server import serve

    layers.stack = with_people(layers.stack)
    libraries = [Served(name, f"index-{name}", Path(f"shelf-{name}")) for name in (OTHER, OWN)]
    try:
        serve(libraries, ServerOptions(port=int(sys.argv[1]), mcp=True))
    except SystemExit:
        os._exit(0)
