"""Which routes of Gradio are served: a new version that brings others must be looked at."""

import json

import pytest

from tacrochat.ui import routes

SWITCHED_OFF = {
    "GET /dev/null",
}


@pytest.fixture(scope="module")
def real_routes(tmp_path_factory):
    """All routes of the application, as ``METHOD path``."""
    from gradio.routes import App

    from tacrochat.ui.page import build_page
    from tacrochat.ui.workspace import Workspace

    folder = tmp_path_factory.mktemp("routes")
    app = App.create_app(build_page(Workspace(folder / "index", folder)), mcp_server=True)
    return set(_listed(app.routes, ""))


def _listed(found, prefix):
    for route in found:
        path = prefix + getattr(route, "path", "")
        if getattr(route, "methods", None):
            yield from (f"{method} {path}" for method in route.methods)
        elif getattr(route, "routes", None):
            yield from _listed(route.routes, path)
        else:
            yield f"* {path or '/'}"


def test_print(real_routes):
    print(*sorted(real_routes), sep="\n")
    assert 0
