"""What an index holds, before it is written: the contents of a segment, and the files that were read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tacrochat.arrays import Floats
from tacrochat.types import Document, Passage, Section, Skipped
from tacrochat.word_codes import Codes


@dataclass(frozen=True, slots=True)
class FileState:
    """Size and time of a file; ``sidecar`` is "SIZE:TIME" of its side-car, "" if there is none."""

    bytes: int
    modified_ns: int
    sidecar: str = ""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was read: its digest, its state, and what in it was left out and why."""

    path: str
    digest: str
    state: FileState
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentContents:
    """What one segment of an index holds, before it is written.

    Ids count from 0 within the segment. ``contexts[i]`` is what passage i is
    embedded with beside its text; ``keys[i]`` are the hashes of the texts that
    were embedded for it: first the passage, then its sentences. ``vectors`` is
    ``(passages, dimension)``, ``sentence_vectors`` ``(sentences, dimension)``, and
    ``word_codes`` holds those of the words, compressed, see ``word_codes``.
    ``repeated`` pairs a passage that is not indexed with the id of the indexed
    one that has the same text. ``boxes`` maps a document's id to the boxes of its
    characters, packed; documents without pages have none.
    """

    documents: Sequence[Document]
    sections: Sequence[Section]
    passages: Sequence[Passage]
    repeated: Sequence[tuple[Passage, int]]
    contexts: Sequence[str]
    keys: Sequence[Sequence[str]]
    boxes: Mapping[int, bytes]
    vectors: Floats
    sentence_vectors: Floats
    word_codes: Codes


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """A segment as the manifest names it: its folder, its counts, and size and SHA-256 of its files."""

    name: str
    documents: int
    passages: int
    sentences: int
    files: Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class State:
    """What an index records beside its segments.

    ``removed`` maps a segment's name to the documents of it that are no longer in
    the folder.
    """

    files: Sequence[FileRecord]
    skipped: Sequence[Skipped]
    removed: Mapping[str, Sequence[int]] = field(default_factory=dict)
