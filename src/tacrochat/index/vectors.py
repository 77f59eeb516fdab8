"""Nearest neighbours of a vector: the only module that imports FAISS."""

import threading
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from tacrochat.arrays import Floats

EXACT_UP_TO = 200_000
"""Vectors up to which a search compares all of them; above, an inverted file narrows it."""

_PROBES = 32
_CHUNK = 65_536  # rows compared at a time, so that few are copied at once
_LIMIT = threading.Lock()


class _Borrowed:
    """Memory of a FAISS index as numpy sees it; the array made of it keeps the index alive."""

    def __init__(self, view: Floats, owner: Any) -> None:
        self.__array_interface__ = view.__array_interface__
        self._owner = (view, owner)


class VectorIndex:
    """Unit vectors, searched by inner product (cosine).

    ``vectors`` is a read-only ``(n, dimension)`` float32 array: the vectors as
    they were added, whatever structure the search uses.
    """

    def __init__(self, index: faiss.Index) -> None:
        """Wrap a FAISS index whose flat storage holds the vectors.

        Raises:
            ValueError: it is not an index as ``build`` makes it.

        """
        self._index = index
        # A downcast is a view: ``index`` owns the memory.
        flat: Any = faiss.downcast_index(getattr(index, "refine_index", index))
        _check(index, flat)
        count, width = flat.ntotal, flat.d
        view = (
            faiss.rev_swig_ptr(flat.get_xb(), count * width).reshape(count, width)
            if count
            else np.zeros((0, width), np.float32)
        )
        view.flags.writeable = False
        self.vectors: Floats = np.asarray(_Borrowed(view, index))

    @classmethod
    def build(cls, vectors: Floats) -> "VectorIndex":
        """Index ``(n, dimension)`` float32 vectors of length 1."""
        count, width = vectors.shape
        if count <= EXACT_UP_TO:
            index: Any = faiss.IndexFlatIP(width)
        else:
            lists = int(4 * count**0.5)
            index = faiss.index_factory(width, f"IVF{lists},SQ8,RFlat", faiss.METRIC_INNER_PRODUCT)
            index.k_factor = 4
            index.train(vectors[:: max(1, count // (lists * 64))])
        index.add(np.ascontiguousarray(vectors, np.float32))
        return cls(index)

    def search(
        self, query_vector: Floats, k: int, rows: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """Return the row and the cosine of the ``k`` vectors nearest to one, ``(dimension,)``; best first.

        With ``rows``, only these are searched, and all of them are compared: an
        inverted file would look at a few lists only, which may hold none of them.
        """
        if rows is not None:
            return self._search_rows(query_vector, k, rows)
        count = min(k, len(self.vectors))
        if count <= 0:
            return []
        base = getattr(self._index, "base_index", None)
        if base is not None:
            faiss.extract_index_ivf(base).nprobe = _PROBES
        scores, ids = self._index.search(query_vector.reshape(1, -1), count)
        return [(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]

    def _search_rows(self, query_vector: Floats, k: int, rows: NDArray[np.int64]) -> list[tuple[int, float]]:
        cosines = np.empty(len(rows), np.float32)
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            cosines[start : start + _CHUNK] = self.vectors[chunk] @ query_vector
        best = np.argsort(-cosines, kind="stable")[:k]
        return [(int(rows[i]), float(cosines[i])) for i in best]

    def write(self, path: Path) -> None:
        """Write the index to a file."""
        faiss.write_index(self._index, str(path))

    @classmethod
    def read(cls, path: Path) -> "VectorIndex":
        """Read an index from a file.

        Raises:
            RuntimeError, ValueError: the file is not a whole FAISS index as
                ``build`` makes it.

        """
        # A damaged file may claim any size: FAISS would ask for that much memory.
        with _LIMIT:
            if hasattr(faiss, "set_deserialization_vector_byte_limit"):
                faiss.set_deserialization_vector_byte_limit(path.stat().st_size)
            return cls(faiss.read_index(str(path)))


def _check(index: Any, flat: Any) -> None:
    """Refuse an index of another type, or whose inverted lists name vectors that are not there."""
    base = getattr(index, "base_index", None)
    parts = [index, flat] if base is None else [index, flat, base]
    expected = (flat.ntotal, flat.d, faiss.METRIC_INNER_PRODUCT)
    fits = all((part.ntotal, part.d, part.metric_type) == expected for part in parts)
    if not fits or not isinstance(flat, faiss.IndexFlat):
        raise ValueError("not an index as it is built here")
    if base is None:
        return
    lists: Any = faiss.extract_index_ivf(base).invlists
    for number in range(lists.nlist):
        size = lists.list_size(number)
        ids = faiss.rev_swig_ptr(lists.get_ids(number), size) if size else np.zeros(0, np.int64)
        if size and not 0 <= ids.min() <= ids.max() < flat.ntotal:
            raise ValueError("its lists name vectors that are not there")
