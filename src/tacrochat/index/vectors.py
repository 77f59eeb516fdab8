"""Nearest neighbours of a vector: the only module that imports FAISS.

The vectors of a segment lie in a FAISS file with fewer bits than float32:
"float16" or "int8". Both files of an index are mapped, not read. Up to
``EXACT_UP_TO`` vectors, a search compares all of them. Above, an inverted file
(Jégou et al., 2011) with 4-bit codes narrows it, and the best of what it finds
are compared again with the vectors themselves.
"""

import threading
from pathlib import Path
from typing import Any, Literal

import faiss
import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats

Bits = Literal["float16", "int8"]

EXACT_UP_TO = 50_000
"""Vectors up to which a search compares all of them; above, an inverted file narrows it."""

PROBES = 64
"""The lists of an inverted file that a search looks at."""

_AGAIN = 4  # times k: how many of those that an inverted file finds are compared again
_POINTS = 40  # vectors for each list from which the lists are learnt
_FEW = 5_000  # vectors up to which those that a filter allows are compared one by one
_CHUNK = 65_536  # vectors added at a time, so that few are copied at once
_STEP = 0.05  # the range of int8 follows the largest number of the vectors, rounded up to this
_FLAT_TYPES = {
    "float16": faiss.ScalarQuantizer.QT_fp16,
    "int8": faiss.ScalarQuantizer.QT_8bit_uniform,
}
_LIST_TYPE = faiss.ScalarQuantizer.QT_4bit
_MAX_NORM = 1.02  # of a vector that was stored with length 1, in fewer bits
_LIMIT = threading.Lock()

Rows = NDArray[np.int64]


class VectorIndex:
    """The vectors of one segment, of length 1 before they were stored, searched by inner product (cosine)."""

    def __init__(self, flat: Any, lists: Any = None) -> None:
        """Wrap what ``write`` wrote: all vectors, and the inverted file if there are many.

        Raises:
            ValueError: it is not an index as ``write`` makes it.

        """
        # A downcast is a view: the index it was made from owns the memory.
        self._owners = (flat, lists)
        self._flat = _downcast(flat)
        self._lists = None if lists is None else _downcast(lists)
        self._largest = _check(self._flat, self._lists)
        size = self._flat.ntotal * self._flat.code_size
        codes = faiss.rev_swig_ptr(self._flat.codes.data(), size) if size else np.zeros(0, np.uint8)
        self._codes = codes.reshape(self._flat.ntotal, self._flat.code_size)
        self.is_exact = self._lists is None
        """Whether a search compares all vectors."""

    def __len__(self) -> int:
        """Return the number of vectors."""
        return int(self._flat.ntotal)

    @property
    def dimension(self) -> int:
        """The length of each vector."""
        return int(self._flat.d)

    def vectors(self, rows: Rows | slice) -> Floats:
        """Return some vectors, ``(rows, dimension)`` float32, as they are stored.

        Raises:
            ValueError: one is not finite, or longer than 1.

        """
        codes = self._codes[rows]
        if self._largest is None:
            values = np.asarray(codes.view("<f2"), np.float32)
        else:
            values = (codes.astype(np.float32) - 127) * np.float32(self._largest / 127.5)
        check_vectors(values)
        return values

    def codes(self, rows: Rows) -> tuple[NDArray[np.uint8], float]:
        """Return some vectors of 8 bits as they are stored, and the step: ``(codes - 127) * step``.

        Raises:
            ValueError: they have another number of bits.

        """
        if self._largest is None:
            raise ValueError("vectors of 16 bits have no codes")
        return self._codes[rows], self._largest / 127.5

    def search(
        self, query_vector: Floats, k: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[Rows, Floats]:
        """Return the rows and the cosines of the ``k`` vectors nearest to one, ``(dimension,)``; best first.

        ``allowed`` is ``(n,)``: only vectors that are true in it are searched. If
        they are few, all of them are compared, whatever their number in all: the
        lists that an inverted file looks at may hold none of them.
        """
        k = min(k, len(self) if allowed is None else int(allowed.sum()))
        if k <= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        if allowed is not None and int(allowed.sum()) <= _FEW:
            return self._best(query_vector, k, np.flatnonzero(allowed))
        selector = None if allowed is None else _Selector(allowed)
        if self._lists is None:
            parameters = selector and _parameters("SearchParameters", sel=selector.ids)
            return self._found(self._flat, query_vector, k, parameters)
        parameters = _parameters("SearchParametersIVF", nprobe=PROBES, sel=selector and selector.ids)
        near, _ = self._found(self._lists, query_vector, _AGAIN * k, parameters)
        return self._best(query_vector, k, np.sort(near))

    def _found(self, index: Any, query_vector: Floats, k: int, parameters: Any) -> tuple[Rows, Floats]:
        scores, ids = index.search(query_vector.reshape(1, -1), min(k, len(self)), params=parameters)
        is_found = ids[0] >= 0
        return ids[0][is_found], scores[0][is_found]

    def _best(self, query_vector: Floats, k: int, rows: Rows) -> tuple[Rows, Floats]:
        cosines = self.vectors(rows) @ query_vector
        best = np.argsort(-cosines, kind="stable")[:k]
        return rows[best], cosines[best]

    @classmethod
    def read(cls, path: Path, lists: Path | None = None) -> "VectorIndex":
        """Map an index from its files.

        Raises:
            RuntimeError, ValueError: a file is not as ``write`` makes it.

        """
        # A damaged file may claim any size: FAISS would ask for that much memory.
        with _LIMIT:
            files = [path] if lists is None else [path, lists]
            if hasattr(faiss, "set_deserialization_vector_byte_limit"):
                faiss.set_deserialization_vector_byte_limit(max(file.stat().st_size for file in files))
            indexes = [faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC) for file in files]
            return cls(*indexes)


def write(vectors: Floats, bits: Bits, path: Path, lists: Path) -> None:
    """Write vectors of length 1, ``(n, dimension)``; above ``EXACT_UP_TO``, also an inverted file.

    Raises:
        RuntimeError: a file cannot be written.

    """
    count, width = vectors.shape
    flat = faiss.IndexScalarQuantizer(width, _FLAT_TYPES[bits], faiss.METRIC_INNER_PRODUCT)
    if bits == "int8":
        largest = _largest(vectors)
        faiss.copy_array_to_vector(np.asarray([-largest, 2 * largest], np.float32), flat.sq.trained)
    flat.is_trained = True
    for start in range(0, count, _CHUNK):
        flat.add(np.ascontiguousarray(vectors[start : start + _CHUNK], np.float32))
    faiss.write_index(flat, str(path))
    if count > EXACT_UP_TO:
        faiss.write_index(_inverted(vectors), str(lists))


def _inverted(vectors: Floats) -> Any:
    count, width = vectors.shape
    number = int(4 * count**0.5)
    index = faiss.index_factory(width, f"IVF{number},SQ4", faiss.METRIC_INNER_PRODUCT)
    index.train(np.ascontiguousarray(vectors[:: max(1, count // (number * _POINTS))], np.float32))
    for start in range(0, count, _CHUNK):
        index.add(np.ascontiguousarray(vectors[start : start + _CHUNK], np.float32))
    return index


def _largest(vectors: Floats) -> float:
    """Return the largest number that int8 is to hold: as a rule the same for all segments of one model."""
    return float(_STEP * np.ceil(max(float(np.abs(vectors).max(initial=0)), _STEP) / _STEP))


def _downcast(index: Any) -> Any:
    return faiss.downcast_index(index)


def _parameters(kind: str, **values: Any) -> Any:
    return getattr(faiss, kind)(**values)


class _Selector:
    """The rows that a search may return, as FAISS takes them: a bit for each; it keeps the bits alive."""

    def __init__(self, allowed: NDArray[np.bool_]) -> None:
        self._bits = np.packbits(allowed, bitorder="little")
        self.ids = faiss.IDSelectorBitmap(len(self._bits), faiss.swig_ptr(self._bits))


def _check(flat: Any, lists: Any) -> float | None:
    """Refuse an index of another type or shape; return the largest number of int8, None for float16.

    FAISS reads memory as the sizes in a file say: here all that it uses are compared.
    """
    if not isinstance(flat, faiss.IndexScalarQuantizer) or flat.sq.qtype not in _FLAT_TYPES.values():
        raise ValueError("not an index as it is built here")
    is_half = flat.sq.qtype == _FLAT_TYPES["float16"]
    width = flat.d
    if (
        width < 1
        or (flat.metric_type, flat.sq.d) != (faiss.METRIC_INNER_PRODUCT, width)
        or not flat.is_trained
        or {flat.code_size, flat.sq.code_size} != {2 * width if is_half else width}
    ):
        raise ValueError("not an index as it is built here")
    if flat.codes.size() != flat.ntotal * flat.code_size:
        raise ValueError("it is cut short")
    if lists is not None:
        _check_inverted(flat, lists)
    if is_half:
        return None
    if flat.sq.trained.size() != 2:
        raise ValueError("its numbers have no range")
    low, width = faiss.vector_to_array(flat.sq.trained)
    if not 0 < width <= 2 + 2 * _STEP or low != -width / 2:
        raise ValueError("its numbers have an impossible range")
    return float(width) / 2


def _check_inverted(flat: Any, lists: Any) -> None:
    """Refuse an inverted file of another type or shape, or of other vectors."""
    if not isinstance(lists, faiss.IndexIVFScalarQuantizer) or not lists.is_trained:
        raise ValueError("not lists as they are built here")
    inner: Any = lists.invlists
    width, number = lists.d, lists.nlist
    nearest = _downcast(lists.quantizer)
    if (
        not isinstance(nearest, faiss.IndexFlat)
        or (lists.sq.qtype, lists.sq.d, lists.sq.trained.size()) != (_LIST_TYPE, width, 2 * width)
        or {lists.code_size, lists.sq.code_size, inner.code_size} != {(width + 1) // 2}
        or (nearest.d, nearest.ntotal, nearest.codes.size()) != (width, number, 4 * width * number)
        or {lists.metric_type, nearest.metric_type} != {faiss.METRIC_INNER_PRODUCT}
        or inner.nlist != number
        or (lists.ntotal, lists.d) != (flat.ntotal, flat.d)
    ):
        raise ValueError("not the lists of these vectors")


def check_vectors(values: Floats) -> None:
    """Check that vectors are finite and not longer than 1: one pass, no copy.

    Raises:
        ValueError: they are not.

    """
    with np.errstate(all="ignore"):
        squares = np.einsum("ij,ij->i", values, values)
    if not np.all(squares <= _MAX_NORM**2):
        raise ValueError("vectors that are not of length 1")


def check_lists(index: "VectorIndex") -> None:
    """Check that the lists of an inverted file name each vector once; reads all of them.

    Raises:
        ValueError: they do not.

    """
    if index._lists is None:
        return
    lists: Any = index._lists.invlists
    times = np.zeros(len(index), np.int64)
    for number in range(lists.nlist):
        size = lists.list_size(number)
        ids = faiss.rev_swig_ptr(lists.get_ids(number), size) if size else np.zeros(0, np.int64)
        if size and not 0 <= ids.min() <= ids.max() < len(index):
            raise ValueError("its lists name vectors that are not there")
        np.add.at(times, ids, 1)
    if np.any(times != 1):
        raise ValueError("its lists do not name each vector once")
