"""A message as it was understood, and how one is made from those before it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tacrochat.answering import references
from tacrochat.answering.names import name_words
from tacrochat.answering.subjects import Subject, condition_of
from tacrochat.search.condition import Condition


@dataclass(frozen=True, slots=True)
class Understood:
    """A message as it was understood.

    ``text`` is the plain question that it means. ``asked`` is the same with a
    pronoun, or nothing, where the subject belongs. ``subjects`` are what the
    conversation is about after it; ``leans`` says that the answer must be about them.
    ``changes`` is the question that a message without one of its own ("and how often?")
    changes, as it was asked. ``choices`` are complete questions, one for each subject, if it is not clear
    which of them is meant.
    """

    text: str
    asked: str
    subjects: tuple[Subject, ...] = ()
    leans: bool = False
    choices: tuple[str, ...] = ()
    changes: str = ""

    @property
    def condition(self) -> Condition:
        """The condition for what answers the message."""
        return condition_of(self.subjects) if self.leans else ()

    @property
    def texts(self) -> tuple[str, ...]:
        """What to search for; the better result counts.

        Passages about the subject that do not name it match the question without the name better.
        """
        return tuple(dict.fromkeys((self.text, self.asked) if self.leans else (self.text,)))

    @property
    def subject(self) -> str:
        """The name of what the answer must be about, "" for a message that stands by itself."""
        return joined(self.subjects) if self.leans else ""


def joined(subjects: Sequence[Subject]) -> str:
    """Return the names of subjects as one text."""
    return " and ".join(subject.name for subject in subjects)


def leaning(question: str, subjects: tuple[Subject, ...]) -> Understood:
    """Read a question about one subject, or about two if it says so; else it is asked back which one."""
    if len(subjects) > 1 and not references.means_several(question):
        choices = tuple(references.with_subject(question, subject.name) for subject in subjects)
        return Understood(question, question, subjects, leans=True, choices=choices)
    is_named = all(subject.strength for subject in subjects)
    text = references.with_subject(question, joined(subjects), may_replace=is_named)
    return Understood(text, question, subjects, leans=True)


def changed(message: str, last: Understood) -> Understood:
    """Read a message without a question of its own as a change to the last one: "and how often?"."""
    before = last.changes or last.asked
    asked = f"{message} ({before.rstrip('?!. ')})"
    return replace(leaning(asked, last.subjects), changes=before)


def repeated(last: Understood, subjects: tuple[Subject, ...]) -> Understood:
    """Ask the last question again, about other subjects."""
    asked = last.asked
    name = joined(last.subjects)
    at = asked.casefold().find(name.casefold())
    if at < 0:
        return leaning(asked, subjects)
    text = asked[:at] + joined(subjects) + asked[at + len(name) :]
    return Understood(text, text, subjects, leans=True)


def given(message: str, last: Understood, earlier: Sequence[Understood]) -> Understood | None:
    """Read a message that chooses between two subjects, or has a subject's name in brackets at its end."""
    folded = message.strip().casefold()
    chosen = references.number(message)
    for number, choice in enumerate(last.choices, 1):
        if chosen == number or folded == choice.strip().casefold():
            return Understood(choice, last.asked, (last.subjects[number - 1],), leans=True)
    for turn in reversed(earlier):
        for subjects in (turn.subjects, *((subject,) for subject in turn.subjects)):
            ending = f"({joined(subjects)})".casefold()
            if subjects and folded.endswith(ending):
                asked = message.strip()[: -len(ending)].strip()
                return Understood(message, asked or message, subjects, leans=True)
    return None


def introduced(earlier: Sequence[Understood]) -> list[Subject]:
    """List the subjects of a conversation, each once, in the order in which they came up."""
    subjects: dict[frozenset[str], Subject] = {}
    for turn in earlier:
        for subject in turn.subjects:
            subjects.setdefault(subject.words, subject)
    return list(subjects.values())


def placed(text: str, last: Understood, earlier: Sequence[Understood]) -> tuple[Subject, ...]:
    """Return the subjects that a text names by their place: "the first one", "the other one", "both"."""
    known = introduced(earlier)
    position = references.position(text)
    pair = next((turn.subjects for turn in reversed(earlier) if len(turn.subjects) > 1), ())
    several = pair or tuple(known)
    if not position or len(several) < 2:
        return ()
    if position == "both":
        return several[-2:]
    if position == "other":
        others = [subject for subject in several if subject not in last.subjects]
        return tuple((others or [subject for subject in known if subject not in last.subjects])[-1:])
    return (several[0],) if position == "first" else (several[1],)


def referred(reference: str, last: Understood, earlier: Sequence[Understood]) -> tuple[Subject, ...]:
    """Return the subjects that a reference means, of those that came up before; none if it is new."""
    if by_place := placed(reference, last, earlier):
        return by_place
    words = {token.stem for token in name_words(reference)}
    known = introduced(earlier)
    others = [s for s in known if words & s.words and (s not in last.subjects or len(last.subjects) > 1)]
    return (max(reversed(others), key=lambda subject: len(words & subject.words)),) if others else ()
