"""Answer a question with quotes, or say that the sources do not."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from tacrochat.answering import conversation
from tacrochat.answering.answer import Answer
from tacrochat.answering.quoting import cut
from tacrochat.errors import QuestionError
from tacrochat.library import Library
from tacrochat.ranking.confidence import threshold as threshold_or_fitted
from tacrochat.ranking.diversity import diversify
from tacrochat.ranking.records import Query
from tacrochat.ranking.zones import Zones
from tacrochat.search.filter import Filter
from tacrochat.search.pipeline import SearchResult
from tacrochat.search.spelling import Respelling, described
from tacrochat.search.threads import one_thread
from tacrochat.settings import RANGES
from tacrochat.text import stem
from tacrochat.types import Hit, Kind, Quote, Status

_MAX_HITS = 30  # hits that the quotes are chosen from
_MAX_NEAREST = 3
_MAX_TITLES = 12  # documents named by title when somebody asks which there are

REPLIES: dict[str, str] = {
    "greeting": "Hello. Ask a question, and I quote what the documents say about it.",
    "thanks": "You are welcome.",
    "farewell": "Goodbye.",
    "help": (
        "Type a question or a few words. I answer only with passages quoted word for word from the"
        " documents, each with its source; where the documents do not answer, I say so."
        " I give no medical advice."
    ),
}
"""What is said to a message that is not a question, by its kind."""

_WITH_QUOTES: tuple[Status, ...] = ("answered", "uncertain")
_UNCERTAIN = "The documents may not answer this; the nearest they say:"


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
            return Answer(question, checked, "conversation", 1.0, self._reply(kind))
        count, minimum = self._limits(top, threshold)
        sources = Filter.of(documents, kinds)
        earlier = [message for message in history if message.strip()]
        answers = []
        with one_thread():
            for part in conversation.parts(checked):
                reading = self._search(part, earlier, sources)
                answers.append(self._answer(part, reading, minimum, count))
                earlier.append(part)
        answer = answers[0] if len(answers) == 1 else self._joined(answers, count)
        return replace(answer, question=question)

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

    def _search(self, question: str, history: Sequence[str], sources: Filter) -> _Reading:
        """Search for a question, completed from the history if it is a follow-up.

        A question with a pronoun ("Can it harm the kidneys?") may be complete by
        itself. It is then searched for both as typed and as completed, and the
        result with the higher confidence counts.
        """
        resolved = conversation.resolve(question, history)
        reading = self._read(resolved, sources)
        if resolved != question and not conversation.continues(question):
            return max(self._read(question, sources), reading, key=_confidence)
        return reading

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

    def _answer(self, question: str, reading: _Reading, threshold: float, top: int) -> Answer:
        query, hits, confidence = reading.result.query, reading.result.hits, reading.result.confidence
        missing = self._missing(query)
        note = described(reading.respellings)
        status: Status = Zones.of(threshold).zone(confidence) if hits else "not_found"
        quotes: list[Quote] = []
        nearest: list[Quote] = []
        if status == "not_found":
            nearest = self._quotes(hits[:_MAX_NEAREST], highlight=False)
            message = self._not_found(missing)
        else:
            quotes = self._quotes(
                diversify(hits, self.library.vectors([hit.passage.id for hit in hits]), top)
            )
            message = self._answered(quotes) if status == "answered" else self._uncertain(missing)
        return Answer(
            question=question,
            resolved_question=query.text,
            status=status,
            confidence=confidence,
            message=f"{note} {message}".strip() if status == "uncertain" else f"{message} {note}".strip(),
            quotes=tuple(quotes),
            missing_terms=missing,
            nearest=tuple(nearest),
            respellings=reading.respellings,
        )

    def _joined(self, answers: Sequence[Answer], top: int) -> Answer:
        """Join the answers to several questions: first the best quote of each, then the second ones.

        If none is answered, uncertain ones count as such. The confidence is that of
        the least sure answer, or if there are no quotes, of the surest.
        """
        statuses = {a.status for a in answers}
        status: Status = next((s for s in _WITH_QUOTES if s in statuses), "not_found")
        answered = [a for a in answers if a.status == status and a.quotes]
        quotes = _alternating([a.quotes for a in answered], top)
        unanswered = tuple(a.question for a in answers if a not in answered)
        respellings = tuple(dict.fromkeys(r for a in answers for r in a.respellings))
        message = [self._answered(quotes)] if status == "answered" else []
        if quotes and unanswered:
            message.append("The sources do not say: " + _listed(unanswered))
        elif not quotes:
            message.append("The sources do not say.")
        if left_out := [a.question for a in answered if all(quote not in quotes for quote in a.quotes)]:
            message.append(f"Not shown, because {_count(top, 'quote')} was the limit: {_listed(left_out)}")
        message += [described(respellings), _UNCERTAIN if status == "uncertain" else ""]
        return Answer(
            question="",
            resolved_question=" ".join(a.resolved_question for a in answers),
            status=status,
            confidence=(min if answered else max)(a.confidence for a in answered or answers),
            message=" ".join(filter(None, message)),
            quotes=quotes,
            missing_terms=tuple(dict.fromkeys(term for a in answers for term in a.missing_terms)),
            nearest=() if quotes else _alternating([a.nearest for a in answers], _MAX_NEAREST),
            unanswered=unanswered,
            respellings=respellings,
        )

    def _quotes(self, hits: Sequence[Hit], *, highlight: bool = True) -> list[Quote]:
        documents = self.library.documents
        shown = hits if highlight else [replace(hit, sentences=()) for hit in hits]
        return [cut(documents[hit.passage.document_id], hit) for hit in shown]

    def _missing(self, query: Query) -> tuple[str, ...]:
        """List the words of the question that no body passage mentions."""
        terms = self.library.pipeline.terms
        return tuple(
            token.text
            for token, number in zip(query.terms, query.ids, strict=True)
            if number < 0 or not terms.is_in_body(token.stem)
        )

    def _reply(self, kind: conversation.MessageKind) -> str:
        if kind != "documents":
            return REPLIES[kind]
        titles = [f"“{' '.join(title.split())}”" for (title,) in self.library.document_columns("title")]
        more = f" and {len(titles) - _MAX_TITLES} more" if len(titles) > _MAX_TITLES else ""
        return f"I quote from {_count(len(titles), 'document')}: {', '.join(titles[:_MAX_TITLES])}{more}."

    def _answered(self, quotes: Sequence[Quote]) -> str:
        total = len(self.library.documents)
        quoted = len({quote.document for quote in quotes})
        message = f"{quoted} of {_count(total, 'document')} quoted."
        kinds = sorted({quote.kind for quote in quotes} - {"unknown"})
        if len(kinds) > 1:
            message += f" The quotes come from different kinds of source: {', '.join(kinds)}."
        return message

    def _not_found(self, missing: Sequence[str]) -> str:
        return f"The sources do not say. {self._named(missing) or 'No passage answers this question.'}"

    def _uncertain(self, missing: Sequence[str]) -> str:
        return f"{self._named(missing)} {_UNCERTAIN}".strip()

    def _named(self, missing: Sequence[str]) -> str:
        """Name the words that no passage has; "" without any."""
        if not missing:
            return ""
        in_links = [word for word in missing if self.library.pipeline.terms.is_in_navigation(stem(word))]
        message = f"No passage mentions: {', '.join(missing)}."
        if in_links:
            message += f" ({', '.join(in_links)}: named only in a list of links or a teaser.)"
        return message


def _alternating(lists: Sequence[Sequence[Quote]], count: int) -> tuple[Quote, ...]:
    """Take the first quote of each list, then the second ones, none twice."""
    mixed = [quote for rank in zip_longest(*lists) for quote in rank if quote is not None]
    unique: dict[tuple[int, int], Quote] = {}
    for quote in mixed:
        unique.setdefault((quote.document_id, quote.start), quote)
    return tuple(unique.values())[:count]


def _confidence(reading: _Reading) -> float:
    return reading.result.confidence


def _listed(questions: Sequence[str]) -> str:
    return " ".join(f"“{question}”" for question in questions)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
