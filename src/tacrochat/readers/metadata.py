"""Metadata in YAML: the front matter of a file, or the side-car file NAME.meta.yaml beside it."""

from collections.abc import Mapping
from datetime import date

from tacrochat.readers import yaml_nodes
from tacrochat.readers.layout import clean

FIELDS = ("title", "kind", "source", "url", "date", "author", "language")
"""The names of the metadata fields."""

SIDECAR = ".meta.yaml"
"""What the name of a side-car file has after the name of its file."""

MAX_BYTES = 65_536
"""The limit on the size of front matter or a side-car file, in bytes."""


def parse_fields(text: str) -> dict[str, str] | None:
    """Return the fields of a YAML mapping that are in ``FIELDS``, None if it is not a mapping.

    Lists and mappings are ignored as values: converted to text, YAML aliases in
    them could grow without limit.
    """
    values = yaml_nodes.load(text)
    return fields_of(values) if isinstance(values, dict) else None


def fields_of(values: Mapping[str, object]) -> dict[str, str]:
    """Return the values of a mapping whose names are in ``FIELDS``, each as text on one line."""
    given = ((name, values.get(name)) for name in FIELDS)
    shown = ((name, _shown(value)) for name, value in given if isinstance(value, str | int | float | date))
    return {name: text for name, text in shown if text}


def _shown(value: str | float | date) -> str:
    """Return a value as text on one line, without characters that cannot be stored (YAML can escape them)."""
    try:
        return clean(str(value))
    except ValueError:  # an integer of thousands of digits
        return ""
