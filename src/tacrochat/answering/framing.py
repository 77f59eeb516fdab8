"""What the assistant says itself: it frames quotes, and makes no medical statement."""

from collections.abc import Sequence

from tacrochat.answering.conversation import MessageKind
from tacrochat.library import Library
from tacrochat.ranking.records import Query
from tacrochat.text import stem
from tacrochat.types import Quote

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

NOT_FOUND = "The sources do not say."
UNCERTAIN = "The documents may not answer this; the nearest they say:"
ASK_BACK = "Which do you mean?"
"""What is said above the choices, if it is not clear which of two subjects is meant."""


def reply(kind: MessageKind, library: Library) -> str:
    """Reply to a message that is not a question."""
    if kind != "documents":
        return REPLIES[kind]
    titles = [f"“{' '.join(title.split())}”" for (title,) in library.document_columns("title")]
    more = f" and {len(titles) - _MAX_TITLES} more" if len(titles) > _MAX_TITLES else ""
    return f"I quote from {_count(len(titles), 'document')}: {', '.join(titles[:_MAX_TITLES])}{more}."


def answered(quotes: Sequence[Quote], library: Library) -> str:
    """Say how many documents are quoted, and of which kinds they are."""
    quoted = len({quote.document for quote in quotes})
    message = f"{quoted} of {_count(len(library.documents), 'document')} quoted."
    kinds = sorted({quote.kind for quote in quotes} - {"unknown"})
    if len(kinds) > 1:
        message += f" The quotes come from different kinds of source: {', '.join(kinds)}."
    return message


def not_found(missing: Sequence[str], subject: str, library: Library) -> str:
    """Say that nothing answers, and which words no passage has."""
    head = f"The sources do not say this about “{subject}”." if subject else NOT_FOUND
    return f"{head} {_named(missing, library) or 'No passage answers this question.'}"


def uncertain(missing: Sequence[str], library: Library) -> str:
    """Introduce quotes that may not answer."""
    return f"{_named(missing, library)} {UNCERTAIN}".strip()


def missing_terms(query: Query, library: Library) -> tuple[str, ...]:
    """List the words of the question that no body passage mentions."""
    terms = library.pipeline.terms
    return tuple(
        token.text
        for token, number in zip(query.terms, query.ids, strict=True)
        if number < 0 or not terms.is_in_body(token.stem)
    )


def listed(questions: Sequence[str]) -> str:
    """Name questions in one line."""
    return " ".join(f"“{question}”" for question in questions)


def _named(missing: Sequence[str], library: Library) -> str:
    """Name the words that no passage has; "" without any."""
    if not missing:
        return ""
    in_links = [word for word in missing if library.pipeline.terms.is_in_navigation(stem(word))]
    message = f"No passage mentions: {', '.join(missing)}."
    if in_links:
        message += f" ({', '.join(in_links)}: named only in a list of links or a teaser.)"
    return message


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
