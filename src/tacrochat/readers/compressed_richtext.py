"""Rich text as Outlook compresses it in messages ([MS-OXRTFCP])."""

import struct
import zlib

_COMPRESSED, _PLAIN = b"LZFu", b"MELA"
_HEADER = struct.Struct("<II4sI")
_WINDOW = 4_096  # how far back a reference can lead
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What every text is thought to be preceded by, so that references can lead into it."""


def decompressed(data: bytes) -> bytes:
    """Return the rich text.

    Raises:
        ValueError: it is damaged, or not compressed rich text.

    """
    if len(data) < _HEADER.size:
        raise ValueError("it is cut short")
    size, length, kind, checksum = _HEADER.unpack_from(data)
    body = data[_HEADER.size : size + 4]  # the size does not count itself
    if kind == _PLAIN:
        return body[:length]
    if kind != _COMPRESSED or zlib.crc32(body, 0xFFFFFFFF) ^ 0xFFFFFFFF != checksum:
        raise ValueError("its checksum is wrong")
    return _unpacked(body, len(_DICTIONARY) + length)[len(_DICTIONARY) :]


def _unpacked(body: bytes, length: int) -> bytes:
    """Return the dictionary and the text, at most ``length`` bytes.

    A byte whose bits say what follows is before each eight items: a byte as it is, or
    a reference of two bytes (12 bits of a place, 4 of a length) to what was before.
    """
    text = bytearray(_DICTIONARY)
    position = 0
    while len(text) < length:
        if position >= len(body):
            raise ValueError("it is cut short")
        kinds = body[position]
        position += 1
        for bit in range(8):
            if not kinds >> bit & 1:
                text += body[position : position + 1]
                position += 1
                continue
            place, count = divmod(int.from_bytes(body[position : position + 2], "big"), 16)
            position += 2
            back = (len(text) - place) % _WINDOW
            if back == 0:  # it leads to its own place: this is the end
                return bytes(text)
            if back > len(text):
                raise ValueError("a reference leads to before its start")
            for _ in range(count + 2):  # one by one: it may repeat what it has just added
                text.append(text[-back])
    return bytes(text[:length])
