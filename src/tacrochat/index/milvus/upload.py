"""Write a generation into Milvus, from the segments that a build has written on this machine."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tacrochat.index.embedded import text_key
from tacrochat.index.lexical import HEADING_WEIGHT, K1, B
from tacrochat.index.milvus import layout
from tacrochat.index.milvus.client import Client
from tacrochat.index.milvus.digest import RowsDigest
from tacrochat.index.milvus.documents import about_value, files_value, item_values, skipped_value
from tacrochat.index.milvus.items import item_rows, json_value
from tacrochat.index.milvus.layout import Layout, Names
from tacrochat.index.milvus.packing import PackedWords
from tacrochat.index.milvus.rows import repeated_value, row_values
from tacrochat.index.milvus.terms import block_of, blocks_for
from tacrochat.index.parts import Part
from tacrochat.index.store import Store

_BATCH_BYTES = 8_000_000  # of one insert; Milvus takes 64 MB
_TIMES = np.iinfo(np.uint16).max  # how often a term is counted in one passage, as in postings


class Inserter:
    """Inserts rows into one collection in batches, and sums up their digest."""

    def __init__(self, client: Client, name: str, fields: Layout) -> None:
        """Create the collection."""
        client.create(name, fields)
        self.digest = RowsDigest(fields.names)
        self._client = client
        self._name = name
        self._rows: list[Mapping[str, Any]] = []
        self._bytes = 0

    def add(self, row: Mapping[str, Any], *, counted: bool = True) -> None:
        """Insert a row, soon; ``counted``: it is a part of the digest."""
        if counted:
            self.digest.add(row)
        self._rows.append(row)
        self._bytes += sum(_size(value) for value in row.values())
        if self._bytes > _BATCH_BYTES:
            self._insert()

    def close(self) -> None:
        """Insert what is left, and make sure that it is on the disk."""
        self._insert()
        self._client.flush(self._name)

    def _insert(self) -> None:
        if self._rows:
            self._client.insert(self._name, self._rows)
        self._rows, self._bytes = [], 0


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode())
    return 16 * len(value) if isinstance(value, Mapping) else int(np.asarray(value).nbytes)


class Upload:
    """One generation on its way into Milvus: everything but the manifest."""

    def __init__(self, client: Client, names: Names, staged: Store) -> None:
        """Name the index on this machine, of which no document is gone, and create the collections."""
        self._staged = staged
        self._vocabulary = _Vocabulary(staged.parts)
        segments = [part.segment for part in staged.parts]
        self._sentence_count = sum(segment.record.sentences for segment in segments)
        count, width = len(staged.passages), staged.dimension
        self.items = Inserter(client, names.items, layout.items())
        self._passages = Inserter(client, names.passages, layout.passages(count, width))
        self._sentences = Inserter(client, names.sentences, layout.sentences(self._sentence_count, width))
        self._repeated = 0

    def write(self) -> None:
        """Write all rows but the manifest."""
        self._write_documents()
        for part in self._staged.parts:
            self._write_passages(part)
        for key, value in self._vocabulary.blocks(self._staged):
            self._item(key, value)
        uses = self._staged.headings()
        self._item(
            "headings", json_value({h: [u.document_id, u.characters, u.is_unique] for h, u in uses.items()})
        )
        self._item("files", files_value(list(self._staged.files().values())))
        self._item("skipped", json_value(skipped_value(self._staged.skipped)))

    def close(self) -> None:
        """Make sure that all is on the disk; the manifest has been added to ``items`` before."""
        for inserter in (self._sentences, self._passages, self.items):
            inserter.close()

    def facts(self) -> dict[str, Any]:
        """Return the number of rows and the digest of each collection."""
        return {
            "items": self.items.digest.facts(),
            "passages": self._passages.digest.facts(),
            "sentences": self._sentences.digest.facts(),
        }

    def numbers(self) -> dict[str, Any]:
        """Return the counts and means that the manifest keeps."""
        staged = self._staged
        return {
            "dimension": staged.dimension,
            "documents": len(staged.documents),
            "passages": len(staged.passages),
            "sentences": self._sentence_count,
            "repeated": self._repeated,
            "segments": len(staged.parts),
            "blocks": self._vocabulary.block_count,
            "mean_length": staged.mean_length,
        }

    def _item(self, key: str, value: str) -> None:
        for row in item_rows(key, value):
            self.items.add(row)

    def _write_documents(self) -> None:
        copies: dict[int, list[Any]] = {}
        for document in self._staged.documents:
            repeated = [repeated_value(*pair) for pair in self._staged.repeated(document.id)]
            for one in repeated:
                copies.setdefault(one[3], []).append(one)
            self._repeated += len(repeated)
            about = about_value(
                document, self._staged.sections(document.id), self._staged.passage_ids_of(document.id)
            )
            boxes = self._staged.packed_boxes(document.id)
            for key, value in item_values(document, about, boxes, repeated):
                self._item(key, value)
            self._item(f"path/{text_key(document.path)}", str(document.id))
        for original, values in copies.items():
            self._item(f"copies/{original}", json_value(values))

    def _write_passages(self, part: Part) -> None:
        segment, ids = part.segment, self._vocabulary.ids_of(part)
        passage_keys, sentence_keys = segment.arrays["passage.key"], segment.arrays["sentence.key"]
        vectors, sentences = segment.spaces["passages"], segment.spaces["sentences"]
        offset = sum(p.segment.record.sentences for p in self._staged.parts[: self._staged.parts.index(part)])
        for row in range(segment.record.passages):
            passage = self._staged.passages[part.first_passage + row]
            first, last = segment.terms.sentence_offsets[row : row + 2].tolist()
            words = _packed_words(part, row, ids)
            values, long = row_values(passage, words)
            values["key"] = passage_keys[row].tobytes().hex()
            values["terms"] = self._weights(words)
            values["vector"] = vectors.vectors(slice(row, row + 1))[0]
            self._passages.add(values)
            for key, value in long.items():
                self._item(key, value)
            for number, vector in zip(range(first, last), sentences.vectors(slice(first, last)), strict=True):
                self._sentences.add(
                    {
                        "id": offset + number,
                        "passage": passage.id,
                        "document": passage.document_id,
                        "key": sentence_keys[number].tobytes().hex(),
                        "vector": vector,
                    }
                )

    def _weights(self, words: PackedWords) -> dict[int, float]:
        """Return the weight of BM25 of each term of a passage, see ``index.lexical``.

        Terms count from 1: a passage without any has the weight of a term that no question has.
        """
        times: dict[int, float] = {}
        for ids, weight in ((words.body, 1.0), (words.heading, HEADING_WEIGHT)):
            for term, count in zip(*np.unique(ids, return_counts=True), strict=True):
                times[int(term)] = times.get(int(term), 0.0) + weight * min(int(count), _TIMES)
        length = len(words.body) + len(words.heading)
        norm = K1 * (1 - B + B * length / self._staged.terms.mean_size)
        return {term + 1: n * (K1 + 1) / (n + norm) for term, n in times.items()} or {0: 1e-6}


def _packed_words(part: Part, row: int, ids: np.ndarray[Any, np.dtype[np.int32]]) -> PackedWords:
    segment, terms = part.segment, part.segment.terms
    first, last = terms.sentence_offsets[row : row + 2].tolist()
    body_at = terms.body_offsets[first : last + 1]
    word_at = terms.word_offsets[first : last + 1]
    context = int(terms.contexts[row])
    heading = terms.heading[slice(*terms.heading_offsets[context : context + 2].tolist())]
    codes, step = segment.spaces["sentences"].codes(np.arange(first, last))
    return PackedWords(
        body=ids[terms.body[body_at[0] : body_at[-1]]],
        heading=ids[heading],
        codes=segment.word_codes[word_at[0] : word_at[-1]],
        body_offsets=body_at - body_at[0],
        word_offsets=word_at - word_at[0],
        sentences=codes,
        step=step,
    )


class _Vocabulary:
    """All stems of all segments, each with an id and its commonest spelling in the first that has it."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._ids: dict[str, int] = {}
        self._words: list[str] = []
        self._parts = parts
        self._navigation = {stem for part in parts for stem in part.segment.terms.navigation}
        for part in parts:
            for stem, word in zip(part.segment.terms.stems, part.segment.terms.words, strict=True):
                if self._ids.setdefault(stem, len(self._ids)) == len(self._words):
                    self._words.append(word)
        self.block_count = blocks_for(len(self._ids.keys() | self._navigation))

    def ids_of(self, part: Part) -> np.ndarray[Any, np.dtype[np.int32]]:
        """Return the id of each term of a segment."""
        return np.asarray([self._ids[stem] for stem in part.segment.terms.stems], np.int32)

    def blocks(self, staged: Store) -> Iterator[tuple[str, str]]:
        """Yield the blocks of stems, each by its key, see ``terms``."""
        blocks: list[dict[str, list[Any]]] = [{} for _ in range(self.block_count)]
        for stem in self._ids.keys() | self._navigation:
            number, in_navigation = self._ids.get(stem, -1), stem in self._navigation
            frequency, in_body = staged.terms.counts(stem) if number >= 0 else (0, 0)
            word = self._words[number] if number >= 0 else ""
            blocks[block_of(stem, self.block_count)][stem] = [number, frequency, in_body, word, in_navigation]
        for number, block in enumerate(blocks):
            yield f"terms/{number}", json_value(dict(sorted(block.items())))
