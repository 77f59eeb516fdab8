"""The arrays that packages pass to each other: vectors, and the boxes of a document's characters."""

import zlib
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
"""An array of float32: vectors, scores, signals."""

Box: TypeAlias = tuple[int, float, float, float, float]
"""A page, counted from 1, and a rectangle on it in points: left, bottom, right, top."""

_STEPS = 10  # boxes are kept to a tenth of a point
_FARTHEST = 100_000  # points


@dataclass(frozen=True, slots=True)
class CharacterBoxes:
    """Where each character of a document's text is drawn.

    ``pages`` is ``(n,)`` int32: the page of each code point, counted from 1, 0
    for one that is not drawn, such as the space at the end of a line. ``edges``
    is ``(n, 4)`` float32: left, bottom, right, top, in points from the lower left
    corner of the page.
    """

    pages: NDArray[np.int32]
    edges: Floats

    def packed(self) -> bytes:
        """Return the boxes compressed, see ``unpacked``: 1 to 2 bytes for a character of usual text."""
        drawn = self.pages > 0
        known = np.maximum.accumulate(np.where(drawn, np.arange(len(drawn)), 0))
        near = np.clip(np.nan_to_num(self.edges[known]), -_FARTHEST, _FARTHEST)
        left, bottom, right, top = np.rint(near * _STEPS).astype(np.int32).T
        after = np.concatenate([np.zeros(1, np.int32), right[:-1]])
        columns = (
            np.diff(self.pages[known], prepend=0),
            left - after,  # mostly 0: a character begins where the one before it ends
            right - left,
            np.diff(bottom, prepend=0),
            np.diff(top - bottom, prepend=0),
            drawn,
        )
        planes = [np.asarray(column, "<i4").view(np.uint8).reshape(-1, 4).T for column in columns]
        return zlib.compress(np.ascontiguousarray(np.stack(planes)).tobytes(), 6)

    @classmethod
    def unpacked(cls, data: bytes, count: int) -> "CharacterBoxes":
        """Return the boxes of ``count`` code points from what ``packed`` returned.

        Raises:
            ValueError: the data are damaged, or those of another text.

        """
        size = 6 * 4 * count
        unpacker = zlib.decompressobj()
        try:
            plain = unpacker.decompress(data, size + 1)
        except zlib.error as error:
            raise ValueError("the boxes of characters are damaged") from error
        if len(plain) != size:
            raise ValueError("the boxes of characters are not those of the text")
        planes = np.frombuffer(plain, np.uint8).reshape(6, 4, count)
        page, gap, width, bottom, height, drawn = (
            np.ascontiguousarray(plane.T).view("<i4").ravel().astype(np.int64) for plane in planes
        )
        right = np.cumsum(gap + width)
        low = np.cumsum(bottom)
        edges = np.stack([right - width, low, right, low + np.cumsum(height)], axis=1) / _STEPS
        pages = np.where(drawn > 0, np.cumsum(page), 0)
        return cls(pages.astype(np.int32), edges.astype(np.float32))

    def lines(self, start: int, end: int) -> list[Box]:
        """Return one box for each line, or part of a line, of the characters from ``start`` to ``end``."""
        found: list[Box] = []
        for number in range(start, end):
            page = int(self.pages[number])
            if not page:
                continue
            left, bottom, right, top = (round(float(edge), 1) for edge in self.edges[number])
            last = found[-1] if found else None
            if last and last[0] == page and _is_same_line(last, bottom, top) and left >= last[1] - 1:
                box = (min(last[1], left), min(last[2], bottom), max(last[3], right), max(last[4], top))
                found[-1] = (page, *box)
            else:
                found.append((page, left, bottom, right, top))
        return found


def _is_same_line(box: Box, bottom: float, top: float) -> bool:
    common = min(box[4], top) - max(box[2], bottom)
    return common > 0.5 * min(box[4] - box[2], top - bottom)
