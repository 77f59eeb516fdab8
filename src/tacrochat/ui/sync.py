"""Keep the index of a served folder, or of several, up to date: refresh it when files have changed.

The folder is only read. A folder that is gone or empty all at once, as one whose drive
is not connected, is no change but a problem: the index stays as it is.
"""

import logging
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tacrochat.building.events import changes
from tacrochat.building.watch import RETRY_SECONDS, ignored, tops_of
from tacrochat.errors import TacrochatError
from tacrochat.types import BuildReport
from tacrochat.ui.presence import FolderEmptied, away
from tacrochat.ui.state import Cancelled, Problem, Synced
from tacrochat.ui.wording import say
from tacrochat.ui.workspace import Workspace

log = logging.getLogger(__name__)

_LONGEST_WAIT = 60.0  # seconds until a refresh that failed is tried again
_TOGETHER_SECONDS = 30.0  # refreshes that follow each other so soon are shown as one


class Sync:
    """Follows the folder of a workspace, whose ``synced`` and ``problem`` say how that goes."""

    def __init__(self, workspace: Workspace, *, poll: bool = False) -> None:
        """Follow a workspace's folder; ``poll`` as for ``changes``. Nothing is done before ``start``."""
        self._workspace = workspace
        self._poll = poll
        self._ended_at = 0.0
        self._failures = 0
        self._try_at = 0.0
        self._built_with: Any = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tacrochat-sync", daemon=True)

    def start(self) -> None:
        """Follow the folder in a thread until the process ends; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; returns when it has ended."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except Exception as error:  # such as a drive with an error; the folder is followed again
                if self._say("sync_failed", f"{type(error).__name__}: {error}"):
                    log.exception("the folder cannot be followed")
                time.sleep(RETRY_SECONDS)

    def _follow(self) -> None:
        """Follow the folder until the index is made from another one."""
        workspace = self._workspace
        root = workspace.corpus
        is_ignored = ignored(self._tops, workspace.index_folder)
        is_due, was_there = True, False
        for has_changed in changes(self._tops, is_ignored, poll=self._poll, warn=log.warning):
            workspace.look()
            if workspace.corpus != root or self._stopping.is_set():
                return
            if has_changed:
                self._failures, self._try_at = 0, 0.0
            is_due |= has_changed or self._wanted() != self._built_with
            if not root.is_dir():
                is_due = True
                if was_there:  # else the index came from elsewhere, without its folder
                    self._say("sync_away")
                continue
            was_there = True
            if is_due and time.monotonic() >= self._try_at:
                is_due = not self._refresh(has_changed=has_changed)

    def _tops(self) -> Sequence[Path]:
        """Return the folders to follow."""
        return tops_of(self._workspace.corpus, self._workspace.live.current)

    def _wanted(self) -> Any:
        """Return what of the configuration a refresh depends on."""
        now = self._workspace.live.current
        return now.folders, now.files, now.kinds, now.follow_links

    def _refresh(self, *, has_changed: bool) -> bool:
        """Refresh the index; False if it is to be tried again."""
        workspace = self._workspace
        if workspace.library is None:
            if has_changed:
                workspace.retry()  # there may be documents now
            return False
        wanted = self._wanted()
        try:
            report = workspace.sync()
        except Cancelled:  # by a reader of the page: wait for the next change
            self._built_with = wanted
            return True
        except FolderEmptied:
            self._put_off("sync_emptied")
            return False
        except TacrochatError as error:
            self._put_off("sync_failed", str(error))
            return False
        if report is None:
            return False
        self._failures, self._built_with = 0, wanted
        self._note(report)
        return True

    def _put_off(self, key: str, error: str = "") -> None:
        """Try again later, each time after twice as long, and say why."""
        self._failures += 1
        wait = min(_LONGEST_WAIT, RETRY_SECONDS * 2 ** (self._failures - 1))
        self._try_at = time.monotonic() + wait
        self._say(key, error)

    def _say(self, key: str, error: str = "") -> bool:
        """Have the page and the log say a problem; False if they do already."""
        problem = Problem(key, error)
        if problem == self._workspace.problem:
            return False
        self._workspace.problem = problem
        self._workspace.tell()
        log.warning("%s", say("en", key, error=error))
        return True

    def _note(self, report: BuildReport) -> None:
        counts = Synced(report.added, report.changed, report.removed, time.time())
        if counts.added or counts.changed or counts.removed:
            now = time.monotonic()
            if self._workspace.synced and now - self._ended_at < _TOGETHER_SECONDS:
                counts = replace(
                    counts,
                    added=counts.added + self._workspace.synced.added,
                    changed=counts.changed + self._workspace.synced.changed,
                    removed=counts.removed + self._workspace.synced.removed,
                )
            self._workspace.synced, self._ended_at = counts, now
            self._workspace.tell()
        if missing := away(self._workspace.live.current.folders):
            self._say("sync_some_away", ", ".join(missing))
        elif self._workspace.problem:
            self._workspace.problem = None
            self._workspace.tell()


def follow(workspace: Workspace, *, chosen: bool | None) -> None:
    """Follow the folder of a workspace, unless ``chosen`` is false, or None and the configuration says no."""
    watch = workspace.live.current.watch
    if watch == "off" if chosen is None else not chosen:
        return
    folder = workspace.index_folder
    if folder.is_dir() and not os.access(folder, os.W_OK):
        log.warning("%s cannot be written; changes of %s are not followed", folder, workspace.corpus)
        return
    Sync(workspace, poll=watch == "poll").start()
