"""What holds for whatever any reader returns."""

from itertools import pairwise

from tacrochat.types import Extract


def check_extract(found: Extract) -> None:
    """Fail unless the blocks are in order and leave out nothing but white space."""
    assert found.text.strip()
    assert found.text.encode("utf-8")  # can be stored: no lone surrogates
    position = 0
    for block in found.blocks:
        assert position <= block.start < block.end <= len(found.text)
        assert not found.text[position : block.start].strip(), "words between the blocks"
        assert (block.role == "heading") == bool(block.level)
        position = block.end
    assert not found.text[position:].strip(), "words after the blocks"
    assert all(a <= b for a, b in pairwise(found.pages))
    assert all(0 <= offset <= len(found.text) for offset in found.pages)
    assert all(a[0] <= b[0] for a, b in pairwise(found.places))
    assert all(isinstance(value, str) and value for value in found.metadata.values())
