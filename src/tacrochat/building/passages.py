"""Cut a document into sections and passages: paragraph-sized, whole sentences, never across a heading."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeAlias

from tacrochat.text import PARAGRAPH_BREAK, heading_text, sentences, trim
from tacrochat.types import COLUMNS_LEVEL, QUOTABLE, Block, Document, Passage, Section, Span

Paragraph: TypeAlias = list[Span]
"""The sentences of a paragraph; of a list or table, one line."""

_MARK = re.compile(r"(?:[-*+•‣◦·–]|\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,5})[.)])\s")
_MAX_LINE = 400  # code points; a longer "line" of a list is a paragraph, and is cut at sentence ends


class TokenCounter(Protocol):
    """A function that counts the word pieces of texts, special tokens left out."""

    def __call__(self, texts: list[str]) -> list[int]:
        """Return the count of each text."""
        ...


def sections(document: Document, blocks: Iterable[Block]) -> list[Section]:
    """Gather neighbouring blocks with one role under one heading path.

    A heading path leaves out a first element that only repeats the document's
    title, or the last part of a title such as "Book › Chapter". Headings and
    front matter become sections too, so that the sections of a document leave
    out nothing but white space.
    """
    title = document.title.casefold()
    path: list[tuple[int, str]] = []
    result: list[Section] = []
    for block in blocks:
        if block.role == "heading":
            words = " ".join(heading_text(document.text[block.start : block.end]).split())
            path = [(level, name) for level, name in path if level < block.level]
            path.append((block.level, words))
        elif path and path[-1][0] == COLUMNS_LEVEL and block.role != "metadata" and not block.level:
            path.pop()
        heading = tuple(name for _, name in path)
        if heading and heading[0].casefold() in {title, title.rpartition(" › ")[2]}:
            heading = heading[1:]
        last = result[-1] if result else None
        same = last and (last.role, last.heading, last.reason) == (block.role, heading, block.reason)
        if last and same and block.role not in {"heading", "row"}:
            result[-1] = Section(document.id, heading, last.start, block.end, block.role, block.reason)
        else:
            result.append(Section(document.id, heading, block.start, block.end, block.role, block.reason))
    return result


def paragraphs(text: str, sections: Iterable[Section]) -> list[list[Paragraph]]:
    """List the paragraphs of each section of a text; none for one that is not quoted."""
    return [_paragraphs(text, section) if section.role in QUOTABLE else [] for section in sections]


def passages(
    document: Document,
    sections: Sequence[Section],
    paragraphs: Sequence[Sequence[Paragraph]],
    count_tokens: TokenCounter,
    *,
    max_tokens: int,
    min_tokens: int,
) -> list[Passage]:
    """Cut the quotable sections of a document into passages, ids counting from 0.

    ``paragraphs`` are those of each section. Sizes are in word pieces.
    Paragraphs below ``min_tokens`` are joined with their neighbours in the same
    section, a list with the sentence that introduces it. Paragraphs above
    ``max_tokens`` are cut at sentence ends into parts of about even size. Only a
    single sentence that is longer makes a passage above ``max_tokens``: sentences
    are never cut.
    """
    flat = [span for section in paragraphs for paragraph in section for span in paragraph]
    sizes = dict(zip(flat, count_tokens([document.text[a:b] for a, b in flat]), strict=True))
    of_section = {
        section: _kept_whole(section, found, sizes, max_tokens)
        for section, found in zip(sections, paragraphs, strict=True)
    }
    units = [
        (group[0].heading, _with_lead_ins(document.text, unit, sizes, max_tokens, min_tokens), group[0].role)
        for group in _runs(sections)
        if (unit := [paragraph for section in group for paragraph in of_section[section]])
    ]
    result: list[Passage] = []
    for heading, unit, role in units:
        for part in _parts(unit, sizes, max_tokens, min_tokens):
            start, end = part[0][0], part[-1][1]
            text = document.text[start:end]
            result.append(Passage(len(result), document.id, heading, start, end, text, role, tuple(part)))
    return result


def context(document: Document, heading: Sequence[str]) -> str:
    """Return title and headings of a passage: they are embedded with it, never quoted.

    A title without letters, such as a file's number, says nothing and is left out.
    """
    return " › ".join(part for part in (document.title, *heading) if any(c.isalpha() for c in part))


def _runs(sections: Iterable[Section]) -> Iterator[list[Section]]:
    """Group neighbouring quotable sections under one heading; a row is always a group of its own."""
    run: list[Section] = []
    for section in sections:
        alone = "row" in {section.role, *(last.role for last in run[-1:])}
        if section.role not in QUOTABLE or (run and (alone or run[-1].heading != section.heading)):
            if run:
                yield run
            run = []
        if section.role in QUOTABLE:
            run.append(section)
    if run:
        yield run


def _paragraphs(text: str, section: Section) -> list[Paragraph]:
    """List the paragraphs of a section, each as its sentences (its lines, in a list or table)."""
    if section.role == "body":
        return [
            spans
            for a, b in _split_at(text, section.start, section.end, PARAGRAPH_BREAK)
            if (spans := sentences(text, a, b))
        ]
    units: list[Paragraph] = []
    lines = _split_at(text, section.start, section.end, re.compile(r"\n"))
    for a, b in _items(text, lines) if section.role == "list" else lines:
        first, last = trim(text, a, b)
        if "\n" in text[first:last]:
            units.append(sentences(text, first, last))
        elif last - first > _MAX_LINE:
            units.extend([span] for span in sentences(text, first, last))
        elif first < last:
            units.append([(first, last)])
    # The lines of a row are one paragraph: they are parted only where it is too long for a passage.
    return [[span for unit in units for span in unit]] if section.role == "row" and units else units


def _items(text: str, lines: Iterable[Span]) -> Iterator[Span]:
    """Join the lines of a list to items: a line that is indented further, without a mark, goes on.

    Lines of code between fences stay apart.
    """
    item: Span | None = None
    column = 0
    in_code = False
    for start, end in lines:
        first, last = trim(text, start, end)
        indent = len(text[text.rfind("\n", 0, first) + 1 : first].expandtabs())
        is_fence = text.startswith(("```", "~~~"), first)
        goes_on = first < last and indent > column and not (in_code or is_fence)
        if item is not None and goes_on and not _MARK.match(text, first):
            item = (item[0], last)
            continue
        if item is not None:
            yield item
        item = (first, last) if first < last else None
        column = indent
        in_code ^= is_fence
    if item is not None:
        yield item


def _kept_whole(
    section: Section, paragraphs: Sequence[Paragraph], sizes: dict[Span, int], max_tokens: int
) -> Sequence[Paragraph]:
    """Join the lines of a table or of preformatted text to one paragraph, if they fit in a passage."""
    lines = [span for paragraph in paragraphs for span in paragraph]
    fits = section.role == "table" and sum(sizes[span] for span in lines) <= max_tokens
    return [lines] if fits and lines else paragraphs


def _with_lead_ins(
    text: str, paragraphs: Sequence[Paragraph], sizes: dict[Span, int], max_tokens: int, min_tokens: int
) -> list[Paragraph]:
    """Join a short paragraph that ends with a colon to the one after it, if both fit in a passage."""
    result: list[Paragraph] = []
    size, announces = 0, False
    for paragraph in paragraphs:
        own = sum(sizes[span] for span in paragraph)
        if announces and size + own <= max_tokens:
            result[-1] = [*result[-1], *paragraph]
            announces = False
            continue
        result.append(paragraph)
        size, announces = own, own < min_tokens and text[paragraph[-1][1] - 1] == ":"
    return result


def _split_at(text: str, start: int, end: int, pattern: re.Pattern[str]) -> Iterator[Span]:
    position = start
    for match in pattern.finditer(text, start, end):
        yield position, match.start()
        position = match.end()
    yield position, end


def _parts(
    paragraphs: Iterable[Paragraph], sizes: dict[Span, int], max_tokens: int, min_tokens: int
) -> Iterator[list[Span]]:
    """Join small paragraphs, cut large ones, keep the rest as they are."""
    pending: list[Span] = []
    pending_size = 0
    for paragraph in paragraphs:
        size = sum(sizes[s] for s in paragraph)
        if pending and (pending_size + size > max_tokens or min(pending_size, size) >= min_tokens):
            yield from _even(pending, sizes, max_tokens)
            pending, pending_size = [], 0
        pending.extend(paragraph)
        pending_size += size
    if pending:
        yield from _even(pending, sizes, max_tokens)


def _even(spans: list[Span], sizes: dict[Span, int], max_tokens: int) -> Iterator[list[Span]]:
    """Cut a run of sentences into the fewest parts below ``max_tokens``, of about even size."""
    total = sum(sizes[s] for s in spans)
    goal = total / max(1, -(-total // max_tokens))
    part: list[Span] = []
    size = 0
    for span in spans:
        grown = size + sizes[span]
        # Close the part when the next sentence overflows it, or takes it further
        # past the goal than it now falls short.
        if part and (grown > max_tokens or grown - goal > goal - size):
            yield part
            part, grown = [], sizes[span]
        part.append(span)
        size = grown
    if part:
        yield part
