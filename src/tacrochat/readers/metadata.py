"""What a document says of itself: front matter, or a side-car file NAME.meta.yaml."""

from datetime import date

import yaml

FIELDS = ("title", "kind", "source", "url", "date", "author", "language")
SIDECAR = ".meta.yaml"
MAX_BYTES = 65_536


def parse_fields(text: str) -> dict[str, str] | None:
    """Return the known fields of a YAML mapping, None where it is no mapping.

    Only plain values count, so that nothing grows when it is read.
    """
    try:
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, OverflowError):
        return None
    if not isinstance(values, dict):
        return None
    return {
        name: str(values[name]).strip()
        for name in FIELDS
        if isinstance(values.get(name), str | int | float | date) and str(values[name]).strip()
    }
