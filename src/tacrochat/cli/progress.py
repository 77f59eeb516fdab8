"""What a build shows while it runs: one line that is rewritten, from the pace that the build tells."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tacrochat.building.progress import Meter, Pace
from tacrochat.cli.printing import StatusLine

_BAR = 16  # characters; the line fits into 80 columns


class Shown:
    """A build's progress on standard error; ``meter`` is what to pass to ``build`` as ``progress``."""

    def __init__(self, line: StatusLine | None) -> None:
        """Draw on a line; with None nothing is shown, and ``meter`` is None."""
        self._line = line
        self.meter = None if line is None else Meter(self._show)

    def say(self, text: str) -> None:
        """Show a text until the build reports."""
        if self._line is not None:
            self._line.show(lambda: text)

    def _show(self, pace: Pace) -> None:
        told = time.monotonic()
        if self._line is not None:
            self._line.show(lambda: _text(pace, time.monotonic() - told))


@contextmanager
def shown_progress(*, quiet: bool = False) -> Iterator[Shown]:
    """Show how a build proceeds; nothing with ``quiet``."""
    if quiet:
        yield Shown(None)
        return
    with StatusLine() as line:
        line.show(lambda: "Starting")  # loading the libraries takes seconds
        yield Shown(line)


def _text(pace: Pace, seconds_since: float) -> str:
    """Describe a pace that was told some seconds ago."""
    if pace.share >= 1:
        return "Preparing the passages" if pace.phase == "reading" else "Writing the index"
    is_reading = pace.phase == "reading"
    parts = [
        f"{'Reading' if is_reading else 'Embedding':9} {_bar(pace.share)}",
        "" if pace.seconds_left is None else f"{_duration(pace.seconds_left - seconds_since)} left",
        f"{'files' if is_reading else pace.stage} {pace.done:,} of {pace.total:,}",
    ]
    return "  ".join(filter(None, parts))


def _bar(share: float) -> str:
    full = int(share * _BAR)
    return f"{100 * share:3.0f}% [{'#' * full}{'-' * (_BAR - full)}]"


def _duration(seconds: float) -> str:
    """Round a duration so far that it does not change at every step."""
    if seconds < 10:  # also if it takes longer than was thought
        return "a few seconds"
    if seconds < 60:
        return f"about {10 * round(seconds / 10)} s"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60)} min"
    return f"about {seconds / 3600:.1f} h"
