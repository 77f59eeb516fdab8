"""Measure how well files were read: broken words, cut paragraphs, navigation, lost text.

The rules here are small and their own: nothing is taken from the program's way of telling body text from
navigation. Each function compares the passages of one file with the text that an independent program shows
(``viewers``). README.md says how often what they flag was right, checked by eye.
"""

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wordfreq import zipf_frequency

from tacrochat.types import Passage, Section

_BAD = re.compile("[\ufffe\ufffd\u00ad\ufb00-\ufb06\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
_HYPHEN = "[-\u2010\u2011]"
_LETTERS = r"([^\W\d_]{2,})"
_LINE_HYPHEN = re.compile(rf"\b{_LETTERS}{_HYPHEN}\s+([a-zß-ÿ]{{2,}})\b")
_INNER_HYPHEN = re.compile(rf"(?<![\w-]){_LETTERS}{_HYPHEN}{_LETTERS}(?![\w-])")
_NUMBER = re.compile(r"\d+|[ivxl]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_LEADER = re.compile(r"(?:\.{6,}|(?:\. ){4,})[\s|.]*(?:\d|[ivxl]+\b|$)")
_DUMP = re.compile(r"\b[0-9A-Fa-f]{4,8}:\s|\.\. \.\. ")
_LEADER_NUMBER = re.compile(r"(?:(?:\. ?){5,})[\s|]*\d+")
_WORD = re.compile(r"[^\W_]+")
_SMALL = frozenset(
    "a an the of to in at by for from with and or but nor as is are was were be been that which who whose if"
    " than these those its their your our into onto".split()
)
_CLOSERS = "\"'”’»)]}*_` \n\t"
_ENDS = ".!?:;…。！？"


@dataclass(frozen=True, slots=True)
class Reference:
    """What an independent program shows of a file: its text, and texts of its navigation."""

    text: str
    is_pdf: bool = False
    is_marked_up: bool = False
    links: frozenset[str] = frozenset()
    heads: frozenset[str] = frozenset()
    """The lines at the top or foot of many pages, as ``head_key`` gives them."""
    numbers: frozenset[tuple[str, str]] = frozenset()
    """Two neighbouring words of which one is a page number and one the text beside it."""


@dataclass(slots=True)
class Figures:
    """Counts over files; ``examples`` holds what was flagged, by measure."""

    files: int = 0
    words: int = 0
    broken: int = 0
    body: int = 0
    cut: int = 0
    passages: int = 0
    navigation: int = 0
    source_words: int = 0
    lost: int = 0
    lost_heads: int = 0
    set_aside: int = 0
    skipped: int = 0
    no_reader: int = 0
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, other: "Figures") -> None:
        """Add the counts of another file."""
        for name in self.__dataclass_fields__:
            if name == "examples":
                for key, found in other.examples.items():
                    self.examples.setdefault(key, []).extend(found)
            else:
                setattr(self, name, getattr(self, name) + getattr(other, name))

    def shares(self) -> dict[str, float]:
        """Return each measure as a share of what it counts; NaN if there is nothing to count."""
        return {
            "broken words": _share(self.broken, self.words),
            "cut paragraphs": _share(self.cut, self.body),
            "navigation": _share(self.navigation, self.passages),
            "lost text": _share(self.lost, self.source_words - self.no_reader),
            "of it running heads": _share(self.lost_heads, self.lost),
            "set aside": _share(self.set_aside + self.skipped, self.source_words - self.no_reader),
            "no reader": _share(self.no_reader, self.source_words),
        }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def words(text: str) -> list[str]:
    """Return the words of a text for comparison: lower case, ligatures undone, hyphens left out."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text).replace("\ufffe", "-")).casefold()
    text = re.sub(r"(?<=[^\W\d_])[-\u2010\u2011]\s*(?=[^\W\d_])", "", text)
    return [word for word in _WORD.findall(text) if any(map(str.isalpha, word))]


def measure(
    passages: Sequence[Passage], sections: Sequence[Section], text: str, source: Reference
) -> Figures:
    """Return the figures of one document that was read; ``text`` is ``Document.text``."""
    figures = Figures(files=1, passages=len(passages))
    known = Words(source)
    for passage in passages:
        broken = known.broken(passage.text)
        figures.words += len(passage.text.split())
        figures.broken += len(broken)
        figures.examples.setdefault("broken words", []).extend(broken)
        if reason := navigation(passage, source):
            figures.navigation += 1
            figures.examples.setdefault("navigation", []).append(f"[{reason}] {passage.text}")
    _count_cuts(passages, source, figures)
    _count_lost(passages, sections, text, source, figures)
    return figures


class Words:
    """The words of a source, to tell a broken word from a rare one."""

    def __init__(self, source: Reference) -> None:
        text = unicodedata.normalize("NFKC", source.text.replace("\u00ad", "")).casefold()
        self._is_pdf = source.is_pdf
        self._tokens = set(source.text.split())
        self._text = " ".join(text.split())
        self._hyphened = set(re.findall(rf"[^\W\d_]+{_HYPHEN}[^\W\d_]+", text))
        self._known = set(_WORD.findall(re.sub(r"(?<=\w)[-\u2010\u2011](?=\w)", "", text)))
        self._known |= set(_WORD.findall(text))

    def broken(self, text: str) -> list[str]:
        """Return the word tokens that no reader of the file sees.

        A token is broken if it has a character that no word has; if a hyphen of a line end is left in it
        ("com-mand", "com- mand": the word without it is one, and the source does not show it so); or if two
        words of the source have run together. A character of private use counts, but in a PDF only if
        ``pdftotext`` does better.
        """
        found = [token for token in text.split() if _BAD.search(token) and not self._is_glyph(token)]
        text = unicodedata.normalize("NFKC", text).casefold()
        found += [match.group() for match in _LINE_HYPHEN.finditer(text) if self._is_halved(match)]
        found += [match.group() for match in _INNER_HYPHEN.finditer(text) if self._is_stray(match)]
        for word in dict.fromkeys(_WORD.findall(_BAD.sub("", text))):
            if len(word) >= 6 and word.isalpha() and word not in self._known and self._is_two(word):
                found.append(f"{word} (two words)")
        return found

    def _is_halved(self, match: re.Match[str]) -> bool:
        joined = match.group(1) + match.group(2)
        is_word = _is_word(joined) or (self._is_pdf and joined in self._known)
        is_shown = " ".join(match.group().split()) in self._text
        return is_word and not is_shown and match.group(2) not in {"and", "or", "to"}

    def _is_stray(self, match: re.Match[str]) -> bool:
        return match.group() not in self._hyphened and _is_word(match.group(1) + match.group(2))

    def _is_glyph(self, token: str) -> bool:
        return (
            self._is_pdf
            and token in self._tokens
            and not re.search("[\ufffe\ufffd\u00ad\ufb00-\ufb06]", token)
        )

    def _is_two(self, word: str) -> bool:
        return any(word[:i] in self._known and word[i:] in self._known for i in range(2, len(word) - 1))


def _is_word(word: str) -> bool:
    return float(zipf_frequency(word, "en")) >= 2.5


def navigation(passage: Passage, source: Reference) -> str:
    """Return why a passage is navigation, or has a running head in it; "" if it is text. Rows are data."""
    if passage.role == "row":
        return ""
    text = passage.text
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    tokens = text.split()
    dotted = [line for line in lines if _LEADER.search(line) and not _DUMP.search(line)]
    leaders = 0 if _DUMP.search(text) else len(_LEADER_NUMBER.findall(text))
    if len(dotted) * 2 > len(lines) or leaders >= 3:
        return "table of contents"
    steps = re.findall(r"\b(?:Prev(?:ious)?|Next|Up|Home|Contents|Index|Top)\b", text)
    if len(steps) >= 2 and len(tokens) <= 30 and not text.rstrip().endswith("."):
        return "previous and next"
    if re.fullmatch(r"\W*(?:page\s*)?[\divxlc]+(?:\s*(?:of|/)\s*\d+)?\W*", text, re.I) and len(tokens) <= 4:
        return "page number"
    if len(tokens) <= 40 and re.match(r"\W*(?:copyright\b|©|\(c\)\s*\d{4})", text, re.I):
        return "copyright"
    indexed = [line for line in lines if re.search(r"[^\W\d]\W*,?\s+\d{1,3}(?:,\s*\d{1,3})*$", line)]
    if len(lines) >= 6 and len(indexed) >= 0.7 * len(lines) and _alphabetical(lines):
        return "index"
    if any(head_key(line) in source.heads and head_key(line) != "#" for line in lines):
        return "running head"
    if any(pair in source.numbers for pair in itertools.pairwise(tokens)):
        return "page number inside"
    squeezed = [" ".join(words(line)) for line in lines]
    linked = sum(len(line.split()) for line in squeezed if line in source.links)
    if linked >= 0.8 * max(1, sum(len(line.split()) for line in squeezed)) and len(lines) >= 3:
        return "links"
    return ""


def _alphabetical(lines: Sequence[str]) -> bool:
    keys = [line.casefold() for line in lines]
    return sum(a <= b for a, b in itertools.pairwise(keys)) >= 0.8 * (len(keys) - 1)


def head_key(line: str) -> str:
    """Return a line without what changes from page to page: its numbers."""
    return " ".join(re.sub(r"\d+|\b[ivxl]+\b", "#", line.casefold()).split())


def running_heads(pages: Iterable[str]) -> frozenset[str]:
    """Return the lines that stand first or last on at least four pages and a twentieth of all."""
    counts: Counter[str] = Counter()
    number = 0
    for page in pages:
        lines = _lines(page)
        counts.update({head_key(line) for line in [*lines[:2], *lines[-2:]]})
        number += bool(lines)
    least = max(4, number // 20)
    return frozenset(
        key for key, count in counts.items() if count >= least and re.search(r"[^\W\d]{3}|#", key)
    )


def page_numbers(pages: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Return the pairs that each number alone at the top or foot of a page makes with the words beside it."""
    pairs: set[tuple[str, str]] = set()
    before = ""
    for page in pages:
        lines = _lines(page)
        if len(lines) < 3:
            continue
        if _NUMBER.fullmatch(lines[-1]):
            pairs.add((lines[-2].split()[-1], lines[-1]))
        if _NUMBER.fullmatch(lines[0]):
            pairs.add((lines[0], lines[1].split()[0]))
            pairs.add((before, lines[0]))
        before = lines[-1].split()[-1]
    return frozenset(pair for pair in pairs if any(len(re.sub(r"[\W\d_]", "", word)) >= 3 for word in pair))


def _lines(page: str) -> list[str]:
    return [line.strip() for line in page.splitlines() if line.strip()]


def _count_cuts(passages: Sequence[Passage], source: Reference, figures: Figures) -> None:
    flow = Flow(source)
    for index, passage in enumerate(passages):
        if not _is_prose(passage):
            continue
        figures.body += 1
        last = passages[index - 1].text if index else ""
        reason = flow.begins_cut(passage.text, last) or flow.ends_cut(passage.text)
        if reason:
            figures.cut += 1
            text = " ".join(passage.text.split())
            figures.examples.setdefault("cut paragraphs", []).append(f"[{reason}] {text[:90]} … {text[-90:]}")


class Flow:
    """The words of a source in reading order, to see what stands before and after a passage."""

    def __init__(self, source: Reference) -> None:
        self._pieces: list[tuple[str, bool]] = []  # a token, and whether a block ends after it
        lines = source.text.replace("\f", "\n").splitlines()
        for number, line in enumerate(lines):
            tokens = line.split()
            after = lines[number + 1] if number + 1 < len(lines) else ""
            ends = not after.strip() or bool(re.match(r"\s*([-*+•#>|]|\d+[.)])\s", after))
            self._pieces += [(token, ends and i == len(tokens) - 1) for i, token in enumerate(tokens)]
        self._ends_block = [is_end and source.is_marked_up for _, is_end in self._pieces]
        self._letters = [re.sub(r"[\W_]+", "", token).casefold() for token, _ in self._pieces]
        self._starts: dict[str, list[int]] = {}
        for index, word in enumerate(self._letters):
            self._starts.setdefault(word, []).append(index)

    def begins_cut(self, text: str, last: str) -> str:
        """Say why a passage begins inside a sentence, "" if it does not."""
        first = text.split(maxsplit=1)[0] if text.split() else ""
        if not re.fullmatch(r"[a-zß-ÿ]+[,.;:)]?|[,;)]\S*", first) or _is_code(text.splitlines()[0]):
            return ""
        place = self._find(text.split()[:8])
        if place:
            before, is_end = self._pieces[place - 1]
            is_open = not is_end and re.search(r"[\w,][\"'”’)]*$", before)
            return f"goes on after “{before}”" if is_open else ""
        is_open = re.search(r"[\w,-][\"'”’)]*$", last)
        if place is None and is_open and not _is_code(last.splitlines()[-1]):
            return "goes on after an open passage"
        return ""

    def ends_cut(self, text: str) -> str:
        """Say why a passage ends inside a sentence, "" if it does not."""
        tokens = text.split()
        end = text.rstrip(_CLOSERS)[-1:]
        if len(tokens) < 5 or end in _ENDS or not end or _is_code(text.rstrip().splitlines()[-1]):
            return ""
        place = self._find(tokens[-8:])
        at = place + len(tokens[-8:]) - 1 if place is not None else None
        if at is not None and (self._ends_block[at] or at + 1 >= len(self._pieces)):
            return ""
        if tokens[-1].casefold() in _SMALL or re.search(r"[^\W\d_]{2}[,‐-]$", tokens[-1]):
            return f"ends with “{tokens[-1]}”"
        if at is None or self._pieces[at][1]:
            return ""
        after = self._pieces[at + 1][0]
        return f"source goes on with “{after}”" if re.fullmatch(r"[a-zß-ÿ]+[,.;:]?", after) else ""

    def _find(self, tokens: Sequence[str]) -> int | None:
        """Return where a run of tokens stands in the source, None if nowhere or at several places."""
        wanted = [re.sub(r"[\W_]+", "", token).casefold() for token in tokens]
        places = [
            at for at in self._starts.get(wanted[0], []) if self._letters[at : at + len(wanted)] == wanted
        ]
        return places[0] if len(places) == 1 else None


def _is_prose(passage: Passage) -> bool:
    """Tell whether a passage is running text: what is called so, and what looks so in lists and tables."""
    tokens = passage.text.split()
    plain = sum(bool(re.fullmatch(r"[\"'“‘(]*[^\W\d_]+[,.;:!?)\"'”’]*", token)) for token in tokens)
    has_sentence = re.search(r"[a-z]{2}[.!?][\"'”’)]*(?:\s|$)", passage.text)
    looks = len(tokens) >= 20 and plain >= 0.8 * len(tokens) and bool(has_sentence)
    return passage.role == "body" or (passage.role != "row" and looks)


def _is_code(text: str) -> bool:
    marks = len(re.findall(r"[{}<>=\\|/$#_@;\[\]()]", text))
    return marks * 12 > len(text) or bool(re.match(r"\s{4}|[$#%>]\s", text)) or " = " in text


def _count_lost(
    passages: Sequence[Passage], sections: Sequence[Section], text: str, source: Reference, figures: Figures
) -> None:
    kept = Counter(word for passage in passages for word in words(passage.text))
    aside: Counter[str] = Counter()
    for section in sections:
        if section.role == "heading":
            kept.update(words(text[section.start : section.end]))
        elif section.role == "metadata" or (section.role == "navigation" and section.reason):
            aside.update(words(text[section.start : section.end]))
    shown = Counter(words(source.text))
    figures.source_words += shown.total()
    missing = shown - kept
    figures.set_aside += (missing & aside).total()
    lost = missing - aside
    figures.lost += lost.total()
    figures.lost_heads += (lost & _head_words(source)).total()
    figures.examples.setdefault("lost text", []).extend(_runs(source.text, lost))


def _head_words(source: Reference) -> Counter[str]:
    """Return the words of the source's running heads and feet."""
    if not source.is_pdf:
        return Counter()
    counts: Counter[str] = Counter()
    for page in source.text.split("\f"):
        lines = _lines(page)
        ends = [*lines[:2], *lines[2:][-2:]]
        counts.update(word for line in ends if head_key(line) in source.heads for word in words(line))
    return counts


def _runs(text: str, lost: Counter[str]) -> list[str]:
    """Return stretches of the source that consist of lost words, longest first, as examples."""
    left, runs, run = Counter(lost), [], list[str]()
    for word in [*words(text), ""]:
        if left[word] > 0:
            left[word] -= 1
            run.append(word)
        else:
            if run:
                runs.append(" ".join(run))
            run = []
    return sorted(runs, key=len, reverse=True)[:40]
