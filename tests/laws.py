"""What holds for the extract of every reader."""

from itertools import pairwise

from tacrochat.types import COLUMNS_LEVEL, Extract


def check_extract(extract: Extract) -> None:
    """Fail unless the blocks are in order, with only white space between them, and all offsets are valid."""
    assert extract.text.strip()
    assert extract.text.encode("utf-8")  # can be stored: no lone surrogates
    position = 0
    for block in extract.blocks:
        assert position <= block.start < block.end <= len(extract.text)
        assert not extract.text[position : block.start].strip(), "words between the blocks"
        assert block.level if block.role == "heading" else block.level in {0, COLUMNS_LEVEL}
        position = block.end
    assert not extract.text[position:].strip(), "words after the blocks"
    assert all(a <= b for a, b in pairwise(extract.pages))
    assert all(0 <= offset <= len(extract.text) for offset in extract.pages)
    assert all(a[0] <= b[0] for a, b in pairwise(extract.places))
    assert all(isinstance(value, str) and value for value in extract.metadata.values())
