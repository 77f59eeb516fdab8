"""Which headings stand right above passages, and how much text is under each."""

from collections.abc import Sequence
from dataclasses import dataclass

from tacrochat.index.parts import Part
from tacrochat.index.schema import ARRAYS


@dataclass(frozen=True, slots=True)
class HeadingUse:
    """Where a heading stands: in ``document_id``, and if ``is_unique``, only there.

    ``characters`` counts the text of all passages under it.
    """

    document_id: int
    characters: int
    is_unique: bool


def heading_uses(parts: Sequence[Part]) -> dict[str, HeadingUse]:
    """Return the headings right above passages, each with what is under it.

    Raises:
        IndexCorrupt: a segment is damaged.

    """
    uses: dict[str, HeadingUse] = {}
    for part in parts:
        with part.segment.reading(ARRAYS):
            found = list(part.segment.headings())
        for heading, number, characters in found:
            document_id = part.document_id(number)
            if not heading or document_id < 0:
                continue
            use = uses.get(heading[-1], HeadingUse(document_id, 0, is_unique=True))
            same = use.is_unique and use.document_id == document_id
            uses[heading[-1]] = HeadingUse(use.document_id, use.characters + characters, is_unique=same)
    return uses
