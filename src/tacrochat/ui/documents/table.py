"""The files left out, as a table, and the documents that can be removed."""

import html
from collections import Counter
from itertools import islice

from tacrochat.building.report import SkippedGroup, by_format, by_reason, little_text
from tacrochat.library import Library
from tacrochat.ui.formatting import number
from tacrochat.ui.html_parts import plain
from tacrochat.ui.wording import Language, say

_MAX_ROWS = 1_000


def documents(library: Library, language: Language) -> str:
    """Return the counts by format, the files left out with the reasons, and those that gave little text."""
    return f"{_formats(library, language)}{_skipped(library, language)}{_little_text(library, language)}"


def removable(library: Library, language: Language) -> list[tuple[str, str]]:
    """Return the choices for removing: the text of each document and its path.

    A file is removed as a whole: where it holds several documents, the text says so.
    """
    rows = library.document_columns("title", "path", "container")
    in_file = Counter(container or path for _, path, container in rows)

    def text(title: str, path: str, container: str | None) -> str:
        name = f"{title} ({path})"
        if container:
            return f"{name} – {say(language, 'remove_inside', file=container)}"
        count = in_file[path]
        return name if count == 1 else f"{name} – {say(language, 'remove_holds', count=count)}"

    return [(text(*row), row[1]) for row in rows]


def _skipped(library: Library, language: Language) -> str:
    if not library.skipped:
        return f'<p class="tc-note">{_text(language, "skipped_none")}</p>'
    rows = "".join(
        f'<tr><td dir="auto">{_files(group, language)}</td><td dir="auto">{plain(group.reason)}</td>'
        f'<td dir="auto">{plain(group.advice)}</td></tr>'
        for group in by_reason(library.skipped)[:_MAX_ROWS]
    )
    return (
        f'<h2>{_text(language, "skipped")}</h2><table class="tc-table tc-skipped">'
        f"{_head(('col_file', 'col_reason', 'col_advice'), language)}<tbody>{rows}</tbody></table>"
    )


def _files(group: SkippedGroup, language: Language) -> str:
    """Return the files of a group: one by its path, several in a list to unfold."""
    names = [plain(name) for name in islice(group.names(), _MAX_ROWS)]
    if len(group.files) == 1:
        return names[0]
    count = html.escape(say(language, "skipped_files", count=len(group.files)))
    more = ["…"] * (len(group.files) > _MAX_ROWS)
    return f"<details><summary>{count}</summary>{'<br>'.join((*names, *more))}</details>"


def _formats(library: Library, language: Language) -> str:
    counts = ", ".join(f"{count.format} {number(language, count.passages)}" for count in by_format(library))
    return f'<p class="tc-note">{plain(say(language, "by_format", counts=counts))}</p>'


def _little_text(library: Library, language: Language) -> str:
    little = little_text(library)
    if not little:
        return ""
    items = "".join(
        f'<li dir="auto">{plain(say(language, "little_text_file", path=file.path, count=count))}</li>'
        for file, count in ((f, number(language, f.characters)) for f in little[:_MAX_ROWS])
    )
    return f'<p class="tc-note">{_text(language, "little_text")}</p><ul class="tc-note">{items}</ul>'


def _head(keys: tuple[str, ...], language: Language) -> str:
    cells = "".join(f'<th scope="col">{_text(language, key)}</th>' for key in keys)
    return f"<thead><tr>{cells}</tr></thead>"


def _text(language: Language, key: str) -> str:
    return html.escape(say(language, key))
