"""A server of two libraries to attack: ``python two_libraries.py PORT ROUTES.json``, in their folder.

The login believes a header that names the person. The routes of the real applications are
written to ROUTES.json, as ``METHOD path``.
"""

import json
import os
import sys
from pathlib import Path

from tacrochat.ui import stack as layers
from tacrochat.ui.access import people
from tacrochat.ui.served import Served, ServerOptions

OTHER, OWN = "quillmed", "law"
ROLES = ("reader", "editor", "admin")


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


def noting_routes(made):
    def stack(applications, *arguments):
        routes = {route for one in applications for route in routes_of(one._gradio.routes)}
        Path(sys.argv[2]).write_text(json.dumps(sorted(routes)))
        return made(applications, *arguments)

    return stack


if __name__ == "__main__":
    from tacrochat.ui.server import serve

    for role in ROLES:
        people.write(Path("people"), role, without_password=True, role=role, libraries=OWN)
    people.write(Path("people"), "everything", without_password=True, role="admin", libraries="*")
    layers.stack = noting_routes(layers.stack)
    libraries = [Served(name, f"index-{name}", Path(f"shelf-{name}")) for name in (OTHER, OWN)]
    options = ServerOptions(
        port=int(sys.argv[1]),
        mcp=True,
        auth="*:people",
        trusted_header="X-Test-Person",
        trusted_proxies=("127.0.0.1",),
    )
    try:
        serve(libraries, options)
    except SystemExit:
        os._exit(0)
