"""The one function that makes quotes, and checks them."""

from tacrochat.errors import QuoteError
from tacrochat.types import Document, Hit, Passage, Quote


def cut(document: Document, hit: Hit) -> Quote:
    """Cut a hit's passage out of its document, by offset.

    The text is sliced here, right before it is shown, and compared with the
    passage that was indexed: two copies that were stored apart must agree.

    Raises:
        QuoteError: they do not agree, or a highlight lies outside the quote.

    """
    passage = hit.passage
    text = document.text[passage.start : passage.end]
    outside = any(not passage.start <= a < b <= passage.end for a, b in (*hit.sentences, *hit.answers))
    if text != passage.text or not text or outside or passage.document_id != document.id:
        place = f"{document.path}: the passage at {passage.start}–{passage.end}"
        raise QuoteError(f"{place} is not what was indexed; run 'tacrochat build --full'")
    return Quote(
        document_id=document.id,
        start=passage.start,
        end=passage.end,
        text=text,
        label=_label(document, passage),
        highlights=tuple(sorted(hit.sentences)),
        document=document.path,
        title=document.title,
        kind=document.kind,
        source=document.source,
        url=document.url,
        date=document.date,
        heading=passage.heading,
        page=document.page(passage.start),
        line=document.line(passage.start),
        score=hit.score,
        signals=hit.signals,
        also=tuple(copy.label for copy in passage.copies),
        kind_reason=document.kind_reason,
        answers=tuple(sorted(hit.answers)),
        language=document.language,
    )


def _label(document: Document, passage: Passage) -> str:
    """Name the place of a passage, and after it those of its copies."""
    first = label(document, passage.heading, document.place(passage.start))
    also = "; ".join(copy.label for copy in passage.copies)
    return f"{first} (also: {also})" if also else first


def label(document: Document, heading: tuple[str, ...], place: str) -> str:
    """Name a place: title › heading path, then the page, row or slide, or else the line."""
    return f"{' › '.join([document.title, *heading])}, {place}"
