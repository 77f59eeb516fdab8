"""Watch a folder: build, and build again whenever a file in it changes."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tacrochat.building.build import build
from tacrochat.building.sources import sources
from tacrochat.embedding.encoder import Encoder
from tacrochat.errors import CorpusError, IndexBusy, TacrochatError
from tacrochat.index.manifest import is_own
from tacrochat.index.places import place_of
from tacrochat.library import Library
from tacrochat.settings import Settings
from tacrochat.types import Progress

_RETRY_MS = 2_000  # after which a build that failed is tried again, even if no file has changed


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
        CorpusError: the folder is missing, or watchfiles is not installed.
        TacrochatError: as ``build``, for the first build, unless it can be tried again.

    """
    try:
        import watchfiles  # noqa: F401
    except ImportError as error:
        raise CorpusError(
            "watching a folder needs the package watchfiles; run 'pip install \"tacrochat[watch]\"'"
        ) from error
    settings = settings or Settings.from_environment()
    place = place_of(index)
    root, settings = sources(corpus, model, place, settings)
    builds = _Builds(root, index, settings, report, progress, full=full)
    yield from builds.first()
    for has_changed in _events(root, _is_index_file(place.folder)):
        if has_changed or builds.failed:
            yield from builds.again()


def _events(root: Path, is_ours: Callable[[str], bool]) -> Iterator[bool]:
    """Yield true when a file has changed, and false now and then when none has."""
    import watchfiles

    while True:
        try:
            for changes in watchfiles.watch(
                root,
                watch_filter=lambda _, path: not is_ours(path),
                raise_interrupt=True,
                yield_on_timeout=True,
                rust_timeout=_RETRY_MS,
            ):
                yield bool(changes)
                if not root.is_dir():
                    break
        except FileNotFoundError:
            pass
        time.sleep(_RETRY_MS / 1_000)  # the folder is gone, and with it what was watched
        yield True


class _Builds:
    """Builds one index again and again, with the model loaded once."""

    def __init__(
        self,
        root: Path,
        index: str | Path,
        settings: Settings,
        report: Callable[[TacrochatError], object],
        progress: Progress | None,
        *,
        full: bool,
    ) -> None:
        self.failed = False
        self._root = root
        self._index = index
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
        """Build; an error is reported."""
        try:
            yield self._build()
        except TacrochatError as error:
            self._fail(error)

    def _build(self) -> Library:
        library = build(
            self._root,
            self._index,
            model=self._settings.model,
            full=self._full,
            settings=self._settings,
            encoder=self._encoder,
            progress=self._progress,
        )
        self._encoder = library.encoder
        self.failed = self._full = False
        self._said = ""
        return library

    def _fail(self, error: TacrochatError) -> None:
        self.failed = True
        if str(error) != self._said:  # what is tried again and again is said once
            self._said = str(error)
            self._report(error)


def _is_index_file(index: Path) -> Callable[[str], bool]:
    """Return a function that tells whether a path is one that a build writes in the index folder."""
    folder = os.path.realpath(index)

    def is_index_file(path: str) -> bool:
        relative = os.path.relpath(os.path.realpath(path), folder)
        return relative == os.curdir or is_own(relative.split(os.sep)[0])

    return is_index_file
