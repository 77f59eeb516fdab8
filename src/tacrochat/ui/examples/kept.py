"""The example questions that the documents answer: chosen in the background, kept for each index."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from tacrochat.answering.answer import Answer
from tacrochat.answering.assistant import Assistant
from tacrochat.errors import TacrochatError
from tacrochat.library import Library
from tacrochat.text import fold, stem, stems
from tacrochat.ui.examples.forms import Candidate, candidates, questions_about
from tacrochat.ui.examples.languages import language_of
from tacrochat.ui.examples.spread import main_documents
from tacrochat.ui.workspace import Workspace

log = logging.getLogger(__name__)

SHOWN = 6
"""Examples in the empty conversation."""

_TOLD_AT = (2, SHOWN)  # examples at which the pages are told; and at the end
_MOST = 24  # examples of one index
_LEAST_QUOTE = 60  # characters of a quote: "More about it" is no answer
_MOST_SAME = 2  # examples that ask about the same heading
_MOST_TRIED = 72  # questions asked to find them
_MOST_OF_DOCUMENT = 4  # questions asked for one document
_PASSAGES = 400  # passages of a document whose headings are looked at
_SIMILAR = 60  # passages whose headings are suggested
_MOST_NEAR = 12  # suggestions looked at for one answer
_SUGGESTED = 3
_MOST_AHEAD = 150  # questions asked while nothing else is, so that suggestions are known
_WAIT_SECONDS = 0.2
_MOST_KNOWN = 2_000  # questions of which it is remembered whether they are answered


@dataclass(frozen=True, slots=True)
class Example:
    """A question that a document answers, and the heading that it asks about, "" for none."""

    question: str
    document_id: int
    heading: str


class Examples:
    """Chooses questions while nothing else is asked or built, for the index in use."""

    def __init__(self, workspace: Workspace) -> None:
        """Choose from the library of this workspace; nothing is done before ``of`` is called."""
        self._workspace = workspace
        self._lock = threading.Lock()
        self._generation = ""
        self._main: tuple[int, ...] = ()
        self._chosen: tuple[Example, ...] = ()
        self._known: dict[str, bool] = {}
        self._paths: dict[int, str] = {}

    def of(self, library: Library) -> tuple[Example, ...]:
        """Return the examples found so far, the most different documents first; begins if there are none.

        For another index, those of the one before stay until there are as many.
        """
        generation = library.manifest.generation
        with self._lock:
            if self._generation != generation:
                self._generation, self._known = generation, {}
                self._carry_over(library)
                threading.Thread(
                    target=self._choose, args=(library,), name="tacrochat-examples", daemon=True
                ).start()
            return self._chosen

    def shown(self, library: Library) -> tuple[str, ...]:
        """Return the questions to start with: those configured, or else the first examples found."""
        found = tuple(example.question for example in self.of(library)[:SHOWN])
        return self._workspace.live.current.examples or found

    def main_of(self, library: Library) -> tuple[int, ...]:
        """Return the ids of the documents that examples are chosen from, in that order; none at first."""
        with self._lock:
            return self._main if self._generation == library.manifest.generation else ()

    def suggestions(self, library: Library, answer: Answer, asked: Collection[str]) -> tuple[str, ...]:
        """Return up to three questions about what stands near the best quote, which the documents answer.

        ``asked`` are the questions of the conversation. Only questions of which it is known are
        suggested: to ask one here would make its answer wait.
        """
        if not answer.quotes or self._generation != library.manifest.generation:
            return ()
        near = _near(library, answer, [*asked, answer.question, answer.resolved_question])
        answered = (c.question for c in islice(near, _MOST_NEAR) if self._known.get(c.question))
        return tuple(islice(answered, _SUGGESTED))

    def _carry_over(self, library: Library) -> None:
        """Keep what is shown of the documents that are still there, under their new ids."""
        found = {number: library.find_document(path) for number, path in self._paths.items()}
        ids = {number: now for number, now in found.items() if now is not None}
        self._main = tuple(ids[number] for number in self._main if number in ids)
        kept = (example for example in self._chosen if example.document_id in ids)
        self._chosen = tuple(replace(example, document_id=ids[example.document_id]) for example in kept)
        self._paths = {now: self._paths[number] for number, now in ids.items()}

    def _choose(self, library: Library) -> None:
        try:
            self._try_all(library)
        except TacrochatError as error:  # such as an index that is gone: a question says the same
            log.warning("no example questions: %s", error)

    def _try_all(self, library: Library) -> None:
        chosen: list[Example] = []
        tried = 0
        main = tuple(main_documents(library))
        paths = library.document_columns("path")
        with self._lock:
            if self._generation != library.manifest.generation:
                return
            self._main, self._paths = main, {number: paths[number][0] for number in main}
            self._chosen = tuple(example for example in self._chosen if example.document_id in self._paths)
        self._workspace.tell()
        for number in main:
            for candidate in _fresh(self._made(library, number), chosen)[:_MOST_OF_DOCUMENT]:
                is_answered = self._when_idle(candidate, library)
                if is_answered is None:
                    return
                tried += 1
                if is_answered:
                    chosen.append(Example(candidate.question, number, candidate.heading))
                    break
            if len(chosen) in _TOLD_AT and not self._keep(library, chosen):
                return
            if len(chosen) == _MOST or tried >= _MOST_TRIED:
                break
        if self._keep(library, chosen, is_last=True):
            self._try_ahead(library, main)

    def _try_ahead(self, library: Library, main: Sequence[int]) -> None:
        """Find out which other questions are answered, so that suggestions take no time."""
        for number in main:
            for candidate in self._made(library, number):
                if len(self._known) >= _MOST_AHEAD:
                    return
                if candidate.question not in self._known and self._when_idle(candidate, library) is None:
                    return

    def _made(self, library: Library, number: int) -> list[Candidate]:
        first = library.passage_ids(number)[:_PASSAGES]
        return candidates(library.documents[number], library.passages[first.start : first.stop])

    def _when_idle(self, candidate: Candidate, library: Library) -> bool | None:
        """Tell whether a question is answered, asked when nobody else asks; None if the index is replaced."""
        while self._generation == library.manifest.generation:
            if self._workspace.is_idle:
                return self._is_answered(candidate, library)
            time.sleep(_WAIT_SECONDS)
        return None

    def _is_answered(self, candidate: Candidate, library: Library) -> bool:
        with self._workspace.asking():
            answer = Assistant(library).ask(candidate.question)
        is_answered = answers(answer, candidate)
        if len(self._known) < _MOST_KNOWN:
            self._known[candidate.question] = is_answered
        return is_answered

    def _keep(self, library: Library, chosen: Sequence[Example], *, is_last: bool = False) -> bool:
        """Keep what is chosen so far, and tell the pages; False if the index is replaced."""
        with self._lock:
            if self._generation != library.manifest.generation:
                return False
            if len(chosen) < min(SHOWN, len(self._chosen)) and not is_last:
                return True  # more of them are carried over
            is_new, self._chosen = self._chosen != tuple(chosen), tuple(chosen)
        if is_new:
            self._workspace.tell()
        return True


def answers(answer: Answer, candidate: Candidate) -> bool:
    """Tell whether the first quote is from the document, and under the heading, that a question is about.

    A word that no passage has may be asked for only if it is in the title or a heading there.
    """
    if answer.status != "answered" or not answer.quotes:
        return False
    first = answer.quotes[0]
    if not {stem(word) for word in answer.missing_terms} <= set(
        stems(" ".join((first.title, *first.heading)))
    ):
        return False
    if len(first.text) < _LEAST_QUOTE:
        return False
    is_under = not candidate.heading or candidate.heading in first.heading
    return first.document_id == candidate.document_id and is_under


def _fresh(made: Sequence[Candidate], chosen: Sequence[Example]) -> list[Candidate]:
    """Leave out questions about headings that enough of the chosen ones ask about."""
    asked = Counter(fold(example.heading) for example in chosen if example.heading)
    return [candidate for candidate in made if asked[fold(candidate.heading)] < _MOST_SAME]


def _near(library: Library, answer: Answer, asked: Sequence[str]) -> Iterator[Candidate]:
    """Make questions of the headings of the passages most similar to the best quote."""
    first = answer.quotes[0]
    first_id = next((p.id for p in library.passages_of(first.document_id) if p.start == first.start), None)
    if first_id is None:
        return
    quoted = {quote.heading[-1] for quote in answer.quotes if quote.heading}
    asked_stems = [set(stems(question)) for question in asked]
    for passage_id, _ in library.similar(first_id, _SIMILAR):
        passage = library.passages[passage_id]
        heading = passage.heading[-1] if passage.heading else ""
        if not heading or heading in quoted or any(set(stems(heading)) <= known for known in asked_stems):
            continue
        document = library.documents[passage.document_id]
        quoted.add(heading)
        for question in questions_about(heading, document, language_of(document, passage.text))[:1]:
            yield Candidate(question, document.id, heading)
