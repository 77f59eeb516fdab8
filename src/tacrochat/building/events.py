"""Tell when the files of a folder have changed, once they are written completely.

Changes come in bursts: a checkout changes a thousand files, an editor renames a file
over another, a copy grows for seconds. A burst is told once, when nothing has changed
for a moment. Times are taken from a clock that never jumps.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import watchfiles

TICK_SECONDS = 1.0
"""How often ``changes`` yields when nothing has changed."""

_LONGEST_SECONDS = 30.0  # a burst that lasts longer is told all the same
_STEP_MS = 50

Identity = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class _Pace:
    """How long nothing must have changed, and how often a folder that reports nothing is looked through."""

    quiet_seconds: float
    poll_ms: int


_EVENTS, _POLLING = _Pace(0.5, 300), _Pace(1.6, 1_000)


def changes(
    root: Path,
    is_ignored: Callable[[str], bool],
    *,
    poll: bool = False,
    warn: Callable[[str], object] = lambda text: None,
) -> Iterator[bool]:
    """Yield true when files below a folder have changed and are settled, and false about once a second.

    The first is true: what changed before is not known. A folder that vanishes is
    waited for; when it is back, or another is in its place, that is a change. ``poll``
    looks through the folder again and again, for a network drive that reports no
    changes. ``warn`` is told if that is done without being asked for.
    """
    while True:
        identity = _identity(root)
        if identity is None:
            time.sleep(TICK_SECONDS)
            yield False
            continue
        try:
            yield from _settled(root, identity, is_ignored, poll=poll)
        except FileNotFoundError:
            pass  # it vanished just now
        except (OSError, RuntimeError) as error:  # such as the limit on folders that may be watched
            if poll:
                raise
            warn(f"changes of {root} cannot be reported ({error}); it is looked through again and again")
            poll = True


def _settled(
    root: Path, identity: Identity, is_ignored: Callable[[str], bool], *, poll: bool
) -> Iterator[bool]:
    """Yield as ``changes`` does, until the folder is not the same any more."""
    pace = _POLLING if poll else _EVENTS
    first, last, told = time.monotonic(), 0.0, 0.0
    for batch in _batches(root, pace, poll=poll):
        now = time.monotonic()
        if any(not is_ignored(path) for _, path in batch):
            first, last = first or now, now
        is_settled = first and (now - last >= pace.quiet_seconds or now - first >= _LONGEST_SECONDS)
        if is_settled or now - told >= TICK_SECONDS:
            if _identity(root) != identity:
                return
            told = now
            if is_settled:
                first = 0.0
            yield bool(is_settled)


def _batches(root: Path, pace: _Pace, *, poll: bool) -> Iterator[Any]:
    return watchfiles.watch(
        root,
        watch_filter=None,
        debounce=10 * _STEP_MS,
        step=_STEP_MS,
        rust_timeout=round(1_000 * pace.quiet_seconds / 2),
        yield_on_timeout=True,
        force_polling=poll or None,
        poll_delay_ms=pace.poll_ms,
        ignore_permission_denied=True,
    )


def _identity(root: Path) -> Identity:
    """Return what tells a folder from another one of the same name; None if it is not there."""
    try:
        status = root.stat()
        os.listdir(root)  # a network drive that is away may still have a status
    except OSError:
        return None
    return status.st_dev, status.st_ino
