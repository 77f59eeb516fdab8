"""Follow-ups: what a message means after the earlier ones, and which subject its answer must be about.

The earlier messages are read again, oldest first: each either stands by itself
and brings a subject, or refers to the subject before. A message that leans is
searched with the subject as a condition, so that no passage about another one
can answer it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from tacrochat.answering import conversation, references
from tacrochat.answering.compound import sentences_apart
from tacrochat.answering.names import name_words
from tacrochat.answering.subjects import Subject, about_of, condition_of, subjects_of, unnamed, words_of
from tacrochat.answering.understood import (
    Understood,
    changed,
    given,
    introduced,
    leaning,
    placed,
    referred,
    repeated,
)
from tacrochat.library import Library
from tacrochat.ranking.signals import beyond_everyday
from tacrochat.search.condition import Condition
from tacrochat.search.pipeline import SearchResult
from tacrochat.search.query import printable

Search = Callable[[str, Condition], SearchResult]
"""Searches for a text under a condition; searching for the same again must cost nothing."""

_MAX_MESSAGES = 8  # earlier messages that are read; each takes up to three searches
_MAX_CHARS = 400  # a longer message stands by itself
_MAX_REFERENCE = 4  # words of a reference without a verb; more are a question
_FEW = 1  # words of a question that names nothing up to which it refers to the subject before
_LONG = 4  # words of a question that rarely needs another one
_NAMED = 0.57  # strength of a name from which on a question may stand by itself
_NAMED_IN_LONG = 0.45  # the same in a long question
_QUOTED = 4  # hits that an answer is taken to quote
_SPEAKING = 10  # hits that show whether the subject's documents speak of something
_MARGIN = 0.1  # share of a question's words that only other documents have, if it stands by itself


class Followups:
    """Understands the messages of a conversation."""

    def __init__(self, library: Library, search: Search) -> None:
        """Search with this function."""
        self._library = library
        self._search = search

    def understand(self, message: str, history: Sequence[str]) -> Understood:
        """Return what a message means after the user's earlier messages, oldest first."""
        earlier: list[Understood] = []
        messages = [printable(text[:_MAX_CHARS]) for text in history]
        questions = [
            question
            for text in messages
            if any(c.isalnum() for c in text) and conversation.message_kind(text) is None
            for question in sentences_apart(text)
        ]
        for question in questions[-_MAX_MESSAGES:]:
            earlier.append(self._read(question, earlier))
        if len(message) > _MAX_CHARS or not any(turn.subjects for turn in earlier):
            return Understood(message, message)
        return self._read(message, earlier)

    def _read(self, message: str, earlier: Sequence[Understood]) -> Understood:
        last = next((turn for turn in reversed(earlier) if turn.subjects), None)
        if last is None:
            return self._alone(message)
        if chosen := given(message, last, earlier):
            return chosen
        reference, question = references.divide(message)
        if reference and len(name_words(reference)) <= _MAX_REFERENCE:
            meant = referred(reference, last, earlier)
            if not meant and not references.has_pronoun(reference):
                is_correction = references.is_correction(message)
                meant = self._described(reference, last, earlier)
                meant = meant or self._switched(reference, last, is_correction=is_correction)
            if meant:
                return leaning(question, meant) if question else repeated(last, meant)
            if not question:
                return self._aspect(reference, message, last)
        if self._leans(message, last):
            meant = placed(message, last, earlier) or last.subjects
            has_own = bool(name_words(message)) or references.has_pronoun(message)
            is_complete = has_own or meant != last.subjects or bool(last.choices)
            return leaning(message, meant) if is_complete else changed(message, last)
        return self._alone(message)

    def _alone(self, message: str) -> Understood:
        """Read a message that stands by itself; it brings its own subject."""
        result = self._search(message, ())
        if not result.hits:
            return Understood(message, message)
        subjects = self._subjects(message, result) or (unnamed(result, self._library),)
        return Understood(message, message, subjects)

    def _subjects(self, text: str, result: SearchResult) -> tuple[Subject, ...]:
        found = subjects_of(self._library.pipeline.respell(text).text, result, self._library)
        if len(found) < 2:
            return found
        # What answers a question about two subjects shows little of where each is treated.
        about = [about_of(s.words, self._search(s.name, ()).hits, self._library) for s in found]
        return tuple(replace(subject, about=own) for subject, own in zip(found, about, strict=True))

    def _leans(self, message: str, last: Understood) -> bool:
        """Tell whether a question refers to the subject before it."""
        alone = self._search(message, ())
        least = _NAMED if len(name_words(message)) < _LONG else _NAMED_IN_LONG
        own = [s for s in self._subjects(message, alone) if s.strength >= least] if alone.hits else []
        # A pronoun before the only name cannot stand for it: "can I take it while pregnant?"
        names = [message.casefold().find(subject.name.casefold()) for subject in own]
        if references.has_pronoun(message[: max(names)] if names else message):
            return True
        if not own and (conversation.continues(message) or len(name_words(message)) <= _FEW):
            return True
        under = self._search(message, condition_of(last.subjects))
        is_inside = _is_about(last.subjects, alone)
        if own and not references.has_pronoun(message):
            return is_inside and not _is_about(own, under)
        return is_inside or self._covered(alone, 1) - self._covered(under, _SPEAKING) < _MARGIN

    def _covered(self, result: SearchResult, hits: int) -> float:
        """Return the share of a question's particular words that the best passages have."""
        query = result.query
        particular = np.asarray(query.idf) * beyond_everyday(query)
        weights = dict(zip(query.stems, particular.tolist(), strict=True))
        total = sum(weights.values())
        has = set[str]().union(*(words_of(hit.passage, self._library) for hit in result.hits[:hits]))
        return sum(weight for stem, weight in weights.items() if stem in has) / total if total else 0.0

    def _described(
        self, reference: str, last: Understood, earlier: Sequence[Understood]
    ) -> tuple[Subject, ...]:
        """Return an earlier subject that other words describe: what they find is about it."""
        found = self._search(reference, ())
        if not found.hits or _is_about(last.subjects, found):
            return ()
        document = found.hits[0].passage.document_id
        known = [subject for subject in introduced(earlier) if subject not in last.subjects]
        return tuple(subject for subject in known if document in subject.about.documents)[-1:]

    def _switched(self, reference: str, last: Understood, *, is_correction: bool) -> tuple[Subject, ...]:
        """Return the new subject that a few words name, none if they ask for more on the old one."""
        result = self._search(reference, ())
        if not result.hits:
            return ()
        found = self._subjects(reference, result)
        if is_correction:
            return found
        if len(found) != 1 or not found[0].is_sure or found[0].words <= last.subjects[0].words:
            return ()
        new = found[0]
        if new.about.documents & self._treating(last):
            return ()
        if new.about.documents or any(_is_beside(new, subject) for subject in last.subjects):
            return (new,)
        return () if self._speak_of(new.words, reference, last.subjects) else (new,)

    def _treating(self, last: Understood) -> set[int]:
        """Return the documents about the subjects, and those of the last answer that name one of them."""
        return set[int]().union(
            *(subject.about.all_documents for subject in last.subjects),
            (
                hit.passage.document_id
                for hit in self._search(last.text, last.condition).hits[:_QUOTED]
                if any(s.words <= words_of(hit.passage, self._library) for s in last.subjects)
            ),
        )

    def _speak_of(self, words: frozenset[str], reference: str, subjects: Sequence[Subject]) -> bool:
        """Tell whether a passage in the documents or sections about some subjects has some words."""
        return any(
            words <= words_of(hit.passage, self._library)
            for hit in self._search(reference, condition_of(subjects)).hits
            if any(subject.about.has_place(hit.passage) for subject in subjects)
        )

    def _aspect(self, reference: str, message: str, last: Understood) -> Understood:
        """Read a few words about the subject as they are, or as a change to the question before.

        "And in children?" after "How often is it applied?" asks how often; "side effects?" does not.
        """
        short = leaning(message, last.subjects)
        if short.choices or last.choices or not conversation.continues(message):
            return short
        longer = changed(message, last)
        wanted = {token.stem for token in name_words(reference)}
        found = self._search(longer.text, longer.condition)
        if not found.hits or not wanted or not wanted <= words_of(found.hits[0].passage, self._library):
            return short
        if found.confidence < self._search(short.text, short.condition).confidence:
            return short
        return longer


def _is_about(subjects: Sequence[Subject], result: SearchResult) -> bool:
    """Tell whether the best passage is in a document or section about one of some subjects."""
    return bool(result.hits) and any(s.about.has_place(result.hits[0].passage) for s in subjects)


def _is_beside(new: Subject, old: Subject) -> bool:
    """Tell whether two subjects have sections of their own in one document, neither inside the other."""
    return not old.about.documents and any(
        number == other and path[: len(above)] != above
        for number, path in new.about.sections
        for other, above in old.about.sections
    )
