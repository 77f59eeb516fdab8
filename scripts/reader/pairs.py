"""Pairs of question and passage with labels, from the public sets of ``shared/data``.

Every pair is a question and a passage, whether the passage answers, and where
the answer stands if that is known. Held out for measuring: a fifth of the
adversarial questions of ``answerability`` (the last passages, so that no article
is split), all of ``clapnq``, every third article of ``wiki_articles``, a tenth of
the topics of ``medquad``, and a twentieth of the passages of ``spans``.
"""

import gzip
import json
import random
import re
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reader.texts import Texts, cut, whole
from tacrochat.embedding.encoder import Encoder
from tacrochat.types import Span

EPOCH = {  # positive pairs of each set in an epoch; a small set is repeated
    "squadshifts_new_wiki": 8_000,
    "squad2_train_part": 4_500,
    "squad1_train_part": 800,
    "squadshifts_reddit": 2_500,
    "squadshifts_amazon_reviews": 2_500,
    "policyqa": 1_500,
    "covidqa": 1_200,
    "selqa": 2_400,
    "medquad": 3_500,
    "wiki_articles": 4_000,
    "answerability": 2_500,
}
REPEATED = {"wiki_articles", "answerability"}
_LONGEST = 1_100  # code points of a passage that comes as one
_OTHERS = 1  # passages of a section that do not answer
_TOPICS = 1_100
_ANSWER = 1_200  # code points of a section that are used
_PART = {"squadshifts_reddit": 0.4, "squadshifts_amazon_reviews": 0.4, "policyqa": 0.4}
"""The share of the passages of a set that are used, 1 for all others."""


@dataclass(slots=True)
class Pair:
    """A question and a passage, by their numbers; ``span`` is the answer's place in the passage.

    ``group`` is the article, topic or set whose other passages are looked
    through for passages that seem to answer.
    """

    question: int
    passage: int
    answers: bool
    kind: str
    group: str
    span: Span | None = None
    strings: tuple[str, ...] = ()


@dataclass(slots=True)
class Data:
    """All pairs; ``held`` are the sets that are measured, by name, never trained on."""

    questions: Texts = field(default_factory=Texts)
    passages: Texts = field(default_factory=Texts)
    positives: list[Pair] = field(default_factory=list)
    negatives: list[Pair] = field(default_factory=list)
    held: dict[str, list[Pair]] = field(default_factory=lambda: defaultdict(list))
    groups: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    edits: list[tuple[str, str]] = field(default_factory=list)

    def question(self, text: str) -> int:
        """Add a question."""
        return self.questions.add(" ".join(text.split()))


def load(shared: Path, encoder: Encoder) -> Data:
    """Read all sets; ``shared`` is the folder with ``data``."""
    data = Data()
    folder = shared / "data" / "reader"
    spans(data, folder, encoder)
    wiki(data, shared / "data" / "wiki_articles", encoder)
    medquad(data, folder, encoder)
    selqa(data, folder, encoder)
    answerability(data, folder)
    clapnq(data, folder, encoder)
    data.edits = [(r["answerable"], r["unanswerable"]) for r in read(folder / "edits.jsonl.gz")]
    for group, numbers in data.groups.items():
        data.groups[group] = sorted(set(numbers))
    return data


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a file of JSON lines, packed or not."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def plain(text: str) -> str:
    """Return letters and digits only, in lower case: answers are compared so."""
    return re.sub(r"\W+", "", text.lower())


def share(name: str) -> float:
    """Return a number from 0 to 1 that depends on a name only."""
    return zlib.crc32(name.encode()) / 2**32


def spans(data: Data, folder: Path, encoder: Encoder) -> None:
    """Questions with the answer's place in a passage."""
    parts: dict[str, list[tuple[int, int, int]]] = {}
    edits = defaultdict(list)
    for record in read(folder / "edits.jsonl.gz"):
        edits[plain(record["answerable"])].append(record["unanswerable"])
    for r in read(folder / "spans.jsonl.gz"):
        text, name = r["context"], r["set"]
        if share(text[-200:]) > _PART.get(name, 1):
            continue
        article = str(r.get("article") or "")
        group = name if name in {"squadshifts_reddit", "covidqa"} or not article else f"{name}/{article}"
        if text not in parts:
            title = " ".join(article.replace("_", " ").split())
            # Half of them without a title: not every document has one that says something.
            named = name.startswith("squad") and title and share(text) < 0.5
            context = title if named and not title[:1].isdigit() and len(title) < 60 else ""
            found = cut(text, "", encoder) if len(text) > _LONGEST else [(0, len(text), whole(text))]
            parts[text] = [(a, b, data.passages.add(text[a:b], context, s)) for a, b, s in found]
            data.groups[group] += [number for *_, number in parts[text]]
        question = data.question(r["question"])
        held = share(text[:200]) < 0.05
        if not r["answerable"]:
            for _, _, number in parts[text][:1]:
                pair = Pair(question, number, False, "human", group)
                (data.held["spans_human"] if held else data.negatives).append(pair)
            continue
        answers = [(a["start"], a["text"]) for a in r["answers"] if a["text"].strip()]
        if not answers:
            continue
        start, answer = max(answers, key=answers.count)
        end = start + len(answer)
        for a, b, number in parts[text]:
            if a <= start and end <= b:
                strings = tuple(plain(x) for _, x in answers)
                pair = Pair(question, number, True, name, group, (start - a, end - a), strings)
                (data.held["spans"] if held else data.positives).append(pair)
                if not held:
                    data.negatives += [
                        Pair(data.question(edit), number, False, "human", group)
                        for edit in edits[plain(r["question"])]
                    ]
                break


def wiki(data: Data, folder: Path, encoder: Encoder) -> None:
    """Questions on encyclopedia articles that people wrote so that the article does not answer them."""
    parts: dict[str, list[tuple[int, int, int]]] = {}
    for path in sorted((folder / "corpus").glob("*.md")):
        text = path.read_text("utf-8")
        title = path.stem.replace("_", " ")
        parts[path.name] = [
            (a, b, data.passages.add(text[a:b], title, s)) for a, b, s in cut(text, title, encoder)
        ]
        data.groups[path.name] += [number for *_, number in parts[path.name]]
    for r in read(folder / "more_questions.jsonl"):
        document, question = r["document"], data.question(r["question"])
        held = is_held_article(document)
        text = (folder / "corpus" / document).read_text("utf-8")
        for a, b, number in parts[document]:
            if not (a < r["end"] and r["start"] < b):
                continue
            if not r["answerable"]:
                pair = Pair(question, number, False, "human", document)
                (data.held["wiki_more"] if held else data.negatives).append(pair)
                continue
            for answer in r["answers"]:
                start = text.find(answer, max(a, r["start"]), min(b, r["end"]))
                if start >= 0:
                    strings = tuple(plain(x) for x in r["answers"])
                    span = (start - a, start + len(answer) - a)
                    pair = Pair(question, number, True, "wiki_articles", document, span, strings)
                    (data.held["wiki_more"] if held else data.positives).append(pair)
                    break


def is_held_article(document: str) -> bool:
    """Tell whether an article is held out: every third, in alphabetical order."""
    return document in {
        "1973_oil_crisis.md", "Ctenophora.md", "Geology.md", "Islamism.md", "Prime_number.md",
        "Steam_engine.md",
    }  # fmt: skip


_TEMPLATES = {
    "symptoms": ("{x} symptoms", "what are signs of {x}?", "How do I know if I have {x}?", "symptoms of {x}"),
    "treatment": ("how is {x} treated?", "treatment for {x}", "Can {x} be treated?", "{x} therapy options"),
    "causes": ("what causes {x}?", "why do people get {x}", "cause of {x}"),
    "frequency": ("how common is {x}?", "how many people have {x}", "prevalence of {x}"),
    "inheritance": ("is {x} hereditary?", "how is {x} inherited", "can {x} run in families?"),
    "genetic changes": ("which genes are related to {x}?", "what mutation causes {x}", "genetics of {x}"),
    "exams and tests": ("how is {x} diagnosed?", "which tests are done for {x}", "diagnosis of {x}"),
    "outlook": (
        "what is the prognosis of {x}?",
        "life expectancy with {x}",
        "what happens to people with {x}",
    ),
    "information": ("what is {x}?", "{x}", "tell me about {x}", "definition of {x}"),
    "prevention": ("how can {x} be prevented?", "avoiding {x}"),
    "susceptibility": ("who gets {x}?", "risk factors for {x}"),
    "complications": ("what are the complications of {x}?",),
    "stages": ("how is {x} staged?", "stages of {x}"),
    "research": ("what research is being done on {x}?", "studies of {x}"),
}
_OVERLAP = {"information", "research"}  # sections that may answer questions about others


def medquad(data: Data, folder: Path, encoder: Encoder) -> None:
    """Health topics: the other sections of a topic do not answer the question about one."""
    rng = random.Random(1)
    topics = list(read(folder / "medquad.jsonl.gz"))
    several = [t for t in topics if len(t["qa"]) > 1]
    chosen = rng.sample(several, _TOPICS) + [t for t in topics if len(t["qa"]) == 1][:200]
    for topic in chosen:
        name = topic["focus"]
        text, places = "", []
        for qa in topic["qa"]:
            start = len(text)
            text += " ".join(qa["answer"].split())[:_ANSWER] + "\n\n"
            places.append((start, len(text) - 2, qa))
        context = name if rng.random() < 0.7 else ""
        found = [(a, b, data.passages.add(text[a:b], context, s)) for a, b, s in cut(text, context, encoder)]
        held = share(topic["id"]) < 0.1
        group = f"medquad/{topic['id']}"
        data.groups[group] += [number for *_, number in found]
        data.groups["medquad"] += [number for *_, number in found]
        for start, end, qa in places:
            inside = [number for a, b, number in found if a < end and start < b]
            if not inside:
                continue
            others = [
                (number, other["type"])
                for first, last, other in places
                for a, b, number in found
                if first <= a and b <= last + 2 and number not in inside and other["type"] != qa["type"]
            ]
            asked = [qa["question"], *(t.format(x=name) for t in _TEMPLATES.get(qa["type"], ()))]
            for question in (asked[0], *rng.sample(asked, min(1 if held else 2, len(asked)))):
                q = data.question(question)
                first = [Pair(q, n, True, "medquad", group) for n in inside[: 1 if held else 3]]
                wrong = [
                    Pair(q, n, False, "section", group)
                    for n, kind in others
                    if kind not in _OVERLAP or (not held and rng.random() < 0.2)
                ]
                wrong = rng.sample(wrong, min(2, len(wrong)))
                if held:
                    data.held["medquad"] += first + wrong
                else:
                    data.positives += first
                    data.negatives += wrong


def selqa(data: Data, folder: Path, encoder: Encoder) -> None:
    """Questions with the sentences of a section, and which of them answer."""
    for r in read(folder / "sentences.jsonl.gz"):
        if not r["answers"]:
            continue
        text, starts = "", []
        for sentence in r["sentences"]:
            starts.append((len(text), len(text) + len(sentence)))
            text += sentence + " "
        text = text.rstrip()
        start, end = starts[r["answers"][0]]
        question = data.question(r["question"])
        answering = [starts[i] for i in r["answers"]]
        others = 0
        for a, b, s in cut(text, "", encoder):
            holds = a <= start and end <= b
            if not holds and (others == _OTHERS or any(x < b and a < y for x, y in answering)):
                continue
            number = data.passages.add(text[a:b], "", s)
            data.groups["selqa"].append(number)
            others += not holds
            if holds:
                # The whole sentence is the answer's place: it trains the choice of the sentence only.
                data.positives.append(Pair(question, number, True, "selqa", "selqa", (start - a, end - a)))
            else:
                data.negatives.append(Pair(question, number, False, "section", "selqa"))


def answerability(data: Data, folder: Path) -> None:
    """Add passages with a question that each answers and one that people wrote so that it does not."""
    records = [r for r in read(folder / "answerability.jsonl.gz") if r["set"] == "squad2_adversarial"]
    contexts = list(dict.fromkeys(r["context"] for r in records))
    held = set(contexts[int(len(contexts) * 0.8) :])
    for r in records:
        number = data.passages.add(r["context"], "", whole(r["context"]))
        kind = "answerability" if r["answerable"] else "human"
        pair = Pair(data.question(r["question"]), number, r["answerable"], kind, "answerability")
        if r["context"] in held:
            data.held["answerability"].append(pair)
        else:
            (data.positives if r["answerable"] else data.negatives).append(pair)


def clapnq(data: Data, folder: Path, encoder: Encoder) -> None:
    """Questions from a search engine with a passage that answers, or does not: only for measuring."""
    for r in read(folder / "clapnq.jsonl.gz"):
        text = r["context"]
        found = [(a, b, data.passages.add(text[a:b], r["article"], s)) for a, b, s in cut(text, "", encoder)]
        answering = r["sentences"] if r["answerable"] else []
        for a, b, number in found:
            right = any(plain(s) in plain(text[a:b]) for s in answering)
            if right or not r["answerable"]:
                data.held["clapnq"].append(
                    Pair(data.question(r["question"]), number, right, "clapnq", r["article"])
                )
