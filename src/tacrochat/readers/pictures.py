"""Pictures of the pages of a PDF, and where boxes of characters are on them; run by ``worker``."""

import hashlib
import math
import struct
import zlib
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tacrochat.errors import ReadError
from tacrochat.readers.archives import decompress
from tacrochat.readers.formats import COMPRESSED, inner_suffix, suffix_of
from tacrochat.readers.limits import Limits, read_bytes
from tacrochat.readers.pdfium import Pdf, open_pdf

_MAX_PIXELS = 14_000_000
"""Pixels of a picture: an A4 page 3,100 wide. A page that would have more is drawn smaller."""

_MAX_SCALE = 20.0  # pixels a point; a page may be tiny


def has_pages(path: str) -> bool:
    """Tell whether a file is of a format with pages that can be drawn."""
    return inner_suffix(path) == ".pdf"


def answer(path: Path, request: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """Answer a request to ``draw`` a page or to ``locate`` boxes; see ``isolation.Worker``."""
    try:
        data = read_bytes(path, limits)
        digest = hashlib.sha256(data).hexdigest()
        if digest != request["digest"]:  # another file by now: nothing of it is drawn
            return {"digest": digest, "png": "", "pages": 0, "places": []}
        with open_pdf(_plain(path.name, data, limits)) as pdf:
            if "draw" in request:
                png = _png(*_drawn(pdf, *request["draw"]))
                return {"digest": digest, "png": b64encode(png).decode("ascii")}
            places = _places(pdf, request["locate"])
            return {"digest": digest, "pages": len(pdf), "places": places}
    except ReadError as error:
        return {"error": str(error)}
    except MemoryError:
        raise
    except Exception:  # PDFium gives no reason
        return {"error": "it is damaged: a page of it cannot be drawn"}


def _plain(name: str, data: bytes, limits: Limits) -> bytes:
    """Return the bytes of the PDF itself, which may be compressed."""
    for _ in range(limits.depth):
        if (suffix := suffix_of(name)) not in COMPRESSED:
            break
        name, data = name[: -len(suffix)], decompress(data, limits)
    return data


def _drawn(pdf: Pdf, page: int, width: int) -> tuple[int, int, bytes]:
    if not 1 <= page <= len(pdf):
        raise ReadError(f"it has no page {page}; its pages are 1 to {len(pdf)}")
    wide, tall = pdf.size(page - 1)
    if not (wide > 0 and tall > 0):
        raise ReadError(f"its page {page} has no size")
    scale = min(width / wide, math.sqrt(_MAX_PIXELS / (wide * tall)), _MAX_SCALE)
    return pdf.image(page - 1, scale, grey=False)


def _places(pdf: Pdf, boxes: Sequence[Sequence[float]]) -> list[list[float]]:
    """Locate boxes, each a page and its edges; the places are in the same order."""
    places: list[list[float]] = [[] for _ in boxes]
    for number in {int(box[0]) for box in boxes}:
        if not 1 <= number <= len(pdf):
            raise ReadError(f"it has no page {number}; its pages are 1 to {len(pdf)}")
        indices = [index for index, box in enumerate(boxes) if box[0] == number]
        edges = pdf.shown(number - 1, [boxes[index][1:] for index in indices])
        for index, place in zip(indices, edges, strict=True):
            places[index] = [number, *place]
    return places


def _png(width: int, height: int, pixels: bytes) -> bytes:
    """Write red, green and blue bytes of pixels as a PNG (ISO/IEC 15948), in one strip without a filter."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = 3 * width
    lines = b"".join(b"\0" + pixels[size * y : size * (y + 1)] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(lines, 1)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
