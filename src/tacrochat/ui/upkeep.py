"""Bounds on what gradio keeps and does beside answering; all that uses its internals is here."""

import asyncio
import copy
from collections import deque
from typing import Any

_MAX_SESSIONS = 500
"""Sessions of pages whose state is kept, the latest used; each costs a tenth of a megabyte."""

_MAX_CALLS = 100
"""Calls of the API whose state is kept; each is a session of its own. More than can wait and run at once."""

_MAX_RECORDS = 100
"""Finished events that gradio keeps to measure them; they are tabulated anew after each event."""

_AWAKE_SECONDS = 5.0
"""How long after an event the queue looks for the next one as often as by default."""

_IDLE_SECONDS = 0.1
"""How often an idle queue looks for an event. By default it is a millisecond: a twentieth of a core."""

_PROGRESS_SECONDS = 1.0
"""How often the queue looks for progress bars of gradio; the page uses none."""


def bound(page: Any) -> None:
    """Bound the memory and the idle work of a page that gradio is going to launch."""

    async def on_start() -> None:
        page.state_holder.capacity = _MAX_SESSIONS
        page._queue.ANALYTICS_MAX_EVENTS = _MAX_RECORDS
        page._queue.progress_update_sleep_when_free = _PROGRESS_SECONDS
        _watch_events(page._queue, page.state_holder)

    page.extra_startup_events.append(on_start)


def answer_tools_directly(server: Any) -> None:
    """Have the tools of an MCP server run within the request that calls them.

    By default, they call the server again over HTTP, at the name that the caller has given and
    without the caller's token: behind a login they would all fail.
    """
    find = server.get_block_fn_from_endpoint_name

    def find_without_queue(name: str) -> Any:
        function = copy.copy(find(name))
        if function is not None:
            function.queue = False
        return function

    server.get_block_fn_from_endpoint_name = find_without_queue


class Streams:
    """The streams of events that a page has: of a session, and of a single call."""

    def __init__(self, page: Any) -> None:
        """Look at the queue of a page as it is at each time."""
        self._page = page

    def has_session(self, session: str) -> bool:
        """Tell whether a session has a stream."""
        return session in self._page._queue.pending_messages_per_session

    def has_call(self, event: str) -> bool:
        """Tell whether a call has a stream: its own, or that of the session that the caller has named."""
        queue = self._page._queue
        sessions = queue.pending_event_ids_session
        return self.has_session(event) or any(
            event in sessions.get(session, ()) for session in list(queue.pending_messages_per_session)
        )


def _watch_events(queue: Any, sessions: Any) -> None:
    """Make a queue look for events often only for a while after each, and forget the sessions of calls."""
    push, awake_seconds = queue.push, queue.sleep_when_free
    falling_asleep: asyncio.TimerHandle | None = None
    calls: deque[str] = deque()

    async def watching_push(body: Any, **options: Any) -> Any:
        nonlocal falling_asleep
        if falling_asleep:
            falling_asleep.cancel()
        queue.sleep_when_free = awake_seconds
        loop = asyncio.get_running_loop()
        falling_asleep = loop.call_later(_AWAKE_SECONDS, setattr, queue, "sleep_when_free", _IDLE_SECONDS)
        is_call = body.session_hash is None  # a page names its session
        pushed = await push(body=body, **options)
        if is_call and body.session_hash:
            calls.append(body.session_hash)
        while len(calls) > _MAX_CALLS:
            number = calls.popleft()
            sessions.session_data.pop(number, None)
            sessions.time_last_used.pop(number, None)
            queue.pending_event_ids_session.pop(number, None)
            queue.pending_messages_per_session.pop(number, None)
        return pushed

    queue.sleep_when_free = _IDLE_SECONDS
    queue.push = watching_push
