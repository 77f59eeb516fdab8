"""What the styles of an OpenDocument text say about a paragraph: heading, code, contents, or bold."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from tacrochat.readers.office import is_code_font, is_code_style

_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_LONGEST_CHAIN = 10


@dataclass(frozen=True, slots=True)
class Style:
    """A style: the name of the named style that it is based on, and how its text looks.

    ``level`` is 1 for the title of a document, above 1 for a heading, else 0.
    """

    name: str = ""
    level: int = 0
    is_bold: bool = False
    is_code: bool = False

    @property
    def is_contents(self) -> bool:
        """Whether it is used for the lines of a table of contents or an index."""
        return self.name.startswith(("Contents ", "Index ")) and not self.name.endswith("Heading")


def styles(roots: Iterable[Any]) -> dict[str, Style]:
    """Return the styles in the trees of styles.xml and content.xml, by name."""
    elements = {e.get(f"{_STYLE}name", ""): e for root in roots for e in root.iter(f"{_STYLE}style")}
    return {name: _style(name, elements) for name in elements}


def _style(name: str, elements: dict[str, Any]) -> Style:
    result = Style()
    weight = ""
    for _ in range(_LONGEST_CHAIN):
        element = elements.get(name)
        plain = name.replace("_20_", " ")
        if not result.level:
            result = replace(result, level=_level(plain))
        if is_code_style(plain) or (element is not None and is_code_font(_font(element))):
            result = replace(result, is_code=True)
        if not result.name and not (element is not None and plain[:1] in {"P", "T"} and plain[1:].isdigit()):
            result = replace(result, name=plain)
        if element is None:
            break
        text = element.find(f"{_STYLE}text-properties")
        weight = weight or (text.get(f"{_FO}font-weight", "") if text is not None else "")
        name = element.get(f"{_STYLE}parent-style-name", "")
    return replace(result, is_bold=weight in {"bold", "600", "700", "800", "900"})


def _font(element: Any) -> str:
    text = element.find(f"{_STYLE}text-properties")
    if text is None:
        return ""
    return str(text.get(f"{_STYLE}font-name") or text.get(f"{_FO}font-family") or "")


def _level(name: str) -> int:
    if name == "Title":
        return 1
    number = name.removeprefix("Heading ")
    return int(number) + 1 if number != name and number.isdigit() and len(number) == 1 else 0
