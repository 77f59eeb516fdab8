"""Which folders and indexes a command is about: ``--folder``, and what ``serve`` is given."""

import argparse
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tacrochat.building import sample
from tacrochat.cli.printing import say
from tacrochat.errors import CorpusError, IndexFolderError, TacrochatError
from tacrochat.index import user_folders
from tacrochat.index.manifest import GENERATION, is_own
from tacrochat.index.places import is_remote, place_of
from tacrochat.ui.served import Served

_NAME = re.compile("[A-Za-z0-9_-]+")
_NAMED = re.compile(rf"({_NAME.pattern})=(.+)", re.DOTALL)
_INDEX = "index"
_CORPUS = "corpus"
_ADVICE = "the index of the folder is kept there; give another place with --index DIR, or in XDG_CACHE_HOME"


def use_folder(options: argparse.Namespace) -> None:
    """Let ``--index`` name the index of ``--folder``.

    Raises:
        CorpusError: there is no such folder.
        IndexFolderError: this user has no home folder, and so no cache.

    """
    options.index = str(user_folders.index_of(_folder(options.folder)))


def libraries(options: argparse.Namespace) -> list[Served]:
    """Return what to serve, and say so: given folders, else what is in the working folder, else the sample.

    Raises:
        CorpusError: a folder is missing, or no folder.
        IndexFolderError: its index cannot be written, or is that of another folder.
        TacrochatError: two libraries have one name or one folder, or options contradict each other.

    """
    given = options.folders + ([options.folder] if options.folder else [])
    if given:
        if options.corpus is not None:
            raise TacrochatError(f"--corpus {options.corpus} names one more folder to serve; leave it out")
        served = list(_given(given, None if options.folder else options.index))
        for library in served:
            say(f"tacrochat: {library.corpus} is served; {_to_ask(library)}")
        return served
    if options.index is not None or options.corpus is not None or _is_something_here():
        return [Served("", options.index or _INDEX, Path(options.corpus or _CORPUS))]
    folder = sample.copied()
    library = Served("", _cached_index(folder), folder)
    say(f"tacrochat: no folder is named, so the sample is served, {folder}; {_to_ask(library)}")
    return [library]


def _to_ask(library: Served) -> str:
    option = f"--folder {library.corpus}" if isinstance(library.index, Path) else f"--index {library.index}"
    return f"in the shell: tacrochat ask QUESTION {option}"


def _is_something_here() -> bool:
    """Tell whether the working folder has documents, or an index or what a stopped build left of one."""
    try:
        names = os.listdir(_INDEX)
    except OSError:
        names = []
    return os.path.isdir(_CORPUS) or any(map(is_own, names))


def _given(texts: Sequence[str], index: str | None) -> Iterator[Served]:
    if index is not None and len(texts) > 1:
        raise TacrochatError(f"--index {index} is one index for {len(texts)} folders; leave it out")
    pairs = [_parsed(text, is_alone=len(texts) == 1) for text in texts]
    for number, (text, (name, folder)) in enumerate(zip(texts, pairs, strict=True)):
        for other, (its_name, its_folder) in zip(texts[:number], pairs, strict=False):
            if folder == its_folder:
                raise TacrochatError(f"{other} and {text} are one folder; give it once")
            if name.casefold() == its_name.casefold():
                raise TacrochatError(f"{other} and {text} have the same name; name one of them: NAME=FOLDER")
    for name, folder in pairs:
        yield Served(name, _cached_index(folder) if index is None else _given_index(index, folder), folder)


def _parsed(text: str, *, is_alone: bool) -> tuple[str, Path]:
    """Return the name and the folder of ``FOLDER`` or ``NAME=FOLDER``; its own name for one of several."""
    if match := _NAMED.fullmatch(text):
        if os.path.isdir(text) and not os.path.isdir(match[2]):
            raise CorpusError(f"there is no folder {match[2]}; write ./{text} if you mean the folder {text}")
        return match[1], _folder(match[2])
    folder = _folder(text)
    if is_alone:
        return "", folder
    if not _NAME.fullmatch(folder.name):
        raise TacrochatError(
            f"{text} needs a name of letters, digits, - and _ among several folders; write NAME={text}"
        )
    return folder.name, folder


def _folder(text: str) -> Path:
    """Return a folder of documents by its real path."""
    folder = Path(os.path.realpath(text))
    try:
        names = os.listdir(folder)
    except FileNotFoundError as error:
        raise CorpusError(f"there is no folder {text}; name a folder of documents") from error
    except NotADirectoryError as error:
        raise CorpusError(f"{text} is a file; name the folder that it lies in") from error
    except OSError as error:
        raise CorpusError(f"{text} cannot be read ({error.strerror}); check its permissions") from error
    if any(GENERATION.fullmatch(name) for name in names):
        raise CorpusError(f"{text} is an index; name a folder of documents, or give --index {text}")
    return folder


def _cached_index(folder: Path) -> Path:
    """Return the index of a folder in the user's cache, which can be written or is there already."""
    index = user_folders.index_of(folder)
    if not place_of(index).exists():
        user_folders.make(index, _ADVICE)
    return index


def _given_index(index: str, folder: Path) -> str:
    """Return the index of ``--index``, after a look whether it is that of another folder."""
    recorded = None if is_remote(index) else place_of(index).recorded()
    corpus = recorded[0].corpus if recorded else str(folder)
    if os.path.realpath(corpus) != str(folder):
        raise IndexFolderError(
            f"{index} is the index of {corpus}; give another --index, or run"
            f" 'tacrochat build --corpus {folder} --index {index}' to make it that of {folder}"
        )
    return index
