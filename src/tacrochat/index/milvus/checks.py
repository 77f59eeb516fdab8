"""Check all of an index in Milvus: the rows against the manifest, and each against the others."""

from tacrochat.errors import IndexCorrupt
from tacrochat.index.embedded import text_key
from tacrochat.index.milvus import layout
from tacrochat.index.milvus.client import Client
from tacrochat.index.milvus.digest import RowsDigest
from tacrochat.index.milvus.items import Items
from tacrochat.index.milvus.layout import Layout, Names
from tacrochat.index.milvus.record import GenerationRecord, reading
from tacrochat.index.milvus.rows import read_row
from tacrochat.index.protocol import Index

_AT_ONCE = 200  # rows of one request: 40 MB at most


def damaged(address: str, names: Names, record: GenerationRecord, client: Client) -> list[str]:
    """Name the collections whose rows are not those that were written."""
    found = []
    for kind, fields in _layouts(record).items():
        name = getattr(names, kind)
        digest = RowsDigest(fields.names)
        for row in client.every(name, fields.names, _AT_ONCE):
            if kind != "items" or not str(row["key"]).startswith("manifest/"):
                digest.add(row)
        if digest.facts() != dict(record.manifest.files[kind]):
            found.append(f"the collection {name} of {address}")
    return found


def problems(index: Index, names: Names, client: Client, items: Items) -> list[str]:
    """Return a line for each thing that does not fit the others."""
    found = []
    try:
        _check_documents(index)
        with reading(index.address, "a passage"):
            _check_passages(index, names, client, items)
        with reading(index.address, "a sentence"):
            _check_sentences(index, names, client)
        _ = index.skipped
        index.files()
        index.headings()
        index.terms.near("")
    except IndexCorrupt as error:
        found.append(str(error))
    return found


def _check_documents(index: Index) -> None:
    """Read every document, with all that belongs to it."""
    sizes = []
    for document in index.documents:
        sizes.append(len(document.text))
        index.boxes(document.id)
        index.repeated(document.id)
    with reading(index.address, "a document"):
        if any(section.end > sizes[section.document_id] for section in index.sections()):
            raise ValueError("the offsets of sections")


def _check_passages(index: Index, names: Names, client: Client, items: Items) -> None:
    """Compare every passage with its document."""
    fields = layout.passages(len(index.passages), index.dimension)
    for stored in client.every(names.passages, fields.names, _AT_ONCE):
        passage = read_row(stored, items, index.dimension).passage
        text = index.documents[passage.document_id].text
        if text[passage.start : passage.end] != passage.text:
            raise ValueError(f"passage {passage.id} is not the text of its document")
        if passage.id not in index.passage_ids_of(passage.document_id):
            raise ValueError(f"passage {passage.id} is not among those of its document")


def _check_sentences(index: Index, names: Names, client: Client) -> None:
    """Compare the keys of sentences with their texts."""
    expected: dict[int, list[str]] = {}
    for passage in index.passages:
        texts = (passage.text[a - passage.start : b - passage.start] for a, b in passage.sentences)
        expected[passage.id] = sorted(text_key(text) for text in texts)
    stored: dict[int, list[str]] = {}
    for row in client.every(names.sentences, ["id", "passage", "key"], 10 * _AT_ONCE):
        stored.setdefault(row["passage"], []).append(row["key"])
    if {number: sorted(keys) for number, keys in stored.items()} != expected:
        raise ValueError("the sentences are not those of the passages")


def _layouts(record: GenerationRecord) -> dict[str, Layout]:
    numbers = record.numbers
    return {
        "items": layout.items(),
        "passages": layout.passages(numbers["passages"], numbers["dimension"]),
        "sentences": layout.sentences(numbers["sentences"], numbers["dimension"]),
    }
