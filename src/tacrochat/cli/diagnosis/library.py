"""The settings, the model, and the index with the folder that it was made from."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tacrochat.cli.diagnosis.finding import Finding
from tacrochat.errors import TacrochatError

if TYPE_CHECKING:
    from tacrochat.library import Library

_COMPARED = 500_000_000  # bytes of an index that are compared with their checksums, about .3 s


def settings() -> Iterator[Finding]:
    """Check the variables ``TACROCHAT_…``."""
    from tacrochat.settings import Settings

    default, own = Settings(), Settings.from_environment()
    changed = [name for name in Settings.__dataclass_fields__ if getattr(own, name) != getattr(default, name)]
    found = ", ".join(f"TACROCHAT_{name.upper()}={getattr(own, name)}" for name in changed)
    yield Finding("settings", "ok", found or "all have their defaults")


def model(name: str) -> Iterator[Finding]:
    """Check that the weights of a model are there, complete, and those of its fingerprint."""
    from tacrochat.embedding.model_files import BUNDLED_SHA256, fingerprint, folder_of
    from tacrochat.embedding.weights import weights

    folder, digest = folder_of(name), fingerprint(name)
    try:
        count = sum(1 for _ in weights(folder))
    except (OSError, ValueError) as error:
        advice = "get the model again, or name another one"
        yield Finding("model", "problem", f"the weights in {folder} are damaged ({error})", advice)
        return
    found = f"{name}, {count} weights, SHA-256 {digest[:12]}…"
    if digest == BUNDLED_SHA256:
        yield Finding("model", "ok", f"{found}, the one that tacrochat was measured with")
    else:
        advice = "unset TACROCHAT_MODEL, or measure it with 'tacrochat eval'"
        yield Finding("model", "note", f"{found}, not the one that tacrochat was measured with", advice)


def index(address: str) -> Iterator[Finding]:
    """Open the index, compare its files with their checksums, and look at what it was made from and with."""
    from tacrochat.errors import IndexMissing
    from tacrochat.index.places import Folder, is_remote
    from tacrochat.library import open_index
    from tacrochat.settings import Settings

    try:
        library = open_index(address, settings=Settings.from_environment())  # the configuration has a line
    except IndexMissing as error:
        missing = Finding.of_error("index", error)
        yield Finding("index", "note", missing.found, missing.advice)
        return
    damaged = [] if is_remote(address) else Folder(Path(address)).open().damaged(_COMPARED)
    if damaged:
        advice = f"run 'tacrochat build --full --index {address}'"
        yield Finding("index", "problem", f"damaged: {', '.join(damaged)}", advice)
    else:
        counts = f"{len(library.documents)} documents, {len(library.passages)} passages"
        yield Finding("index", "ok", f"{address}: {counts}, built {library.manifest.built}")
    yield from _model_of(library)
    yield from _lock(address)
    yield from _documents(library)


def _model_of(library: "Library") -> Iterator[Finding]:
    """Compare the model that made an index with the one that is here, and say what encodes questions."""
    from tacrochat.embedding.model_files import fingerprint

    manifest = library.manifest
    again = f"run 'tacrochat build --full --index {library.address}'"
    try:
        is_same = fingerprint(manifest.model) == manifest.fingerprint
    except TacrochatError as error:
        yield Finding.of_error("index model", error)
        return
    if not is_same:
        found = f"the index was made with another {manifest.model} than the one on this machine"
        yield Finding("index model", "problem", found, again)
        return
    engine = library.engine
    if engine == "onnx-float32":
        yield Finding("index model", "ok", f"{manifest.model}; {engine} encodes questions")
    else:
        found = f"{manifest.model}; {engine} encodes questions, and the first one takes ten seconds longer"
        yield Finding("index model", "note", found, f"{again}, which exports the model for ONNX Runtime")


def _lock(address: str) -> Iterator[Finding]:
    """Tell whether a build is running."""
    from tacrochat.errors import IndexBusy
    from tacrochat.index.manifest import LOCK
    from tacrochat.index.places import is_remote
    from tacrochat.index.publish import writing

    if is_remote(address) or not (Path(address) / LOCK).exists():
        return
    try:
        with writing(Path(address)):
            pass
    except IndexBusy:
        found = "a build holds the lock: another one has to wait, questions are answered"
        advice = "wait for it to end; a lock that no process holds is free by itself"
        yield Finding("index lock", "note", found, advice)
    except TacrochatError:  # it cannot be written: the line about its folder says so
        pass


def _documents(library: "Library") -> Iterator[Finding]:
    """Look for the folder that an index was made from, and for the files in it."""
    corpus = Path(library.manifest.corpus)
    if not corpus.is_dir():
        advice = f"put it back, or run 'tacrochat build --index {library.address} --corpus DIR'"
        found = f"{corpus}, which the index was made from, is not there: it cannot be refreshed"
        yield Finding("documents", "problem", found, advice)
        return
    yield from _configuration(corpus)
    files = {container or path for path, container in library.document_columns("path", "container")}
    origin = library.manifest.origin
    gone = sorted(file for file in files if not origin.location(file).is_file())
    if gone:
        found = f"{len(gone)} of {len(files)} files are gone from {corpus}, the first is {gone[0]}"
        yield Finding("documents", "note", found, f"run 'tacrochat build --index {library.address}'")
    else:
        yield Finding("documents", "ok", f"{len(files)} files in {corpus}")


def _configuration(corpus: Path) -> Iterator[Finding]:
    """Read ``tacrochat.yaml`` beside the documents."""
    from tacrochat.configuration.read import load
    from tacrochat.configuration.record import NAME

    try:
        load(corpus)
    except TacrochatError as error:
        yield Finding.of_error("configuration", error)
        return
    is_there = (corpus / NAME).exists()
    found = f"{corpus / NAME}" if is_there else f"no {NAME} in {corpus}: the defaults"
    yield Finding("configuration", "ok", found)
