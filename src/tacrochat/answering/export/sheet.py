"""What a saved conversation, answer or collection holds, before it is written in one of the forms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tacrochat.answering.answer import Answer
from tacrochat.answering.escaping import safe_url
from tacrochat.answering.export.reference import Kept, Reference
from tacrochat.types import Quote


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of a saved sheet that are ours; ``kinds`` names kinds of source in another language."""

    language: str = "en"
    note: str = "Note of the reader"
    sources: str = "Sources"
    nearest: str = "Nearest passages, not an answer"
    changed: str = "A quote is not shown: {document} has changed since."
    gone: str = "A quote is not shown: {document} is no longer in the index."
    characters: str = "characters {start} to {end}"
    framing: str = "Word-for-word quotes, nothing generated. Not medical advice."
    kinds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of level 2 or 3 ("": none), our lines under it, and the quotes.

    ``is_weak`` says that the quotes may not answer: nothing of them is marked.
    """

    heading: str
    level: int
    lines: tuple[str, ...]
    kept: tuple[Kept, ...]
    is_weak: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A title and sections; ``quotes`` are numbered from 1 through all of them."""

    title: str
    sections: tuple[Section, ...]
    words: Words

    @property
    def quotes(self) -> list[Quote]:
        """Every quote that is shown, in order: the footnotes."""
        return [kept.quote for section in self.sections for kept in section.kept if kept.quote]


Remarks = Callable[[Answer], Sequence[str]]
"""Returns the lines that frame an answer."""


def framing_of(answer: Answer) -> list[str]:
    """Return the lines that frame an answer in English, as the answer has them."""
    resolved = answer.resolved_question.strip()
    understood = [f"Understood as: {resolved}"] if resolved not in {"", answer.question.strip()} else []
    return [*understood, *filter(None, [answer.message]), *answer.choices]


def of_answers(
    title: str,
    answers: Sequence[tuple[Answer, Sequence[Kept]]],
    words: Words | None = None,
    remarks: Remarks = framing_of,
) -> Sheet:
    """Return the sheet of a conversation: each answer with those of its quotes that cannot be shown."""
    words = words or Words()
    sections = [s for answer, lost in answers for s in _sections(answer, lost, words, remarks)]
    return Sheet(title, tuple(sections), words)


def of_collection(title: str, kept: Sequence[Kept], words: Words | None = None) -> Sheet:
    """Return the sheet of collected quotes, in their order."""
    return Sheet(title, (Section("", 2, (), tuple(kept)),), words or Words())


def _sections(answer: Answer, lost: Sequence[Kept], words: Words, remarks: Remarks) -> list[Section]:
    quotes = answer.direct if answer.parts else answer.quotes
    sections = [_section(answer, 2, (*map(_shown, quotes), *lost), remarks)]
    sections += [_section(part, 3, tuple(map(_shown, part.quotes)), remarks) for part in answer.parts]
    if answer.nearest and not answer.parts:
        sections.append(Section(words.nearest, 3, (), tuple(map(_shown, answer.nearest)), is_weak=True))
    return sections


def _section(answer: Answer, level: int, kept: tuple[Kept, ...], remarks: Remarks) -> Section:
    heading = " ".join(answer.question.split())
    return Section(heading, level, tuple(remarks(answer)), kept, is_weak=answer.status == "uncertain")


def _shown(quote: Quote) -> Kept:
    return Kept(Reference(quote.document, "", quote.start, quote.end), "unchanged", quote)


def why_not_shown(kept: Kept, words: Words) -> str:
    """Return the line that stands in the place of a quote that cannot be shown."""
    text = words.gone if kept.state == "gone" else words.changed
    return text.format(document=kept.reference.document)


def footnote(quote: Quote, words: Words) -> tuple[str, str | None]:
    """Return the footnote of a quote on one line, and the address of its document if it is safe to open."""
    characters = words.characters.format(start=quote.start, end=quote.end)
    kind = words.kinds.get(quote.kind, quote.kind)
    facts = [
        quote.label,
        "" if quote.kind == "unknown" or quote.kind_reason else kind,
        quote.source or "",
        quote.date or "",
        quote.document,
        characters,
    ]
    return "; ".join(" ".join(fact.split()) for fact in facts if fact), safe_url(quote.url)
