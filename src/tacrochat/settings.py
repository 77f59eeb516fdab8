"""All settings with their defaults and ranges; an environment variable ``TACROCHAT_NAME`` overrides one."""

import os
from dataclasses import dataclass, fields
from typing import Any

from tacrochat.errors import TacrochatError

DEFAULT_MODEL = "all-MiniLM-L6-v2"

RANGES: dict[str, tuple[int, int]] = {
    "max_file_mb": (1, 100_000),
    "max_unpacked_mb": (1, 100_000),
    "max_text_chars": (1, 1_000_000_000),
    "max_file_text_chars": (1, 1_000_000_000),
    "max_passages": (1, 10_000_000),
    "reader_seconds": (1, 86_400),
    "reader_memory_mb": (256, 10_000_000),
    "passage_tokens": (1, 10_000),
    "merge_tokens": (0, 10_000),
    "context_tokens": (0, 10_000),
    "candidates": (1, 100_000),
    "top": (1, 1_000),
    "threshold": (0, 1),
    "uncertain": (0, 1),
    "max_question_chars": (1, 1_000_000),
    "session_idle_minutes": (1, 100_000),
    "session_max_hours": (1, 10_000),
}
"""The smallest and the greatest value of each number, also where it is given with a question (``top``)."""

_CONFIDENCES = frozenset({"threshold", "uncertain"})
_BOOLEANS = {"1": True, "true": True, "yes": True, "on": True}
_BOOLEANS |= {"0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. Sizes of text are in word pieces of the model's tokenizer.

    Raises:
        TacrochatError: a value is of the wrong type or out of its range.

    """

    model: str = DEFAULT_MODEL
    """A sentence-transformers model, by name or path."""
    max_file_mb: int = 64
    """Files above this size are skipped and reported."""
    max_unpacked_mb: int = 256
    """Archives and office files that unpack to more than this are skipped and reported."""
    max_text_chars: int = 10_000_000
    """Documents with a longer text are skipped and reported."""
    max_file_text_chars: int = 50_000_000
    """When the documents of one archive have this much text, the next ones are skipped and reported."""
    max_passages: int = 50_000
    """The passages of one file that are indexed at most; that there are more is reported."""
    reader_seconds: int = 60
    """A file whose reading takes longer is skipped and reported."""
    reader_memory_mb: int = 2_048
    """A file whose reading needs more memory is skipped and reported."""
    follow_links: bool = False
    """Whether links that lead out of the corpus folder are followed."""
    passage_tokens: int = 160
    """The size a passage's own text may reach; the model reads at most 256 with context."""
    merge_tokens: int = 48
    """Neighbouring paragraphs of a section are joined while below this size."""
    context_tokens: int = 48
    """The size that title and headings may have when they are embedded with a passage."""
    candidates: int = 100
    """The number of passages that each first-stage search passes to ranking."""
    top: int = 4
    """The number of quotes that an answer shows at most."""
    threshold: float | None = None
    """The smallest confidence of an answer; None for the fitted one. See ``ranking.zones``."""
    uncertain: float | None = None
    """The smallest confidence of an uncertain answer; None for the fitted one."""
    max_question_chars: int = 2_000
    """Longer questions are refused."""
    session_idle_minutes: int = 480
    """A login ends when it was not used for so long. An open page uses it every few seconds."""
    session_max_hours: int = 168
    """A login ends after this time, however it is used."""

    def __post_init__(self) -> None:
        """Check every value."""
        for item in fields(self):
            value = getattr(self, item.name)
            if not _is_allowed(item.name, value):
                raise TacrochatError(
                    f"the setting {item.name} (TACROCHAT_{item.name.upper()}) is {value!r};"
                    f" it must be {_expected(item.name)}"
                )

    @classmethod
    def from_environment(cls, **configured: Any) -> "Settings":
        """Return the defaults, overridden by what is ``configured``, and by the variables ``TACROCHAT_*``.

        Raises:
            TacrochatError: a variable has a value that is not allowed.

        """
        values: dict[str, Any] = dict(configured)
        for item in fields(cls):
            raw = os.environ.get(f"TACROCHAT_{item.name.upper()}")
            if raw is not None:
                values[item.name] = _converted(item.name, raw)
        return cls(**values)


def _is_allowed(name: str, value: object) -> bool:
    if name == "model":
        return isinstance(value, str) and bool(value.strip()) and value.isprintable()
    if name == "follow_links":
        return isinstance(value, bool)
    if name in _CONFIDENCES and value is None:
        return True
    low, high = RANGES[name]
    types = (int, float) if name in _CONFIDENCES else (int,)
    # A comparison with "not a number" is false: that is no allowed value either.
    return isinstance(value, types) and not isinstance(value, bool) and low <= value <= high


def _expected(name: str) -> str:
    if name == "model":
        return "the name or the path of a model"
    if name == "follow_links":
        return "1 or 0, true or false"
    low, high = RANGES[name]
    return f"a {'' if name in _CONFIDENCES else 'whole '}number from {low:,} to {high:,}"


def _converted(name: str, raw: str) -> object:
    """Return the value of an environment variable; one that cannot be converted stays a text."""
    if name == "model":
        return raw
    if name == "follow_links":
        return _BOOLEANS.get(raw.strip().lower(), raw)
    try:
        return float(raw) if name in _CONFIDENCES else int(raw)
    except ValueError:
        return raw
