"""Metadata in YAML: the front matter of a file, or the side-car file NAME.meta.yaml beside it."""

from datetime import date

import yaml

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
    try:
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, OverflowError):
        return None
    if not isinstance(values, dict):
        return None
    given = {name: values[name] for name in FIELDS if isinstance(values.get(name), str | int | float | date)}
    return {name: shown for name, value in given.items() if (shown := _shown(value))}


def _shown(value: str | float | date) -> str:
    """Return a value as text on one line, without characters that cannot be stored (YAML can escape them)."""
    try:
        return clean(str(value))
    except ValueError:  # an integer of thousands of digits
        return ""
