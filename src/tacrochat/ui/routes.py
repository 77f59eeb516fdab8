"""The routes that the server answers: Gradio's, all others of which are switched off, and our own.

A test compares this list with the routes of the real server, so that a route that
a new version of Gradio brings is looked at before it is served.
"""

import re

from tacrochat.ui.person import Right

PAGE = "/"
CALL, CALL_BY_NAME = "/gradio_api/call/{api_name}", "/gradio_api/call/v2/{api_name}"
JOIN = "/gradio_api/queue/join"
SESSION = "/gradio_api/queue/data"
RESULT, RESULT_BY_NAME = f"{CALL}/{{event_id}}", f"{CALL_BY_NAME}/{{event_id}}"
STREAMS = frozenset({SESSION, RESULT, RESULT_BY_NAME})
UPLOAD = "/gradio_api/upload"
COMPONENT_SERVER = "/gradio_api/component_server"
FILE = "/gradio_api/file={path_or_url:path}"
MCP = "/gradio_api/mcp/"
SOURCE_PAGE, SOURCE_FILE = "/source/page", "/source/file"
API = "/api/"
API_ASK, API_SEARCH, API_REFRESH = f"{API}ask", f"{API}search", f"{API}refresh"
API_DOCUMENTS, API_INFO, API_DESCRIPTION = f"{API}documents", f"{API}info", f"{API}openapi.json"
API_DOCUMENT = f"{API_DOCUMENTS}/{{document:path}}"

_GET = frozenset({"GET"})
_READ = frozenset({"GET", "HEAD"})
_POST = frozenset({"POST"})

PUBLIC: dict[str, frozenset[str]] = {
    "/assets/{path:path}": _GET,
    "/static/{path:path}": _GET,
    "/theme.css": _GET,
    "/favicon.ico": _GET,
    "/robots.txt": _GET,
}
"""Routes open before the login: template and methods."""

BEHIND_LOGIN: dict[str, frozenset[str]] = {
    PAGE: _READ,
    "/config": _GET,
    "/gradio_api/info": _GET,
    CALL: _POST,
    RESULT: _GET,
    CALL_BY_NAME: _POST,
    RESULT_BY_NAME: _GET,
    JOIN: _POST,
    SESSION: _GET,
    "/gradio_api/queue/status": _GET,
    "/gradio_api/heartbeat/{session_hash}": _GET,
    UPLOAD: _POST,
    "/gradio_api/upload_progress": _GET,
    FILE: _READ,
    COMPONENT_SERVER: _POST,
    "/gradio_api/component_server/": _POST,
    "/gradio_api/mcp": frozenset({"GET", "POST", "DELETE"}),
    MCP: frozenset({"GET", "POST", "DELETE"}),
}
"""Routes that need the login, if there is one."""

_EDIT = {UPLOAD, "/gradio_api/upload_progress", API_REFRESH, API_DOCUMENT}
_MCP = {MCP, MCP.rstrip("/")}


OURS: dict[str, frozenset[str]] = {
    SOURCE_PAGE: _READ,
    SOURCE_FILE: _READ,
    API_ASK: _POST,
    API_SEARCH: _POST,
    API_DOCUMENTS: _READ | _POST,
    API_DOCUMENT: frozenset({"DELETE"}),
    API_INFO: _READ,
    API_REFRESH: _POST,
    API_DESCRIPTION: _READ,
}
"""Routes of our own (``source_routes``, ``rest``), which need the login too."""

_SERVED = {**PUBLIC, **BEHIND_LOGIN, **OURS}


def _expression(template: str) -> re.Pattern[str]:
    """Match a path as the server's own router does: ``{name:path}`` matches slashes too."""
    parts = re.split(r"\{\w+(:path)?\}", template)
    pattern = re.escape(parts[0])
    for kind, literal in zip(parts[1::2], parts[2::2], strict=True):
        pattern += (".*" if kind else "[^/]+") + re.escape(literal)
    return re.compile(pattern, re.DOTALL)


_EXPRESSIONS = {template: _expression(template) for template in _SERVED}


def is_upload(method: str, route: str) -> bool:
    """Tell whether a request sends files, which are kept in a folder and not in memory."""
    return route == UPLOAD or (route == API_DOCUMENTS and method == "POST")


def right_for(method: str, route: str) -> Right:
    """Return what a person needs to use a route; events of the page may need more (``page_events``)."""
    if route in _EDIT or is_upload(method, route):
        return "edit"
    return "mcp" if route in _MCP else "ask"


def find(method: str, path: str) -> str | None:
    """Return the template of the route that answers a request, None if none does."""
    for template, expression in _EXPRESSIONS.items():
        if method in _SERVED[template] and expression.fullmatch(path):
            return template
    return None
