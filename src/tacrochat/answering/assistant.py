"""Answer a question with quotes, or say that the sources do not."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from tacrochat.answering import conversation, framing
from tacrochat.answering.answer import Answer
from tacrochat.answering.compound import Message, take_apart
from tacrochat.answering.disagreement import Groups, both_sides
from tacrochat.answering.disagreement import described as described_difference
from tacrochat.answering.followups import Followups
from tacrochat.answering.found_phrases import found_phrases
from tacrochat.answering.joining import MAX_NEAREST, joined, names_all
from tacrochat.answering.quoting import cut
from tacrochat.answering.references import with_subject
from tacrochat.answering.understood import Understood
from tacrochat.errors import QuestionError
from tacrochat.library import Library
from tacrochat.ranking.confidence import threshold as threshold_or_fitted
from tacrochat.ranking.diversity import diversify
from tacrochat.ranking.zones import Zones
from tacrochat.search.filter import Filter
from tacrochat.search.pipeline import SearchResult
from tacrochat.search.spelling import Respelling, described
from tacrochat.search.threads import one_thread
from tacrochat.settings import RANGES
from tacrochat.types import Hit, Kind, Quote, Status

_MAX_HITS = 30  # hits that the quotes are chosen from
_MAX_PART_QUOTES = 3  # quotes of one part of a compound question


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a search found for a question, and the words of it that were respelt."""

    result: SearchResult
    respellings: tuple[Respelling, ...]


class Assistant:
    """Answers questions from a library. It keeps no state: the history comes with each question."""

    def __init__(self, library: Library) -> None:
        """Answer from this library."""
        self.library = library

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        top: int | None = None,
        documents: Collection[str] | None = None,
        kinds: Collection[Kind] | None = None,
        threshold: float | None = None,
    ) -> Answer:
        """Answer a question.

        ``history`` holds the user's earlier messages, oldest first. ``top`` is the
        number of quotes at most. ``documents`` (paths) and ``kinds`` narrow the
        sources. ``threshold``, 0 to 1, is the smallest confidence of an answer.

        Raises:
            QuestionError: the question is empty or too long, a document or kind is
                unknown, or ``top`` or ``threshold`` is out of its range.
            ModelError: the model cannot be loaded.
            IndexMismatch: it is not the model that made this index.
            IndexCorrupt: a part of the index that is read only now is damaged.
            QuoteError: a passage does not match the text of its document.

        """
        checked = self.library.pipeline.check(question)
        kind = conversation.message_kind(checked)
        if kind:
            return Answer(question, checked, "conversation", 1.0, framing.reply(kind, self.library))
        count, minimum = self._limits(top, threshold)
        sources = Filter.of(documents, kinds)
        earlier = [message for message in history if message.strip()]
        with one_thread():
            message = take_apart(checked, found_phrases(self.library, checked, sources))
            answer = self._compound(message, earlier, sources, (minimum, count))
        return replace(answer, question=question)

    def _compound(
        self, message: Message, earlier: Sequence[str], sources: Filter, limits: tuple[float, int]
    ) -> Answer:
        """Answer the parts of a message, and join the answers if there are several.

        A sentence that was taken apart is answered as a whole if only that has an
        answer. Of a comparison, passages that name all things come first. If it is
        not clear what a part is about, the whole message is asked back.
        """
        minimum, count = limits
        top = count if len(message.parts) == 1 else min(count, _MAX_PART_QUOTES)
        answers: list[Answer] = []
        asked = list(earlier)
        for part in message.parts:
            history = () if part.is_complete else asked
            answer = self._part(part.text, history, sources, (minimum, top))
            if answer.choices:
                return answer
            is_same = answer.resolved_question == part.text
            resolved = part.plain if is_same else answer.resolved_question
            answers.append(replace(answer, question=part.plain, resolved_question=resolved))
            asked.append(part.text)
        if len(answers) == 1:
            return answers[0]
        if message.is_one_sentence:
            whole = self._part(message.text, earlier, sources, (minimum, count))
            if whole.status == "answered" and all(a.status == "not_found" for a in answers):
                return whole
            sure = whole.quotes if whole.status == "answered" else ()
            direct = [q for q in sure if names_all(q, message.compared)]
            return joined(answers, count, self.library, direct=direct, compared=message.compared)
        return joined(answers, count, self.library)

    def _part(self, text: str, history: Sequence[str], sources: Filter, limits: tuple[float, int]) -> Answer:
        """Answer one question, or ask back which of several subjects it is about."""
        understood, reading = self._search(text, history, sources)
        if understood.choices:
            return Answer(text, text, "conversation", 1.0, framing.ASK_BACK, choices=understood.choices)
        return self._answer(text, reading, limits, understood.subject)

    def _limits(self, top: int | None, threshold: float | None) -> tuple[int, float]:
        """Return the number of quotes and the smallest confidence, those of the settings by default."""
        settings = self.library.settings
        count = settings.top if top is None else top
        minimum = threshold_or_fitted(settings.threshold if threshold is None else threshold)
        for name, value in (("top", count), ("threshold", minimum)):
            least, most = RANGES[name]
            if not least <= value <= most:  # true of "not a number", too
                raise QuestionError(f"{name} is {value}; give a number from {least} to {most:,}")
        return count, minimum

    def _search(self, question: str, history: Sequence[str], sources: Filter) -> tuple[Understood, _Reading]:
        """Search for a question as it is understood after the earlier messages, see ``followups``."""
        readings: dict[tuple[str, Filter], _Reading] = {}

        def read(text: str, narrowed: Filter) -> _Reading:
            if (text, narrowed) not in readings:
                readings[text, narrowed] = self._read(text, narrowed)
            return readings[text, narrowed]

        # What the conversation is about does not depend on the sources that may be quoted.
        followups = Followups(self.library, lambda text, about: read(text, Filter(about=about)).result)
        understood = followups.understand(question, history)
        narrowed = replace(sources, about=understood.condition)
        found = [read(text, narrowed) for text in understood.texts]
        return understood, max(found, key=lambda reading: reading.result.confidence)

    def _read(self, text: str, sources: Filter) -> _Reading:
        """Search for a text as typed and, if the documents lack a word of it, in other words too.

        Those near in meaning are tried last, and only if no passage found is
        likely to answer; they are named only if they find a better one.
        """
        pipeline = self.library.pipeline
        respelt = pipeline.respell(text)
        results = [pipeline.search(text, _MAX_HITS, sources)]
        if respelt.respellings:
            results.append(pipeline.search(respelt.text, _MAX_HITS, sources))
        best = max(results, key=lambda result: result.confidence)
        if best.confidence < Zones.of().answered:
            near = pipeline.in_their_words(best)
            if near.respellings:
                found = pipeline.search(near.text, _MAX_HITS, sources)
                if found.confidence > best.confidence:
                    return _Reading(found, respelt.respellings + near.respellings)
        return _Reading(best, respelt.respellings)

    def _answer(
        self, question: str, reading: _Reading, limits: tuple[float, int], subject: str = ""
    ) -> Answer:
        query, hits, confidence = reading.result.query, reading.result.hits, reading.result.confidence
        threshold, top = limits
        missing = framing.missing_terms(query, self.library)
        note = described(reading.respellings)
        status: Status = (
            Zones.of(threshold, self.library.settings.uncertain).zone(confidence) if hits else "not_found"
        )
        quotes: list[Quote] = []
        nearest: list[Quote] = []
        differ: Groups = ()
        if status == "not_found":
            nearest = self._quotes(hits[:MAX_NEAREST], highlight=False)
            message = framing.not_found(missing, subject, self.library)
        else:
            chosen = diversify(hits, self.library.vectors([hit.passage.id for hit in hits]), top)
            if status == "answered":
                chosen, differ = both_sides(self.library.pipeline, reading.result, chosen)
            quotes = self._quotes(chosen)
            message = framing.uncertain(missing, self.library)
            if status == "answered":
                message = f"{framing.answered(quotes, self.library)} {described_difference(differ)}".strip()
        return Answer(
            question=question,
            resolved_question=with_subject(query.text, subject) if subject else query.text,
            status=status,
            confidence=confidence,
            message=f"{note} {message}".strip() if status == "uncertain" else f"{message} {note}".strip(),
            quotes=tuple(quotes),
            missing_terms=missing,
            nearest=tuple(nearest),
            respellings=reading.respellings,
            subject=subject,
            differ=differ,
        )

    def _quotes(self, hits: Sequence[Hit], *, highlight: bool = True) -> list[Quote]:
        documents = self.library.documents
        shown = hits if highlight else [replace(hit, sentences=(), answers=()) for hit in hits]
        return [cut(documents[hit.passage.document_id], hit) for hit in shown]
