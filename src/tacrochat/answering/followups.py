"""Follow-ups: what a message means after the earlier ones, and which subject its answer must be about.

The earlier messages are read again, oldest first: each either stands by itself
and brings a subject, or leans on the subject before. A message that leans is
searched with the subject as a condition, so that no passage about another one
can answer it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tacrochat.answering import conversation, references
from tacrochat.answering.subjects import Subject, condition_of, name_words, named_alone, subjects_of
from tacrochat.library import Library
from tacrochat.ranking.signals import beyond_everyday
from tacrochat.search.condition import Condition
from tacrochat.search.pipeline import SearchResult
from tacrochat.text import stems

Search = Callable[[str, Condition], SearchResult]
"""Searches for a text under a condition; searching for the same again must cost nothing."""

_MAX_MESSAGES = 8  # earlier messages that are read; a search takes some 25 ms
_MAX_CHARS = 400  # a longer message stands by itself
_MAX_REFERENCE = 4  # content words of a reference without a verb; more stand by themselves
_MARGIN = 0.1  # share of a question's words, by idf, that it must find only elsewhere to stand by itself


@dataclass(frozen=True, slots=True)
class Turn:
    """A message as it was understood.

    ``text`` is the plain question that is searched for, ``asked`` the same with a
    pronoun where the subject stands. ``subjects`` are what the conversation is
    about after it; ``leans`` says that the answer must be about them. ``choices`` are
    complete questions, one for each subject, if it is not clear which one is meant.
    """

    text: str
    asked: str
    subjects: tuple[Subject, ...] = ()
    leans: bool = False
    choices: tuple[str, ...] = ()
    bare: str = ""

    @property
    def condition(self) -> Condition:
        """The condition for what answers the message."""
        return condition_of(self.subjects) if self.leans else ()

    @property
    def texts(self) -> tuple[str, ...]:
        """What to search for; the better result counts.

        Passages about the subject that do not name it match the question without the name.
        """
        return (self.text, self.bare) if self.leans and self.bare else (self.text,)

    @property
    def subject(self) -> str:
        """The name of what the answer must be about, "" for a message that stands by itself."""
        return _named(self.subjects) if self.leans else ""


class Followups:
    """Understands the messages of a conversation."""

    def __init__(self, library: Library, search: Search) -> None:
        """Search with this function."""
        self._library = library
        self._search = search

    def understand(self, message: str, history: Sequence[str]) -> Turn:
        """Return what a message means after the user's earlier messages, oldest first."""
        turns: list[Turn] = []
        for earlier in [text.strip() for text in history if text.strip()][-_MAX_MESSAGES:]:
            if conversation.message_kind(earlier) is None:
                turns.append(self._turn(earlier[:_MAX_CHARS], turns))
        is_first = not any(turn.subjects for turn in turns)
        return Turn(message, message) if is_first or len(message) > _MAX_CHARS else self._turn(message, turns)

    def _turn(self, message: str, turns: Sequence[Turn]) -> Turn:
        last = next((turn for turn in reversed(turns) if turn.subjects), None)
        if last is None:
            return self._alone(message)
        if given := _given(message, last, turns):
            return given
        reference, question = references.divide(message)
        if reference and len(name_words(reference)) <= _MAX_REFERENCE:
            meant = _referred(reference, last, turns)
            if not meant and not references.has_pronoun(reference):
                meant = self._described(reference, last, turns) or self._switched(reference, last, is_correction=references.is_correction(message))
            if meant:
                return _leaning(question, meant) if question else _repeated(last, meant)
            if not question:
                return self._aspect(reference, message, last)
        if self._leans(message, last):
            return _leaning(message, _placed(message, last, turns) or last.subjects)
        return self._alone(message)

    def _alone(self, message: str) -> Turn:
        """Read a message that stands by itself; it brings its own subject."""
        result = self._search(message, ())
        if not result.hits:
            return Turn(message, message)
        subjects = self._subjects(message, result)
        return Turn(message, message, subjects or (named_alone(result, self._library),))

    def _subjects(self, text: str, result: SearchResult) -> tuple[Subject, ...]:
        return subjects_of(self._library.pipeline.respell(text).text, result, self._library)

    def _leans(self, message: str, last: Turn) -> bool:
        """Tell whether a question leans on the subject before it."""
        if conversation.continues(message):
            return True
        alone = self._search(message, ())
        own = [s for s in self._subjects(message, alone) if s.is_strong] if alone.hits else []
        if not own and (references.has_pronoun(message) or len(name_words(message)) <= 1):
            return True
        under = self._search(message, condition_of(last.subjects))
        is_inside = bool(alone.hits) and _is_about(last.subjects, alone)
        if own and not references.has_pronoun(message):
            return is_inside and not _is_about(own, under)
        return is_inside or self._covered(alone) - self._covered(under) < _MARGIN

    def _covered(self, result: SearchResult) -> float:
        """Return the share of a question's particular words that the best passage has in text or headings."""
        query = result.query
        weights = dict(zip(query.stems, (query.idf * beyond_everyday(query)).tolist(), strict=True))
        total = sum(weights.values())
        if not result.hits or not total:
            return 0.0
        first = result.hits[0].passage
        title = self._library.documents[first.document_id].title
        has = set(stems(first.text)) | set(stems(" ".join((title, *first.heading))))
        return sum(weight for stem, weight in weights.items() if stem in has) / total

    def _switched(self, reference: str, last: Turn, *, is_correction: bool) -> tuple[Subject, ...]:
        """Return the new subject that a few words name, none if they ask for more on the old one."""
        result = self._search(reference, ())
        if not result.hits:
            return ()
        found = [subject for subject in self._subjects(reference, result) if subject.is_strong]
        if is_correction and (found or name_words(reference)):
            return tuple(found) or self._subjects(reference, result)
        if len(found) != 1 or found[0].words <= last.subjects[0].words:
            return ()
        new = found[0]
        old = frozenset[int]().union(*(subject.about.all_documents for subject in last.subjects))
        if new.about.documents and not new.about.documents & old:
            return (new,)
        return () if self._has(new.words, reference, last.subjects) else (new,)

    def _described(self, reference: str, last: Turn, turns: Sequence[Turn]) -> tuple[Subject, ...]:
        """Return an earlier subject that a few other words describe: what they find is about it."""
        found = self._search(reference, ())
        earlier = [s for s in _introduced(turns[:-1]) if s not in last.subjects and s.about.documents]
        if not found.hits or _is_about(last.subjects, found):
            return ()
        return tuple(s for s in earlier if found.hits[0].passage.document_id in s.about.documents)[-1:]

    def _has(self, words: frozenset[str], reference: str, subjects: Sequence[Subject]) -> bool:
        """Tell whether the documents or sections of a subject have some words."""
        return any(
            words <= set(stems(hit.passage.text)) | set(stems(" ".join(hit.passage.heading)))
            for hit in self._search(reference, condition_of(subjects)).hits
            if any(subject.about.has_place(hit.passage) for subject in subjects)
        )

    def _aspect(self, reference: str, message: str, last: Turn) -> Turn:
        """Read a few words about the subject as they are, or as a change to the question before.

        "And in children?" after "How often is it applied?" asks how often; "side effects?" does not.
        """
        short = _leaning(message, last.subjects)
        if short.choices or last.choices or not conversation.continues(message):
            return short
        longer = _leaning(f"{last.asked.rstrip('?!. ')} – {reference}?", last.subjects)
        wanted = {token.stem for token in name_words(reference)}
        found = self._search(longer.text, longer.condition)
        if not found.hits or not wanted:
            return short
        first = found.hits[0].passage
        says = wanted <= set(stems(first.text)) | set(stems(" ".join(first.heading)))
        better = found.confidence >= self._search(short.text, short.condition).confidence
        return replace(longer, asked=last.asked) if says and better else short


def _is_about(subjects: Sequence[Subject], result: SearchResult) -> bool:
    """Tell whether the best passage is in a document or section about one of some subjects."""
    return bool(result.hits) and any(s.about.has_place(result.hits[0].passage) for s in subjects)


def _named(subjects: Sequence[Subject]) -> str:
    return " and ".join(subject.name for subject in subjects)


def _leaning(question: str, subjects: tuple[Subject, ...]) -> Turn:
    """Read a question about one subject, or about two if it says so; else it is asked back which one."""
    if len(subjects) > 1 and not references.means_several(question):
        choices = tuple(references.with_subject(question, subject.name) for subject in subjects)
        return Turn(question, question, subjects, leans=True, choices=choices)
    text = references.with_subject(question, _named(subjects))
    return Turn(text, question, subjects, leans=True, bare=question)


def _repeated(last: Turn, subjects: tuple[Subject, ...]) -> Turn:
    """Ask the last question again, about other subjects."""
    asked = last.asked
    for old in last.subjects:
        at = asked.casefold().find(old.name.casefold())
        if at >= 0 and len(last.subjects) == 1:
            text = asked[:at] + _named(subjects) + asked[at + len(old.name) :]
            return Turn(text, text, subjects, leans=True)
    return _leaning(asked, subjects)


def _given(message: str, last: Turn, turns: Sequence[Turn]) -> Turn | None:
    """Read a message that chooses between two subjects, or has a subject's name in brackets at its end."""
    folded = message.strip().casefold()
    for choice, subject in zip(last.choices, last.subjects if last.choices else (), strict=True):
        if folded == choice.strip().casefold():
            return Turn(choice, last.asked, (subject,), leans=True)
    number = references.number(message)
    if last.choices and 0 < number <= len(last.choices):
        return Turn(last.choices[number - 1], last.asked, (last.subjects[number - 1],), leans=True)
    for turn in reversed(turns):
        for subjects in (turn.subjects, *((subject,) for subject in turn.subjects)):
            ending = f"({_named(subjects)})".casefold()
            if subjects and folded.endswith(ending):
                asked = message.strip()[: -len(ending)].strip()
                return Turn(message, asked, subjects, leans=True)
    return None


def _introduced(turns: Sequence[Turn]) -> list[Subject]:
    """List the subjects of a conversation, each once, in the order in which they came up."""
    subjects: dict[frozenset[str], Subject] = {}
    for turn in turns:
        for subject in turn.subjects:
            subjects.setdefault(subject.words, subject)
    return list(subjects.values())


def _placed(text: str, last: Turn, turns: Sequence[Turn]) -> tuple[Subject, ...]:
    """Return the subjects that a text names by their place: "the first one", "the other one", "both"."""
    known = _introduced(turns)
    position = references.position(text)
    pair = next((turn.subjects for turn in reversed(turns) if len(turn.subjects) > 1), ())
    if not position or (len(known) < 2 and not pair):
        return ()
    several = pair or tuple(known)
    if position == "both":
        return several[-2:]
    if position == "other":
        others = [s for s in several if s not in last.subjects] or [s for s in known if s not in last.subjects]
        return tuple(others[-1:])
    return (several[0],) if position == "first" else (several[1],)


def _referred(reference: str, last: Turn, turns: Sequence[Turn]) -> tuple[Subject, ...]:
    """Return the subjects that a reference means, of those that came up before; none if it is something new."""
    if placed := _placed(reference, last, turns):
        return placed
    words = {token.stem for token in name_words(reference)}
    if not words:
        return ()
    shared = [(len(words & s.words), i, s) for i, s in enumerate(_introduced(turns)) if words & s.words]
    own = [entry for entry in shared if not (entry[2] in last.subjects and len(last.subjects) == 1)]
    return (max(own, key=lambda entry: entry[:2])[2],) if own else ()
