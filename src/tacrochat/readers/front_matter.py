"""Front matter: the fields at the start of a Markdown file, in the forms that site generators use.

YAML between ``---`` (Jekyll, Hugo, MkDocs, Docusaurus), TOML between ``+++``
(Hugo, Zola), a JSON object (Hugo), and the title block of Pandoc (``%``).
"""

import json
import re
import tomllib

from tacrochat.readers.layout import clean
from tacrochat.readers.metadata import MAX_BYTES, fields_of, parse_fields

_YAML = re.compile(r"\A---[^\S\n]*\n(.*?)^(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\A\+\+\+[^\S\n]*\n(.*?)^\+\+\+[^\S\n]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_JSON = re.compile(r"\A\{[^\S\n]*\n\s*\"")
_PANDOC = re.compile(r"\A%[^\S\n]*\S[^\n]*\n(?:[^\S\n]+\S[^\n]*\n|%[^\n]*\n){0,20}")
_FIELD = re.compile(r"\w+:\s")


def parse(text: str) -> tuple[dict[str, str], int]:
    """Return the fields of the front matter of a text and where it ends; 0 if it has none."""
    head = text[:MAX_BYTES]
    if match := _YAML.match(head):
        fields = parse_fields(match.group(1))
        if fields is None:
            # Invalid YAML is still front matter if it starts with the name of a field.
            return {}, match.end() if _FIELD.match(match.group(1)) else 0
        return fields, match.end()
    if match := _TOML.match(head):
        try:
            return fields_of(tomllib.loads(match.group(1))), match.end()
        except (tomllib.TOMLDecodeError, RecursionError, ValueError):
            return {}, 0
    if _JSON.match(head):
        try:
            values, end = json.JSONDecoder().raw_decode(head)
        except (ValueError, RecursionError):
            return {}, 0
        return (fields_of(values), end) if isinstance(values, dict) else ({}, 0)
    if match := _PANDOC.match(head):
        lines = re.sub(r"\n[^\S\n]+", " ", match.group()).rstrip("\n").split("\n")[:3]
        named = zip(("title", "author", "date"), lines, strict=False)
        return {name: value for name, line in named if (value := clean(line[1:]))}, match.end()
    return {}, 0
