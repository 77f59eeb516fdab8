"""Subtitles (.srt, .vtt): what is said, with the time of each sentence as its place."""

import re
from collections.abc import Iterator

from tacrochat.errors import ReadError
from tacrochat.readers.layout import Layout, clean
from tacrochat.types import Extract

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_CUE = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}")
_TAGS = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")
_VOICE = re.compile(r"<v(?:\.[^\s<>]+)?\s+([^\s<>][^<>]*)>")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&nbsp;": " ", "&lrm;": "", "&rlm;": ""}
_END = re.compile(r"[.!?…][\"'”’)\]]*$")
_PAUSE = 4.0  # seconds without words that end a sentence
_LONGEST = 1_000  # characters of cues without the end of a sentence


def read(text: str) -> Extract:
    """Read subtitles: cues are joined until a sentence ends; a block starts at the time of its first cue.

    Raises:
        ReadError: there is no cue in it.

    """
    layout = Layout()
    pending: list[str] = []
    began = last = 0.0
    for start, end, words in _cues(text):
        if not words or (pending and pending[-1].endswith(words) and len(words) > 8):
            last = end
            continue
        pause = start - last > _PAUSE or words.startswith(("- ", "– "))
        if pending and (pause or _END.search(pending[-1]) or sum(map(len, pending)) > _LONGEST):
            _add(layout, began, pending)
            pending = []
        if not pending:
            began = start
        pending.append(words)
        last = end
    _add(layout, began, pending)
    if layout.is_empty:
        raise ReadError("it holds no subtitles")
    return layout.extract()


def _add(layout: Layout, began: float, cues: list[str]) -> None:
    if cues:
        seconds = int(began)
        layout.place(f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}")
        layout.add(" ".join(cues))


def _cues(text: str) -> Iterator[tuple[float, float, str]]:
    """Yield the start and end in seconds and the words of each cue."""
    cue: tuple[float, float] | None = None
    speaker = ""
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        if match := _CUE.match(line):
            cue, lines = (_seconds(match.groups()[:4]), _seconds(match.groups()[4:])), []
        elif line.strip():
            lines.append(line)
        elif cue:
            raw = " ".join(lines)
            voice = _VOICE.search(raw)
            # The name of a speaker is said once, as long as nobody else speaks.
            named = voice is not None and voice[1] != speaker
            speaker = voice[1] if voice else speaker
            yield *cue, _words(_VOICE.sub(r"\1: " if named else "", raw))
            cue = None


def _seconds(groups: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = (int(group or 0) for group in groups)
    return hours * 3600 + minutes * 60 + seconds + fraction / float(10 ** len(groups[3] or ""))


def _words(raw: str) -> str:
    spoken = _TAGS.sub("", raw)
    for entity, character in _ENTITIES.items():
        spoken = spoken.replace(entity, character)
    return clean(spoken)
