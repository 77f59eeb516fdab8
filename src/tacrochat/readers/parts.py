"""What reading a file gives: its documents, each with its text or the reason why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tacrochat.types import Block, Extract


@dataclass(frozen=True, slots=True)
class Part:
    """A document in a file.

    ``name`` is its path inside the file, empty for the file itself. Without an
    ``extract``, ``reason`` says why; ``lasting`` is false where the same bytes
    may be read another time (a missing package).
    """

    name: str
    extract: Extract | None
    reason: str = ""
    lasting: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the part as plain values for JSON."""
        values: dict[str, Any] = {"name": self.name, "reason": self.reason, "lasting": self.lasting}
        if self.extract is not None:
            found = self.extract
            values["extract"] = {
                "text": found.text,
                "blocks": [[b.start, b.end, b.role, b.level, b.reason] for b in found.blocks],
                "metadata": dict(found.metadata),
                "pages": found.pages,
                "places": found.places,
                "notes": found.notes,
            }
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Part":
        """Return the part that ``to_dict`` described."""
        found = values.get("extract")
        extract = found and Extract(
            text=found["text"],
            blocks=tuple(Block(*block) for block in found["blocks"]),
            metadata=found["metadata"],
            pages=tuple(found["pages"]),
            places=tuple((offset, name) for offset, name in found["places"]),
            notes=tuple(found["notes"]),
        )
        return cls(values["name"], extract or None, values["reason"], values["lasting"])
