"""Examples for the stance model: a question, a sentence, and whether the sentence says yes, no or neither.

They are made from ``stance.jsonl.gz``: FEVER (Thorne et al., 2018; CC BY-SA 3.0) and Evidence Inference
(Lehman et al., 2019; MIT). Climate-FEVER states no licence: its claims are only measured with.
"""

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tacrochat.text import content, sentences, tokens

SEED = 58
YES, NO, NEITHER = 0, 1, 2
MAX_FEVER = 5_000  # rows of FEVER that are used; Evidence Inference is used whole
MAX_CLIMATE = 450  # claims of Climate-FEVER that are measured with
_LABELS = {"supports": YES, "refutes": NO, "neither": NEITHER}
_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "``": '"', "''": '"'}
_AUXILIARY = re.compile(
    r"^(?P<subject>.+?) (?P<verb>is|are|was|were|has|had|can|will|does|did) (?P<rest>.+?)\W*$"
)

# How an outcome of a trial is asked, and what each verdict answers: increased, decreased, no difference.
_TEMPLATES = (
    ("Does {i} increase {o} compared with {c}?", YES, NO, NO),
    ("Is {o} higher with {i} than with {c}?", YES, NO, NO),
    ("Does {i} reduce {o} compared with {c}?", NO, YES, NO),
    ("Is {o} lower with {i} than with {c}?", NO, YES, NO),
    ("Does {i} have an effect on {o}?", YES, YES, NO),
    ("Does {o} differ between {i} and {c}?", YES, YES, NO),
)
_VERDICTS = ("significantly increased", "significantly decreased", "no significant difference")


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a sentence; ``group`` keeps examples of one text on one side of a split."""

    source: str
    group: str
    question: str
    sentence: str
    label: int


def examples(path: Path) -> list[Example]:
    """Make all examples, always the same ones."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    chance = random.Random(SEED)
    fever = [row for row in rows if row["set"] == "fever"]
    chance.shuffle(fever)
    made = list(_claims("fever", fever[:MAX_FEVER]))
    made += list(_others(made, chance))
    made += list(_trials([row for row in rows if row["set"] == "evidence_inference"], chance))
    return made


def climate(path: Path) -> list[Example]:
    """Return claims of Climate-FEVER with their evidence: to measure with, not to fit on."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["set"] == "climate_fever"]
    made = list(_claims("climate_fever", rows))
    questions = sorted({example.question for example in made})
    random.Random(1).shuffle(questions)
    chosen = set(questions[:MAX_CLIMATE])
    return [example for example in made if example.question in chosen]


def _claims(source: str, rows: Sequence[dict[str, Any]]) -> Iterator[Example]:
    for row in rows:
        claim = _plain(row["claim"])
        sentence = _nearest(claim, _plain(row["evidence"]))
        yield Example(source, row["evidence"][:80], _question(claim), sentence, _LABELS[row["label"]])


def _plain(text: str) -> str:
    words = [_BRACKETS.get(word, word) for word in text.split()]
    return re.sub(r" (?=[.,;:!?)'\]])|(?<=[(\[]) ", "", " ".join(words))


def _question(claim: str) -> str:
    """Turn a statement into a question where it has an auxiliary verb; else only its mark is changed."""
    match = _AUXILIARY.match(claim)
    if not match:
        return claim.rstrip(" .") + "?"
    return f"{match['verb'].capitalize()} {match['subject']} {match['rest']}?"


def _nearest(claim: str, text: str) -> str:
    """Return the sentence of a text that has most of a claim's content words, at most 80 words of it."""
    wanted = {token.stem for token in content(tokens(claim))}
    spans = sentences(text) or [(0, len(text))]
    found = [text[a:b] for a, b in spans]
    best = max(found, key=lambda s: len(wanted & {token.stem for token in tokens(s)}))
    return " ".join(best.split()[:80])


def _others(made: Sequence[Example], chance: random.Random) -> Iterator[Example]:
    """Pair a third of the claims with the evidence of another one that shares most words with them."""
    stems = [{t.stem for t in content(tokens(e.sentence))} for e in made]
    for example in chance.sample(list(made), len(made) // 3):
        wanted = {t.stem for t in content(tokens(example.question))}
        tried = [i for i in chance.sample(range(len(made)), 300) if made[i].group != example.group]
        best = max(tried, key=lambda i: len(wanted & stems[i]))
        yield Example("fever", example.group, example.question, made[best].sentence, NEITHER)


def _trials(rows: Sequence[dict[str, Any]], chance: random.Random) -> Iterator[Example]:
    """Ask for the outcome of a trial; another outcome of the same trial is answered by neither."""
    for row, following in zip(rows, [*rows[1:], rows[0]], strict=True):
        verdict = _VERDICTS.index(row["label"])
        template, *answers = chance.choice(_TEMPLATES)
        if answers[verdict] == NO and verdict < 2 and chance.random() < 0.5:
            template, *answers = _TEMPLATES[chance.choice((0, 1) if verdict == 0 else (2, 3))]
        question = template.format(i=row["intervention"], o=row["outcome"], c=row["comparator"])
        question = " ".join(question.split()[:60])
        sentence = " ".join(row["evidence"].split()[:80])
        group = row["intervention"]
        yield Example("trials", group, question, sentence, answers[verdict])
        is_same_trial = following["intervention"] == group and following["evidence"] != row["evidence"]
        if is_same_trial and following["outcome"].lower() != row["outcome"].lower():
            yield Example("trials", group, question, " ".join(following["evidence"].split()[:80]), NEITHER)
