"""Print for people and for programs: the one place where the shell writes to its output.

A file name, a title or a document may hold characters that control a terminal.
They are shown as escapes. The only escapes that are sent are those for bold.
"""

import contextlib
import json
import os
import re
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from tacrochat.answering.escaping import CONTROLS, visible

_BOLD, _NOT_BOLD = "\x1b[1m", "\x1b[22m"
_REDRAW_SECONDS = 1.0
_LINE_SECONDS = 30.0  # between two lines where standard error is no terminal
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")


def say(text: str = "") -> None:
    """Print text to standard output; line feeds and tabs stay, other control characters become escapes."""
    StatusLine.clear()
    print(visible(text))


def say_wrapped(text: str, indent: str = "") -> None:
    """Print text as ``say`` does; a terminal gets lines of its own width, the later ones with an indent."""
    say(_wrapped(visible(text), indent) if sys.stdout.isatty() else text)


def say_quote(runs: Iterable[tuple[str, bool]]) -> None:
    """Print the stretches of a quote, each with whether it is highlighted, between quotation marks.

    On a terminal the highlights are bold, and lines are broken between words.
    Elsewhere the quote is printed as it is, with the highlights between « and »,
    if the quote itself has neither of these.
    """
    shown = [("“", False), *((visible(run), is_lit) for run, is_lit in runs if run), ("”", False)]
    whole = "".join(run for run, _ in shown)
    if not _has_bold():
        marked = "".join(f"«{run}»" if is_lit else run for run, is_lit in shown)
        whole = whole if "«" in whole or "»" in whole else marked
        print(_wrapped(whole) if sys.stdout.isatty() else whole)
        return
    print(_in_bold(_wrapped(whole), [is_lit for run, is_lit in shown for c in run if not c.isspace()]))


def complain(text: str) -> None:
    """Print an error to standard error, on one line."""
    StatusLine.clear()
    print(f"tacrochat: {visible(' '.join(text.split()))}", file=sys.stderr, flush=True)


class StatusLine:
    """A line of standard error that says what is going on; use it as a context manager.

    On a terminal it is rewritten in place, at least once a second, and is gone at
    the end. Elsewhere a line is printed every half minute, so that a log shows
    that the program is alive, and short work prints nothing.
    """

    _shown: "StatusLine | None" = None

    def __init__(self) -> None:
        self._text: Callable[[], str] = str
        self._is_terminal = sys.stderr.isatty()
        self._seconds = _REDRAW_SECONDS if self._is_terminal else _LINE_SECONDS
        self._drawn = time.monotonic() if not self._is_terminal else 0.0
        self._is_drawn = False
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._redraw, name="tacrochat-status", daemon=True)

    def __enter__(self) -> "StatusLine":
        self._thread.start()
        StatusLine._shown = self
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        StatusLine.clear()
        StatusLine._shown = None

    @staticmethod
    def clear() -> None:
        """Clear the line that is shown, so that other text can be printed; it is drawn again later."""
        if line := StatusLine._shown:
            with line._lock:
                if line._is_drawn:
                    line._write("")

    def show(self, text: Callable[[], str]) -> None:
        """Show what a function returns, which is called whenever the line is drawn."""
        self._text = text
        if time.monotonic() - self._drawn >= self._seconds / 5 and self._is_terminal:
            self._draw()

    def _redraw(self) -> None:
        while not self._ended.wait(max(0.05, self._drawn + self._seconds - time.monotonic())):
            if time.monotonic() - self._drawn >= self._seconds:
                self._draw()

    def _draw(self) -> None:
        with self._lock:
            self._drawn = time.monotonic()
            if text := self._text():
                self._write(visible(text))

    def _write(self, text: str) -> None:
        self._is_drawn = bool(text)
        if self._is_terminal:
            width = max(20, shutil.get_terminal_size().columns) - 1
            line = f"\r{text[:width]:<{width}}\r{text[:width]}"
        elif text:
            line = f"tacrochat: {text}\n"
        else:
            return
        with contextlib.suppress(OSError, ValueError):  # a terminal that is gone ends no build
            sys.stderr.write(line)
            sys.stderr.flush()


def print_json(value: Any) -> None:
    """Print a value as JSON: characters beyond ASCII as they are, unless they control a terminal."""
    text = CONTROLS.sub(_json_escape, json.dumps(value, ensure_ascii=False, indent=2))
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = _BEYOND_ASCII.sub(lambda match: json.dumps(match.group())[1:-1], text)
    print(text)


def _json_escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"


def _has_bold() -> bool:
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
    return wanted and sys.stdout.isatty()


def _wrapped(text: str, indent: str = "") -> str:
    """Break lines that are wider than the terminal between words; only white space changes."""
    width = max(20, shutil.get_terminal_size().columns)
    wrapper = textwrap.TextWrapper(
        width=width,
        subsequent_indent=indent,
        expand_tabs=False,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(line if len(line) <= width else wrapper.fill(line) for line in text.split("\n"))


def _in_bold(text: str, is_lit: list[bool]) -> str:
    """Set characters in bold; ``is_lit`` has an entry for each that is not white space."""
    shown: list[str] = []
    position, is_on = 0, False
    for character in text:
        if character.isspace():
            shown.append(character)
            continue
        if is_lit[position] != is_on:
            is_on = is_lit[position]
            shown.append(_BOLD if is_on else _NOT_BOLD)
        shown.append(character)
        position += 1
    return "".join(shown) + (_NOT_BOLD if is_on else "")
