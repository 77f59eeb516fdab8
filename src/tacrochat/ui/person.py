"""Who sends a request, and what that person may do."""

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["reader", "editor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""From the one that may do least."""

Right = Literal["ask", "edit", "mcp", "metrics"]
RIGHTS: tuple[Right, ...] = get_args(Right)
"""What a token can be limited to: to ask and read, to change the documents, to use MCP, to read /metrics."""

SCOPE_KEY = "tacrochat.person"
"""The key of an ASGI scope under which the layer that checks logins keeps the person, None for nobody."""


ROOT_KEY = "tacrochat.root"
"""The key of an ASGI scope for the path below which the login has its pages: that of a proxy, or ""."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone whom the server knows; the name is "" where it asks for no login.

    A reader asks and reads; an editor also uploads, deletes and refreshes; an admin
    also reads the metrics. ``libraries`` are those that the person may read,
    None for all. ``rights`` are those of the token that was sent, None without one.
    """

    name: str
    role: Role
    libraries: frozenset[str] | None = None
    rights: frozenset[Right] | None = None

    @property
    def can_edit(self) -> bool:
        """Tell whether this person may change the documents."""
        return self.lacks("edit") == ""

    @property
    def can_read_metrics(self) -> bool:
        """Tell whether this person may read /metrics: an admin, and whoever sends a token for that."""
        return self.role == "admin" or (self.rights is not None and "metrics" in self.rights)

    def can_read(self, library: str) -> bool:
        """Tell whether this person may read a library."""
        return self.libraries is None or library in self.libraries

    def lacks(self, right: Right) -> str:
        """Say what this person lacks to do something, and what to do about it; "" if it is allowed."""
        if self.rights is not None and right not in self.rights:
            return f"this token lacks the scope {right}; make one that has it: tacrochat token create"
        if right != "edit" or self.role != "reader":
            return ""
        if self.name:
            return f"this needs the role editor, and {self.name} has the role reader; ask an admin for it"
        return (
            "this needs the role editor, and everyone has the role reader here;"
            " the server can be started with --role editor, or with --auth and a role for each person"
        )


def lower_role(one: Role, other: Role) -> Role:
    """Return the role of two that may do less."""
    return min(one, other, key=ROLES.index)
