"""What the library behind the page is doing."""

from dataclasses import dataclass
from typing import Literal

Phase = Literal["starting", "building", "loading", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class State:
    """What the library is doing; ``share`` (0 to 1), ``stage`` and ``seconds_left`` belong to a build.

    ``seconds_left`` is for reading or for embedding, None while it is not known.
    ``is_cancelled`` says that the build is to stop, or, afterwards, that it was stopped.
    ``generation`` names the index in use, "" if there is none yet.
    """

    phase: Phase = "starting"
    stage: str = ""
    share: float = 0.0
    seconds_left: float | None = None
    error: str = ""
    is_cancelled: bool = False
    generation: str = ""

    @property
    def is_busy(self) -> bool:
        """Tell whether the state will change by itself."""
        return self.phase in {"starting", "building", "loading"}
