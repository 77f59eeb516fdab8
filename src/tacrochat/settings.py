"""Every default, once; an environment variable ``TACROCHAT_NAME`` overrides it."""

import os
from dataclasses import dataclass, fields

from tacrochat.errors import TacrochatError

DEFAULT_MODEL = "all-MiniLM-L6-v2"


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set. Sizes of text are in word pieces of the model's tokenizer."""

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
    """How much title and heading path goes before a passage when it is embedded."""
    candidates: int = 100
    """How many passages each first-stage search hands to ranking."""
    top: int = 4
    """How many quotes an answer shows."""
    threshold: float | None = None
    """Confidence below which an answer is withheld; None takes the calibrated one."""
    max_question_chars: int = 2_000
    """Longer questions are refused."""

    @classmethod
    def from_environment(cls) -> "Settings":
        """Return the defaults with what ``TACROCHAT_*`` variables say.

        Raises:
            TacrochatError: a variable holds no number where one is needed.

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
