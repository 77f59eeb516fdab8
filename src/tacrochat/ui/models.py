"""The models of a server: libraries that were made with the same one load it once."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tacrochat.embedding.encoder import Encoder


@dataclass(slots=True)
class Model:
    """A model, None before it is loaded."""

    loaded: Encoder | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Models:
    """Models by the SHA-256 of their weights."""

    def __init__(self) -> None:
        """Know none."""
        self._models: dict[str, Model] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def of(self, fingerprint: str) -> Iterator[Model]:
        """Yield a model to look whether it is loaded, and to load it; others wait meanwhile."""
        with self._lock:
            model = self._models.setdefault(fingerprint, Model())
        with model.lock:
            yield model
