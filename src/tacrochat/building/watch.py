"""Watch a folder: build, and build again whenever a file in it changes."""

from collections.abc import Iterator
from pathlib import Path

from tacrochat.building.build import build
from tacrochat.errors import CorpusError
from tacrochat.library import Library
from tacrochat.settings import Settings


def watch(
    corpus: str | Path,
    index: str | Path,
    *,
    model: str | None = None,
    settings: Settings | None = None,
) -> Iterator[Library]:
    """Build, and build again whenever a file of the folder changes; yields each library.

    Raises:
        CorpusError: the folder is missing, or watchfiles is not installed.
        TacrochatError: as ``build``, for the first build.

    """
    try:
        import watchfiles
    except ImportError as error:
        raise CorpusError(
            "watching a folder needs the package watchfiles; run 'pip install \"tacrochat[watch]\"'"
        ) from error
    library = build(corpus, index, model=model, settings=settings)
    yield library
    index_folder = Path(index).resolve()
    encoder = library.encoder

    def is_outside_index(_: object, path: str) -> bool:
        return not Path(path).resolve().is_relative_to(index_folder)

    for _ in watchfiles.watch(corpus, watch_filter=is_outside_index, raise_interrupt=True):
        library = build(corpus, index, model=model, settings=settings, encoder=encoder)
        yield library
