"""The routes of the REST API of a library, below ``/api/``; the guard has checked every request before."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from gradio import routes as gradio_routes

from tacrochat.errors import CorpusError, QuestionError, TacrochatError
from tacrochat.ui import routes
from tacrochat.ui.answers import Answers
from tacrochat.ui.caller import on_behalf
from tacrochat.ui.openapi import description
from tacrochat.ui.operation.fair_queue import RETRY_AFTER
from tacrochat.ui.workspace import Workspace


def add_api(application: Any, workspace: Workspace) -> None:
    """Add the API of a workspace to Gradio's application."""
    answers = Answers(workspace)

    async def ask(request: Any) -> Any:
        values = await request.json()
        return await on_behalf(request.scope, lambda: answers.ask(values))

    async def search(request: Any) -> Any:
        values = await request.json()
        return await on_behalf(request.scope, lambda: answers.search(values))

    async def documents(request: Any) -> Any:
        return await on_behalf(request.scope, answers.documents)

    async def info(request: Any) -> Any:
        return await on_behalf(request.scope, answers.info)

    async def describe(request: Any) -> Any:
        root = str(request.scope.get("root_path", ""))
        return description(root, max_question_chars=workspace.settings.max_question_chars)

    async def refresh(request: Any) -> Any:
        try:
            has_begun = await on_behalf(request.scope, lambda: workspace.rebuild(is_sure=False))
        except CorpusError as error:  # the folder is gone, or empty all at once
            return _answer({"detail": str(error)}, 409)
        if not has_begun:
            return _answer({"detail": "the index is being built; GET info says when it is ready"}, 409)
        return _answer({"state": "building"}, 202)

    for path, answer in {
        routes.API_ASK: ask,
        routes.API_SEARCH: search,
        routes.API_DOCUMENTS: documents,
        routes.API_INFO: info,
        routes.API_REFRESH: refresh,
        routes.API_DESCRIPTION: describe,
    }.items():
        needs_index = path not in {routes.API_REFRESH, routes.API_DESCRIPTION}
        application.add_route(
            path, _route(answer, workspace if needs_index else None), methods=sorted(routes.OURS[path])
        )


def _route(
    answer: Callable[[Any], Awaitable[Any]], workspace: Workspace | None
) -> Callable[[Any], Awaitable[Any]]:
    """Send what is answered as JSON; what goes wrong as ``detail``, with the status for it."""

    async def answer_or_refuse(request: Any) -> Any:
        try:
            if workspace is not None and workspace.library is None:
                workspace.look()
                error = workspace.state.error
                return _later(error or f"the index is not open yet; ask again in {RETRY_AFTER} seconds")
            value = await answer(request)
        except QuestionError as error:  # such as a document that the index does not have
            return _answer({"detail": str(error)}, 422)
        except TacrochatError as error:  # the server is busy, or the index cannot be opened
            return _later(str(error))
        return value if isinstance(value, gradio_routes.Response) else _answer(value)

    return answer_or_refuse


def _later(text: str) -> Any:
    return _answer({"detail": text}, 503, {"retry-after": str(RETRY_AFTER)})


def _answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Any:
    body = json.dumps(value, ensure_ascii=False)
    kept = {"cache-control": "no-store", **(headers or {})}
    return gradio_routes.Response(body, status_code=status, media_type="application/json", headers=kept)
