"""Which folder and which model a build uses: those that are given, those of the index, or the defaults."""

from dataclasses import replace
from pathlib import Path

from tacrochat.configuration.record import Configuration
from tacrochat.embedding.model_files import absolute
from tacrochat.errors import IndexCorrupt
from tacrochat.index.origin import Origin
from tacrochat.index.protocol import Place
from tacrochat.settings import DEFAULT_MODEL, Settings

DEFAULT_CORPUS = "corpus"


def sources(
    corpus: str | Path | None, model: str | None, place: Place, settings: Settings
) -> tuple[Path, Settings]:
    """Return the folder to build from, and the settings with the model to build with.

    Without ``corpus`` it is the folder that the index was made from. Without
    ``model``, and with the default in the settings, it is the index's model.

    Raises:
        IndexFolderError: the index is to say what it was made from, and cannot be read.

    """
    own_corpus, own_model = DEFAULT_CORPUS, DEFAULT_MODEL
    try:
        if recorded := place.recorded():
            own_corpus, own_model = recorded[0].corpus, recorded[1]
    except IndexCorrupt as error:
        if corpus is None:
            raise IndexCorrupt(
                f"the manifest of {place.address} is damaged and does not say which folder it was made from;"
                f" run 'tacrochat build --index {place.address} --corpus DIR'"
            ) from error
    if model is None:
        model = own_model if settings.model == DEFAULT_MODEL else settings.model
    return Path(own_corpus if corpus is None else corpus), replace(settings, model=absolute(model))


def origin_of(root: Path, configuration: Configuration) -> Origin:
    """Return what an index is made from, as it records it."""
    folders = {folder.name: str(folder.path) for folder in configuration.folders}
    return Origin(str(root.resolve()), folders, configuration.login is not None)
