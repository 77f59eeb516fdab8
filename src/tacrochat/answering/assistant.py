"""Answers a question with quotes, or says that the sources do not."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import zip_longest

from tacrochat.answering import conversation
from tacrochat.answering.answer import Answer
from tacrochat.answering.quoting import cut
from tacrochat.library import Library
from tacrochat.ranking.confidence import threshold as threshold_or_fitted
from tacrochat.ranking.diversity import diversify
from tacrochat.ranking.records import Query
from tacrochat.search.filter import Filter
from tacrochat.search.pipeline import SearchResult
from tacrochat.text import stem
from tacrochat.types import Hit, Kind, Quote

_LOOK_AT = 30
_NEAREST = 3
_LISTED = 12

_FRAMES = {
    "greeting": "Hello. Ask a question, and I quote what the documents say about it.",
    "thanks": "You are welcome.",
    "farewell": "Goodbye.",
    "help": (
        "Type a question or a few words. I answer only with passages quoted word for word from the"
        " documents, each with its source; where the documents do not answer, I say so."
        " I give no medical advice."
    ),
}


class Assistant:
    """Asks a library; keeps no state, the history comes with each question."""

    def __init__(self, library: Library) -> None:
        """Ask this library."""
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

        ``history`` holds the user's earlier messages, oldest first; ``top`` is
        the number of quotes at most; ``documents`` (paths) and ``kinds`` narrow
        the sources; below ``threshold`` of confidence nothing is answered.

        Raises:
            QuestionError: the question is empty or too long, or a filter names
                what is not there.

        """
        asked = self.library.pipeline.check(question)
        turn = conversation.message_kind(asked)
        if turn:
            return Answer(question, asked, "conversation", 1.0, self._frame(turn))
        settings = self.library.settings
        minimum = threshold_or_fitted(settings.threshold if threshold is None else threshold)
        narrowed = Filter.of(documents, kinds)
        before = [h for h in history if h.strip()]
        answers = []
        for part in conversation.parts(asked):
            result = self._search(part, before, narrowed)
            answers.append(self._answer(part, result, minimum, top or settings.top))
            before.append(part)
        whole = answers[0] if len(answers) == 1 else self._joined(answers, top or settings.top)
        return replace(whole, question=question)

    def _search(self, question: str, history: Sequence[str], narrowed: Filter) -> SearchResult:
        """Search for a question, completed from the history where that helps.

        A question that only points back ("Can it harm the kidneys?") may be
        complete by itself: of the two readings the one with more confidence counts.
        """
        pipeline = self.library.pipeline

        def search(reading: str) -> SearchResult:
            return pipeline.search(pipeline.repair(reading), _LOOK_AT, narrowed)

        resolved = conversation.resolve(question, history)
        result = search(resolved)
        if resolved != question and not conversation.continues(question):
            result = max(search(question), result, key=lambda reading: reading.confidence)
        return result

    def _answer(self, question: str, result: SearchResult, threshold: float, top: int) -> Answer:
        missing = self._missing(result.query)
        resolved, confidence = result.query.text, result.confidence
        if confidence < threshold or not result.hits:
            nearest = tuple(self._quotes(result.hits[:_NEAREST], highlight=False))
            message = self._not_found(missing)
            return Answer(question, resolved, "not_found", confidence, message, (), missing, nearest)
        quotes = tuple(self._quotes(diversify(result.hits, self.library.embeddings, top)))
        return Answer(question, resolved, "answered", confidence, self._answered(quotes), quotes, missing)

    def _joined(self, answers: Sequence[Answer], top: int) -> Answer:
        """Make one answer of the answers to several questions: each has its first quote first."""
        answered = [a for a in answers if a.status == "answered"]
        quotes = _alternating([a.quotes for a in answered], max(top, len(answered)))
        silent = [f"“{a.question}”" for a in answers if a.status != "answered"]
        message = self._answered(quotes) if quotes else "The sources do not say."
        if quotes and silent:
            message += f" The sources do not say: {' '.join(silent)}"
        return Answer(
            question="",
            resolved_question=" ".join(a.resolved_question for a in answers),
            status="answered" if quotes else "not_found",
            confidence=sum(a.confidence for a in answers) / len(answers),
            message=message,
            quotes=quotes,
            missing_terms=tuple(dict.fromkeys(term for a in answers for term in a.missing_terms)),
            nearest=() if quotes else _alternating([a.nearest for a in answers], _NEAREST),
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
            if number < 0 or not terms.in_body[number]
        )

    def _frame(self, turn: conversation.MessageKind) -> str:
        if turn != "documents":
            return _FRAMES[turn]
        titles = [f"“{document.title}”" for document in self.library.documents]
        more = f" and {len(titles) - _LISTED} more" if len(titles) > _LISTED else ""
        return f"I quote from {_count(len(titles), 'document')}: {', '.join(titles[:_LISTED])}{more}."

    def _answered(self, quotes: Sequence[Quote]) -> str:
        total = len(self.library.documents)
        speaking = len({quote.document for quote in quotes})
        message = f"{speaking} of {_count(total, 'document')} quoted."
        kinds = sorted({quote.kind for quote in quotes} - {"unknown"})
        if len(kinds) > 1:
            message += f" The quotes come from different kinds of source: {', '.join(kinds)}."
        return message

    def _not_found(self, missing: Sequence[str]) -> str:
        message = "The sources do not say."
        if not missing:
            return message + " No passage answers this question."
        named = [word for word in missing if stem(word) in self.library.pipeline.navigation_stems]
        message += f" No passage mentions: {', '.join(missing)}."
        if named:
            message += f" ({', '.join(named)}: named only in a list of links or a teaser.)"
        return message


def _alternating(rows: Sequence[Sequence[Quote]], count: int) -> tuple[Quote, ...]:
    """Take first quotes first, then second ones, none twice."""
    mixed = [quote for level in zip_longest(*rows) for quote in level if quote is not None]
    unique: dict[tuple[int, int], Quote] = {}
    for quote in mixed:
        unique.setdefault((quote.document_id, quote.start), quote)
    return tuple(unique.values())[:count]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
