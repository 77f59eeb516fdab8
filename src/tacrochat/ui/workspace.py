"""The library that the page asks: opened and rebuilt in the background.

The page is available before the index is open and the model is loaded; a
question waits for both. While a build runs, the previous library answers; the
new one replaces it in one step.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tacrochat.building.build import build
from tacrochat.building.progress import Meter, Pace
from tacrochat.embedding.encoder import Encoder
from tacrochat.errors import IndexBusy, IndexFolderError, IndexMissing, TacrochatError
from tacrochat.index.places import place_of
from tacrochat.library import Library
from tacrochat.ranking.confidence import threshold as threshold_or_fitted
from tacrochat.settings import Settings
from tacrochat.types import BuildReport, Progress
from tacrochat.ui.asked import Asked
from tacrochat.ui.live import LiveConfiguration
from tacrochat.ui.models import Models
from tacrochat.ui.operation.background import in_background
from tacrochat.ui.operation.metrics import LibraryState
from tacrochat.ui.operation.operation import Operation
from tacrochat.ui.originals import Originals
from tacrochat.ui.presence import check_folder, check_is_there
from tacrochat.ui.state import Cancelled, State

log = logging.getLogger(__name__)

_BUSY_SECONDS = 0.5  # after which it is looked again whether another process has built the index


class Workspace(Asked):
    """One index and its corpus, shared by everyone at the page."""

    def __init__(
        self,
        index: str | Path,
        corpus: Path,
        feedback: Path = Path("feedback.jsonl"),
        *,
        name: str = "",
        operation: Operation | None = None,
    ) -> None:
        """Name the index and the folder, and the file for thumbs up and down; ``start`` opens them.

        ``corpus`` is the folder to build from if there is no index. ``operation`` is what the libraries
        of a server share. Raises ``TacrochatError`` if the configuration cannot be used.
        """
        super().__init__(name, operation)
        self.libraries: Sequence[Workspace] = (self,)
        self._models = Models()
        self.index = index
        self._place = place_of(index)
        self.feedback = feedback
        self.report: BuildReport | None = None
        self._first_corpus = corpus
        self._built_at: float | None = None  # Unix time
        self._library: Library | None = None
        self.live = LiveConfiguration(lambda: self.corpus)
        self.originals = Originals(self.settings)
        self._encoder: Encoder | None = None
        self._progress: Progress = Meter(self._show)
        self._tried: object = None
        self._warned = ""
        self._build_lock = threading.Lock()

    @property
    def library(self) -> Library | None:
        """The library in use, None before it is open."""
        return self._library

    @property
    def settings(self) -> Settings:
        """The settings of the configuration, and above them the environment."""
        return self.live.settings

    @property
    def title(self) -> str:
        """What people call the library: as it is configured, or else its name."""
        return self.live.current.title or self.name or "tacrochat"

    @property
    def index_folder(self) -> Path:
        """The folder in which builds write."""
        return self._place.folder

    @property
    def corpus(self) -> Path:
        """The folder that the index was made from; without an index, the one to build from."""
        if self._library is not None:
            return Path(self._library.manifest.corpus)
        with contextlib.suppress(IndexFolderError):
            if made_from := self._place.recorded():
                return Path(made_from[0].corpus)
        return self._first_corpus

    @property
    def threshold(self) -> float:
        """The minimum confidence, unless the reader sets another."""
        return threshold_or_fitted(self.settings.threshold)

    def share(self, libraries: "Sequence[Workspace]", models: Models) -> None:
        """Know all libraries of the server, and share the models of the server."""
        self.libraries, self._models = libraries, models

    def start(self) -> None:
        """Open the index, or build it if there is none, and load the model, in a thread; returns at once."""
        threading.Thread(target=self._start, name="tacrochat-open", daemon=True).start()

    def wait(self) -> Library:
        """Return the library as soon as it is open, of the index as it is now.

        Raises:
            TacrochatError: it cannot be opened.

        """
        self.look()
        with self._changed:
            self._changed.wait_for(lambda: self._library is not None or self._state.phase == "failed")
        if self._library is None:
            raise TacrochatError(self._state.error)
        return self._library

    def look(self) -> None:
        """Take up another configuration, and an index that another process has published since.

        Returns at once if a build runs here.
        """
        is_settled = self._library is not None or self._state.phase == "failed"
        if is_settled and self.live.look():
            self.tell()
        if not self._build_lock.acquire(blocking=False):
            return  # this process will replace the library itself
        try:
            if self._library is None:
                if self._state.phase == "failed" and self._place.state() != self._tried:
                    self._set(State())
                    self.start()
                return
            self._library = self.live.applied_to(self._library)
            library = self._library.reopen()
            if library is not self._library:
                self._library = library
                if self._encoder and self._encoder.fingerprint != library.manifest.fingerprint:
                    self._encoder = None  # the library will load its own; two would be kept
                self._set(State("ready", generation=library.manifest.generation))
        except IndexFolderError as error:
            if str(error) != self._warned:  # pages ask every few seconds
                self._warned = str(error)
                log.warning("the index cannot be reopened: %s", error)
        finally:
            self._build_lock.release()

    def library_state(self) -> LibraryState:
        """Return how the library is, for health and metrics."""
        library, report = self._library, self.report
        seconds = report.seconds if report else None
        return LibraryState.of(self.name, self._state.phase, library, seconds, self._built_at)

    def retry(self) -> None:
        """Open or build the index again after that has failed; returns at once."""
        if self._state.phase == "failed":
            self._set(State())
            self.start()

    def sync(self) -> BuildReport | None:
        """Refresh the index in this thread, shown only if it takes long; None if a build is running.

        Raises:
            FolderEmptied: see there.
            Cancelled: a reader of the page has stopped it.
            TacrochatError: as ``build``. The library in use stays.

        """
        if self._library is None or not self._build_lock.acquire(blocking=False):
            return None
        try:
            check_folder(self._library)
            with self._quietly():
                library = self._build()
                self._load(library)
            if library.manifest.generation != self._state.generation:
                self._library = self.live.applied_to(library)
                self._set(State("ready", generation=library.manifest.generation))
            return library.report
        finally:
            self._build_lock.release()

    def rebuild(
        self, change_corpus: Callable[[Path], object] = lambda corpus: None, *, is_sure: bool = True
    ) -> bool:
        """Run ``change_corpus`` and refresh the index in the background; False if a build is running.

        ``change_corpus`` is called with the corpus folder. Unless ``is_sure``, not all
        documents are removed at once because their folder looks empty.

        Raises:
            CorpusError: the folder that the index was made from is gone, or empty all at once.

        """
        if not self._begin_build():
            return False
        try:
            corpus = self.corpus
            if self._place.exists():
                check_is_there(corpus, self.index)
            if self._library and not is_sure:
                check_folder(self._library)
            change_corpus(corpus)
        except BaseException:
            self._build_lock.release()
            raise
        self._update(phase="building", stage="", share=0.0, seconds_left=None, error="", is_cancelled=False)
        threading.Thread(target=self._rebuild, name="tacrochat-build", daemon=True).start()
        return True

    def _begin_build(self) -> bool:
        """Take the build lock; False if a build is running."""
        while not self._build_lock.acquire(timeout=0.05):
            if self._state.is_busy:
                return False
            # Held for a moment: by "look", or by a build that has just made its library the one in use.
        return True

    def _start(self) -> None:
        with self._build_lock, self._reporting():
            self._use(self._opened_or_built())

    def _opened_or_built(self) -> Library:
        """Open the index, or build it if there is none; if another process is building it, wait for that."""
        while True:
            self._tried = self._place.state()
            try:
                index = self._place.open()
                with self._models.of(index.manifest.fingerprint) as model:
                    library = Library(index, self.settings, encoder=model.loaded)
                    model.loaded = library.encoder
                    return library
            except IndexMissing:
                with contextlib.suppress(IndexBusy):
                    self._update(phase="building")
                    return self._build()
            if self._state.is_cancelled:
                raise Cancelled
            time.sleep(_BUSY_SECONDS)

    def _rebuild(self) -> None:
        try:
            with self._reporting():
                library = self._build()
                self._load(library)
                self._use(library)
        finally:
            self._build_lock.release()

    def _build(self) -> Library:
        has_index = self._place.exists()
        work = partial(
            build,
            None if has_index else self._first_corpus,
            self.index,
            settings=self.settings,
            configuration=self.live.current,
            encoder=self._encoder,
            progress=self._progress,
        )
        library = in_background(work) if self._library else work()
        self.report, self._built_at = library.report, time.time()
        return library

    def _show(self, pace: Pace) -> None:
        super()._show(pace)
        self._pauses.wait()

    def _use(self, library: Library) -> None:
        generation = library.manifest.generation
        library = self._library = self.live.applied_to(library)
        self._set(State("loading", generation=generation))
        self._load(library)
        self._set(State("ready", generation=generation))

    def _load(self, library: Library) -> None:
        """Load the model, so that no question waits for it; it serves all later libraries too."""
        self._prepare(library)
        self._encoder = library.encoder
