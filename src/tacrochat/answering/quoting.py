"""The one function that makes quotes, and checks them."""

from tacrochat.errors import QuoteError
from tacrochat.types import Document, Hit, Quote


def cut(document: Document, hit: Hit) -> Quote:
    """Cut a hit's passage out of its document, by offset.

    The text is sliced here, right before it is shown, and compared with the
    passage that was indexed: two copies that were stored apart must agree.

    Raises:
        QuoteError: they do not agree, or a highlight lies outside the quote.

    """
    passage = hit.passage
    text = document.text[passage.start : passage.end]
    outside = any(not passage.start <= a < b <= passage.end for a, b in hit.sentences)
    if text != passage.text or not text or outside or passage.document_id != document.id:
        raise QuoteError(
            f"{document.path}: the passage at {passage.start}–{passage.end} is not what was"
            " indexed; run 'tacrochat build --full'"
        )
    also = tuple(copy.label for copy in passage.copies)
    first = label(document, passage.heading, document.place(passage.start))
    return Quote(
        document_id=document.id,
        start=passage.start,
        end=passage.end,
        text=text,
        label=f"{first} (also: {'; '.join(also)})" if also else first,
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
        also=also,
    )


def label(document: Document, heading: tuple[str, ...], place: str) -> str:
    """Name a place: title › heading path, then the page, row or slide, or else the line."""
    return f"{' › '.join([document.title, *heading])}, {place}"
