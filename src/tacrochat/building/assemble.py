"""The documents that were read → the contents of one segment, with ids and vectors."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tacrochat.building.duplicates import originals
from tacrochat.building.embed import EmbeddingCache
from tacrochat.building.passages import context as context_of
from tacrochat.building.read import ReadDocument
from tacrochat.index.contents import SegmentContents
from tacrochat.index.embedded import text_key
from tacrochat.types import Document, Passage


def assemble(read: Sequence[ReadDocument], cache: EmbeddingCache) -> SegmentContents:
    """Give documents and passages their numbers in the segment, and texts their vectors."""
    documents = [replace(r.document, id=number) for number, r in enumerate(read)]
    sections = [replace(s, document_id=n) for n, r in enumerate(read) for s in r.sections]
    all_passages = [replace(p, document_id=n, copies=()) for n, r in enumerate(read) for p in r.passages]
    passages, repeated, contexts = _indexed_once(documents, all_passages)
    texts = cache.texts(passages, contexts)
    keys = [[text_key(text) for text in of_passage] for of_passage in texts]
    vectors, word_codes = cache.of_texts(passages, texts, keys)
    return SegmentContents(
        documents=documents,
        sections=sections,
        passages=passages,
        repeated=repeated,
        contexts=contexts,
        keys=keys,
        boxes={number: r.boxes for number, r in enumerate(read) if r.boxes},
        vectors=np.stack([vectors[key] for key, *_ in keys]),
        sentence_vectors=np.stack([vectors[key] for _, *rest in keys for key in rest]),
        word_codes=np.concatenate(word_codes),
    )


def _indexed_once(
    documents: Sequence[Document], passages: Sequence[Passage]
) -> tuple[list[Passage], list[tuple[Passage, int]], list[str]]:
    """Separate the passages to index from those that repeat one.

    Returns the passages to index, the others each with the id of the one it
    repeats, and the context of each passage to index: that of its document, and
    those of the documents that repeat it.
    """
    repeats = originals(passages, [document.text for document in documents])
    ids = {p: n for n, p in enumerate(p for p in range(len(passages)) if p not in repeats)}
    contexts = {p: [context_of(documents[passages[p].document_id], passages[p].heading)] for p in ids}
    for position, original in repeats.items():
        passage = passages[position]
        contexts[original].append(context_of(documents[passage.document_id], passage.heading))
    indexed = [replace(passages[p], id=n) for p, n in ids.items()]
    repeated = [(replace(passages[p], id=-1), ids[original]) for p, original in repeats.items()]
    joined = [" · ".join(dict.fromkeys(filter(None, contexts[p]))) for p in ids]
    return indexed, repeated, joined
