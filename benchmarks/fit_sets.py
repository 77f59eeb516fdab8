"""The labelled sets that ranking and confidence are fitted on, as samples: signals with labels.

The indexes are kept in a work folder, so that the next fit starts at once.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

import beir
import tacrochat
from tacrochat.answering.followups import Followups
from tacrochat.arrays import Floats
from tacrochat.evaluation.questions import Question, read_questions
from tacrochat.library import Library
from tacrochat.ranking import confidence
from tacrochat.ranking.records import Query
from tacrochat.search.condition import Condition
from tacrochat.search.filter import Filter
from tacrochat.search.pipeline import SearchResult

HERE = Path(__file__).parent
FOLDS = 5
HITS = 30  # hits that a follow-up is understood from, as ``Assistant`` does
HELD_OUT = "plain"
"""The set that fits no weight; it takes part in the calibration and the threshold only."""


@dataclass(slots=True)
class Sample:
    """One query with its candidates.

    ``values`` are the candidates' signals, ``(candidates, signals)``; ``grades``
    their labels. ``documents`` are their documents and ``qrels`` the judgements
    of those, in a retrieval set. ``sentences`` are pairs of sentence signals and
    labels, one for each right passage with several sentences. Samples of one
    ``group`` belong to one fold.
    """

    group: str
    answerable: bool
    kind: str
    query: Query
    values: Floats
    grades: Floats
    documents: list[str]
    qrels: dict[str, int] | None
    sentences: list[tuple[Floats, Floats]]

    @property
    def fold(self) -> int:
        """The fold a group belongs to, the same in every run."""
        return zlib.crc32(self.group.encode()) % FOLDS

    @property
    def half(self) -> bool:
        """Whether the sample calibrates, or measures the calibration."""
        return zlib.crc32(self.query.text.encode()) % 2 == 0


@dataclass(slots=True)
class LabelledSet:
    """Samples, and the unrelated questions in the same corpus, each with its candidates' signals."""

    samples: list[Sample]
    unrelated: list[tuple[Query, Floats]]


Sets = dict[str, LabelledSet]


Loader = Callable[[Path, Path], LabelledSet]
"""Loads a set, given the folder of shared data and the work folder."""


def retrieval(name: str, split: str, work_name: str = "") -> Loader:
    """Return a loader for a retrieval set; ``work_name`` is its folder in the work folder, else ``name``."""

    def load(shared: Path, work: Path) -> LabelledSet:
        retrieval_set = beir.load(shared / "data" / name, split)
        folder = work / (work_name or name)
        paths = beir.write_corpus(retrieval_set, folder / "corpus")
        library = tacrochat.build(folder / "corpus", folder / "index")
        keys = [paths[d.path] for d in library.documents]
        samples = [
            _retrieval_sample(library, text, key, keys, retrieval_set.qrels[key])
            for key, text in retrieval_set.queries.items()
        ]
        return LabelledSet(samples, [])

    return load


def _searched(library: Library, text: str, about: Condition) -> SearchResult:
    return library.pipeline.search(text, HITS, Filter(about=about))


PLACES = {"wiki_articles": "wiki", "sources": "sources", "corpus": "corpus", HELD_OUT: "sources"}
"""The folder that the questions of each set are about, by its name in the work folder."""


def asked_in(name: str, shared: Path, work: Path) -> tuple[Library, list[tuple[str, Question]]]:
    """Build a set's folder; returns its questions too, each as it is understood after those before it."""
    folders = {
        "corpus": HERE.parent / "corpus",
        "sources": shared / "sources",
        "wiki": shared / "data" / "wiki_articles" / "corpus",
    }
    files = {
        "corpus": HERE / "corpus_questions.jsonl",
        "sources": HERE / "sources_questions.jsonl",
        HELD_OUT: HERE / "plain_questions.jsonl",
        "wiki_articles": shared / "data" / "wiki_articles" / "questions.jsonl",
    }
    place = PLACES[name]
    library = tacrochat.build(folders[place], work / place / "index")
    followups = Followups(library, partial(_searched, library))
    texts = []
    for question in read_questions(files[name]):
        text = followups.understand(question.text, question.history).text
        texts.append((library.pipeline.respell(library.pipeline.check(text)).text, question))
    return library, texts


def _questions(name: str) -> Loader:
    def load(shared: Path, work: Path) -> LabelledSet:
        library, texts = asked_in(name, shared, work)
        samples = []
        for text, question in texts:
            document = question.places[0][0] if question.places and name == "wiki_articles" else question.id
            samples.append(_question_sample(library, text, document, question))
        return LabelledSet(samples, [_measured(library, text) for text in confidence.unrelated()])

    return load


RETRIEVAL = {
    "wikiqa_dev": ("wikiqa_dev", "dev"),
    "healthver": ("healthver", "dev"),
    "scifact_train": ("scifact_train", "train"),
    "mediqa_dev": ("mediqa_dev", "dev"),
}
"""The folder and the split of each set in which documents are judged."""

SETS = {
    **{name: retrieval(*place) for name, place in RETRIEVAL.items()},
    **{name: _questions(name) for name in PLACES},
}


def _measured(library: Library, text: str) -> tuple[Query, Floats]:
    query = library.pipeline.analyse(text)
    return query, library.pipeline.measure(query, library.pipeline.candidates(query)).values


def _question_sample(library: Library, text: str, group: str, question: Question) -> Sample:
    def is_right(start: int, end: int, path: str, text: str) -> bool:
        if question.places:
            return any(path == d and start < b and a < end for d, a, b in question.places)
        return any(answer in text for answer in question.answers)

    query = library.pipeline.analyse(text)
    candidates = library.pipeline.candidates(query)
    measured = library.pipeline.measure(query, candidates)
    grades, sentences = [], []
    for candidate, sentence_signals in zip(candidates, measured.sentences, strict=True):
        passage = candidate.passage
        path = library.documents[passage.document_id].path
        right = question.answerable and is_right(passage.start, passage.end, path, passage.text)
        grades.append(float(right))
        if right and len(passage.sentences) > 1:
            texts = [passage.text[a - passage.start : b - passage.start] for a, b in passage.sentences]
            # The answer's words say which sentence answers; without them, the labelled place does.
            labels = [any(answer in text for answer in question.answers) for text in texts]
            if not any(labels):
                labels = [is_right(a, b, path, t) for (a, b), t in zip(passage.sentences, texts, strict=True)]
            if any(labels) and not all(labels):
                sentences.append((sentence_signals, np.asarray(labels, np.float32)))
    return Sample(
        group,
        question.answerable,
        question.kind if not question.answerable else "answerable",
        query,
        measured.values,
        np.asarray(grades, np.float32),
        [],
        None,
        sentences,
    )


def _retrieval_sample(
    library: Library, text: str, group: str, keys: list[str], qrels: dict[str, int]
) -> Sample:
    query = library.pipeline.analyse(library.pipeline.check(text[:2000]))
    candidates = library.pipeline.candidates(query, 2 * library.settings.candidates)
    measured = library.pipeline.measure(query, candidates)
    documents = [keys[c.passage.document_id] for c in candidates]
    return Sample(
        group=group,
        answerable=True,
        kind="retrieval",
        query=query,
        values=measured.values,
        grades=np.asarray([max(0, qrels.get(key, 0)) for key in documents], np.float32),
        documents=documents,
        qrels=qrels,
        sentences=[],
    )
