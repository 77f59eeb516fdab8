"""Suggested questions: headings of the corpus."""

from tacrochat.answering.answer import Answer
from tacrochat.library import Library
from tacrochat.text import content, tokens

_MAX_HEADING = 90
_MOST_EXAMPLES = 200  # documents that examples are chosen from
_SIMILAR = 60  # passages that suggestions are taken from
_MIN_WORDS = 2  # a heading with fewer content words ("Results", "Design") is not a question


def examples(library: Library, count: int = 6) -> tuple[str, ...]:
    """Choose headings as example questions, at most one per document.

    Only headings that name their subject are used (see ``_names_its_subject``); those
    with more text under them come first.
    """
    by_size = sorted(library.headings.items(), key=lambda item: -item[1].characters)
    best: dict[int, str] = {}
    for heading, use in by_size:
        if use.document_id not in best and _names_its_subject(library, heading):
            best[use.document_id] = heading
        if len(best) == _MOST_EXAMPLES:
            break
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
    first_id = next((p.id for p in library.passages_of(first.document_id) if p.start == first.start), None)
    if first_id is None:
        return ()
    question_stems = {token.stem for token in content(tokens(answer.resolved_question))}
    headings: dict[str, None] = {}
    for passage_id, _ in library.similar(first_id, _SIMILAR):
        passage = library.passages[passage_id]
        heading = passage.heading[-1] if passage.heading else ""
        if not heading or heading in quoted or (passage.document_id, passage.start) in spans:
            continue
        if not _names_its_subject(library, heading):
            continue
        if {token.stem for token in content(tokens(heading))} <= question_stems:
            continue
        headings[heading] = None
        if len(headings) == count:
            break
    return tuple(headings)


def _names_its_subject(library: Library, heading: str) -> bool:
    """Tell whether a heading is that of one document only, and has enough content words."""
    use = library.headings.get(heading)
    return (
        use is not None
        and use.is_unique
        and len(heading) <= _MAX_HEADING
        and heading.isprintable()
        and len(content(tokens(heading))) >= _MIN_WORDS
    )
