"""Tables of tbl(1) in manual pages: their rows, cells separated by vertical bars."""

import re
from collections.abc import Iterable

_SEPARATOR = re.compile(r"\btab\s*\(?\s*(.)\s*\)?")


def table_rows(lines: Iterable[str]) -> list[str]:
    """Return one line per row; ``lines`` stand between ``.TS`` and ``.TE``, with escapes replaced."""
    separator = "\t"
    rows: list[str] = []
    in_format = True
    block: list[str] | None = None  # the lines of a cell between T{ and T}
    started = ""
    for number, line in enumerate(lines):
        if in_format:
            if number == 0 and line.rstrip().endswith(";"):
                found = _SEPARATOR.search(line)
                separator = found[1] if found else separator
            elif line.rstrip().endswith("."):
                in_format = False
            continue
        if block is not None:
            if line.startswith("T}"):
                started += " ".join(block) + line[2:]
                block = None
                if started.endswith("T{"):
                    started, block = started[:-2], []
                else:
                    rows.append(_row(started, separator))
            elif line[:1] not in {".", "'"}:
                block.append(line)
            else:
                block.append(re.sub(r"^[.']\s*[A-Za-z]+\s*", "", line).replace('"', ""))
        elif line.startswith(".T&"):
            in_format = True
        elif line[:1] == "." or line.strip() in {"_", "="}:
            continue
        elif line.rstrip().endswith("T{"):
            started, block = line.rstrip()[:-2], []
        else:
            rows.append(_row(line, separator))
    return [row for row in rows if row.strip(" |")]


def _row(line: str, separator: str) -> str:
    cells = [cell.strip() for cell in line.split(separator)]
    return " | ".join("" if cell in {"_", "=", "\\_", "\\=", "\\^"} else cell for cell in cells).strip()
