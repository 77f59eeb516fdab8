"""Find the printed tables of contents and the index of a PDF: lists of titles with page numbers."""

import re
from collections.abc import Sequence

from tacrochat.readers.pdf_lines import Line

CONTENTS = "table of contents"
INDEX = "index"

_NUMBER = r"(?:\d{1,4}(?:[-–.]\d{1,4})?|[ivxlc]{1,7}|[A-Z]-?\d{1,3})"
_LEADERS = re.compile(rf"(?:[.·…_]\s*){{3,}}(?:\|?\s*{_NUMBER})?\s*$")
_ENTRY = re.compile(rf"^.*\S(?:\s\|\s|\s){_NUMBER}\s*$")
_CELL_ENTRY = re.compile(rf"^.*\S\s\|\s{_NUMBER}\s*$")
_TITLE = re.compile(
    r"^(?:(?:short |table of |list of )?(?:contents?|figures|tables|examples)|contents? in brief"
    r"|inhalt(?:sverzeichnis)?|table des matières|sommaire|índice|indice)\s*:?$",
    re.I,
)
_INDEX_TITLE = re.compile(
    r"^(?:(?:general |subject |concept |command |keyword |option |variable |function )*index(?:es)?"
    r"(?: of .{3,30})?|(?:appendix )?[a-z\d]\s+.{0,20}index|sachregister|stichwortverzeichnis)$",
    re.I,
)
_INDEX_ENTRY = re.compile(r"(?:[,.\s]|\s\|)\s*\d{1,4}(?:[-–,f.\s|]+\d{1,4})*\.?\s*$")
_MISSES = 3  # lines in a row that are no entries, after which a table of contents is over


def navigation(pages: Sequence[Sequence[Line]]) -> dict[int, str]:
    """Map the ids of lines in a table of contents or an index to the reason to set them aside."""
    found: dict[int, str] = {}
    _find_contents(pages, found)
    for number, page in enumerate(pages):
        rest = [line for line in page if id(line) not in found]
        if number >= 0.5 * len(pages) and _is_index(rest, started=INDEX in found.values()):
            found.update((id(line), INDEX) for line in rest)
    return found


def _find_contents(pages: Sequence[Sequence[Line]], found: dict[int, str]) -> None:
    """Mark runs of entries: below a title such as "Contents", or with leaders, or with rising numbers."""
    run: list[Line] = []
    entries = 0
    titled = False
    misses: list[Line] = []

    def close() -> None:
        nonlocal entries, titled
        if entries >= (2 if titled else 4) and entries >= 0.4 * (len(run) - titled):
            found.update((id(line), CONTENTS) for line in run)
        run.clear()
        misses.clear()
        entries, titled = 0, False

    for page in pages:
        for line in page:
            text = line.text.strip()
            leaders = _LEADERS.search(text) is not None
            if _TITLE.match(text):
                close()
                run.append(line)
                titled = True
            elif leaders or (_CELL_ENTRY if not titled else _ENTRY).match(text):
                if not leaders and not titled and not run:
                    continue  # without leaders and without a title it may be a table
                run += [*misses, line]
                misses.clear()
                entries += 1
            elif run:
                misses.append(line)
                if len(misses) > _MISSES or len(text) > 200:
                    close()
    close()


def _is_index(lines: Sequence[Line], *, started: bool) -> bool:
    """Tell whether a page is one of an index: most lines end with page numbers, or it has the title."""
    short = [line for line in lines if len(line.text) <= 90]
    if len(lines) < 5 or len(short) < 0.85 * len(lines):
        return False
    entries = sum(
        _INDEX_ENTRY.search(line.text) is not None or _LEADERS.search(line.text) is not None for line in short
    )
    titled = any(_INDEX_TITLE.match(line.text.strip()) for line in lines[:3])
    return entries >= (0.4 if titled or started else 0.65) * len(lines) and (
        titled or started or entries >= 15
    )
