"""Watch a folder: build, and build again whenever a file in it changes."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from tacrochat.building.build import build
from tacrochat.building.events import changes
from tacrochat.building.sources import sources
from tacrochat.configuration.folders import is_within
from tacrochat.configuration.read import load
from tacrochat.configuration.record import NAME, Configuration
from tacrochat.embedding.encoder import Encoder
from tacrochat.errors import CorpusError, IndexBusy, TacrochatError
from tacrochat.index.manifest import is_own
from tacrochat.index.places import place_of
from tacrochat.library import Library
from tacrochat.settings import Settings
from tacrochat.types import Progress

RETRY_SECONDS = 2.0
"""After this time a build that failed is tried again, even if no file has changed."""


def watch(
    corpus: str | Path | None,
    index: str | Path,
    *,
    model: str | None = None,
    full: bool = False,
    settings: Settings | None = None,
    report: Callable[[TacrochatError], object] = lambda error: None,
    progress: Progress | None = None,
) -> Iterator[Library]:
    """Build, and build again whenever a file of the folder changes; yields each library.

    ``full`` is for the first build. A build that fails, as when another one is
    writing or the folder is empty for a moment, is passed to ``report`` and tried
    again. ``progress`` is called as each build proceeds.

    Raises:
        CorpusError: the folder is missing.
        TacrochatError: as ``build``, for the first build, unless it can be tried again.

    """
    place = place_of(index)
    root, chosen = sources(corpus, model, place, settings or Settings.from_environment())
    builds = _Builds(
        root,
        index,
        model=chosen.model,
        settings=settings,
        report=report,
        progress=progress,
        full=full,
    )
    yield from builds.first()
    poll = root.is_dir() and load(root).watch == "poll"
    tops = _Tops(root)
    is_ignored = ignored(lambda: tops.last, place.folder)
    for has_changed in changes(tops.now, is_ignored, poll=poll, warn=lambda text: report(CorpusError(text))):
        if has_changed or builds.is_due:
            yield from builds.again()


class _Builds:
    """Builds one index again and again, with the model loaded once."""

    def __init__(
        self,
        root: Path,
        index: str | Path,
        *,
        model: str,
        settings: Settings | None,
        report: Callable[[TacrochatError], object],
        progress: Progress | None,
        full: bool,
    ) -> None:
        self._failed = False
        self._tried = 0.0
        self._root = root
        self._index = index
        self._model = model
        self._settings = settings
        self._report = report
        self._progress = progress
        self._full = full
        self._encoder: Encoder | None = None
        self._said = ""

    def first(self) -> Iterator[Library]:
        """Build; an error that passes by itself is reported, another one raised."""
        try:
            yield self._build()
        except (CorpusError, IndexBusy) as error:
            if not self._root.is_dir():
                raise
            self._fail(error)

    def again(self) -> Iterator[Library]:
        """Build, without a word if nothing has changed; an error is reported."""
        had_failed = self._failed
        try:
            library = self._build()
        except TacrochatError as error:
            self._fail(error)
            return
        report = library.report
        if report and (had_failed or report.added or report.changed or report.removed):
            yield library

    @property
    def is_due(self) -> bool:
        """Tell whether it is time to try again what failed, or to say that the folder is gone."""
        is_wanted = self._failed or not self._root.is_dir()
        return is_wanted and time.monotonic() - self._tried >= RETRY_SECONDS

    def _build(self) -> Library:
        self._tried = time.monotonic()
        library = build(
            self._root,
            self._index,
            model=self._model,
            full=self._full,
            settings=self._settings,
            encoder=self._encoder,
            progress=self._progress,
        )
        self._encoder = library.encoder
        self._failed = self._full = False
        self._said = ""
        return library

    def _fail(self, error: TacrochatError) -> None:
        self._failed = True
        if str(error) != self._said:  # what is tried again and again is said once
            self._said = str(error)
            self._report(error)


class _Tops:
    """What to follow for a folder, as its configuration says; ``last`` is what it said last."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.last: Sequence[Path] = (root,)

    def now(self) -> Sequence[Path]:
        """Return what to follow now; what was last if the configuration cannot be used."""
        with suppress(TacrochatError):
            self.last = tops_of(self._root, load(self._root))
        return self.last


def tops_of(root: Path, configuration: Configuration) -> Sequence[Path]:
    """Return what to follow for a folder: itself, or those that its configuration names, and that."""
    if not configuration.folders:
        return (root,)
    return (*(folder.path for folder in configuration.folders), root / NAME)


def ignored(tops: Callable[[], Sequence[Path]], index: Path) -> Callable[[str], bool]:
    """Return a function that tells whether a change of a path says nothing about the documents.

    That is so for hidden files and for what a build writes in the index folder.
    """
    folder = os.path.realpath(index)

    def is_ignored(path: str) -> bool:
        above = (os.path.abspath(top) for top in tops())
        top = next((top for top in above if is_within(path, top)), os.sep)
        below = os.path.relpath(path, top).split(os.sep)
        # "..data" is what Kubernetes turns over when it replaces the files that are linked to it.
        if any(part.startswith(".") and not part.startswith("..") for part in below if part != os.curdir):
            return True
        relative = os.path.relpath(os.path.realpath(path), folder)
        return relative == os.curdir or is_own(relative.split(os.sep)[0])

    return is_ignored
