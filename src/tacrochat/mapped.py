"""Arrays and strings in a file that is mapped, not read: the only module that imports safetensors.

The format is safetensors: the length of a header, the header (JSON: name, type,
shape and place of each array), and the numbers. Opening reads the header only.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

Array = NDArray[Any]

_NAMES = "F16 F32 F64 U8 I8 U16 U32 I32 I64".split()
_TYPES = dict(zip(_NAMES, "<f2 <f4 <f8 u1 i1 <u2 <u4 <i4 <i8".split(), strict=True))
_MAX_HEADER = 1_000_000
_LARGEST = np.iinfo(np.int32).max


def write(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write arrays by name.

    Raises:
        OSError: the file cannot be written.

    """
    path.touch()
    mode = path.stat().st_mode  # as the umask has it; safetensors gives the file to its owner only
    try:
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path)
        path.chmod(mode)
    except OSError:
        raise
    except Exception as error:  # safetensors raises an error of its own for every failure
        raise OSError(f"{path} cannot be written ({error})") from error


def read(path: Path) -> dict[str, Array]:
    """Map the arrays of a file, read-only. Nothing but the header is read.

    Arrays of a type that NumPy does not have are left out.

    Raises:
        OSError: it cannot be opened.
        ValueError: the header is damaged, or names places outside the file.

    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(_MAX_HEADER, size - 8):
            raise ValueError("its header has an impossible length")
        header = json.loads(file.read(length))
    data = np.memmap(path, np.uint8, mode="r", offset=0) if size else np.zeros(0, np.uint8)
    start = 8 + length
    return {
        name: _array(data[start:], about)
        for name, about in header.items()
        if name != "__metadata__" and about["dtype"] in _TYPES
    }


def _array(data: Array, about: Mapping[str, Any]) -> Array:
    begin, end = about["data_offsets"]
    shape = [int(n) for n in about["shape"]]
    if not 0 <= begin <= end <= len(data) or any(n < 0 for n in shape):
        raise ValueError("an array lies outside the file")
    # A plain array: each slice of a memmap would cost some microseconds more.
    return np.frombuffer(data[begin:end], _TYPES[about["dtype"]]).reshape(shape)


def narrow(values: Sequence[int] | Array) -> NDArray[np.int32]:
    """Return numbers as int32.

    Raises:
        OverflowError: one is too large for 32 bits.

    """
    array = np.asarray(values, np.int64)
    if array.size and array.max() > _LARGEST:
        raise OverflowError("a segment of the index is too large for 32-bit offsets")
    return array.astype(np.int32)


class Strings(Sequence[str]):
    """Strings in a mapped array, each decoded when it is asked for; ``offsets`` has one more than there are.

    If they are sorted by their UTF-8 bytes, ``find`` finds one by bisection.
    """

    def __init__(self, data: Array, offsets: Array) -> None:
        """Take the arrays that ``pack`` returned."""
        self.offsets = offsets
        self._data = memoryview(data.data) if data.size else memoryview(b"")

    @staticmethod
    def pack(strings: Iterable[str]) -> tuple[Array, Array]:
        """Return the bytes of strings, and the offset of each."""
        encoded = [string.encode("utf-8", "surrogatepass") for string in strings]
        offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        return np.frombuffer(b"".join(encoded), np.uint8), offsets

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.offsets) - 1

    def _bytes(self, number: int) -> bytes:
        return bytes(self._data[int(self.offsets[number]) : int(self.offsets[number + 1])])

    def __getitem__(self, number: Any) -> Any:
        """Return one string, or a list of those in a slice."""
        if isinstance(number, slice):
            return [self[i] for i in range(*number.indices(len(self)))]
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self._bytes(number).decode("utf-8", "surrogatepass")

    def select(self, numbers: NDArray[np.int64]) -> list[str]:
        """Return some strings."""
        data, starts, ends = self._data, self.offsets[numbers].tolist(), self.offsets[numbers + 1].tolist()
        return [str(data[a:b], "utf-8", "surrogatepass") for a, b in zip(starts, ends, strict=True)]

    def __iter__(self) -> Iterator[str]:
        """Yield all."""
        return (self[i] for i in range(len(self)))

    def find(self, string: str) -> int:
        """Return the number of a string, -1 if it is not there; they must be sorted."""
        wanted = string.encode("utf-8", "surrogatepass")
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self._bytes(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self) and self._bytes(low) == wanted else -1


def by_bytes(string: str) -> bytes:
    """Return the key by which strings are sorted for ``Strings.find``."""
    return string.encode("utf-8", "surrogatepass")
