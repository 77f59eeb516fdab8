"""Decode bytes to text: detect the encoding, drop the byte-order mark, use one kind of newline."""

import codecs
import json
from typing import Any

from charset_normalizer import from_bytes

from tacrochat.errors import ReadError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 65_536
_MAX_CONTROLS = 0.01  # share of control characters above which bytes are not text


def decode(data: bytes) -> str:
    """Return the text of a file's bytes.

    Tries, in this order: the encoding of a byte-order mark, UTF-16 without a
    mark, UTF-8, and the most likely encoding according to charset-normalizer.

    Raises:
        ReadError: the bytes are not text in any encoding.

    """
    text = _decode(data)
    controls = sum(1 for c in text[:_SAMPLE] if c < " " and c not in "\t\n\r\f\v\x1b")
    if controls > _MAX_CONTROLS * min(len(text), _SAMPLE):
        raise ReadError("it is not text but binary data; convert it to text or remove it")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse_json(text: str, name: str = "it") -> Any:
    """Return the value of a JSON text; ``name`` says in the error what was parsed.

    Raises:
        ReadError: it is not JSON.

    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        what = "too deeply nested"
        if isinstance(error, json.JSONDecodeError):
            what = f"see {f'line {error.lineno}, ' if name == 'it' else ''}character {error.colno}"
        raise ReadError(f"{name} is not JSON ({what}); correct it") from error


def _decode(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding)
    wide = _utf16_without_mark(data)
    if wide:
        return _strict(data, wide)
    if b"\0" in data[:_SAMPLE]:
        raise ReadError("it is not text but binary data; convert it to text or remove it")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _guess(data, error)


def _strict(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ReadError(
            f"it starts as text in {encoding} but is damaged at byte {error.start}; save it as UTF-8"
        ) from error


def _utf16_without_mark(data: bytes) -> str | None:
    """Recognise UTF-16 by its NUL bytes: every second byte of ASCII letters is NUL."""
    sample = data[:_SAMPLE]
    if len(sample) < 4 or b"\0" not in sample:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _guess(data: bytes, error: UnicodeDecodeError) -> str:
    # UTF-8 with a few invalid bytes: one of them must not turn every "é" of the file
    # into two other letters. Text in other encodings has hardly any valid UTF-8 sequence.
    replaced = data.decode("utf-8", "replace")
    broken = replaced.count("\ufffd")
    wide = sum(1 for c in replaced if c > "\x7f") - broken
    if wide > broken:
        return replaced
    for encoding in _likely(data):
        try:
            return data.decode(_windows(encoding))
        except (UnicodeDecodeError, LookupError):
            continue
    raise ReadError(f"its encoding is unknown (byte {error.start}); save it as UTF-8")


def _likely(data: bytes) -> list[str]:
    """List the encodings to try, most likely first; Windows-1252, the most common one, wins a tie."""
    matches = from_bytes(data[: 4 * _SAMPLE], threshold=0.3)
    best = matches.best()
    if best is None:
        return ["cp1252"]
    equal = [m.encoding for m in matches if (m.chaos, m.coherence) == (best.chaos, best.coherence)]
    return ["cp1252"] if "cp1252" in equal else [best.encoding, "cp1252"]


def _windows(encoding: str) -> str:
    """Replace Latin-1 by Windows-1252, as browsers do (WHATWG Encoding Standard)."""
    return "cp1252" if encoding.replace("-", "_").lower() in {"latin_1", "iso8859_1", "ascii"} else encoding
