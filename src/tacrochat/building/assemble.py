"""Documents that were read → the contents of one index generation: numbered, embedded, whole."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tacrochat.building.duplicates import originals
from tacrochat.building.embed import EmbeddingCache, text_key
from tacrochat.building.passages import context as context_of
from tacrochat.building.read import ReadDocument
from tacrochat.index.contents import Contents, FileRecord
from tacrochat.index.terms import TermTable
from tacrochat.index.vectors import VectorIndex
from tacrochat.types import Copy, Document, Passage, Skipped


def assemble(
    read: Sequence[ReadDocument],
    files: Sequence[FileRecord],
    skipped: Sequence[Skipped],
    cache: EmbeddingCache,
) -> Contents:
    """Give everything its number and each text its vector."""
    documents = [replace(r.document, id=number) for number, r in enumerate(read)]
    sections = [replace(s, document_id=n) for n, r in enumerate(read) for s in r.sections]
    every = [replace(p, document_id=n, copies=()) for n, r in enumerate(read) for p in r.passages]
    passages, repeated, contexts = _indexed_once(documents, every)
    terms = TermTable.build(passages, contexts)
    texts = cache.texts(passages, contexts)
    keys = [[text_key(text) for text in row] for row in texts]
    found, words = cache.of_texts(passages, texts, keys)
    return Contents(
        documents=documents,
        files=files,
        sections=sections,
        passages=passages,
        repeated=repeated,
        keys=keys,
        terms=terms,
        skipped=skipped,
        spaces={
            "passages": VectorIndex.build(np.stack([found[row[0]] for row in keys])),
            "sentences": VectorIndex.build(np.stack([found[k] for row in keys for k in row[1:]])),
        },
        words=np.concatenate(words),
    )


def _indexed_once(
    documents: Sequence[Document], every: Sequence[Passage]
) -> tuple[list[Passage], list[tuple[Passage, int]], list[str]]:
    """Part passages into those to index, with their contexts, and those that repeat one."""
    repeats = originals(every, [d.text for d in documents])
    number = {p: n for n, p in enumerate(p for p in range(len(every)) if p not in repeats)}
    places: dict[int, list[Copy]] = {}
    contexts = {p: [context_of(documents[every[p].document_id], every[p].heading)] for p in number}
    for position, original in repeats.items():
        passage = every[position]
        document = documents[passage.document_id]
        place = f"{' '.join(document.path.split())}, {document.place(passage.start)}"
        places.setdefault(original, []).append(Copy(document.path, place))
        contexts[original].append(context_of(document, passage.heading))
    passages = [replace(every[p], id=n, copies=tuple(places.get(p, ()))) for p, n in number.items()]
    repeated = [(replace(every[p], id=-1), number[original]) for p, original in repeats.items()]
    joined = [" · ".join(dict.fromkeys(filter(None, contexts[p]))) for p in number]
    return passages, repeated, joined
