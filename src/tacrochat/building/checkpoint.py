"""What an interrupted build has embedded, kept in the index folder until a build publishes it.

The file begins with a line of JSON that names the model. A record for each batch
follows: its length, the SHA-256 of the rest, then the texts' keys and vectors.
Records are only appended, so a build that dies while it writes one loses that
one: it is cut off. Nothing in the file is trusted. A record counts if its
checksum is right and its vectors fit the texts that a build asks for.
"""

import hashlib
import json
import logging
import os
import shutil
import stat
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

import numpy as np

from tacrochat.arrays import Floats
from tacrochat.embedding.engine import ENGINES, EngineName
from tacrochat.index.manifest import CHECKPOINT, SCHEMA
from tacrochat.index.vectors import check_vectors
from tacrochat.word_codes import Codes, width

log = logging.getLogger(__name__)

Stage = Literal["passages", "sentences"]
STAGES: tuple[Stage, ...] = ("passages", "sentences")

_HEAD = struct.Struct("<I32s")  # bytes of the rest, and their SHA-256
_ABOUT = struct.Struct("<BBI")  # stage, engine, texts
_KEY_BYTES = 16
_MAX_HEADER = 4_096
_MAX_RECORD = 64_000_000  # bytes; a batch of the encoder's has about 3 million
_ROOM = 1.5  # times its vectors: the space that a generation may need beside the checkpoint


@dataclass(slots=True)
class Restored:
    """What a checkpoint holds of the texts that a build asked for."""

    vectors: dict[str, Floats] = field(default_factory=dict)
    word_codes: dict[str, Codes] = field(default_factory=dict)
    engines: dict[Stage, EngineName] = field(default_factory=dict)
    """Which engine encoded the texts of a stage last."""


class Checkpoint:
    """The file that keeps the vectors of a build; call it inside ``publish.writing``.

    It never ends a build: if it cannot be written, nothing more is kept.
    """

    def __init__(self, folder: Path, fingerprint: str, dimension: int, *, full: bool) -> None:
        """Name an index folder and the model.

        ``full``: take over only what another full build has embedded.
        """
        self._folder = folder
        self._path = folder / CHECKPOINT
        self._about = {"schema": SCHEMA, "model": fingerprint, "dimension": dimension, "full": full}
        self._dimension = dimension
        self._end = 0  # where the last whole record ends; 0 if there is no file to append to
        self._file: IO[bytes] | None = None
        self._is_kept = True

    def restore(self, words: Mapping[str, int], sentences: Mapping[str, str]) -> Restored:
        """Return what was kept of these texts.

        ``words`` maps the key of each passage to the number of its words;
        ``sentences`` has the keys of the sentences. Vectors that do not fit are left out: the file
        may also hold those of other segments of the build.
        """
        restored = Restored()
        try:
            with _open(self._path) as file:
                if not self._is_ours(file):
                    return restored
                self._end = file.tell()
                while (rest := _record(file)) is not None:
                    if not self._take(rest, words, sentences, restored):
                        break
                    self._end = file.tell()
        except FileNotFoundError:
            pass
        except OSError as error:
            log.debug("the checkpoint cannot be read: %s", error)
        return restored

    def make_room(self, words: int, texts: int) -> None:
        """Keep nothing if the disk has no room for a checkpoint and the index of so many words and texts."""
        size = self._bytes(words, texts)
        with suppress(OSError):
            if shutil.disk_usage(self._folder).free < size * (1 + _ROOM):
                log.debug("no room for a checkpoint of %d bytes in %s", size, self._folder)
                self._is_kept = False
                discard(self._folder)

    def append(
        self,
        stage: Stage,
        engine: EngineName,
        keys: Sequence[str],
        vectors: Floats,
        word_codes: Sequence[Codes],
    ) -> None:
        """Keep the vectors of one batch of texts; ``word_codes`` is empty for sentences."""
        counts = np.asarray([len(words) for words in word_codes] or [0] * len(keys), "<i4")
        rest = b"".join(
            (
                _ABOUT.pack(STAGES.index(stage), ENGINES.index(engine), len(keys)),
                *map(bytes.fromhex, keys),
                counts.tobytes(),
                vectors.astype("<f4").tobytes(),
                *(words.tobytes() for words in word_codes),
            )
        )
        if not self._is_kept or len(rest) > _MAX_RECORD:
            return
        try:
            file = self._file = self._file or self._appendable()
            file.write(_HEAD.pack(len(rest), hashlib.sha256(rest).digest()) + rest)
            file.flush()
        except OSError as error:  # as on a full disk; what is whole in the file stays
            log.debug("nothing more is kept: %s", error)
            self._is_kept = False
            self.close()

    def close(self) -> None:
        """Close the file; it stays in the folder."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close()

    def _bytes(self, words: int, texts: int) -> int:
        return width(self._dimension) * words + (4 * self._dimension + 64) * texts

    def _is_ours(self, file: IO[bytes]) -> bool:
        return file.readline(_MAX_HEADER) in (_header(self._about), _header(self._about | {"full": True}))

    def _take(
        self, rest: bytes, words: Mapping[str, int], sentences: Mapping[str, str], restored: Restored
    ) -> bool:
        """Take what fits from a record; False if it is not one."""
        record = _parsed(rest, self._dimension)
        if record is None:
            return False
        for number, key in enumerate(record.keys):
            if record.stage == "passages" and words.get(key) == len(record.word_codes[number]):
                restored.word_codes[key] = record.word_codes[number]
            elif record.stage == "passages" or key not in sentences:
                continue
            restored.vectors[key] = record.vectors[number]
            restored.engines[record.stage] = record.engine
        return True

    def _appendable(self) -> IO[bytes]:
        if self._end:
            file = _open(self._path, os.O_RDWR)
            file.truncate(self._end)
            file.seek(self._end)
            return file
        discard(self._folder)  # another model's, or no checkpoint: never written over
        file = _open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        file.write(_header(self._about))
        return file


def _header(about: Mapping[str, object]) -> bytes:
    return json.dumps(about).encode() + b"\n"


def discard(folder: Path) -> None:
    """Delete the checkpoint of an index folder, if there is one."""
    with suppress(OSError):
        (folder / CHECKPOINT).unlink(missing_ok=True)


def texts_kept(folder: Path) -> int:
    """Count the texts in the checkpoint of an index folder; 0 if there is none."""
    count = 0
    with suppress(OSError), _open(folder / CHECKPOINT) as file:
        size = os.fstat(file.fileno()).st_size
        file.readline(_MAX_HEADER)
        while len(head := file.read(_HEAD.size + _ABOUT.size)) == _HEAD.size + _ABOUT.size:
            length, _ = _HEAD.unpack(head[: _HEAD.size])
            end = file.tell() - _ABOUT.size + length
            if not _ABOUT.size <= length <= _MAX_RECORD or end > size:
                break
            count += _ABOUT.unpack(head[_HEAD.size :])[2]
            file.seek(end)
    return count


@dataclass(frozen=True, slots=True)
class _Record:
    stage: Stage
    engine: EngineName
    keys: list[str]
    vectors: Floats
    word_codes: list[Codes]


def _record(file: IO[bytes]) -> bytes | None:
    """Read one record; None at the end, or where it is cut short or damaged."""
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    length, digest = _HEAD.unpack(head)
    if length > _MAX_RECORD:
        return None
    rest = file.read(length)
    return rest if len(rest) == length and hashlib.sha256(rest).digest() == digest else None


def _parsed(rest: bytes, dimension: int) -> _Record | None:
    """Return the record in some bytes; None unless every number in it fits their length."""
    try:
        stage, engine, count = _ABOUT.unpack_from(rest)
        keys_at, counts_at = _ABOUT.size, _ABOUT.size + count * _KEY_BYTES
        counts = np.frombuffer(rest, "<i4", count, counts_at).astype(np.int64)
        keys = [rest[i : i + _KEY_BYTES].hex() for i in range(keys_at, counts_at, _KEY_BYTES)]
        vectors_at = counts_at + 4 * count
        vectors = np.frombuffer(rest, "<f4", count * dimension, vectors_at).reshape(count, dimension)
        words = np.frombuffer(rest, np.uint8, offset=vectors_at + vectors.nbytes)
        words = words.reshape(-1, width(dimension))
        check_vectors(vectors)
        if not count or counts.min() < 0 or counts.sum() != len(words):
            return None
        word_codes = np.split(words, np.cumsum(counts)[:-1])
        return _Record(STAGES[stage], ENGINES[engine], keys, vectors, word_codes)
    except (ValueError, IndexError, struct.error):
        return None


def _open(path: Path, flags: int = os.O_RDONLY) -> IO[bytes]:
    """Open a regular file; a link (of either kind), a pipe or a folder of that name is refused.

    Raises:
        OSError: it cannot be opened.

    """
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
        flags |= getattr(os, name, 0)
    descriptor = os.open(path, flags, 0o666)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        os.close(descriptor)
        raise OSError(f"{path} is not a file of its own")
    return os.fdopen(descriptor, "rb" if flags & os.O_ACCMODE == os.O_RDONLY else "r+b")
