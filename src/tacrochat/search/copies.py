"""The same text in documents of several segments, shown once.

Within a segment the same text is indexed once, see ``building.duplicates``.
Segments are written at different times, so the same text may stand in two.
"""

from collections.abc import Sequence
from dataclasses import replace

from tacrochat.index.protocol import Index
from tacrochat.types import Copy, Hit

MIN_WORDS = 30
"""Shorter passages count as the same only in documents that are the same throughout.

"Apply twice a day." in two leaflets is about two medicines; an equal paragraph is a copy."""


def shown_once(hits: Sequence[Hit], store: Index) -> list[Hit]:
    """Leave out hits with the text of a better one, and name their documents with that one."""
    if not store.has_copies_apart:
        return list(hits)
    first: dict[tuple[str, str], int] = {}
    result: list[Hit] = []
    for hit in hits:
        passage, document = hit.passage, store.documents[hit.passage.document_id]
        words = passage.text.split()
        same_in = "" if len(words) >= MIN_WORDS else document.digest
        at = first.setdefault((same_in, " ".join(words)), len(result))
        if at == len(result) or result[at].passage.document_id == passage.document_id:
            result.append(hit)
            continue
        kept = result[at].passage
        copies = (*kept.copies, Copy.of(document, passage.start), *passage.copies)
        result[at] = replace(result[at], passage=replace(kept, copies=copies))
    return result
