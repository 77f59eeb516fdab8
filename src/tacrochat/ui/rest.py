"""The routes of the REST API of a library, below ``/api/``; the guard has checked every request before."""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from gradio import routes as gradio_routes

from tacrochat.errors import CorpusError, QuestionError, TacrochatError
from tacrochat.ui import routes
from tacrochat.ui.answers import Answers
from tacrochat.ui.caller import on_behalf
from tacrochat.ui.documents import changing
from tacrochat.ui.documents.files import Change
from tacrochat.ui.openapi import description
from tacrochat.ui.operation.fair_queue import RETRY_AFTER
from tacrochat.ui.uploads import UPLOADED_KEY
from tacrochat.ui.workspace import Workspace

_BUILDING = "the index is being built; GET info says when it is ready"


def add_api(application: Any, workspace: Workspace) -> None:
    """Add the API of a workspace to Gradio's application."""
    api = _Api(workspace)
    for path, answer in {
        routes.API_ASK: api.ask,
        routes.API_SEARCH: api.search,
        routes.API_DOCUMENTS: api.documents,
        routes.API_DOCUMENT: api.remove,
        routes.API_INFO: api.info,
        routes.API_REFRESH: api.refresh,
        routes.API_DESCRIPTION: api.describe,
    }.items():
        application.add_route(path, _refusing(answer), methods=sorted(routes.OURS[path]))


class _Api:
    """Answers the requests to one library."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self._answers = workspace, Answers(workspace)

    async def ask(self, request: Any) -> Any:
        values = await request.json()
        return await self._answer(request, lambda: self._answers.ask(values))

    async def search(self, request: Any) -> Any:
        values = await request.json()
        return await self._answer(request, lambda: self._answers.search(values))

    async def documents(self, request: Any) -> Any:
        if request.method == "POST":
            return await self._add(request)
        return await self._answer(request, self._answers.documents)

    async def info(self, request: Any) -> Any:
        return await self._answer(request, self._answers.info)

    async def remove(self, request: Any) -> Any:
        document, library = request.path_params["document"], self._workspace.library
        if library is None:
            return self._not_open()
        if library.find_document(document) is None:
            text = f"the index has no document {document[:200]!r}; GET documents lists all"
            return _json({"detail": text}, 404)
        work = partial(changing.remove, self._workspace, [document])
        return await self._changed(request, work, refusal=409)

    async def describe(self, request: Any) -> Any:
        limit = self._workspace.settings.max_question_chars
        return _json(description(str(request.scope.get("root_path", "")), max_question_chars=limit))

    async def refresh(self, request: Any) -> Any:
        if not await on_behalf(request.scope, lambda: self._workspace.rebuild(is_sure=False)):
            return _json({"detail": _BUILDING}, 409)
        return _json({"state": "building"}, 202)

    async def _add(self, request: Any) -> Any:
        paths = [Path(path) for path in request.scope[UPLOADED_KEY]]
        try:
            return await self._changed(request, partial(changing.add, self._workspace, paths), refusal=422)
        finally:
            for path in paths:
                path.unlink(missing_ok=True)

    async def _changed(self, request: Any, work: Callable[[], Change | None], *, refusal: int) -> Any:
        """Change the documents; ``refusal`` is the status if nothing of it could be done."""
        change = await on_behalf(request.scope, work)
        if change is None:
            return _json({"detail": _BUILDING}, 409)
        refused = [{"path": each.path, "reason": each.reason} for each in change.refused]
        if not change.done:
            text = "; ".join(f"{each.path}: {each.reason}" for each in change.refused)
            return _json({"detail": text}, refusal)
        return _json({"state": "building", "files": change.done, "refused": refused}, 202)

    async def _answer(self, request: Any, work: Callable[[], Any]) -> Any:
        """Answer when the index is open; a program asks again rather than wait for a build."""
        if self._workspace.library is None:
            return self._not_open()
        return _json(await on_behalf(request.scope, work))

    def _not_open(self) -> Any:
        self._workspace.look()
        error = self._workspace.state.error
        return _later(error or f"the index is not open yet; ask again in {RETRY_AFTER} seconds")


def _refusing(answer: Callable[[Any], Awaitable[Any]]) -> Callable[[Any], Awaitable[Any]]:
    """Say what is wrong as ``detail``, with the status for it."""

    async def answer_or_refuse(request: Any) -> Any:
        try:
            return await answer(request)
        except QuestionError as error:  # such as a document that the index does not have
            return _json({"detail": str(error)}, 422)
        except CorpusError as error:  # the folder is gone, empty all at once, or cannot be written
            return _json({"detail": str(error)}, 409)
        except TacrochatError as error:  # the server is busy, or the index cannot be read
            return _later(str(error))

    return answer_or_refuse


def _later(text: str) -> Any:
    return _json({"detail": text}, 503, {"retry-after": str(RETRY_AFTER)})


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Any:
    body = json.dumps(value)
    kept = {"cache-control": "no-store", **(headers or {})}
    return gradio_routes.Response(body, status_code=status, media_type="application/json", headers=kept)
