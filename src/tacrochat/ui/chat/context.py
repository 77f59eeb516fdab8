"""Collects what the cards of a turn show beside its answer, from the library."""

from tacrochat.library import Library
from tacrochat.search.filter import Filter
from tacrochat.ui.chat.people import people
from tacrochat.ui.chat.shown import Context, Searched
from tacrochat.ui.turns import Turn

_MOST_TITLES = 40  # titles of documents listed where nothing was found


def context(turn: Turn, library: Library | None) -> Context:
    """Return what is shown with the answer of a turn; without a library only what the turn has."""
    answer = turn.answer
    if library is None:
        return Context(turn.digests, tries=turn.tries)
    differing = [answer.quotes[index] for group in answer.differ for index in group]
    studied = {(q.document, q.start): people(q, library.documents[q.document_id]) for q in differing}
    is_sure = answer.status not in {"not_found", "uncertain"}
    searched = Searched() if is_sure else _searched(turn.narrowed, library)
    return Context(turn.digests, studied, turn.tries, searched)


def _searched(narrowed: Filter, library: Library) -> Searched:
    documents = library.document_columns("path", "kind", "title")
    are_in = [
        (not narrowed.documents or path in narrowed.documents)
        and (not narrowed.kinds or kind in narrowed.kinds)
        for path, kind, _ in documents
    ]
    titles = [title for is_in, (_, _, title) in zip(are_in, documents, strict=True) if is_in]
    others = [title for is_in, (_, _, title) in zip(are_in, documents, strict=True) if not is_in]
    return Searched(len(titles), len(others), titles[:_MOST_TITLES], others[:_MOST_TITLES])
