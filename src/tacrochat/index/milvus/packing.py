"""Texts and arrays as text fields of Milvus hold them, and back, byte for byte.

A text field takes valid Unicode of at most 65,535 bytes. Everything else is
escaped or cut in parts here: NUL, lone surrogates, long texts, numbers.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tacrochat.index.milvus.layout import MAX_VARCHAR
from tacrochat.word_codes import Codes, width

Integers = NDArray[np.int32]

_UNSAFE = re.compile("[\\\\\x00\ud800-\udfff]")
_ESCAPED = re.compile(r"\\(\\|u[0-9a-f]{4})")
_COUNTS = 4  # numbers at the start of packed arrays


def escaped(text: str) -> str:
    """Return a text as valid Unicode without NUL: those characters, and the backslash, as escapes."""
    return _UNSAFE.sub(lambda m: "\\\\" if m[0] == "\\" else f"\\u{ord(m[0]):04x}", text)


def unescaped(text: str) -> str:
    """Return the text that ``escaped`` was given."""
    return _ESCAPED.sub(lambda m: "\\" if m[1] == "\\" else chr(int(m[1][1:], 16)), text)


def cut(text: str) -> list[str]:
    """Cut a text, valid Unicode, in parts that a field can hold; at least one."""
    data = text.encode()
    parts, at = [], 0
    while len(data) - at > MAX_VARCHAR:
        end = at + MAX_VARCHAR
        while data[end] & 0xC0 == 0x80:  # inside a character
            end -= 1
        parts.append(data[at:end].decode())
        at = end
    return [*parts, data[at:].decode()]


@dataclass(frozen=True, slots=True)
class PackedWords:
    """The words and sentences of one passage, as ranking needs them.

    ``body`` and ``heading`` are term ids; ``body_offsets`` and ``word_offsets``
    divide ``body`` and ``codes`` among the sentences, see ``index.terms``.
    ``sentences`` are the sentences' vectors in 8 bits a number, ``(sentences,
    dimension)``, of steps of ``step``.
    """

    body: Integers
    heading: Integers
    codes: Codes
    body_offsets: Integers
    word_offsets: Integers
    sentences: Codes
    step: float

    def packed(self) -> str:
        """Return all of it as a text."""
        counts = (len(self.sentences), len(self.body), len(self.codes), len(self.heading))
        parts: Sequence[NDArray[np.generic]] = (
            np.asarray(counts, "<i4"),
            np.asarray([self.step], "<f4"),
            np.asarray(self.body_offsets, "<i4"),
            np.asarray(self.word_offsets, "<i4"),
            np.asarray(self.body, "<i4"),
            np.asarray(self.heading, "<i4"),
            self.codes,
            self.sentences,
        )
        return base64.b64encode(b"".join(part.tobytes() for part in parts)).decode()

    @classmethod
    def unpacked(cls, text: str, dimension: int) -> "PackedWords":
        """Return what ``packed`` packed.

        Raises:
            ValueError: it is damaged, or of another dimension.

        """
        data = base64.b64decode(text, validate=True)
        sentences, body, words, heading = np.frombuffer(data, "<i4", _COUNTS).tolist()
        if min(sentences, body, words, heading) < 0:
            raise ValueError("a number of words is negative")
        sizes = (sentences + 1, sentences + 1, body, heading)
        at = 4 * _COUNTS + 4
        wide, long = words * width(dimension), sentences * dimension
        if len(data) != at + 4 * sum(sizes) + wide + long:
            raise ValueError("the words of a passage have another length")
        (step,) = np.frombuffer(data, "<f4", 1, 4 * _COUNTS).tolist()
        arrays = []
        for size in sizes:
            arrays.append(np.frombuffer(data, "<i4", size, at))
            at += 4 * size
        body_offsets, word_offsets, body_ids, heading_ids = arrays
        for offsets, total in ((body_offsets, body), (word_offsets, words)):
            if offsets[0] != 0 or offsets[-1] != total or np.any(np.diff(offsets) < 0):
                raise ValueError("the words of a passage do not fit its sentences")
        codes = np.frombuffer(data, np.uint8, wide, at).reshape(words, width(dimension))
        vectors = np.frombuffer(data, np.uint8, long, at + wide).reshape(sentences, dimension)
        if not 0 < step < 1:
            raise ValueError("the step of sentence vectors is impossible")
        return cls(body_ids, heading_ids, codes, body_offsets, word_offsets, vectors, step)
