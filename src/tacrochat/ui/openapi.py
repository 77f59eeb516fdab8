"""The description of the REST API by OpenAPI 3.1, as plain data; a test compares it with real answers."""

from typing import Any

from tacrochat import __version__
from tacrochat.settings import RANGES
from tacrochat.types import KINDS
from tacrochat.ui import routes
from tacrochat.ui.openapi_schemas import SCHEMAS, array, ref, text

_ERRORS = {
    400: "The body is not JSON, or not a form with files.",
    401: "Nobody is logged in, and no valid token was sent.",
    403: "The role or the token's scopes do not allow it; or another site's page has sent the request.",
    404: "There is no such route, library or document for this person.",
    409: "The index is being built, or the folder of the documents is gone or cannot be written.",
    413: "The body is too long, or uploads fill their room.",
    415: "The body is not of the type that is taken here.",
    422: "A value is wrong, and the text names the field; or no file was taken, and it says why.",
    429: "Too many requests.",
    503: "The server is busy, or the index cannot be opened (yet).",
}
_WITH_BODY = (400, 401, 403, 404, 413, 415, 422, 429, 503)
_WITHOUT_BODY = (401, 403, 404, 429, 503)
_EXAMPLE = "How often is it applied?"


def description(root: str, *, max_question_chars: int, of_all: bool = False) -> dict[str, Any]:
    """Describe the API of a library below a root path; ``of_all``: that of all libraries of a server."""
    used = _paths_of_all() if of_all else _paths()
    schemas = {**SCHEMAS, **_values(max_question_chars, of_all=of_all)}
    joint, single = (
        {"JointAnswer", "JointQuote"},
        {"Answer", "Hit", "Hits", "Document", "Info", "Search", "Begun", "Changed"},
    )
    left_out = single | {"Quote"} if of_all else joint
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "tacrochat",
            "version": __version__,
            "description": "Questions answered with word-for-word quotes from a folder of documents.",
        },
        "servers": [{"url": root or "/"}],
        "security": [{"token": []}, {}],
        "paths": used,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Of `tacrochat token create`; a server without a login needs none.",
                }
            },
            "schemas": {name: schema for name, schema in schemas.items() if name not in left_out},
            "responses": {f"Error{status}": _error(status) for status in _ERRORS},
        },
    }


def _paths() -> dict[str, Any]:
    search = {"query": _EXAMPLE, "k": 3}
    return {
        routes.API_ASK: _post("ask", "Answer a question", "Ask", "Answer", {"question": _EXAMPLE, "top": 2}),
        routes.API_SEARCH: _post(
            "search", "Rank passages, whether they answer or not", "Search", "Hits", search
        ),
        routes.API_DOCUMENTS: {
            **_get("documents", "List the documents", array(ref("Document"))),
            "post": _upload(),
        },
        routes.API_DOCUMENT.replace(":path", ""): {"delete": _removal()},
        routes.API_INFO: _get("info", "What the library is made of", ref("Info")),
        routes.API_REFRESH: {
            "post": {
                "operationId": "refresh",
                "summary": "Read changed files again, in the background; needs the role editor",
                "responses": {
                    "202": _json("The build has begun.", ref("Begun")),
                    **_errors(*_WITH_BODY, 409),
                },
            }
        },
        routes.API_DESCRIPTION: _get("describe", "This document", {"type": "object"}),
    }


def _paths_of_all() -> dict[str, Any]:
    summary = "Ask all libraries that this person may read"
    return {
        routes.API_ASK: _post("ask", summary, "Ask", "JointAnswer", {"question": _EXAMPLE}),
        routes.API_DESCRIPTION: _get("describe", "This document", {"type": "object"}),
    }


def _values(max_question_chars: int, *, of_all: bool) -> dict[str, Any]:
    question = {**text("What to ask the documents."), "minLength": 1, "maxLength": max_question_chars}
    earlier = {"type": "string", "maxLength": max_question_chars}
    fields = {
        "question": question,
        "history": _optional(array(earlier, "Earlier questions of the conversation, oldest first.")),
        "top": _optional(_number("integer", "top", "Quotes at most; 4 unless given.")),
        "documents": _optional(
            array(text(), "Quote only these documents: `document` of GET /api/documents.")
        ),
        "kinds": _optional(array({"type": "string", "enum": list(KINDS)}, "Quote only these kinds.")),
        "threshold": _optional(
            _number(
                "number",
                "threshold",
                "The smallest confidence of an answer; that of the server unless given.",
            )
        ),
    }
    if of_all:
        del fields["documents"]  # they are those of one library
    count = {
        "type": "integer",
        "minimum": 1,
        "maximum": 200,
        "description": "Passages at most; 10 unless given.",
    }
    query = {**question, "description": "A question or a few words."}
    return {
        "Ask": _closed(fields, "question"),
        "Search": _closed({"query": query, "k": _optional(count)}, "query"),
    }


def _number(kind: str, name: str, meaning: str) -> dict[str, Any]:
    least, most = RANGES[name]
    return {"type": kind, "minimum": least, "maximum": most, "description": meaning}


def _optional(schema: dict[str, Any]) -> dict[str, Any]:
    """Allow null, which stands for the default."""
    return {**schema, "type": [schema["type"], "null"]}


def _closed(fields: dict[str, Any], required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": fields,
        "required": [required],
        "additionalProperties": False,
    }


def _post(name: str, summary: str, values: str, answer: str, example: dict[str, Any]) -> dict[str, Any]:
    body = {"application/json": {"schema": ref(values), "example": example}}
    return {
        "post": {
            "operationId": name,
            "summary": summary,
            "requestBody": {"required": True, "content": body},
            "responses": {"200": _json("The answer.", ref(answer)), **_errors(*_WITH_BODY)},
        }
    }


def _upload() -> dict[str, Any]:
    files = array({"type": "string", "contentMediaType": "application/octet-stream"}, "Each with a filename.")
    form = {"schema": _closed({"files": files}, "files"), "example": {"files": ["# Leaflet\n\nKeep it dry."]}}
    example = {
        "state": "building",
        "files": ["uploaded/leaflet.md"],
        "refused": [{"path": "tool.exe", "reason": "no reader for .exe"}],
    }
    return {
        "operationId": "add",
        "summary": "Add files, those in zips too, and index them in the background; needs the role editor",
        "requestBody": {"required": True, "content": {"multipart/form-data": form}},
        "responses": {
            "202": _json("Files were added; those refused, too, are listed.", ref("Changed"), example),
            **_errors(*_WITH_BODY, 409),
        },
    }


def _removal() -> dict[str, Any]:
    document = {
        "name": "document",
        "in": "path",
        "required": True,
        "description": "`document` of GET /api/documents; its slashes may be written as they are.",
        "schema": text(),
        "example": "uploaded/leaflet.md",
    }
    example = {"state": "building", "files": ["uploaded/leaflet.md"], "refused": []}
    return {
        "operationId": "remove",
        "summary": "Move the file of a document to `.removed/`, and index the rest; needs the role editor",
        "parameters": [document],
        "responses": {
            "202": _json("The file was moved.", ref("Changed"), example),
            **_errors(*_WITHOUT_BODY, 409),
        },
    }


def _get(name: str, summary: str, answer: dict[str, Any]) -> dict[str, Any]:
    responses = {"200": _json("The answer.", answer), **_errors(*_WITHOUT_BODY)}
    return {"get": {"operationId": name, "summary": summary, "responses": responses}}


def _json(meaning: str, schema: dict[str, Any], example: Any = None) -> dict[str, Any]:
    content = {"schema": schema} if example is None else {"schema": schema, "example": example}
    return {"description": meaning, "content": {"application/json": content}}


def _errors(*statuses: int) -> dict[str, Any]:
    return {str(status): {"$ref": f"#/components/responses/Error{status}"} for status in sorted(statuses)}


def _error(status: int) -> dict[str, Any]:
    response = _json(
        _ERRORS[status], ref("Error"), {"detail": "question is missing"} if status == 422 else None
    )
    if status in {429, 503}:
        wait = {"description": "Seconds after which to ask again.", "schema": {"type": "integer"}}
        response["headers"] = {"Retry-After": wait}
    return response
