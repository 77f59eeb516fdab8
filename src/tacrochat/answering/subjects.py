"""The subject of a question: what it names, and where the documents treat it.

A subject is found from a question together with what a search returned for it,
since a name in small letters ("the rhine") cannot be told from other words by
itself. Words of the question count as a name if they are

- in the title of a document, or in a heading, that a hit stands under, and are
  most of it: "how is sleep apnea treated", under the title "Sleep Apnea"; or
- rare in the language (Zipf frequency; Zipf, 1949), or unknown to the corpus; or
- written like a name: with a capital, but not at the start.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tacrochat.library import Library
from tacrochat.search.condition import About, Condition
from tacrochat.search.pipeline import SearchResult
from tacrochat.text import Token, content, frequency, stems, tokens
from tacrochat.types import Hit

_HITS = 5  # hits whose titles and headings may name the subject
_RARE = 2.6  # Zipf frequency below which a word is a name: 0.4 in a million words
_UNKNOWN = 4.5  # the same for a word that the corpus does not have
_COMMON = 5.3  # Zipf frequency from which on a word is no name by itself
_MIN_COVERED = 0.3  # share of a title, by idf, that a question must have for its words to be a name
_STRONG = 0.6  # strength from which on a name is sure
_CONCENTRATED = 0.6  # share of the hits that name a subject which a document needs to be about it
_THROUGHOUT = 0.3  # share of its passages that must name the subject
_AROUND = 1_000  # code points before and after the best passage that are about the same, if nothing else tells
_EVERYWHERE = 1.5  # idf below which a word is in so many passages that no document is the one about it

INFORMAL = frozenset(
    """whats hows wheres whos thats theres im ive id youre dont doesnt didnt isnt arent wasnt cant couldnt
    wont u ur r pls plz thx ok okay gonna wanna meant mean sorry actually instead yes yeah no nope not hi hey
    ones""".split()
)
"""Words as people type them in a chat; none of them names a subject."""

_BESIDE = re.compile(r"[\W_]*(?:of(?: the)?\W+)?", re.IGNORECASE)
_JOINT = re.compile(r"\W*(?:\b(?:and|or|vs|versus|with|than|from|to)\b\W*)?(?:\b(?:the|a|an)\b\W*)?", re.I)
_ARTICLE = re.compile(r"\bthe\s+$", re.IGNORECASE)
_JOINED = re.compile(r"\b(?:and|or|vs|versus|than)\b|,|/", re.I)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a question is about: its name as the user wrote it, and which passages are about it.

    ``strength`` says how sure it is that the words are a name, 0 to 1.
    """

    name: str
    words: frozenset[str]
    about: About
    strength: float = 1.0

    @property
    def is_strong(self) -> bool:
        """Whether the words are surely a name."""
        return self.strength >= _STRONG


def condition_of(subjects: Iterable[Subject]) -> Condition:
    """Return the condition that a passage is about one of some subjects."""
    return tuple(subject.about for subject in subjects)


@dataclass(frozen=True, slots=True)
class _Name:
    """Words of a question that may be a name: numbers of its tokens, and how sure it is, 0 to 1.

    ``is_title`` says that they are so because of the title of a document.
    """

    tokens: tuple[int, ...]
    strength: float
    is_title: bool = False


def name_words(text: str) -> list[Token]:
    """Return the words of a text that may be part of a name."""
    return [token for token in content(tokens(text)) if token.text not in INFORMAL]


def subjects_of(question: str, result: SearchResult, library: Library) -> tuple[Subject, ...]:
    """Return what a question that stands by itself is about: one subject, or two that it joins by "and" or "or".

    ``result`` is what was found for it. Nothing is returned if it names nothing.
    """
    words = name_words(question)
    names = _names(question, words, result.hits[:_HITS], library)
    if not names:
        return ()
    best = max(names, key=lambda name: (name.strength, len(name.tokens), name.is_title))
    chosen = _pair(question, words, best, names, library) or [best]
    return tuple(_subject(question, words, name, result.hits, library) for name in chosen)


def named_alone(result: SearchResult, library: Library) -> Subject:
    """Return the subject of a question that names nothing: the document that its best passage is of."""
    first = result.hits[0].passage
    title = library.documents[first.document_id].title
    return Subject(title, frozenset(stems(title)), About(documents=frozenset({first.document_id})), 0.3)


def _names(question: str, words: Sequence[Token], hits: Sequence[Hit], library: Library) -> list[_Name]:
    terms = library.pipeline.terms
    terms.fetch(token.stem for token in words)
    names = []
    for text, weight in _contexts(hits, library).items():
        context = set(stems(text))
        shared = [i for i, token in enumerate(words) if token.stem in context]
        if not shared or all(frequency(words[i].text) >= _COMMON for i in shared):
            continue
        terms.fetch(context)
        total = sum(terms.idf(stem) for stem in context)
        covered = sum(terms.idf(stem) for stem in {words[i].stem for i in shared})
        if total and covered / total >= _MIN_COVERED:
            names.append(_Name(_run(question, words, shared), weight * covered / total, weight == 1.0))
    rare = [i for i, token in enumerate(words) if _is_rare(question, token, library)]
    if rare:
        names += [_Name(_grown(run, question, words, hits), 0.95) for run in _runs(question, words, rare)]
    return names


def _grown(run: tuple[int, ...], question: str, words: Sequence[Token], hits: Sequence[Hit]) -> tuple[int, ...]:
    """Add the word after a run, or before it, if the two stand side by side in a passage, with capitals."""
    pairs = {
        (a.stem, b.stem)
        for hit in hits
        for a, b in pairwise(tokens(hit.passage.text))
        if hit.passage.text[a.start].isupper() and hit.passage.text[b.start].isupper()
    }
    grown = run
    for left, right in ((run[0] - 1, run[0]), (run[-1], run[-1] + 1)):
        if left >= 0 and right < len(words) and (words[left].stem, words[right].stem) in pairs:
            if len(_runs(question, words, (left, right))) == 1:
                grown = tuple(sorted({*grown, left, right}))
    return grown


def _contexts(hits: Sequence[Hit], library: Library) -> dict[str, float]:
    """Return the titles and headings above some hits, each with a weight: that of a heading is less."""
    contexts: dict[str, float] = {}
    for hit in hits:
        for heading in hit.passage.heading:
            use = library.headings.get(heading)
            if use is None or use.is_unique:  # "Side effects" in several documents names no subject
                contexts.setdefault(heading, 0.9)
        contexts[library.documents[hit.passage.document_id].title] = 1.0
    return contexts


def _is_rare(question: str, token: Token, library: Library) -> bool:
    if any(c.isdigit() for c in token.text):
        return any(c.isalpha() for c in token.text)  # "x.25", and no year
    zipf = frequency(token.text)
    is_capital = question[token.start].isupper() and any(c.isalnum() for c in question[: token.start])
    is_unknown = not library.pipeline.terms.frequency(token.stem)
    return is_capital or zipf < _RARE or (is_unknown and zipf < _UNKNOWN and len(token.text) > 3)


def _runs(question: str, words: Sequence[Token], chosen: Sequence[int]) -> list[tuple[int, ...]]:
    """Divide numbers of words into runs: words that follow each other without another word between them."""
    runs: list[list[int]] = []
    for i in chosen:
        is_next = runs and runs[-1][-1] == i - 1
        if is_next and _BESIDE.fullmatch(question[words[i - 1].end : words[i].start]):
            runs[-1].append(i)
        else:
            runs.append([i])
    return [tuple(run) for run in runs]


def _run(question: str, words: Sequence[Token], shared: Sequence[int]) -> tuple[int, ...]:
    """Return the longest run; words of a title that stand elsewhere in a question are chance."""
    return max(_runs(question, words, shared), key=lambda run: sum(9 - frequency(words[i].text) for i in run))


def _pair(
    question: str, words: Sequence[Token], best: _Name, names: Sequence[_Name], library: Library
) -> list[_Name]:
    """Return two names that are joined by "and", "or" or the like, in the order of the question."""
    for number in (best.tokens[-1] + 1, best.tokens[0] - 1):
        if not 0 <= number < len(words):
            continue
        left, right = sorted((number, best.tokens[-1] if number > best.tokens[-1] else best.tokens[0]))
        between = question[words[left].end : words[right].start]
        if not (_JOINED.search(between) and _JOINT.fullmatch(between)):
            continue
        run = _beyond(question, words, number, 1 if number > best.tokens[-1] else -1)
        other = max((n for n in names if set(n.tokens) & set(run)), key=lambda n: n.strength, default=None)
        rarest = min(frequency(words[i].text) for i in run)
        if (other and other.strength >= _STRONG) or rarest < 4.3:
            second = _Name(run, other.strength if other else 0.7)
            return [best, second] if number > best.tokens[-1] else [second, best]
    return []


def _beyond(question: str, words: Sequence[Token], first: int, step: int) -> tuple[int, ...]:
    """Return the run of words that starts at a word and goes on in one direction."""
    run = [first]
    while 0 <= (following := run[-1] + step) < len(words) and len(run) < 3:
        left, right = sorted((run[-1], following))
        if question[words[left].end : words[right].start].strip():
            break
        run.append(following)
    return tuple(sorted(run))


def _subject(
    question: str, words: Sequence[Token], name: _Name, hits: Sequence[Hit], library: Library
) -> Subject:
    chosen = [words[i] for i in name.tokens]
    wanted = frozenset(token.stem for token in chosen)
    start = chosen[0].start
    if article := _ARTICLE.search(question, 0, start):
        start = article.start()
    text = question[start : chosen[-1].end]
    about = _about(wanted, hits, library)
    rarest = max(library.pipeline.terms.idf(stem) for stem in wanted)
    if name.is_title and name.strength >= _STRONG and rarest >= _EVERYWHERE:
        # Other documents mention it; what they say there is mostly about something else.
        about = replace(about, in_text=False)
    return Subject(text, wanted, about, name.strength)


def _about(wanted: frozenset[str], hits: Sequence[Hit], library: Library) -> About:
    """Find the documents and sections that are about something, given the stems of its name."""
    documents: set[int] = set()
    stretches: set[tuple[int, int, int]] = set()
    sections: set[tuple[int, tuple[str, ...]]] = set()
    naming: dict[int, int] = {}
    for hit in hits:
        passage = hit.passage
        titled = set(stems(library.documents[passage.document_id].title))
        if wanted <= titled:
            documents.add(passage.document_id)
        elif path := _naming_path(wanted - titled, passage.heading):
            sections.add((passage.document_id, path))
        if wanted <= titled | set(stems(passage.text)) | set(stems(" ".join(passage.heading))):
            naming[passage.document_id] = naming.get(passage.document_id, 0) + 1
    for document, count in naming.items():
        in_document = min(len(hits), library.passage_counts[document])
        if count >= _CONCENTRATED * sum(naming.values()) and count >= _THROUGHOUT * in_document:
            documents.add(document)
    if hits and hits[0].passage.document_id not in documents | {document for document, _ in sections}:
        first = hits[0].passage
        stretches.add((first.document_id, max(0, first.start - _AROUND), first.end + _AROUND))
    return About(frozenset(documents), frozenset(sections), frozenset(stretches), wanted)


def _naming_path(wanted: frozenset[str], heading: Sequence[str]) -> tuple[str, ...]:
    """Return the path down to the first heading that completes a name; empty if none does."""
    left = set(wanted)
    for depth, text in enumerate(heading, 1):
        before = len(left)
        left -= set(stems(text))
        if not left and before:
            return tuple(heading[:depth])
    return ()
