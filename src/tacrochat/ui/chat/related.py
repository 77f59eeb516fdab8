"""Suggested questions: headings of the corpus."""

from collections import Counter

import numpy as np

from tacrochat.answering.answer import Answer
from tacrochat.library import Library
from tacrochat.text import content, tokens

_MAX_HEADING = 90
_MIN_WORDS = 2  # a heading with fewer content words ("Results", "Design") is not a question


def examples(library: Library, count: int = 6) -> tuple[str, ...]:
    """Choose headings as example questions, at most one per document.

    Only headings that name their subject are used (see ``_unique``); those with
    more text under them come first.
    """
    unique = _unique(library)
    sizes: Counter[tuple[int, str]] = Counter()
    for passage in library.passages:
        if passage.heading and passage.heading[-1] in unique:
            sizes[passage.document_id, passage.heading[-1]] += len(passage.text)
    best: dict[int, str] = {}
    for (document, heading), _ in sizes.most_common():
        best.setdefault(document, heading)
    # Every n-th: documents that follow each other tend to be about the same thing.
    chosen = list(best.values())
    step = max(1, len(chosen) // count)
    return tuple(chosen[::step][:count])


def suggestions(library: Library, answer: Answer, count: int = 3) -> tuple[str, ...]:
    """Return headings of the passages most similar to the best quote, without those already quoted."""
    if not answer.quotes:
        return ()
    spans = {(q.document_id, q.start) for q in answer.quotes}
    quoted = {q.heading[-1] for q in answer.quotes if q.heading}
    first = answer.quotes[0]
    first_id = next(
        (p.id for p in library.passages if (p.document_id, p.start) == (first.document_id, first.start)), None
    )
    if first_id is None:
        return ()
    unique = _unique(library)
    question_stems = {token.stem for token in content(tokens(answer.resolved_question))}
    headings: dict[str, None] = {}
    similarities = library.embeddings @ library.embeddings[first_id]
    for passage_id in np.argsort(-similarities, kind="stable")[:60]:
        passage = library.passages[int(passage_id)]
        heading = passage.heading[-1] if passage.heading else ""
        if heading not in unique or heading in quoted or (passage.document_id, passage.start) in spans:
            continue
        if {token.stem for token in content(tokens(heading))} <= question_stems:
            continue
        headings[heading] = None
        if len(headings) == count:
            break
    return tuple(headings)


def _unique(library: Library) -> frozenset[str]:
    """Return the headings of one document only that have enough content words to name their subject."""
    owners: dict[str, set[int]] = {}
    for passage in library.passages:
        if passage.heading:
            owners.setdefault(passage.heading[-1], set()).add(passage.document_id)
    return frozenset(
        heading
        for heading, documents in owners.items()
        if len(documents) == 1
        and len(heading) <= _MAX_HEADING
        and heading.isprintable()
        and len(content(tokens(heading))) >= _MIN_WORDS
    )
