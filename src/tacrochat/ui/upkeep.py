"""Bounds on what gradio keeps and does beside answering; all that sets its internals is here."""

import asyncio
from typing import Any

_MAX_SESSIONS = 200
"""Sessions whose state is kept. Each costs a tenth of a megabyte, and every call of the API is one.

A page that comes back after its session was dropped shows what the browser has kept.
"""

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
        _rest_when_idle(page._queue)

    page.extra_startup_events.append(on_start)


def _rest_when_idle(queue: Any) -> None:
    """Make a queue look for events often only for a while after each one."""
    push, awake_seconds = queue.push, queue.sleep_when_free
    falling_asleep: asyncio.TimerHandle | None = None

    async def waking_push(*arguments: Any, **options: Any) -> Any:
        nonlocal falling_asleep
        if falling_asleep:
            falling_asleep.cancel()
        queue.sleep_when_free = awake_seconds
        loop = asyncio.get_running_loop()
        falling_asleep = loop.call_later(_AWAKE_SECONDS, setattr, queue, "sleep_when_free", _IDLE_SECONDS)
        return await push(*arguments, **options)

    queue.sleep_when_free = _IDLE_SECONDS
    queue.push = waking_push
