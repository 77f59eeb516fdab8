"""Tell when the files of folders have changed, once they are written completely.

Changes come in bursts: a checkout changes a thousand files, an editor renames a file
over another, a copy grows for seconds. A burst is told once, when nothing has changed
for a moment. Times are taken from a clock that never jumps.
"""

import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    tops: Callable[[], Sequence[Path]],
    is_ignored: Callable[[str], bool],
    *,
    poll: bool = False,
    warn: Callable[[str], object] = lambda text: None,
) -> Iterator[bool]:
    """Yield true when files below folders have changed and are settled, and false about once a second.

    ``tops`` returns the folders, or files, as they are to be followed now. The first is true: what changed
    before is not known. A folder that vanishes is waited for; when it is gone or back, or another is in
    its place, that is a change, unless none is left. ``poll`` looks through the folders again and again,
    for a network drive that reports no changes. ``warn`` is told if that is done without being asked for.
    """
    while True:
        identities = _identities(tops())
        if not any(identities.values()):
            time.sleep(TICK_SECONDS)
            yield False
            continue
        try:
            yield from _settled(tops, identities, is_ignored, poll=poll)
        except FileNotFoundError:
            pass  # it vanished just now
        except (OSError, RuntimeError) as error:  # such as the limit on folders that may be watched
            if poll:
                raise
            names = ", ".join(map(str, identities))
            warn(f"changes of {names} cannot be reported ({error}); it is looked through again and again")
            poll = True


def _settled(
    tops: Callable[[], Sequence[Path]],
    identities: Mapping[Path, Identity],
    is_ignored: Callable[[str], bool],
    *,
    poll: bool,
) -> Iterator[bool]:
    """Yield as ``changes`` does, until the folders are not the same any more."""
    pace = _POLLING if poll else _EVENTS
    first, last, told = time.monotonic(), 0.0, 0.0
    there = [top for top, identity in identities.items() if identity]
    for batch in _batches(there, pace, poll=poll):
        now = time.monotonic()
        if any(not is_ignored(path) for _, path in batch):
            first, last = first or now, now
        is_settled = first and (now - last >= pace.quiet_seconds or now - first >= _LONGEST_SECONDS)
        if is_settled or now - told >= TICK_SECONDS:
            if _identities(tops()) != identities:
                return
            told = now
            if is_settled:
                first = 0.0
            yield bool(is_settled)


def _batches(tops: Sequence[Path], pace: _Pace, *, poll: bool) -> Iterator[Any]:
    return watchfiles.watch(
        *tops,
        watch_filter=None,
        debounce=10 * _STEP_MS,
        step=_STEP_MS,
        rust_timeout=round(1_000 * pace.quiet_seconds / 2),
        yield_on_timeout=True,
        force_polling=poll or None,
        poll_delay_ms=pace.poll_ms,
        ignore_permission_denied=True,
    )


def _identities(tops: Sequence[Path]) -> dict[Path, Identity]:
    return {top: _identity(top) for top in tops}


def _identity(top: Path) -> Identity:
    """Return what tells a folder or file from another one of the same name; None if it is not there."""
    try:
        status = top.stat()
        if stat.S_ISDIR(status.st_mode):
            os.listdir(top)  # a network drive that is away may still have a status
    except OSError:
        return None
    return status.st_dev, status.st_ino
