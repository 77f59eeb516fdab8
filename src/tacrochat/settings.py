"""All settings with their defaults; an environment variable ``TACROCHAT_NAME`` overrides one."""

import os
from dataclasses import dataclass, fields

from tacrochat.errors import TacrochatError

DEFAULT_MODEL = "all-MiniLM-L6-v2"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. Sizes of text are in word pieces of the model's tokenizer."""

    model: str = DEFAULT_MODEL
    """A sentence-transformers model, by name or path."""
    max_file_mb: int = 64
    """Files above this size are skipped and reported."""
    max_unpacked_mb: int = 256
    """Archives and office files that unpack to more than this are skipped and reported."""
    reader_seconds: int = 60
    """A file whose reading takes longer is skipped and reported."""
    reader_memory_mb: int = 2_048
    """A file whose reading needs more memory is skipped and reported."""
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
    """The confidence below which nothing is answered; None for the fitted one."""
    max_question_chars: int = 2_000
    """Longer questions are refused."""

    @classmethod
    def from_environment(cls) -> "Settings":
        """Return the defaults, overridden by the variables ``TACROCHAT_*``.

        Raises:
            TacrochatError: a variable that must be a number is not one.

        """
        values: dict[str, object] = {}
        for item in fields(cls):
            raw = os.environ.get(f"TACROCHAT_{item.name.upper()}")
            if raw is None:
                continue
            convert = str if item.name == "model" else float if item.name == "threshold" else int
            try:
                values[item.name] = convert(raw)
            except ValueError as error:
                raise TacrochatError(
                    f"TACROCHAT_{item.name.upper()}={raw!r} is not a number; correct or unset it"
                ) from error
        return cls(**values)  # type: ignore[arg-type]
