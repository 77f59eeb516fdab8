"""Questions to begin or go on with, from the headings of the corpus itself."""

from collections import Counter

import numpy as np

from tacrochat.answering.answer import Answer
from tacrochat.library import Library
from tacrochat.text import content, tokens

_MAX_HEADING = 90
_MIN_WORDS = 2  # a heading with fewer words of content ("Results", "Design") asks nothing


def examples(library: Library, count: int = 6) -> tuple[str, ...]:
    """Choose headings that say what they are about, each of another document.

    Documents are taken in the order of how many passages stand under the heading
    chosen, so that a large topic comes before a footnote.
    """
    unique = _unique(library)
    sizes: Counter[tuple[int, str]] = Counter()
    for passage in library.passages:
        if passage.heading and passage.heading[-1] in unique:
            sizes[passage.document_id, passage.heading[-1]] += len(passage.text)
    best: dict[int, str] = {}
    for (document, heading), _ in sizes.most_common():
        best.setdefault(document, heading)
    # Spread over the corpus: neighbouring files tend to be about the same thing.
    chosen = list(best.values())
    step = max(1, len(chosen) // count)
    return tuple(chosen[::step][:count])


def suggestions(library: Library, answer: Answer, count: int = 3) -> tuple[str, ...]:
    """Return headings of the passages most like the best quote, those already quoted left out."""
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
    """Return the headings that name their subject and stand in one document only."""
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
