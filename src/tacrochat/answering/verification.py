"""Check a saved answer's quotes against an index."""

import json
from pathlib import Path
from typing import Any

from tacrochat.errors import QuestionError, QuoteError
from tacrochat.library import Library


def check_answer(library: Library, path: Path) -> tuple[int, list[str]]:
    """Compare every quote of a saved answer with its document, by offset.

    Returns the number of quotes looked at and a line for each that is wrong.

    Raises:
        QuoteError: the file is not an answer saved with ``ask --json``.

    """
    try:
        answer = json.loads(path.read_text("utf-8"))
        quotes = [*answer["quotes"], *answer["nearest"]]
        problems = [problem for quote in quotes if (problem := _problem(library, quote))]
    except OSError as error:
        raise QuoteError(f"{path} cannot be read ({error.strerror}); name a saved answer") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise QuoteError(
            f"{path} is not a saved answer; make one with 'tacrochat ask --json QUESTION > {path}'"
        ) from error
    return len(quotes), problems


def _problem(library: Library, quote: dict[str, Any]) -> str | None:
    try:
        document = library.document(quote["document"])
    except QuestionError:
        return f"{quote['document']}: no such document in {library.address}; run 'tacrochat build'"
    start, end = quote["start"], quote["end"]  # a comparison of other types than numbers raises TypeError
    where = f"{document.path}: {start}–{end}"
    if not 0 <= start < end <= len(document.text) or document.text[start:end] != quote["text"]:
        return f"{where}: the quote is not the document's text"
    if any(not start <= a < b <= end for a, b in quote["highlights"]):
        return f"{where}: a highlight lies outside the quote"
    return None
