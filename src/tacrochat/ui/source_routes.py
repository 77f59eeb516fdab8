"""The routes of the source viewer: a page of a PDF as a picture, and the file of a document to download."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from gradio import routes as gradio_routes

from tacrochat.errors import TacrochatError
from tacrochat.library import Library
from tacrochat.types import Document
from tacrochat.ui import routes
from tacrochat.ui.originals import WIDTHS, OriginalUnavailable, Reason
from tacrochat.ui.workspace import Workspace

_MAX_QUERY = 16_384  # characters
_STATUS: dict[Reason, int] = {"missing": 404, "changed": 409, "inside": 403, "unreadable": 422}
_NO_SCRIPTS = "sandbox; default-src 'none'"  # beside "attachment": a browser must never run what it gets


class _BadRequest(Exception):
    """A request that is refused, with a status and one line."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def add_routes(application: Any, workspace: Workspace) -> None:
    """Add the routes to Gradio's application; the guard has checked host, origin and login before."""

    async def page(request: Any) -> Any:
        values = _fields(request, ("document", "digest", "page", "zoom"))
        number = _number(values, "page", 1, 999_999)
        zoom = _number(values, "zoom", 1, len(WIDTHS))
        library, document = _document(workspace, values)
        work = workspace.originals.picture(library, document, number, WIDTHS[zoom - 1])
        headers = {"cache-control": "private, max-age=3600"}
        return gradio_routes.Response(await _done(work), media_type="image/png", headers=headers)

    async def file(request: Any) -> Any:
        library, document = _document(workspace, _fields(request, ("document", "digest")))
        content = await _done(workspace.originals.content(library, document))
        headers = {
            "content-disposition": _attachment(PurePosixPath(document.path).name),
            "content-security-policy": _NO_SCRIPTS,
            "cache-control": "private, no-store",
        }
        return gradio_routes.Response(content, media_type="application/octet-stream", headers=headers)

    for path, answer in ((routes.SOURCE_PAGE, page), (routes.SOURCE_FILE, file)):
        application.add_route(path, _refusing(answer), methods=sorted(routes.OURS[path]))


def _refusing(answer: Callable[[Any], Awaitable[Any]]) -> Callable[[Any], Awaitable[Any]]:
    """Answer with a status and one line where a request is refused."""

    async def refuse_or_answer(request: Any) -> Any:
        try:
            return await answer(request)
        except _BadRequest as error:
            status, text = error.status, str(error)
        except OriginalUnavailable as error:
            status, text = _STATUS[error.reason], str(error)
        except TacrochatError as error:  # the index cannot be opened
            status, text = 503, str(error)
        headers = {"cache-control": "no-store"}
        return gradio_routes.PlainTextResponse(f"{text}\n", status_code=status, headers=headers)

    return refuse_or_answer


def _fields(request: Any, names: tuple[str, ...]) -> dict[str, str]:
    """Return the fields of a query, each given once and no other."""
    if len(request.url.query) > _MAX_QUERY:
        raise _BadRequest(400, "the address is too long")
    pairs = request.query_params.multi_items()
    if sorted(name for name, _ in pairs) != sorted(names):
        raise _BadRequest(400, f"give {', '.join(names)}, each once")
    return dict(pairs)


def _number(values: Mapping[str, str], name: str, least: int, most: int) -> int:
    text = values[name]
    if text.isascii() and text.isdecimal() and len(text) <= 6 and least <= int(text) <= most:
        return int(text)
    raise _BadRequest(400, f"{name} is not a whole number from {least:,} to {most:,}")


def _document(workspace: Workspace, values: Mapping[str, str]) -> tuple[Library, Document]:
    """Return the document that a request names, as it is in the index."""
    library = workspace.library
    if library is None:
        raise _BadRequest(503, "the index is not open yet; try again")
    number = library.find_document(values["document"])
    if number is None:
        raise _BadRequest(404, "the index has no such document")
    document = library.documents[number]
    if values["digest"] != document.digest:
        raise _BadRequest(409, f"{document.path} has changed in the index; load the page again")
    return library, document


async def _done(work: Any) -> Any:
    return await asyncio.wrap_future(work)


def _attachment(name: str) -> str:
    """Return the header that has a file saved under its name, never shown."""
    plain = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in " ._-") else "_" for letter in name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
