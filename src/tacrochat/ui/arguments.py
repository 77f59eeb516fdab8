"""Check what callers of the API send: one list of fields for every way in (HTTP, queue, MCP)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tacrochat.errors import QuestionError
from tacrochat.settings import RANGES
from tacrochat.types import KINDS

_MAX_LIST = 1_000  # strings in a list
_MAX_PATH = 4_096  # characters of a document's path


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of an endpoint: ``check`` returns what is wrong with a value, or nothing."""

    name: str
    check: Callable[[Any], str]
    is_required: bool = False


class Arguments:
    """Checks the arguments of the endpoints."""

    def __init__(self, max_question_chars: int) -> None:
        """Check questions against this length, in characters."""
        question = _text(max_question_chars)
        self.fields: dict[str, tuple[Field, ...]] = {
            "ask": (
                Field("question", question, is_required=True),
                Field("history", _list_of(_text(max_question_chars, may_be_blank=True))),
                Field("top", _integer(*RANGES["top"])),
                Field("documents", _list_of(_text(_MAX_PATH))),
                Field("kinds", _list_of(_kind)),
                Field("threshold", _number(*RANGES["threshold"])),
            ),
            "search": (Field("query", question, is_required=True), Field("k", _integer(1, 200))),
            "documents": (),
        }

    def check(self, endpoint: str, values: Mapping[str, Any]) -> None:
        """Check the values of an endpoint by name; None stands for the default.

        Raises:
            QuestionError: a value is missing, unknown, or not allowed; the text names the field.

        """
        fields = self.fields[endpoint]
        unknown = sorted(set(values) - {field.name for field in fields})
        if unknown:
            raise QuestionError(f"{endpoint} has no field {unknown[0][:80]!r}; {self._describe(endpoint)}")
        check_all((field, values.get(field.name)) for field in fields)

    def check_list(self, endpoint: str, values: Sequence[Any]) -> None:
        """Check the values of an endpoint in the order of its fields, the last ones may be left out.

        Raises:
            QuestionError: as ``check``, or there are too many.

        """
        check_all(zip(self.fields[endpoint], self.complete(endpoint, values), strict=True))

    def complete(self, endpoint: str, values: Sequence[Any]) -> list[Any]:
        """Add None, which stands for the default, for the last values of an endpoint that are left out.

        Raises:
            QuestionError: there are too many values.

        """
        missing = len(self.fields[endpoint]) - len(values)
        if missing < 0:
            raise QuestionError(
                f"data has {len(values)} values; {self._describe(endpoint)}, null for those left out"
            )
        return [*values, *[None] * missing]

    def _describe(self, endpoint: str) -> str:
        names = ", ".join(field.name for field in self.fields[endpoint])
        return f"give {names}" if names else f"{endpoint} takes no values"


def check_all(values: Iterable[tuple[Field, Any]]) -> None:
    """Check values, each with its field; None stands for the default.

    Raises:
        QuestionError: a value is missing, or not allowed; the text names the field.

    """
    for field, value in values:
        fault = "is missing" if field.is_required else ""
        if value is not None:
            fault = field.check(value)
        if fault:
            raise QuestionError(f"{field.name} {fault}")


def _text(max_chars: int, *, may_be_blank: bool = False) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            return "is not a text"
        if not value.strip() and not may_be_blank:
            return "is empty; give a text"
        if len(value) > max_chars:
            return f"has {len(value)} characters; the limit is {max_chars}"
        return ""

    return check


def _list_of(check_item: Callable[[Any], str]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, list | tuple):
            return "is not a list of texts"
        if len(value) > _MAX_LIST:
            return f"has {len(value)} entries; the limit is {_MAX_LIST}"
        for number, item in enumerate(value, 1):
            if fault := check_item(item):
                return f"has an entry ({number}) that {fault}"
        return ""

    return check


def _integer(least: int, most: int) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        is_integer = isinstance(value, int) and not isinstance(value, bool)
        return (
            ""
            if is_integer and least <= value <= most
            else f"is not a whole number from {least:,} to {most:,}"
        )

    return check


def _kind(value: Any) -> str:
    return "" if isinstance(value, str) and value in KINDS else f"is no kind; kinds are: {', '.join(KINDS)}"


def _number(least: float, most: float) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return "" if is_number and least <= value <= most else f"is not a number from {least:,} to {most:,}"

    return check
