"""Files without a suffix, such as README, NEWS, changelog, copyright: plain text if they are running text."""

import re

from tacrochat.errors import ReadError
from tacrochat.readers import plain
from tacrochat.readers.decoding import decode
from tacrochat.types import Extract

_SAMPLE = 65_536  # code points that are looked at
_WORD = re.compile(r"[(\[\"'`“‘*]*[^\W\d_]{2,30}(?:[-'’/][^\W\d_]+)*[)\]\"'`”’*>.,;:!?]*")
_PLAIN_SHARE = 0.5


def read(data: bytes) -> Extract:
    """Read a file whose name does not say what is in it, as plain text.

    It is read if it decodes to text, does not begin like a program ("#!"), and if
    at least half of what stands between its white space are words. So a
    makefile, a list of numbers or a key is not read.

    Raises:
        ReadError: it is not running text.

    """
    text = decode(data)
    pieces = text[:_SAMPLE].split()
    words = sum(1 for piece in pieces if _WORD.fullmatch(piece))
    if text.startswith("#!") or words < _PLAIN_SHARE * len(pieces):
        raise ReadError(
            "its name has no suffix, and it is not running text; add the suffix of its format to its name,"
            " such as .txt, or remove it"
        )
    return plain.read(text)
