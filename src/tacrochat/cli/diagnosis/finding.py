"""What a check has found, and what to do about it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from tacrochat.errors import TacrochatError

Status = Literal["ok", "note", "problem"]
"""A note is something that works without: it is worth knowing, and no fault."""

UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B"))


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; ``advice`` is "" where there is nothing to do."""

    name: str
    status: Status
    found: str
    advice: str = ""

    @classmethod
    def of_error(cls, name: str, error: TacrochatError) -> "Finding":
        """Take an error of ours, which ends with what to do."""
        found, _, advice = str(error).rpartition("; ")
        return cls(name, "problem", found or advice, advice if found else "")


Check = Callable[[], Iterable[Finding]]


def run(name: str, check: Check) -> list[Finding]:
    """Return what a check finds; whatever is so broken that it fails is what it has found."""
    found: list[Finding] = []
    try:
        found.extend(check())
    except TacrochatError as error:
        found.append(Finding.of_error(name, error))
    except ImportError as error:
        found.append(Finding(name, "problem", f"cannot be checked ({error})", "see packages"))
    except Exception as error:  # the other checks go on
        why = f"{type(error).__name__}: {error}"
        found.append(Finding(name, "problem", f"cannot be checked ({why})", "please report this"))
    return found


def size(count: float) -> str:
    """Write a number of bytes."""
    divisor, unit = next((pair for pair in UNITS if abs(count) >= pair[0]), UNITS[-1])
    return f"{count / divisor:.1f} {unit}" if divisor > 1 else f"{count:.0f} {unit}"
