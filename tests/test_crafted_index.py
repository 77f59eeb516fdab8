"""An index whose seal is right and whose contents are not: anybody can compute a SHA-256."""

import json
import random
import shutil
import sqlite3

import faiss
import numpy as np
import pytest

import tacrochat
from tacrochat.cli import main
from tacrochat.errors import IndexCorrupt, TacrochatError
from tacrochat.index import vectors
from tacrochat.index.manifest import file_facts, sealed
from tacrochat.index.store import Store
from tacrochat.index.vectors import VectorIndex
from tacrochat.library import Library
from tacrochat.settings import Settings

QUESTION = "How often should I descale the kettle?"


@pytest.fixture
def index(kettle, tmp_path):
    return shutil.copytree(kettle[1], tmp_path / "index")


def folder_of(index):
    return index / json.loads((index / "manifest.json").read_text())["generation"]


def reseal(index):
    """Make manifest and seal agree with the files, as an attacker does."""
    path = index / "manifest.json"
    values = json.loads(path.read_text())
    files = {file.name: file_facts(file) for file in sorted(folder_of(index).iterdir())}
    path.write_text(sealed(values | {"files": files}))


def change(index, *statements):
    database = sqlite3.connect(folder_of(index) / "documents.sqlite")
    for statement in statements:
        database.execute(*((statement,) if isinstance(statement, str) else statement))
    database.commit()
    database.close()
    reseal(index)


def is_refused(capsys, index, name):
    """Opening names the file and the next step, in Python and in the shell, for questions and ``verify``."""
    with pytest.raises(IndexCorrupt):
        tacrochat.open(index)
    for arguments in (["ask", QUESTION], ["verify"]):
        capsys.readouterr()
        assert main([*arguments, "--index", str(index)]) == 1
        err = capsys.readouterr().err
        assert err.count("\n") == 1
        assert name in err
        assert f"tacrochat build --full --index {index}" in err


def array(name, edit):
    """Return a change to one of the arrays of words."""

    def edited(index):
        database = sqlite3.connect(folder_of(index) / "documents.sqlite")
        ((data,),) = database.execute("SELECT data FROM arrays WHERE name = ?", (name,))
        values = edit(np.frombuffer(data, "<i4").copy())
        database.execute("UPDATE arrays SET data = ? WHERE name = ?", (values.tobytes(), name))
        database.commit()
        database.close()
        reseal(index)

    return edited


def put(position, value):
    def edit(values):
        values[position] = value
        return values

    return edit


DEEP = "[" * 100_000

DATABASES = {
    "a document that is not there": "UPDATE passages SET document_id = 99 WHERE id = 1",
    "a negative document": "UPDATE passages SET document_id = -1 WHERE id = 1",
    "a passage's other id": "UPDATE passages SET id = 77 WHERE id = 1",
    "a document's other id": "UPDATE documents SET id = 77 WHERE id = 1",
    "an offset beyond the document": "UPDATE passages SET end = end + 1000000 WHERE id = 1",
    "an offset that is a text": "UPDATE passages SET start = 'x' WHERE id = 1",
    "an offset that is a fraction": "UPDATE passages SET start = start + .5 WHERE id = 1",
    "a sentence outside the passage": "UPDATE passages SET sentences = '[0, 999999]' WHERE id = 1",
    "a sentence that ends first": "UPDATE passages SET sentences = '[9, 3]' WHERE id = 1",
    "no sentence": "UPDATE passages SET sentences = '[]' WHERE id = 1",
    "half a sentence": "UPDATE passages SET sentences = '[3]' WHERE id = 1",
    "a sentence of texts": """UPDATE passages SET sentences = '["a", "b"]' WHERE id = 1""",
    "endless brackets": ("UPDATE passages SET heading = ? WHERE id = 1", (DEEP,)),
    "a passage that is bytes": "UPDATE passages SET text = x'00ff' WHERE id = 1",
    "a role that is none": "UPDATE passages SET role = 'spell' WHERE id = 1",
    "a kind that is none": "UPDATE documents SET kind = 'rumour' WHERE id = 1",
    "a title that is a number": "UPDATE documents SET title = x'80' WHERE id = 1",
    "pages that go back": "UPDATE documents SET pages = '[9, 3]' WHERE id = 1",
    "places that are none": "UPDATE documents SET places = '[[\"x\", 5]]' WHERE id = 1",
    "a section of another document": "UPDATE sections SET document_id = 99",
    "a section beyond the text": "UPDATE sections SET end = 1000000",
    "a repeat of nothing": "INSERT INTO repeated SELECT document_id, heading, start, end, text, role,"
    " sentences, 99 FROM passages WHERE id = 1",
    "a repeat in no document": "INSERT INTO repeated SELECT 99, heading, start, end, text, role, sentences, 0"
    " FROM passages WHERE id = 1",
    "fewer passages": "DELETE FROM passages WHERE id = (SELECT max(id) FROM passages)",
    "fewer words": "DELETE FROM words WHERE id > 3",
    "no arrays": "DELETE FROM arrays",
    "a view for a table": "CREATE VIEW more AS SELECT 1",
}
ARRAYS = {
    "offsets that go back": array("sentences", put(1, 30_000)),
    "offsets below zero": array("passages", put(0, -5)),
    "offsets beyond the end": array("spoken", put(-1, 10**6)),
    "offsets that are too few": array("headings", lambda values: values[:-1]),
    "a term that is not there": array("body", put(0, 10**6)),
    "a term below zero": array("heading", put(0, -1)),
}


@pytest.mark.parametrize("harm", [*DATABASES, *ARRAYS])
def test_a_database_that_does_not_fit(capsys, index, harm):
    if harm in ARRAYS:
        ARRAYS[harm](index)
    else:
        change(index, DATABASES[harm])
    is_refused(capsys, index, "documents.sqlite")


def write_vectors(index, name, values, kind=faiss.IndexFlatIP):
    made = kind(values.shape[1])
    made.add(np.ascontiguousarray(values, np.float32))
    faiss.write_index(made, str(folder_of(index) / f"{name}.faiss"))
    reseal(index)


@pytest.mark.parametrize("name", ["passages", "sentences"])
@pytest.mark.parametrize(
    "harm", ["8 dimensions", "not a number", "infinite", "long", "euclidean", "other type"]
)
def test_vectors_that_do_not_fit(capsys, index, name, harm):
    values = np.array(Store(index).space(name).vectors)
    values[0, 0] = {"not a number": np.nan, "infinite": np.inf, "long": 1e30}.get(harm, values[0, 0])
    kind = {"euclidean": faiss.IndexFlatL2, "other type": lambda d: faiss.IndexHNSWFlat(d, 4)}.get(
        harm, faiss.IndexFlatIP
    )
    write_vectors(index, name, values[:, :8] if harm == "8 dimensions" else values, kind)
    is_refused(capsys, index, "words.npy" if harm == "8 dimensions" else f"{name}.faiss")


@pytest.mark.parametrize("shape", [(-1, 1), (0, 384), (2, 2, -1)])
def test_word_vectors_of_another_shape(capsys, index, shape):
    path = folder_of(index) / "words.npy"
    words = np.load(path)
    np.save(path, words[:0] if 0 in shape else words.reshape(shape))
    reseal(index)
    is_refused(capsys, index, ".npy" if 0 not in shape else "documents.sqlite")


def test_other_dimensions_than_the_models_are_told_at_the_first_question(capsys, kettle, index, encoder):
    short = {name: np.array(Store(index).space(name).vectors)[:, :8] for name in ("passages", "sentences")}
    for name, values in short.items():
        write_vectors(index, name, values)
    path = folder_of(index) / "words.npy"
    np.save(path, np.ascontiguousarray(np.load(path)[:, :8]))
    reseal(index)
    for given in (None, encoder):
        library = Library(Store(index), Settings(), encoder=given)
        with pytest.raises(IndexCorrupt, match=r"8 numbers.*makes 384.*tacrochat build --full"):
            library.search(QUESTION)
    # A build of changed files does not mix the two.
    corpus = shutil.copytree(kettle[0], index.parent / "pages")
    (corpus / "new.md").write_text("The new kettle whistles twice.\n")
    library = tacrochat.build(corpus, index, encoder=encoder)
    assert library.embeddings.shape[1] == 384
    assert library.search("Does it whistle?")


def test_row_ids_of_the_full_text_that_are_not_there(index, encoder):
    change(index, "INSERT INTO lexical (rowid, heading, body) VALUES (5000, 'descal', 'descal')")
    library = Library(Store(index), Settings(), encoder=encoder)
    with pytest.raises(IndexCorrupt, match=r"documents.sqlite.*tacrochat build --full"):
        library.search(QUESTION)


@pytest.mark.parametrize("keys", ["[]", "5", DEEP])
def test_keys_that_do_not_fit_are_found_by_verify_and_repaired(kettle, index, encoder, keys):
    change(index, ("UPDATE passages SET keys = ? WHERE id = 1", (keys,)))
    (problem,) = [p for p in tacrochat.open(index).verify() if "documents.sqlite" in p]
    assert "build --full" in problem
    assert tacrochat.build(kettle[0], index, encoder=encoder).verify() == []


@pytest.mark.parametrize(
    "text",
    [DEEP, '{"schema": 1e999}', '{"schema": [3]}', " " * 2_000_000 + "{}", '{"schema": ' + "9" * 5_000 + "}"],
)
def test_a_manifest_made_to_harm(capsys, kettle, index, encoder, text):
    (index / "manifest.json").write_text(text)
    is_refused(capsys, index, "manifest.json")
    if text == DEEP:
        assert tacrochat.build(kettle[0], index, encoder=encoder).verify() == []


@pytest.mark.parametrize(
    "values", [{"generation": ".."}, {"generation": ""}, {"files": {"documents.sqlite": 5}}, {"model": [1]}]
)
def test_a_sealed_manifest_of_nonsense(capsys, index, values):
    path = index / "manifest.json"
    path.write_text(sealed(json.loads(path.read_text()) | values))
    is_refused(capsys, index, "manifest.json")


def test_lists_that_name_vectors_that_are_not_there(monkeypatch, tmp_path):
    monkeypatch.setattr(vectors, "EXACT_UP_TO", 10)
    values = np.random.default_rng(3).normal(size=(400, 16)).astype(np.float32)
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    made = VectorIndex.build(values)
    made.write(tmp_path / "good.faiss")
    good = VectorIndex.read(tmp_path / "good.faiss")
    assert good.search(values[7], 1)[0][0] == 7
    lists = faiss.extract_index_ivf(good._index.base_index).invlists
    number = next(n for n in range(lists.nlist) if lists.list_size(n))
    faiss.rev_swig_ptr(lists.get_ids(number), lists.list_size(number))[0] = 10**9
    good.write(tmp_path / "bad.faiss")
    with pytest.raises(ValueError, match="not there"):
        VectorIndex.read(tmp_path / "bad.faiss")


def test_flipped_bytes_under_a_right_seal_raise_our_errors_only(index, encoder):
    """Opening, searching and verifying either work or say what is wrong; a quote is never wrong."""
    rng = random.Random(11)
    whole = {path: path.read_bytes() for path in folder_of(index).iterdir()}
    refused = []
    for attempt in range(60):
        path = list(whole)[attempt % len(whole)]
        data = bytearray(whole[path])
        for _ in range(rng.choice([1, 1, 8])):
            limit = len(data) if attempt % 2 else 256  # headers are where sizes are
            data[rng.randrange(limit)] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        reseal(index)
        try:
            library = Library(Store(index), Settings(), encoder=encoder)
            for hit in library.search(QUESTION, 3):
                document = library.documents[hit.passage.document_id]
                assert 0 <= hit.passage.start < hit.passage.end <= len(document.text)
            library.verify()
        except TacrochatError as error:
            refused.append(str(error))
        path.write_bytes(whole[path])
    assert 10 < len(refused) < 60
    assert all("tacrochat build" in message for message in refused)
