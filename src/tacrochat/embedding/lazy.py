"""A model that is loaded when it is first needed."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock

from tacrochat.embedding.encoder import Encoder
from tacrochat.embedding.engine import EngineName
from tacrochat.embedding.exported import is_usable


class LazyEncoder:
    """A model that is loaded once, at first use, whichever thread asks.

    It refers to no library and no build, so that nothing keeps those in memory.
    """

    def __init__(
        self,
        model: str,
        loaded: Encoder | None = None,
        check: Callable[[Encoder], None] | None = None,
        exported: Path | None = None,
    ) -> None:
        """Name a model; ``loaded`` is that model if it is loaded. ``check`` raises if it must not be used.

        ``exported`` is the file that it was exported to, if any.
        """
        self.model = model
        self.loaded = loaded
        """The model if it is loaded, or else None."""
        self._check = check
        self._exported = exported
        self._checked: Encoder | None = None
        self._loading = Lock()

    def get(self) -> Encoder:
        """Return the model.

        Raises:
            ModelError: it cannot be loaded.

        """
        with self._loading:
            if self._checked is None:
                encoder = self.loaded or Encoder(self.model, self._exported)
                if self._check:
                    self._check(encoder)
                self.loaded = self._checked = encoder
        return self._checked

    def engine(self, fingerprint: str) -> EngineName:
        """Name the engine for a question, without loading the model, which has this fingerprint."""
        if self.loaded:
            return self.loaded.engine
        return (
            "onnx-float32" if self._exported and is_usable(self._exported, fingerprint) else "torch-float32"
        )

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Count the word pieces of each text, as ``Encoder.count_tokens`` does."""
        return self.get().count_tokens(texts)
