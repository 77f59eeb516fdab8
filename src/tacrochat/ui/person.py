"""Who sends a request, and what that person may do."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["reader", "editor", "admin"]

SCOPE_KEY = "tacrochat.person"
"""The key of an ASGI scope under which the layer that checks logins keeps the person, None for nobody."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone whom the server knows; the name is "" where it asks for no login.

    A reader asks and reads; an editor also uploads, deletes and refreshes; an admin
    also manages people and tokens. ``libraries`` are those that the person may read,
    None for all.
    """

    name: str
    role: Role
    libraries: frozenset[str] | None = None

    @property
    def can_edit(self) -> bool:
        """Tell whether this person may change the documents."""
        return self.role != "reader"

    def can_read(self, library: str) -> bool:
        """Tell whether this person may read a library."""
        return self.libraries is None or library in self.libraries
