"""An index in Milvus is the same index: the same documents, passages, searches, answers and checks.

One corpus is built into a folder, into a file of Milvus Lite, and into its server
in a process of its own; the folder is what the others are compared with.
"""

import json
import os
import shutil

import numpy as np
import pytest

import once
import tacrochat
from material import PAGES, ROOT, write_pages
from milvus_server import Remembering, client, free_port, generations, serving
from tacrochat.cli import main
from tacrochat.errors import IndexCorrupt, IndexFolderError, QuestionError
from tacrochat.index.milvus import layout
from tacrochat.index.milvus.address import Address, Connection
from tacrochat.index.milvus.client import Client
from tacrochat.index.milvus.items import Items, item_rows
from tacrochat.index.milvus.layout import Names
from tacrochat.index.milvus.packing import PackedWords, cut, escaped, unescaped
from tacrochat.index.milvus.rows import read_row, row_values
from tacrochat.types import Copy, Passage

PARAGRAPH = (
    "Lids close well if their rims are flat. Grind a rim on a stone until light no longer falls through, and"
    " oil it afterwards, or else it rusts within days. A lid that wobbles was made for another pot."
)
HOSTILE = (
    "Signs\n\nThe sign \u202eof\u202c the kettle is 𝔎 and \ufeff and \\u0000 and \\\\ and C:\\ud800\\x.\n\n"
    + "\n\n".join([PARAGRAPH] * 330)  # the same text is embedded once
    + "\n"
)
COPY = """# Care, once more

## Cleaning again

Rinse the kettle with warm water after each use. Do not scrub it with steel wool, because that scratches
the tin lining. A paste of salt and lemon juice removes dark spots within ten minutes.
"""
QUESTIONS = (
    "How often should the kettle be descaled?",
    "Which model can break?",
    "What removes dark spots?",
    "Is steel wool good for the kettle?",
    "Who invented the whistling kettle?",
    "What does the maker refund for a retruned kettle?",
    "What is the capital of Mongolia?",
    "How often is it descaled? And who sold 36,000 of them?",
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = write_pages(
        tmp_path_factory.mktemp("milvus") / "corpus", {**PAGES, "copy.md": COPY, "signs.txt": HOSTILE}
    )
    shutil.copy(ROOT / "tests" / "documents" / "narrow.pdf", folder)
    for path in folder.rglob("*"):
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return folder


@pytest.fixture(scope="module")
def folder(corpus, encoder, tmp_path_factory):
    return tacrochat.build(corpus, tmp_path_factory.mktemp("folder") / "index", encoder=encoder)


@pytest.fixture(scope="module")
def encoder():
    return Remembering(exported=once.exported_model())


@pytest.fixture(scope="module", autouse=True)
def work_folder(tmp_path_factory):
    """What a build for Milvus keeps on this machine is no business of the developer's home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    port = free_port()
    with serving(tmp_path_factory.mktemp("server") / "data", port):
        yield f"milvus+http://127.0.0.1:{port}"


@pytest.fixture(scope="module", params=["file", "server"])
def library(request, corpus, encoder, tmp_path_factory):
    """The corpus in Milvus; tests only read it."""
    address = f"milvus+file:{tmp_path_factory.mktemp('file') / 'index.db'}"
    if request.param == "server":
        address = f"{request.getfixturevalue('server')}/kettles"
    return tacrochat.build(corpus, address, encoder=encoder)


def shown(answer):
    quotes = (*answer.quotes, *answer.nearest)
    return (
        answer.status,
        answer.message,
        answer.missing_terms,
        [(q.text, q.label, q.document, q.heading, q.start, q.end, q.highlights) for q in quotes],
    )


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answers_are_those_of_the_folder(library, folder, question):
    ours, theirs = (tacrochat.Assistant(index).ask(question) for index in (folder, library))
    assert shown(theirs) == shown(ours)
    assert abs(theirs.confidence - ours.confidence) < 0.005


@pytest.mark.parametrize(
    "filters",
    [
        {"documents": ["copy.md"]},
        {"kinds": ["guideline"]},
        {"documents": ["notes/history.txt"], "kinds": ["unknown"]},
    ],
)
def test_filters_let_the_same_passages_pass(library, folder, filters):
    ours, theirs = (index.search("how is a kettle cleaned", 20, **filters) for index in (folder, library))
    assert [hit.passage for hit in theirs] == [hit.passage for hit in ours] != []
    assert [hit.sentences for hit in theirs] == [hit.sentences for hit in ours]
    with pytest.raises(QuestionError, match="no document"):
        library.search("kettle", documents=["nothing.md"])


def test_everything_comes_back_as_it_was_stored(library, folder, corpus):
    assert list(library.documents) == list(folder.documents)
    assert [library.documents[i] for i in range(len(folder.documents))] == list(folder.documents)
    assert library.passages[:] == folder.passages[:]
    assert library.sections() == folder.sections()
    assert library.sections(2) == folder.sections(2)
    assert library.passage_counts == folder.passage_counts
    assert library.quotable_sizes == folder.quotable_sizes
    assert library.headings == folder.headings
    assert library.skipped == folder.skipped
    assert library.file_sizes == folder.file_sizes
    assert library._store.files() == folder._store.files()
    np.testing.assert_array_equal(library.embeddings, folder.embeddings)
    for document in folder.documents:
        assert library.find_document(document.path) == document.id
        assert library.repeated(document.id) == folder.repeated(document.id)
        size = len(document.text)
        assert library.boxes(document.id, 0, size) == folder.boxes(document.id, 0, size)
    assert any(library.repeated(document.id) for document in folder.documents)
    assert any(library.boxes(document.id, 0, 500) for document in folder.documents)
    assert any(passage.copies for passage in library.passages)
    assert any(len(document.text) > 65_535 for document in library.documents)
    assert library.document("signs.txt").text == (corpus / "signs.txt").read_text("utf-8").removeprefix(
        "\ufeff"
    )
    assert library.find_document("\ud800") is None
    assert library.find_document('x" or key != "') is None


def test_searches_and_words_are_those_of_the_folder(library, folder):
    ours, theirs = folder._store, library._store
    vector = folder.embeddings[1]
    for space in ("passages", "sentences"):
        pairs = zip(theirs.nearest(space, vector, 9), ours.nearest(space, vector, 9), strict=True)
        assert all(abs(a[1] - b[1]) < 1e-4 for a, b in pairs)
    stems = ["kettl", "descal", "nowher"]
    ids, expected = theirs.find(vector, stems, 4), ours.find(vector, stems, 4)
    assert ids.tolist() == expected.tolist()
    for name in ("body", "heading", "codes", "passage_offsets", "body_offsets", "word_offsets"):
        one, other = (getattr(store.words(ids, stems), name) for store in (ours, theirs))
        np.testing.assert_array_equal(one, other, err_msg=name)
    for one, other in zip(
        ours.sentence_cosines(ids, vector), theirs.sentence_cosines(ids, vector), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-6)
    for stem in (*stems, "contact", "steel"):
        for ask in ("frequency", "idf", "is_in_body", "is_in_navigation"):
            assert getattr(theirs.terms, ask)(stem) == getattr(ours.terms, ask)(stem), (ask, stem)
    assert theirs.terms.near("descaled") == ours.terms.near("descaled") != {}
    assert theirs.mean_length == ours.mean_length


def test_an_answer_costs_few_requests(library, monkeypatch):
    """Two searches, the words, the passages, each quoted document; twice if nothing answers at first."""
    fresh = tacrochat.open(library.address)
    fresh._model.loaded = library._model.loaded
    assistant = tacrochat.Assistant(fresh)
    assistant.ask("Which model can break?")
    asked = []
    ask = type(fresh._store._client)._ask
    monkeypatch.setattr(
        type(fresh._store._client),
        "_ask",
        lambda self, name, *a, **o: asked.append(name) or ask(self, name, *a, **o),
    )
    answer = assistant.ask("Who invented the whistling kettle in 1923?")
    documents = len({quote.document for quote in answer.quotes})
    assert asked.count("search") == asked.count("hybrid_search") <= 2
    assert asked.count("query") <= 2 * (6 + documents)


def test_the_shell_has_the_same_verbs(library, corpus, tmp_path, capsys):
    index = ["--index", library.address]
    assert main(["info", *index]) == 0
    assert f"{library.address}: {len(library.documents)} documents" in capsys.readouterr().out
    assert main(["search", "dark spots", "-k", "2", *index]) == 0
    assert "lemon juice" in capsys.readouterr().out
    assert main(["ask", "--json", QUESTIONS[0], *index]) == 0
    saved = tmp_path / "answer.json"
    saved.write_text(capsys.readouterr().out, "utf-8")
    assert main(["verify", str(saved), *index]) == 0
    assert main(["verify", *index]) == 0
    assert "match the files" in capsys.readouterr().out
    questions = tmp_path / "questions.jsonl"
    questions.write_text(
        json.dumps({"id": "1", "question": QUESTIONS[0], "answerable": True, "answers": ["once a month"]})
    )
    assert main(["eval", str(questions), *index]) == 0
    capsys.readouterr()
    assert main(["build", "--json", *index]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["documents"], report["added"], report["changed"]) == (len(library.documents), 0, 0)


# --- builds ----------------------------------------------------------------------------------------


@pytest.fixture
def small(server, encoder, tmp_path, request):
    """A small corpus in an index of its own on the server."""
    corpus = write_pages(tmp_path / "corpus")
    for path in corpus.rglob("*"):
        os.utime(path, (1_600_000_000, 1_600_000_000))
    address = f"{server}/of_{abs(hash(request.node.name)) % 10**9}"

    def build(**options):
        return tacrochat.build(corpus, address, encoder=encoder, **options)

    build.corpus, build.address, build.name = corpus, address, address.rpartition("/")[2]
    return build


def test_a_refresh_reads_and_embeds_what_has_changed_only(small, encoder, monkeypatch):
    first = small()
    assert small().manifest.generation == first.manifest.generation, "nothing new publishes nothing"
    texts = []
    encode = type(encoder).encode
    monkeypatch.setattr(
        type(encoder),
        "encode",
        lambda self, some, **options: texts.extend(some) or encode(self, some, **options),
    )
    (small.corpus / "more.md").write_text("# Spouts\n\nA spout is soldered to the kettle with silver.\n")
    (small.corpus / "recall.md").unlink()
    second = small()
    assert (second.report.added, second.report.changed, second.report.removed) == (1, 0, 1)
    assert [text for text in texts if "spout" not in text] == []
    assert texts
    whole = tacrochat.build(small.corpus, small.corpus.parent / "index", encoder=encoder)
    assert list(second.documents) == list(whole.documents)
    assert second.passages[:] == whole.passages[:]
    np.testing.assert_allclose(second.embeddings, whole.embeddings, atol=2e-3)
    assert second.verify() == []
    assert first.reopen().manifest == second.manifest
    assert second.reopen() is second


def test_the_generation_before_stays_for_open_readers(small):
    current = first = small()
    for number in range(2):
        (small.corpus / f"{number}.md").write_text(
            f"# Number {number}\n\nThis page has the number {number}.\n"
        )
        reader, current = current, small()
        assert len(reader.search("kettle")) > 0, "the one before can still be read"
    assert generations(small.address, small.name) == {
        library.manifest.generation.removeprefix("generation-") for library in (reader, current)
    }
    with pytest.raises(IndexFolderError, match="has changed while it was read"):
        tacrochat.Library(first._store, first.settings, encoder=first.encoder).search("whistles")


def _row(library, kind, condition, fields):
    name = getattr(library._store.names, kind)
    (row,) = client(library.address).query(name, filter=condition, output_fields=fields)
    return name, row


def test_verify_finds_what_was_changed_in_milvus(small, capsys):
    library = small()
    name, row = _row(library, "passages", "id == 0", ["*"])
    client(library.address).upsert(name, [{**row, "text": row["text"].replace("water", "brandy")}])
    problems = tacrochat.open(small.address).verify()
    assert any(name in problem for problem in problems)
    assert any("passage 0" in problem and "--full" in problem for problem in problems)
    client(library.address).upsert(name, [{**row, "about": row["about"][:-3]}])
    with pytest.raises(IndexCorrupt, match=r"a passage .* is damaged"):
        tacrochat.open(small.address).passages[0]
    assert main(["ask", "Which model can break?", "--index", small.address]) == 1
    assert "tacrochat build --full" in capsys.readouterr().err
    again = small(full=True)
    assert again.verify() == []


def test_a_changed_text_is_not_carried_over_by_a_refresh(small):
    library = small()
    document = library.find_document("care.md")
    name, row = _row(library, "items", f'key == "text/{document}/0"', ["*"])
    client(library.address).upsert(name, [{**row, "data": row["data"].replace("water", "vodka")}])
    (small.corpus / "more.md").write_text("# Spouts\n\nA spout is soldered to the kettle with silver.\n")
    again = small()
    assert "vodka" not in again.document("care.md").text
    assert again.verify() == []


def test_many_vectors_are_found_by_a_graph(small, folder, corpus, encoder, monkeypatch):
    monkeypatch.setattr(layout, "EXACT_UP_TO", 10)
    library = tacrochat.build(corpus, small.address, encoder=encoder)
    (index,) = [
        client(small.address).describe_index(library._store.names.sentences, field)
        for field in client(small.address).list_indexes(library._store.names.sentences)
        if field == "vector"
    ]
    assert index["index_type"] == "HNSW"
    for question in QUESTIONS[:3]:
        ours, theirs = (tacrochat.Assistant(one).ask(question) for one in (folder, library))
        assert shown(theirs) == shown(ours)


def test_verify_finds_a_row_that_is_gone_and_a_changed_file(small):
    library = small()
    client(library.address).delete(library._store.names.sentences, ids=[0])
    (small.corpus / "recall.md").write_text("# Other\n\nOther text.\n")
    problems = tacrochat.open(small.address).verify()
    assert any("_sentences" in problem for problem in problems)
    assert any("recall.md has changed" in problem for problem in problems)


def test_a_changed_manifest_is_told(small):
    library = small()
    name, row = _row(library, "items", 'key == "manifest/0"', ["*"])
    client(library.address).upsert(name, [{**row, "data": row["data"].replace('"passages"', '"passagez"')}])
    with pytest.raises(IndexCorrupt, match=r"the manifest of .* is damaged"):
        tacrochat.open(small.address)


def test_a_name_that_is_somebody_elses_is_left_alone(small):
    theirs = client(small.address)
    theirs.create_collection(small.name, dimension=4)
    with pytest.raises(IndexFolderError, match="a collection that is no index of tacrochat"):
        small()
    assert small.name in theirs.list_collections()


# --- texts as Milvus holds them -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "a\0b",
        "\ud800",
        "\udfff\udc00x",
        "\\",
        "\\\\u0000",
        "\\u0000",
        "𝔎\u202e\ufeff",
        "\\ud800\ud800",
    ],
)
def test_any_text_is_stored_and_comes_back(text):
    stored = escaped(text)
    assert unescaped(stored) == text
    assert "\0" not in stored
    stored.encode("utf-8")


@pytest.mark.parametrize("letter", ["a", "é", "ａ", "𝔎"])
@pytest.mark.parametrize("more", [-1, 0, 1, 70_000])
def test_long_texts_are_cut_between_characters(letter, more):
    text = "b" + letter * ((65_535 + more) // len(letter.encode()))
    parts = cut(text)
    assert "".join(parts) == text
    assert all(len(part.encode()) <= 65_535 for part in parts)
    assert len(parts) == -(-len(text.encode()) // 65_535) or letter != "a"


def test_a_passage_longer_than_a_field_is_continued_elsewhere(server):
    text = "é\0" * 50_000
    passage = Passage(
        7, 3, ("h" * 70_000, "\ud800"), 5, 5 + len(text), text, "body", ((5, 9),), (Copy("a", "b"),)
    )
    numbers = np.arange(30_000, dtype=np.int32)
    words = PackedWords(
        body=numbers,
        heading=numbers[:2],
        codes=np.full((3, 3), 200, np.uint8),
        body_offsets=np.asarray([0, 30_000], np.int32),
        word_offsets=np.asarray([0, 3], np.int32),
        sentences=np.full((1, 4), 127, np.uint8),
        step=0.5,
    )
    values, long = row_values(passage, words)
    assert {key.rpartition("/")[2] for key in long} == {"about", "text", "data"}
    connected = Client(Address.parse(f"{server}/long"), Connection())
    connected.create("long", layout.items())
    for key, value in long.items():
        connected.insert("long", list(item_rows(key, value)))
    row = read_row({**values, "vector": [0.5] * 4}, Items(connected, "long"), 4)
    assert row.passage == passage
    np.testing.assert_array_equal(row.words.body, numbers)


def test_only_the_collections_of_an_index_are_its_own():
    assert Names.of("a", "a_0123456789ab_passages") == Names("a", "0123456789ab")
    for other in ("a", "a_b", "ab_0123456789ab", "a_0123456789ab_other", "a_0123456789abc", "b_0123456789ab"):
        assert Names.of("a", other) is None
