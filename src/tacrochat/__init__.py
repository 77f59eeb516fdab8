"""Ask a folder of documents, get their own words back, each with its source.

    library = tacrochat.build("corpus", "index")
    answer = tacrochat.Assistant(library).ask("How often is it applied?")

Names are loaded at first use: ``import tacrochat`` alone loads no model.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tacrochat.answering.answer import Answer
    from tacrochat.answering.assistant import Assistant
    from tacrochat.building.build import build
    from tacrochat.errors import TacrochatError
    from tacrochat.library import Library
    from tacrochat.library import open_index as open  # noqa: A004
    from tacrochat.settings import Settings
    from tacrochat.types import BuildReport, Document, Hit, Passage, Quote, Section

__version__ = "0.1.0"

_HOME = {
    "Answer": "answering.answer",
    "Assistant": "answering.assistant",
    "BuildReport": "types",
    "Document": "types",
    "Hit": "types",
    "Library": "library",
    "Passage": "types",
    "Quote": "types",
    "Section": "types",
    "Settings": "settings",
    "TacrochatError": "errors",
    "build": "building.build",
    "open": "library",
}

__all__ = [
    "Answer",
    "Assistant",
    "BuildReport",
    "Document",
    "Hit",
    "Library",
    "Passage",
    "Quote",
    "Section",
    "Settings",
    "TacrochatError",
    "build",
    "open",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'tacrochat' has no attribute {name!r}")
    module = import_module(f"tacrochat.{_HOME[name]}")
    value = getattr(module, {"open": "open_index"}.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
