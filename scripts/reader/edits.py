"""Negatives made of questions that are answered: what people change to make a question unanswerable.

Made negatives train only: those that people write are harder.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from reader.pairs import Data, plain
from tacrochat.text import STOPWORDS

_WORD = re.compile(r"\w+(?:['’]\w+)?|[^\w\s]")
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|did|does|do|can|could|has|have|had|will|would|should)\b", re.IGNORECASE
)
_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_NAME = re.compile(r"\b[A-Z][\w'’-]+(?:\s+(?:of\s+|the\s+)?[A-Z][\w'’-]+)*")
_SPAN_SETS = ("squad", "policyqa", "covidqa", "wiki_articles")
_MAX_WORDS = 3
Attempt = Callable[[], str | None]
Table = dict[tuple[str, ...], list[tuple[tuple[str, ...], int]]]
_WEIGHTS = (5, 3, 1.5, 0.8, 2)  # of the five ways to change a question


def make(data: Data, seed: int = 0) -> dict[int, int]:
    """Change the questions of positive pairs; returns for a pair (its place) the question made of it."""
    rng = random.Random(seed)
    table = _substitutions(data)
    names, numbers = _entities(data)
    made: dict[int, int] = {}
    for place, pair in enumerate(data.positives):
        if not pair.kind.startswith(_SPAN_SETS):
            continue
        question = data.questions.texts[pair.question]
        tries = [
            lambda q=question: _substituted(q, table, rng),
            lambda q=question, g=pair.group: _with_another(q, _NAME, names[g], rng),
            lambda q=question, g=pair.group: _with_another(q, _NUMBER, numbers[g], rng),
            lambda q=question: _negated(q, rng),
            lambda q=question: _swapped(q, rng),
        ]
        for attempt in _in_random_order(tries, rng):
            changed = attempt()
            if changed and plain(changed) != plain(question):
                made[place] = data.question(changed)
                break
    return made


def _in_random_order(tries: list[Attempt], rng: random.Random) -> Iterator[Attempt]:
    """Yield the ways to change a question, the frequent ones sooner."""
    keys = [rng.random() ** (1 / weight) for weight in _WEIGHTS]
    for _, i in sorted(zip(keys, range(len(tries)), strict=True), reverse=True):
        yield tries[i]


def _substitutions(data: Data) -> Table:
    """Return what people put in the place of which words, with how often."""
    counts: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = Counter()
    for before, after in data.edits:
        a, b = ([w for w in text.lower().split() if w != "?"] for text in (before, after))
        first = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
        last = 0
        while last < min(len(a), len(b)) - first and a[-1 - last] == b[-1 - last]:
            last += 1
        old, new = tuple(a[first : len(a) - last]), tuple(b[first : len(b) - last])
        if 0 < len(old) <= _MAX_WORDS and 0 < len(new) <= _MAX_WORDS:
            counts[old, new] += 1
    table = defaultdict(list)
    for (old, new), count in counts.items():
        is_content = not all(w in STOPWORDS for w in old) and not all(w in STOPWORDS for w in new)
        if is_content and "".join(old).rstrip("s") != "".join(new).rstrip("s"):
            table[old].append((new, count))
    return table


def _substituted(question: str, table: Table, rng: random.Random) -> str | None:
    words = [(m.group().lower(), m.start(), m.end()) for m in _WORD.finditer(question)]
    options = [
        (i, length, new, length * min(count, 5) ** 0.5)
        for length in range(1, _MAX_WORDS + 1)
        for i in range(len(words) - length + 1)
        for new, count in table.get(tuple(w for w, *_ in words[i : i + length]), ())
    ]
    if not options:
        return None
    i, length, new, _ = rng.choices(options, weights=[o[3] for o in options])[0]
    return question[: words[i][1]] + " ".join(new) + question[words[i + length - 1][2] :]


def _entities(data: Data) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the names and numbers in the passages of each group."""
    names, numbers = defaultdict(list), defaultdict(list)
    for group, members in data.groups.items():
        for text in (data.passages.texts[i] for i in members[:300]):
            inside = (m for m in _NAME.finditer(text) if m.start() > 1 and text[m.start() - 2] not in ".!?\n")
            names[group] += [m.group() for m in inside]
            numbers[group] += _NUMBER.findall(text)
    return names, numbers


def _with_another(question: str, pattern: re.Pattern[str], pool: list[str], rng: random.Random) -> str | None:
    places = [m for m in pattern.finditer(question) if m.start() > 0]
    if not places or not pool:
        return None
    place = rng.choice(places)
    for _ in range(8):
        new = rng.choice(pool)
        same_form = pattern is _NAME or (len(new) == 4) == (len(place.group()) == 4)
        if same_form and plain(new) not in plain(question) and plain(place.group()) not in plain(new):
            return question[: place.start()] + new + question[place.end() :]
    return None


def _negated(question: str, rng: random.Random) -> str | None:
    place = _AUXILIARY.search(question)
    if not place or place.start() == 0 or re.search(r"\bnot\b|n't", question):
        return None
    return question[: place.end()] + rng.choice((" not", "n't")) + question[place.end() :]


def _swapped(question: str, rng: random.Random) -> str | None:
    """Change the places of two names, or of the content words around a verb."""
    names = [m for m in _NAME.finditer(question) if m.start() > 0]
    if len(names) < 2:
        return None
    first, second = sorted(rng.sample(names, 2), key=lambda m: m.start())
    return (
        question[: first.start()]
        + second.group()
        + question[first.end() : second.start()]
        + first.group()
        + question[second.end() :]
    )
