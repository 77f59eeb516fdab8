"""The manifest of an index folder: which generation is current, and the SHA-256 of its files."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tacrochat.errors import IndexCorrupt, IndexFolderError, IndexMismatch, IndexMissing
from tacrochat.index.contents import SegmentRecord
from tacrochat.index.origin import Origin

SCHEMA = 5
NAME = "manifest.json"
DRAFT = f"{NAME}.new"
LOCK = ".lock"
CHECKPOINT = "embedded.checkpoint"
EXPORTED = "model.exported"
GENERATION = re.compile(r"generation-[0-9a-f]{12}")
"""The names of the folders that hold the state of a generation."""
SEGMENT = re.compile(r"segment-[0-9a-f]{12}")
"""The names of the folders that hold segments."""
PLAIN = re.compile(r"[a-z]+(\.[a-z]+)+")
"""The names of files in those folders."""

_MAX_BYTES = 10_000_000
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index records about itself.

    ``segments`` names the segments of the current generation. ``files`` maps the
    name of each file of the generation itself to its ``bytes`` and
    ``sha256``. ``corpus``, ``folders`` and ``login`` say what it was built from, see ``Origin``,
    ``built`` the time in UTC (ISO 8601), ``fingerprint`` the SHA-256 of the
    model's weights, ``settings`` those that decide how texts are cut, ``background``
    that of the confidence in this corpus, see ``ranking.confidence``.
    """

    schema: int
    model: str
    fingerprint: str
    settings: Mapping[str, Any]
    corpus: str
    generation: str
    segments: tuple[SegmentRecord, ...]
    files: Mapping[str, Mapping[str, Any]]
    built: str
    background: Mapping[str, float] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)
    login: bool = False

    @property
    def origin(self) -> Origin:
        """What the index was made from."""
        return Origin(self.corpus, self.folders, self.login)

    def to_dict(self) -> dict[str, Any]:
        """Return the manifest as it is written."""
        return asdict(self)


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of an index folder.

    Raises:
        IndexMissing: there is no index.
        IndexCorrupt: the manifest is cut short or not a manifest.
        IndexMismatch: a newer tacrochat wrote it.

    """
    path = folder / NAME
    try:
        values = json.loads(_text(path))
        manifest = Manifest(**{name: values.get(name) for name in Manifest.__dataclass_fields__})
        schema = int(manifest.schema)
        if schema == SCHEMA:
            segments = tuple(SegmentRecord(**s) for s in values["segments"])
            manifest = replace(manifest, segments=segments, **asdict(Origin.of(values)))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise IndexMissing(
            f"there is no index in {folder}; run 'tacrochat build --index {folder}'"
        ) from error
    except OSError as error:
        raise IndexFolderError(f"{path} cannot be read ({error.strerror})") from error
    except _MALFORMED as error:
        raise IndexCorrupt(corrupt(folder, path)) from error
    if schema > SCHEMA:
        raise IndexMismatch(
            f"{folder} was written by a newer tacrochat (schema {schema}, this one reads {SCHEMA});"
            f" upgrade tacrochat, or run 'tacrochat build --full --index {folder}'"
        )
    if schema < SCHEMA:
        raise IndexMismatch(
            f"{folder} was written by an older tacrochat; run 'tacrochat build --index {folder}'"
        )
    if not _is_complete(manifest):
        raise IndexCorrupt(corrupt(folder, path))
    return manifest


def _is_complete(manifest: Manifest) -> bool:
    texts = (manifest.model, manifest.fingerprint, manifest.corpus, manifest.generation, manifest.built)
    try:
        datetime.fromisoformat(manifest.built)
    except (TypeError, ValueError):
        return False
    if not all(isinstance(text, str) for text in texts) or not GENERATION.fullmatch(manifest.generation):
        return False
    parts = (manifest.files, manifest.settings, manifest.background)
    return (
        all(isinstance(p, dict) for p in parts)
        and bool(manifest.segments)
        and all(isinstance(f, dict) for f in manifest.files.values())
        and all(isinstance(value, float) for value in manifest.background.values())
        and all(_is_complete_segment(segment) for segment in manifest.segments)
        and len({segment.name for segment in manifest.segments}) == len(manifest.segments)
    )


def _is_complete_segment(segment: SegmentRecord) -> bool:
    counts = (segment.documents, segment.passages, segment.sentences)
    return (
        isinstance(segment.name, str)
        and bool(SEGMENT.fullmatch(segment.name))
        and all(type(count) is int and count > 0 for count in counts)
        and isinstance(segment.files, dict)
        and all(isinstance(facts, dict) and PLAIN.fullmatch(name) for name, facts in segment.files.items())
    )


def _text(path: Path) -> str:
    """Return the text of a manifest; a file that is too large for one is refused."""
    with path.open("rb") as file:
        data = file.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise ValueError("too large")
    return data.decode("utf-8")


def is_own(name: str) -> bool:
    """Tell whether a name in an index folder is one that tacrochat writes there."""
    if name in {NAME, DRAFT, LOCK, CHECKPOINT, EXPORTED, f"{EXPORTED}.new"}:
        return True
    return bool(GENERATION.fullmatch(name) or SEGMENT.fullmatch(name))


def recorded(folder: Path) -> tuple[Origin, str] | None:
    """Return what an index was made from, and its model; None if there is no index.

    Raises:
        IndexCorrupt: the manifest is not as it was written, and so does not say.
        IndexFolderError: it cannot be read.

    """
    path = folder / NAME
    try:
        text = _text(path)
        values, is_whole = json.loads(text), _has_seal(text)
        origin, model = Origin.of(values), values["model"]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise IndexFolderError(f"{path} cannot be read ({error.strerror})") from error
    except _MALFORMED as error:
        raise IndexCorrupt(corrupt(folder, path)) from error
    if not (isinstance(model, str) and is_whole):
        raise IndexCorrupt(corrupt(folder, path))
    return origin, model


def written_schema(folder: Path) -> int | None:
    """Return the version of the format that an index was written in; None if the manifest does not say."""
    try:
        schema = json.loads(_text(folder / NAME)).get("schema")
    except (OSError, *_MALFORMED):
        return None
    return schema if type(schema) is int else None


def published(folder: Path) -> frozenset[str]:
    """Return the names of the folders of the current generation; none if the manifest does not say."""
    try:
        manifest = read_manifest(folder)
    except IndexFolderError:
        return frozenset()
    return frozenset({manifest.generation, *(segment.name for segment in manifest.segments)})


def corrupt(folder: Path | str, path: Path | str, why: str = "is incomplete or damaged") -> str:
    """Return the message for a damaged file of an index."""
    return f"{path} {why}; run 'tacrochat build --full --index {folder}'"


def sealed(values: Mapping[str, Any]) -> str:
    """Return the text of a manifest, with the SHA-256 of the rest of it as ``seal``."""
    plain = {name: value for name, value in values.items() if name != "seal"}
    seal = hashlib.sha256(json.dumps(plain, indent=2).encode()).hexdigest()
    return json.dumps({**plain, "seal": seal}, indent=2) + "\n"


def _has_seal(text: str) -> bool:
    return sealed(json.loads(text)) == text


def is_sealed(path: Path) -> bool:
    """Tell whether a manifest is byte for byte as it was written."""
    try:
        return _has_seal(_text(path))  # read once: a build may replace the file at any time
    except (OSError, *_MALFORMED):
        return False


def file_facts(path: Path) -> dict[str, Any]:
    """Return the size and SHA-256 of a file as the manifest keeps them; empty if it cannot be read."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"bytes": path.stat().st_size, "sha256": digest}
    except OSError:
        return {}
