"""Measure how well files were read: broken words, cut paragraphs, navigation, lost text.

The rules here are small and their own: nothing is taken from the program's way of telling body text from
navigation. Each function compares the passages of one file with the text that an independent program shows
(``viewers``). README.md says how often what they flag was right, checked by eye.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tacrochat.types import Passage, Section

_BAD = re.compile("[\ufffe\ufffd\u00ad\ufb00-\ufb06\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
_HYPHEN = "[-\u2010\u2011]"
_LINE_HYPHEN = re.compile(rf"\b([^\W\d_]{{2,}}){_HYPHEN}\s+([a-zß-ÿ]{{2,}})\b")
_WORD = re.compile(r"[^\W_]+")
_SMALL = frozenset(
    "a an the of to in on at by for from with and or but nor as is are was were be been that which who whose if than"
    " this these those its their your our into onto about not no can will may must should would could".split()
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
            "set aside": _share(self.set_aside + self.skipped, self.source_words - self.no_reader),
            "no reader": _share(self.no_reader, self.source_words),
        }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def words(text: str) -> list[str]:
    """Return the words of a text for comparison: lower case, ligatures undone, hyphens left out."""
    text = unicodedata.normalize("NFKC", text.replace("\u00ad", "").replace("\ufffe", "-")).casefold()
    text = re.sub(r"(?<=[^\W\d_])[-\u2010\u2011]\s*(?=[^\W\d_])", "", text)
    return [word for word in _WORD.findall(text) if any(map(str.isalpha, word))]


def measure(passages: Sequence[Passage], sections: Sequence[Section], text: str, source: Reference) -> Figures:
    """Return the figures of one document that was read; ``text`` is ``Document.text``."""
    figures = Figures(files=1, passages=len(passages))
    known = set(words(source.text))
    for passage in passages:
        broken = broken_words(passage.text, known)
        figures.words += len(passage.text.split())
        figures.broken += len(broken)
        figures.examples.setdefault("broken words", []).extend(broken)
        if reason := navigation(passage.text, source):
            figures.navigation += 1
            figures.examples.setdefault("navigation", []).append(f"[{reason}] {passage.text}")
    _count_cuts(passages, source, figures)
    _count_lost(passages, sections, text, source, figures)
    return figures


def broken_words(text: str, known: set[str]) -> list[str]:
    """Return the word tokens that no reader of the file sees.

    A token is broken if it has a character that no word has, if it is the first half of a word that was cut
    at a line end (the whole stands in the source), or if it is a run of letters that is not in the source
    while it consists of two words that are (a space was lost).
    """
    found = [token for token in text.split() if _BAD.search(token)]
    for match in _LINE_HYPHEN.finditer(text):
        first, second = match.group(1).casefold(), match.group(2).casefold()
        if first + second in known and second not in {"and", "or", "to"}:
            found.append(match.group())
    for word in dict.fromkeys(words(_BAD.sub("", text))):
        if len(word) >= 6 and word.isalpha() and word not in known and _is_two(word, known):
            found.append(f"{word} (two words)")
    return found


def _is_two(word: str, known: set[str]) -> bool:
    return any(word[:i] in known and word[i:] in known for i in range(2, len(word) - 1))


def navigation(text: str, source: Reference) -> str:
    """Return why a passage is navigation and no text, "" if it is text."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    tokens = text.split()
    dotted = [line for line in lines if re.search(r"(\. ?){4,}\s*[\divxl]+$|(\s\.){4,}", line)]
    if len(dotted) * 2 > len(lines) or len(re.findall(r"(?:\. ?){5,}\s*\d+", text)) >= 3:
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
    heads = [line for line in lines if head_key(line) in source.heads]
    if heads:
        return "running head"
    squeezed = [" ".join(words(line)) for line in lines]
    linked = sum(len(line.split()) for line in squeezed if line in source.links)
    if linked >= 0.8 * max(1, sum(len(line.split()) for line in squeezed)) and len(lines) >= 3:
        return "links"
    return ""


def _alphabetical(lines: Sequence[str]) -> bool:
    keys = [line.casefold() for line in lines]
    return sum(a <= b for a, b in zip(keys, keys[1:], strict=False)) >= 0.8 * (len(keys) - 1)


def head_key(line: str) -> str:
    """Return a line without what changes from page to page: its numbers."""
    return " ".join(re.sub(r"\d+|\b[ivxl]+\b", "#", line.casefold()).split())


def running_heads(pages: Iterable[str]) -> frozenset[str]:
    """Return the lines that stand first or last on at least four pages and a twentieth of all."""
    counts: Counter[str] = Counter()
    number = 0
    for page in pages:
        lines = [line.strip() for line in page.splitlines() if line.strip()]
        counts.update({head_key(line) for line in [*lines[:2], *lines[-2:]]})
        number += bool(lines)
    least = max(4, number // 20)
    return frozenset(key for key, count in counts.items() if count >= least and re.search(r"[^\W\d]|#", key))


def _count_cuts(passages: Sequence[Passage], source: Reference, figures: Figures) -> None:
    flow = Flow(source)
    for index, passage in enumerate(passages):
        if passage.role != "body":
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
            ends = source.is_marked_up or not after.strip() or bool(re.match(r"\s*([-*+•#>|]|\d+[.)])\s", after))
            self._pieces += [(token, ends and i == len(tokens) - 1) for i, token in enumerate(tokens)]
        self._letters = [re.sub(r"[\W_]+", "", token).casefold() for token, _ in self._pieces]
        self._starts: dict[str, list[int]] = {}
        for index, word in enumerate(self._letters):
            self._starts.setdefault(word, []).append(index)

    def begins_cut(self, text: str, last: str) -> str:
        """Say why a passage begins inside a sentence, "" if it does not."""
        first = text.split()[0] if text.split() else ""
        if not re.fullmatch(r"[a-zß-ÿ]+[,.;:)]?|[,;.)]\S*", first) or _is_code(text):
            return ""
        place = self._find(text.split()[:6])
        if place:
            before, is_end = self._pieces[place - 1]
            is_open = not is_end and before.rstrip(_CLOSERS)[-1:] not in _ENDS
            return f"goes on after “{before}”" if is_open else ""
        if place is None and last and last.rstrip(_CLOSERS)[-1:] not in _ENDS:
            return "goes on after an open passage"
        return ""

    def ends_cut(self, text: str) -> str:
        """Say why a passage ends inside a sentence, "" if it does not."""
        tokens = text.split()
        end = text.rstrip(_CLOSERS)[-1:]
        if len(tokens) < 5 or end in _ENDS or _is_code(text):
            return ""
        if tokens[-1].casefold() in _SMALL or end in ",-\u2010":
            return f"ends with “{tokens[-1]}”"
        place = self._find(tokens[-6:])
        if place is None:
            return ""
        at = place + len(tokens[-6:]) - 1
        if self._pieces[at][1] or at + 1 >= len(self._pieces):
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


def _is_code(text: str) -> bool:
    marks = len(re.findall(r"[{}<>=\\|/$#_@;\[\]()]", text))
    return marks * 12 > len(text) or "\n    " in text


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
    figures.examples.setdefault("lost text", []).extend(_runs(source.text, lost))


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
