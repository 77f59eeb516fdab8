"""The subject of a question, and which documents and passages are about it."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tacrochat.answering.names import SURE, TELLING, Name, names_of, title_parts
from tacrochat.library import Library
from tacrochat.search.condition import About, Condition
from tacrochat.search.pipeline import SearchResult
from tacrochat.text import stems
from tacrochat.types import Hit, Passage

_OWN = 0.6  # share of a title, by idf, that a name must be for the document to be about it alone
_EVERYWHERE = 1.5  # idf below which a word is in so many passages that no document is the one about it
_CONCENTRATED = 0.6  # share of the hits with the name which a document needs to be about it
_THROUGHOUT = 0.3  # share of its passages that must have the name
_ANSWERING = 2  # hits whose documents are meant, if the name tells nothing
_AROUND = 1_000  # code points around the best passage that are about the same, if nothing else tells
_ARTICLE = re.compile(r"\bthe\s+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a question is about: its name as the user wrote it, and which passages are about it.

    ``words`` are the stems of the name. ``strength`` says how sure it is that it is a name, 0 to 1.
    """

    name: str
    words: frozenset[str]
    about: About
    strength: float

    @property
    def is_sure(self) -> bool:
        """Whether the words are surely a name."""
        return self.strength >= SURE


def condition_of(subjects: Iterable[Subject]) -> Condition:
    """Return the condition that a passage is about one of some subjects."""
    return tuple(subject.about for subject in subjects)


def subjects_of(question: str, result: SearchResult, library: Library) -> tuple[Subject, ...]:
    """Return the subject that a question names, or the two that it joins; nothing if it names none.

    ``result`` is what was found for it.
    """
    names = names_of(question, result.hits, library)
    return tuple(_subject(question, name, result.hits, library) for name in names)


def unnamed(result: SearchResult, library: Library) -> Subject:
    """Return the subject of a question that names none: the document that its best passage is of.

    ``result`` has hits.
    """
    first = result.hits[0].passage
    title = title_parts(library.documents[first.document_id].title)[-1]
    return Subject(title, frozenset(stems(title)), About(documents=frozenset({first.document_id})), 0.0)


def words_of(passage: Passage, library: Library) -> set[str]:
    """Return the stems of a passage, its headings and its title."""
    title = library.documents[passage.document_id].title
    return set(stems(passage.text)).union(stems(" ".join((title, *passage.heading))))


def _subject(question: str, name: Name, hits: Sequence[Hit], library: Library) -> Subject:
    start = name.words[0].start
    if article := _ARTICLE.search(question, 0, start):
        start = article.start()
    about = about_of(name.stems, hits, library)
    return Subject(question[start : name.words[-1].end], name.stems, about, name.strength)


def about_of(name: frozenset[str], hits: Sequence[Hit], library: Library) -> About:
    """Find what is about a subject, given the stems of its name, in what a search returned for it.

    If documents have the name as their title, it is those alone: what others say
    where they mention it is mostly about something else.
    """
    terms = library.pipeline.terms
    if hits and len(name) == 1 and max(map(terms.idf, name)) < TELLING:
        # Nearly every passage is about it: what is meant is what the question was answered from.
        return About(documents=frozenset(hit.passage.document_id for hit in hits[:_ANSWERING]))
    own = _own_documents(name, hits, library)
    return About(documents=own) if own or not hits else _about(name, hits, library)


def _own_documents(name: frozenset[str], hits: Sequence[Hit], library: Library) -> frozenset[int]:
    """Return the documents that have hardly more than the name as their title.

    There are none for a subject of most documents: there, a title tells which side of it is meant.
    """
    terms = library.pipeline.terms
    weight = sum(terms.idf(stem) for stem in name)
    if max(terms.idf(stem) for stem in name) < _EVERYWHERE:
        return frozenset()
    own = set()
    for number in {hit.passage.document_id for hit in hits}:
        for part in title_parts(library.documents[number].title):
            title = set(stems(part))
            terms.fetch(title)
            if name <= title and weight >= _OWN * sum(terms.idf(stem) for stem in title):
                own.add(number)
    return frozenset(own)


def _about(name: frozenset[str], hits: Sequence[Hit], library: Library) -> About:
    """Find what is about a subject without a document of its own.

    That is documents that have the name in the title or throughout, sections that
    have it in a heading, passages that have it, and what is around the best one.
    """
    documents: set[int] = set()
    sections: set[tuple[int, tuple[str, ...]]] = set()
    naming: Counter[int] = Counter()
    for passage in (hit.passage for hit in hits):
        titled = set(stems(library.documents[passage.document_id].title))
        if name <= titled:
            documents.add(passage.document_id)
        elif path := _path_with(name - titled, passage.heading):
            sections.add((passage.document_id, path))
        if name <= words_of(passage, library):
            naming[passage.document_id] += 1
    for document, count in naming.items():
        is_through = count >= _THROUGHOUT * min(len(hits), library.passage_counts[document])
        has_section = any(document == number for number, _ in sections)
        if is_through and not has_section and count >= _CONCENTRATED * naming.total():
            documents.add(document)
    stretches: set[tuple[int, int, int]] = set()
    first = hits[0].passage
    is_treated = first.document_id in documents.union(number for number, _ in sections)
    # Of a name that nobody mentions, the best passage is about something else.
    if not is_treated and name & words_of(first, library):
        stretches.add((first.document_id, max(0, first.start - _AROUND), first.end + _AROUND))
    return About(frozenset(documents), frozenset(sections), frozenset(stretches), name)


def _path_with(name: frozenset[str], heading: Sequence[str]) -> tuple[str, ...]:
    """Return the path down to the first heading that completes a name; empty if none does."""
    left = set(name)
    for depth, text in enumerate(heading, 1):
        left.difference_update(stems(text))
        if not left:
            return tuple(heading[:depth])
    return ()
