"""Which routes of Gradio are served: a new version that brings others must be looked at."""

import json
import subprocess
import sys

import pytest

from tacrochat.ui import routes

# Every route that Gradio brings and that is not in ``tacrochat.ui.routes``. If this
# test fails with a new version of Gradio, decide for each new route.
SWITCHED_OFF = """
* /gradio_api/mcp/messages/
GET /config/
GET /gradio_api/app_id
GET /gradio_api/app_id/
GET /gradio_api/custom_component/{id}/{environment}/{type}/{file_name}
GET /gradio_api/deep_link
GET /gradio_api/dev/reload
GET /gradio_api/file/{path:path}
GET /gradio_api/info/
GET /gradio_api/login_check
GET /gradio_api/login_check/
GET /gradio_api/mcp/schema
GET /gradio_api/mcp/sse
GET /gradio_api/openapi.json
GET /gradio_api/proxy={url_path:path}
GET /gradio_api/run-history/buckets
GET /gradio_api/run-history/records
GET /gradio_api/run-history/records/{endpoint}/{record_id}/assets/{asset_id}
GET /gradio_api/runs
GET /gradio_api/runs/
GET /gradio_api/startup-events
GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist-file
GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist.m3u8
GET /gradio_api/stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext}
GET /gradio_api/theme.css
GET /gradio_api/token
GET /gradio_api/token/
GET /gradio_api/user
GET /gradio_api/user/
GET /gradio_api/vibe-code
GET /gradio_api/vibe-code/
GET /logout
GET /manifest.json
GET /monitoring
GET /monitoring/summary
GET /monitoring/{key}
GET /openapi.json
GET /pwa_icon
GET /pwa_icon/{size}
GET /svelte/{path:path}
HEAD /gradio_api/mcp/schema
HEAD /gradio_api/mcp/sse
HEAD /gradio_api/proxy={url_path:path}
HEAD /openapi.json
POST /gradio_api/api/{api_name}
POST /gradio_api/api/{api_name}/
POST /gradio_api/call/v2/{api_name}/
POST /gradio_api/call/{api_name}/
POST /gradio_api/cancel
POST /gradio_api/process_recording
POST /gradio_api/reset
POST /gradio_api/reset/
POST /gradio_api/run-history/connect
POST /gradio_api/run/{api_name}
POST /gradio_api/run/{api_name}/
POST /gradio_api/stream/{event_id}
POST /gradio_api/stream/{event_id}/close
POST /gradio_api/undo-vibe-edit
POST /gradio_api/undo-vibe-edit/
POST /gradio_api/vibe-code
POST /gradio_api/vibe-code/
POST /gradio_api/vibe-edit
POST /gradio_api/vibe-edit/
POST /gradio_api/vibe-starter-queries
POST /gradio_api/vibe-starter-queries/
POST /login
POST /login/
"""

LIST = """
import json, sys
from pathlib import Path
from gradio.routes import App
from tacrochat.ui.page import build_page
from tacrochat.ui.workspace import Workspace

def listed(found, prefix):
    for route in found:
        path = prefix + getattr(route, "path", "")
        if getattr(route, "methods", None):
            yield from (f"{method} {path}" for method in route.methods)
        elif hasattr(route, "original_router"):
            yield from listed(route.original_router.routes, prefix)
        elif getattr(route, "routes", None):
            yield from listed(route.routes, path)
        else:
            yield f"* {path}/"

page = build_page(Workspace(Path("index"), Path("corpus")))
print(json.dumps(sorted(set(listed(App.create_app(page, mcp_server=True).routes, "")))))
"""


@pytest.fixture(scope="module")
def real_routes(tmp_path_factory):
    """All routes of Gradio's application with our page, as ``METHOD path``; * is any method."""
    folder = tmp_path_factory.mktemp("routes")
    done = subprocess.run(
        [sys.executable, "-c", LIST], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def served():
    groups = (routes.PUBLIC, routes.BEHIND_LOGIN)  # those of Gradio
    return {f"{method} {path}" for group in groups for path, methods in group.items() for method in methods}


def test_each_route_of_gradio_is_served_or_switched_off(real_routes):
    switched_off = set(SWITCHED_OFF.split("\n")) - {""}
    mcp = {route for route in served() if route.split()[1].startswith("/gradio_api/mcp")}
    assert not switched_off & served()
    assert real_routes == switched_off | (served() - mcp) | {"* /gradio_api/mcp/"}


@pytest.mark.parametrize(
    "route", [route for route in SWITCHED_OFF.split("\n") if route[:2] not in {"", "* "}]
)
def test_a_route_that_is_switched_off_is_not_served(opened, route):
    method, path = route.split()
    for filled in (
        path,
        path.replace("{", "").replace("}", ""),
        path.replace("{url_path:path}", "http://x/y"),
    ):
        status, _, body = opened.send(method, filled, b"{}", {"Content-Type": "application/json"})
        assert status == 404
        assert b"this is not served" in body or method == "HEAD"


@pytest.mark.parametrize(
    "path",
    ["http://evil.example/x", "https://evil.example/x", "HTTP://evil.example/x", "ftp://evil.example/x"],
)
def test_no_address_is_fetched(opened, path):
    assert opened.send("GET", f"/gradio_api/file={path}")[0] == 403
    assert opened.send("GET", f"/gradio_api/file={path.replace('/', '%2F').replace(':', '%3A')}")[0] == 403
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    body = {"data": [[file]], "fn_index": 2, "session_hash": "x"}
    status, _, text = opened.post("/gradio_api/queue/join", body)
    assert (status, b"not among those uploaded" in text) == (400, True)


@pytest.mark.parametrize(
    "path",
    ["/openapi.json", "/docs", "/redoc", "/config", "/gradio_api/info", "/gradio_api/openapi.json", "/",
     "/api/openapi.json", "/api/ask", "/api/info",
     "/gradio_api/queue/data?session_hash=x", "/gradio_api/heartbeat/x", "/gradio_api/mcp/schema",
     "/docs/oauth2-redirect", "/gradio_api/call/ask", "/gradio_api/upload_progress?upload_id=x"],
)  # fmt: skip
def test_nothing_about_the_api_is_told_before_the_login(guarded, path):
    for method in ("GET", "POST"):
        status, _, body = guarded.send(method, path, b"{}", {"Content-Type": "application/json"})
        assert status in {401, 404}
        assert not [word for word in (b"threshold", b"history", b"question", b"label.md") if word in body]


@pytest.mark.parametrize("path", sorted({**routes.BEHIND_LOGIN, **routes.OURS}))
def test_every_other_route_needs_the_login(guarded, path):
    for method in {**routes.BEHIND_LOGIN, **routes.OURS}[path]:
        assert guarded.send(method, path, b"{}", {"Content-Type": "application/json"})[0] == 401


def test_a_web_socket_is_refused(opened):
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}  # fmt: skip
    assert opened.send("GET", "/gradio_api/queue/join", None, upgrade)[0] in {400, 403, 404}
