"""An index whose seal is right and whose contents are not: anybody can compute a SHA-256.

Opening checks sizes and shapes, and what is read is checked as it is read. So a harm is refused when the
index is opened, when a question reads it, or by ``verify`` at the latest. Until then answers are right: a
quote is what its document says, or there is none.
"""

import json
import random
import shutil
import sqlite3

import faiss
import numpy as np
import pytest

import index_files
import tacrochat
from index_files import change_arrays, reseal, segment_folder, state_folder
from tacrochat.cli import main
from tacrochat.errors import IndexCorrupt, TacrochatError
from tacrochat.index import vectors
from tacrochat.index.manifest import sealed
from tacrochat.index.schema import ARRAYS, DATABASE, STATE
from tacrochat.index.store import Store
from tacrochat.index.vectors import VectorIndex
from tacrochat.library import Library
from tacrochat.settings import Settings

QUESTION = "How often should I descale the kettle?"
QUESTIONS = [QUESTION, "What removes drak spots?"]


@pytest.fixture
def index(kettle, tmp_path):
    return shutil.copytree(kettle[1], tmp_path / "index")


def change(path, index, *statements):
    database = sqlite3.connect(path)
    for statement in statements:
        database.execute(*((statement,) if isinstance(statement, str) else statement))
    database.commit()
    database.close()
    reseal(index)


def uses(library):
    """Yield all that reads an index, but for ``verify``."""
    assistant = tacrochat.Assistant(library)

    def asks(question, **filters):
        answer = assistant.ask(question, **filters)
        for quote in (*answer.quotes, *answer.nearest):
            text = library.document(quote.document).text
            assert text[quote.start : quote.end] == quote.text
        json.dumps(answer.to_dict())
        answer.to_html()

    for question in QUESTIONS:
        yield lambda question=question: asks(question)
    yield lambda: asks("bronze", documents=["care.md"], kinds=["guideline", "consumer page"])
    yield lambda: list(library.passages)
    yield library.to_pandas
    yield lambda: [library.boxes(document.id, 0, len(document.text)) for document in library.documents]
    yield lambda: [library.passages_of(number) for number in range(len(library.documents))]
    yield lambda: [library.repeated(number) for number in range(len(library.documents))]
    yield lambda: library.similar(0, 5)
    yield library.sections
    yield lambda: (library.passage_counts, library.quotable_sizes, library.headings)
    yield lambda: (library.embeddings, library.skipped, library.file_sizes)


def refusals(index, encoder):
    """Open and use an index; returns what our errors say when it is opened, and when it is used."""
    try:
        library = Library(Store(index), Settings(), encoder=encoder)
    except TacrochatError as error:
        return [str(error)], []
    used = []
    for use in uses(library):
        try:
            use()
        except TacrochatError as error:
            used.append(str(error))
    return [], used


def is_refused(capsys, index, encoder, when, name):
    """Check at which step a harm is refused, and that ``verify`` names file and next step."""
    opened, used = refusals(index, encoder)
    assert ("open" if opened else "use" if used else "verify") == when
    assert all("tacrochat build --full" in message for message in opened + used)
    capsys.readouterr()
    assert main(["verify", "--index", str(index)]) == 1
    out, err = capsys.readouterr()
    assert name in out + err
    assert f"tacrochat build --full --index {index}" in out + err
    assert err.count("\n") == 1
    if opened:
        assert main(["ask", QUESTION, "--index", str(index)]) == 1
        err = capsys.readouterr().err
        assert err.count("\n") == 1
        assert name in err


# The databases --------------------------------------------------------------------------------------

DEEP = "[" * 100_000
REPEAT = "INSERT INTO repeated VALUES ({}, '[]', 0, 7, {}, 'body', '[0, 7]', {})"

DOCUMENTS = {
    "a document's other id": ("use", "UPDATE documents SET id = 77 WHERE id = 1"),
    "a negative id": ("use", "UPDATE documents SET id = -1 WHERE id = 1"),
    "fewer documents": ("use", "DELETE FROM documents WHERE id = 2"),
    "a document more": (
        "verify",
        "INSERT INTO documents SELECT 3, 'x', title, digest, kind, source, url, date, pages, places, author,"
        " language, kind_reason, container, text_at, text_bytes, characters FROM documents WHERE id = 1",
    ),
    "a kind that is none": ("use", "UPDATE documents SET kind = 'rumour' WHERE id = 1"),
    "a title that is bytes": ("use", "UPDATE documents SET title = x'80' WHERE id = 1"),
    "a path that is bytes": ("use", "UPDATE documents SET path = x'80' WHERE id = 1"),
    "a container that is bytes": ("use", "UPDATE documents SET container = x'80' WHERE id = 1"),
    "a text that is not UTF-8": ("use", "UPDATE documents SET title = CAST(x'ff80' AS TEXT) WHERE id = 1"),
    "pages that go back": ("use", "UPDATE documents SET pages = '[9, 3]' WHERE id = 1"),
    "pages beyond the text": ("use", "UPDATE documents SET pages = '[0, 1000000]' WHERE id = 1"),
    "places that are none": ("use", "UPDATE documents SET places = '[[\"x\", 5]]' WHERE id = 1"),
    "endless brackets": ("use", ("UPDATE documents SET pages = ?", (DEEP,))),
    "a text before the texts": ("use", "UPDATE documents SET text_at = -5 WHERE id = 1"),
    "a text behind the texts": ("use", "UPDATE documents SET text_at = 1000000000000 WHERE id = 1"),
    "a text without end": ("use", "UPDATE documents SET text_bytes = 1000000000000 WHERE id = 1"),
    "a text of negative size": ("use", "UPDATE documents SET text_bytes = -1 WHERE id = 1"),
    "a text of another length": ("use", "UPDATE documents SET characters = characters - 1"),
    "a text elsewhere": ("use", "UPDATE documents SET text_at = text_at + 1, text_bytes = text_bytes - 1"),
    "a section of another document": ("use", "UPDATE sections SET document_id = 99"),
    "a section beyond the text": ("verify", "UPDATE sections SET end = 1000000"),
    "a section that ends first": ("use", "UPDATE sections SET end = start"),
    "a section of endless brackets": ("use", ("UPDATE sections SET heading = ?", (DEEP,))),
    "a section that is a text": ("use", "UPDATE sections SET start = 'x'"),
    "a reason that is bytes": ("use", "UPDATE sections SET reason = x'80'"),
    "a repeat of nothing": ("use", REPEAT.format(1, "'1234567'", 99)),
    "a repeat of what is below zero": ("use", REPEAT.format(1, "'1234567'", -1)),
    "a repeat in no document": ("use", REPEAT.format(99, "'1234567'", 0)),
    "a repeat that is bytes": ("use", REPEAT.format(1, "x'31323334353637'", 0)),
    "a repeat of another length": ("use", REPEAT.format(1, "'123'", 0)),
    "a repeat that is not there": ("verify", REPEAT.format(1, "'1234567'", 0)),
    "boxes that are none": ("use", "INSERT INTO boxes VALUES (1, x'0123')"),
    "a view": ("open", "CREATE VIEW more AS SELECT 1"),
    "a trigger": ("open", "CREATE TRIGGER more AFTER INSERT ON boxes BEGIN DELETE FROM documents; END"),
    "a view for a table": ("open", "DROP TABLE boxes", "CREATE VIEW boxes AS SELECT 0 document_id, 0 data"),
}


@pytest.mark.parametrize("harm", DOCUMENTS)
def test_documents_that_do_not_fit(capsys, index, encoder, harm):
    when, *statements = DOCUMENTS[harm]
    change(segment_folder(index) / DATABASE, index, *statements)
    # The text is read where the other texts are: which file is wrong about its length, nobody can tell.
    is_refused(capsys, index, encoder, when, ARRAYS if harm == "a text of another length" else DATABASE)


FILES = {
    "a removed document that was never there": ("open", "INSERT INTO removed VALUES (?, 99)"),
    "a removed document below zero": ("open", "INSERT INTO removed VALUES (?, -1)"),
    "a removed document that is a text": ("open", "INSERT INTO removed VALUES (?, 'x')"),
    "a removed document that is a fraction": ("open", "INSERT INTO removed VALUES (?, 1.5)"),
    "a removed document of no segment": ("open", "INSERT INTO removed VALUES ('x' || ?, 1)"),
    "a file that is bytes": ("use", "UPDATE files SET path = CAST(path AS BLOB) WHERE path <> ?"),
    "a size that is a text": ("use", "UPDATE files SET bytes = 'x' WHERE path <> ?"),
    "a digest that is bytes": ("use", "UPDATE files SET digest = x'80' WHERE path <> ?"),
    "endless brackets": ("use", f"UPDATE files SET skipped = '{DEEP}' WHERE path <> ?"),
    "a reason that is bytes": ("use", "INSERT INTO skipped VALUES (?, x'80')"),
    "a view": ("open", "CREATE VIEW more AS SELECT 1"),
    "a trigger": ("open", "CREATE TRIGGER more AFTER INSERT ON files BEGIN DELETE FROM removed; END"),
}


@pytest.mark.parametrize("harm", FILES)
def test_a_state_that_does_not_fit(capsys, index, encoder, harm):
    when, statement = FILES[harm]
    values = (segment_folder(index).name,) if "?" in statement else ()
    change(state_folder(index) / STATE, index, (statement, values))
    is_refused(capsys, index, encoder, when, STATE)


# The arrays -----------------------------------------------------------------------------------------


def put(name, at, value):
    """Return a change of some numbers of an array."""

    def edit(arrays):
        arrays[name][at] = value

    return edit


def swap(name, one=0, other=-1):
    """Return a change that exchanges two numbers of an array."""

    def edit(arrays):
        arrays[name][[one, other]] = arrays[name][[other, one]]

    return edit


def replace(name, new):
    """Return a change that puts another array in the place of one."""

    def edit(arrays):
        arrays[name] = new(arrays[name])

    return edit


ALL = slice(None)
INNER = slice(1, -1)
OFFSETS = [
    *("heading.offsets", "stem.offsets", "word.offsets", "navigation.offsets"),
    *("passage.sentences", "sentence.body", "sentence.words", "context.heading", "term.postings"),
]

HARMS = {
    **{f"{name} that begin below zero": ("open", put(name, 0, -5)) for name in OFFSETS},
    **{f"{name} beyond the end": ("open", put(name, -1, 10**6)) for name in OFFSETS},
    **{f"{name} that are too many": ("open", replace(name, lambda a: np.append(a, 9))) for name in OFFSETS},
    **{f"no {name}": ("open", replace(name, lambda a: a[:0])) for name in OFFSETS},
    "sentences that go back": ("use", put("passage.sentences", 1, 30_000)),
    "sentences below zero": ("use", put("passage.sentences", INNER, -5)),
    "the terms of a sentence that go back": ("use", put("sentence.body", INNER, 30_000)),
    "the terms of a sentence below zero": ("use", put("sentence.body", INNER, -2)),
    "the words of a sentence that go back": ("use", put("sentence.words", INNER, 30_000)),
    "headings that go back": ("use", put("heading.offsets", INNER, 30_000)),
    "the terms of a heading that go back": ("use", put("context.heading", INNER, 30_000)),
    "postings that go back": ("use", put("term.postings", INNER, 30_000)),
    "postings below zero": ("use", put("term.postings", INNER, -5)),
    "postings of passages that are not there": ("use", put("posting.passage", ALL, 10**6)),
    "postings of passages below zero": ("use", put("posting.passage", ALL, -1)),
    "postings of other passages": ("verify", swap("posting.passage")),
    "other counts of words": ("verify", put("posting.body", 0, 65_535)),
    "a passage of less than no words": ("use", put("passage.length", ALL, -(2**31))),
    "a passage of other lengths": ("verify", put("passage.length", 0, 2**31 - 1)),
    "a term that is not there": ("verify", put("body", 0, 10**6)),
    "a term below zero": ("verify", put("heading", 0, -1)),
    "another term": ("verify", swap("body")),
    "stems out of order": ("verify", swap("stem.offsets", 1, 2)),
    "stems that are not UTF-8": ("verify", put("stem.bytes", ALL, 0xFF)),
    "words that are not UTF-8": ("use", put("word.bytes", ALL, 0xFF)),
    "other letters": ("verify", put("term.letters", 0, 2**32 - 1)),
    "a context that is not there": ("use", put("passage.context", ALL, 10**6)),
    "a context below zero": ("use", put("passage.context", 0, -1)),
    "a document that is not there": ("use", put("passage.document", -1, 99)),
    "a document of billions": ("use", put("passage.document", -1, 2**31 - 1)),
    "a document below zero": ("use", put("passage.document", 0, -1)),
    "documents out of order": ("use", swap("passage.document")),
    "a text before the texts": ("use", put("passage.text", 0, -5)),
    "a text behind the texts": ("use", put("passage.text", 0, 10**12)),
    "a text elsewhere": ("use", put("passage.text", ALL, 3)),
    "a text of negative size": ("use", put("passage.bytes", 0, -1)),
    "a text without end": ("use", put("passage.bytes", 0, 2**31 - 1)),
    "a passage that starts below zero": ("use", put("passage.start", 0, -1)),
    "a passage that ends first": ("use", put("passage.end", 0, 0)),
    "a heading that is not there": ("use", put("passage.heading", 0, 10**6)),
    "a heading below zero": ("use", put("passage.heading", 0, -1)),
    "headings that are no lists": ("use", put("heading.bytes", ALL, ord("1"))),
    "headings that never end": ("use", put("heading.bytes", ALL, ord("["))),
    "a role that is none": ("use", put("passage.role", 0, 200)),
    "a role that is not quoted": ("use", put("passage.role", 0, 4)),
    "a sentence before its passage": ("use", put("sentence.start", 0, -1)),
    "a sentence behind its passage": ("use", put("sentence.end", 0, 10**6)),
    "another key": ("verify", put("sentence.key", 0, 0)),
    "texts that are not UTF-8": ("use", put("text", ALL, 0xFF)),
    "an array less": ("open", lambda arrays: arrays.pop("body")),
    "an array more": ("open", lambda arrays: arrays.update(more=arrays["body"])),
    "numbers of another type": ("open", replace("body", lambda a: a.astype(np.int64))),
    "numbers without a sign": ("open", replace("passage.document", lambda a: a.view(np.uint32))),
    "an array of another shape": ("open", replace("body", lambda a: a.reshape(1, -1))),
    "a single number": ("open", replace("body", lambda a: np.asarray(a[0]))),
    "fewer passages": ("open", replace("passage.start", lambda a: a[:-1])),
    "fewer sentences": ("open", replace("sentence.end", lambda a: a[:-1])),
    "keys of another size": ("open", replace("passage.key", lambda a: a[:, :8])),
    "words of no numbers": ("open", replace("words", lambda a: a[:, :0])),
    "words of other dimensions": ("open", replace("words", lambda a: a[:, :8])),
    "fewer words": ("open", replace("words", lambda a: a[:-1])),
}


@pytest.mark.parametrize("harm", HARMS)
def test_arrays_that_do_not_fit(capsys, index, encoder, harm):
    when, edit = HARMS[harm]
    change_arrays(index, edit)
    is_refused(capsys, index, encoder, when, ARRAYS)


def about(**changes):
    """Return a change of what the header says of the array ``body``."""

    def edit(header):
        header["body"] = {name: v for name, v in (header["body"] | changes).items() if v is not None}

    return edit


HEADERS = {
    "a place outside the file": about(data_offsets=[0, 10**15]),
    "a place below zero": about(data_offsets=[-8, 0]),
    "a place that ends first": about(data_offsets=[8, 4]),
    "a place of fractions": about(data_offsets=[0.0, 4.0]),
    "a place of one number": about(data_offsets=[0]),
    "no place": about(data_offsets=None),
    "a huge shape": about(shape=[2**40, 2**40]),
    "a negative shape": about(shape=[-1]),
    "a shape of nothing": about(shape=None),
    "a shape without end": about(shape=[9] * 5_000),
    "another type": about(dtype="F64"),
    "no type": about(dtype=None),
    "a type of objects": about(dtype="O"),
    "no array but a number": lambda header: header.update(body=5),
}


@pytest.mark.parametrize("harm", HEADERS)
def test_a_header_that_does_not_fit(capsys, index, encoder, harm):
    path = segment_folder(index) / ARRAYS
    data = path.read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    HEADERS[harm](header)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[end:])
    reseal(index)
    is_refused(capsys, index, encoder, "open", ARRAYS)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 8,
        b"\xff" * 100,
        (2**40).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        (4).to_bytes(8, "little") + b"null",
        (len(DEEP)).to_bytes(8, "little") + DEEP.encode(),
    ],
)
def test_a_header_that_is_none(capsys, index, encoder, data):
    (segment_folder(index) / ARRAYS).write_bytes(data)
    reseal(index)
    is_refused(capsys, index, encoder, "open", ARRAYS)


# The vectors ----------------------------------------------------------------------------------------

TYPES = {
    "passages": faiss.ScalarQuantizer.QT_fp16,
    "sentences": faiss.ScalarQuantizer.QT_8bit_uniform,
}


def stored(index, space):
    return Store(index).parts[0].segment.spaces[space].vectors(ALL)


def flat(values, space, metric=faiss.METRIC_INNER_PRODUCT):
    """Return an index of the type that a segment has."""
    made = faiss.IndexScalarQuantizer(values.shape[1], TYPES[space], metric)
    if space == "sentences":
        faiss.copy_array_to_vector(np.asarray([-1, 2], np.float32), made.sq.trained)
    made.is_trained = True
    made.add(np.ascontiguousarray(values, np.float32))
    return made


def filled(kind):
    """Return a maker of another type of index."""

    def make(values, space):
        made = kind(values.shape[1])
        if not made.is_trained:
            made.train(values)
        made.add(np.ascontiguousarray(values, np.float32))
        return made

    return make


def number(value):
    """Return a maker of vectors one of which has a number that it cannot have."""

    def make(values, space):
        made = flat(values, space)
        codes = faiss.vector_to_array(made.codes)
        if space == "passages":
            codes[:2] = np.asarray([value], "<f2").view(np.uint8)
        else:
            codes[: values.shape[1]] = 255
        faiss.copy_array_to_vector(codes, made.codes)
        return made

    return make


def edited(edit):
    def make(values, space):
        made = flat(values, space)
        edit(made)
        return made

    return make


def set_trained(*values):
    return lambda made: faiss.copy_array_to_vector(np.asarray(values, np.float32), made.sq.trained)


VECTORS = {
    "8 dimensions": ("open", lambda values, space: flat(values[:, :8], space)),
    "no dimensions": ("open", lambda values, space: flat(values[:, :0], space)),
    "fewer vectors": ("open", lambda values, space: flat(values[:-1], space)),
    "no vectors": ("open", lambda values, space: flat(values[:0], space)),
    "not a number": ("use", number(np.nan)),
    "infinite": ("use", number(np.inf)),
    "long": ("use", number(60_000)),
    "euclidean": ("open", lambda values, space: flat(values, space, faiss.METRIC_L2)),
    "float32": ("open", filled(faiss.IndexFlatIP)),
    "a graph": ("open", filled(lambda d: faiss.IndexHNSWFlat(d, 4))),
    "products": ("open", filled(lambda d: faiss.IndexPQ(d, 2, 2))),
    "hashes": ("open", filled(lambda d: faiss.IndexLSH(d, 8))),
    "codes that are too long": ("open", edited(lambda made: setattr(made.sq, "d", 4_096))),
    "a count that is too large": ("open", edited(lambda made: setattr(made, "ntotal", 10**9))),
    "a negative count": ("open", edited(lambda made: setattr(made, "ntotal", -1))),
    "a dimension that is too large": ("open", edited(lambda made: setattr(made, "d", 10**6))),
    "not trained": ("open", edited(lambda made: setattr(made, "is_trained", False))),
    "another code": ("open", edited(lambda made: setattr(made.sq, "qtype", faiss.ScalarQuantizer.QT_6bit))),
}


@pytest.mark.parametrize("space", TYPES)
@pytest.mark.parametrize("harm", VECTORS)
def test_vectors_that_do_not_fit(capsys, index, encoder, space, harm):
    when, make = VECTORS[harm]
    faiss.write_index(make(stored(index, space), space), str(segment_folder(index) / f"{space}.faiss"))
    reseal(index)
    name = ARRAYS if harm == "8 dimensions" else f"{space}.faiss"
    is_refused(capsys, index, encoder, when, name)


@pytest.mark.parametrize(
    "trained", [(), (0,), (0, 0), (-1, np.nan), (-1e30, 2e30), (0, 1), (-1, -2), (-1, 2, 3)]
)
def test_a_range_of_numbers_that_does_not_fit(capsys, index, encoder, trained):
    made = flat(stored(index, "sentences"), "sentences")
    set_trained(*trained)(made)
    faiss.write_index(made, str(segment_folder(index) / "sentences.faiss"))
    reseal(index)
    is_refused(capsys, index, encoder, "open", "sentences.faiss")


def test_other_dimensions_than_the_models_are_told_at_the_first_question(kettle, index, encoder):
    short = {space: stored(index, space)[:, :8] for space in TYPES}
    for space, values in short.items():
        faiss.write_index(flat(values, space), str(segment_folder(index) / f"{space}.faiss"))
    change_arrays(index, replace("words", lambda words: words[:, :4]))
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


def inverted(values, *, lists=4, code="SQ4", d=None):
    made = faiss.index_factory(d or values.shape[1], f"IVF{lists},{code}", faiss.METRIC_INNER_PRODUCT)
    made.train(values[:, :d])
    made.add(np.ascontiguousarray(values[:, :d]))
    return made


def first_ids(made):
    """Return the ids of the first list that has some."""
    lists = made.invlists
    at = next(n for n in range(lists.nlist) if lists.list_size(n))
    return faiss.rev_swig_ptr(lists.get_ids(at), lists.list_size(at))


def other_quantizer(kind):
    def edit(made):
        other = kind(made.d)
        other.add(np.zeros((made.nlist, other.d), np.float32))
        other.this.disown()
        made.quantizer = other

    return edit


LISTS = {
    "other vectors": lambda values: inverted(values[:-1]),
    "other dimensions": lambda values: inverted(values, d=8),
    "other codes": lambda values: inverted(values, code="SQ8"),
    "other lists": lambda values: inverted(values, code="Flat"),
    "no lists": lambda values: flat(values, "passages"),
}
EDITS = {
    "a range that is too short": set_trained(0, 1),
    "codes that are too long": lambda made: setattr(made.sq, "d", 4_096),
    "lists of shorter codes": lambda made: setattr(made.invlists, "code_size", 1),
    "centres of other dimensions": other_quantizer(lambda d: faiss.IndexFlatIP(4 * d)),
    "centres that are a graph": other_quantizer(lambda d: faiss.IndexHNSWFlat(d, 4)),
    "euclidean centres": other_quantizer(faiss.IndexFlatL2),
    "fewer centres": lambda made: made.quantizer.reset(),
    "another count": lambda made: setattr(made, "ntotal", 10**6),
}


@pytest.fixture
def values():
    made = np.random.default_rng(3).normal(size=(400, 16)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.fixture
def files(monkeypatch, tmp_path, values):
    """A file of vectors with lists, as a large segment has them."""
    monkeypatch.setattr(vectors, "EXACT_UP_TO", 10)
    paths = tmp_path / "x.faiss", tmp_path / "x.lists.faiss"
    vectors.write(values, "float16", *paths)
    good = VectorIndex.read(*paths)
    vectors.check_lists(good)
    assert good.search(values[7], 1)[0].tolist() == [7]
    return paths


@pytest.mark.parametrize("harm", [*LISTS, *EDITS])
def test_lists_that_do_not_fit(files, values, harm):
    made = LISTS[harm](values) if harm in LISTS else inverted(values)
    EDITS.get(harm, lambda _: None)(made)
    faiss.write_index(made, str(files[1]))
    with pytest.raises((ValueError, RuntimeError)):
        VectorIndex.read(*files)


@pytest.mark.parametrize("wrong", [10**9, -1, 3])
def test_lists_that_name_vectors_that_are_not_there_or_one_twice(files, values, wrong):
    made = inverted(values)
    first_ids(made)[:] = wrong
    faiss.write_index(made, str(files[1]))
    index = VectorIndex.read(*files)
    with pytest.raises(ValueError, match="its lists"):
        vectors.check_lists(index)
    for query in values[:50]:
        try:
            rows, cosines = index.search(query, 5)
        except (ValueError, IndexError):  # what ``Segment.reading`` turns into an error of ours
            continue
        assert np.all((rows >= 0) & (rows < 400))
        np.testing.assert_allclose(cosines, values[rows] @ query, atol=1e-3)


# The manifest ---------------------------------------------------------------------------------------


NO_MANIFESTS = {
    "brackets": DEEP,
    "infinite": '{"schema": 1e999}',
    "a list": '{"schema": [3]}',
    "large": " " * 20_000_000 + "{}",
    "digits": '{"schema": ' + "9" * 5_000 + "}",
}


@pytest.mark.parametrize("text", NO_MANIFESTS.values(), ids=NO_MANIFESTS)
def test_a_manifest_made_to_harm(capsys, kettle, index, encoder, text):
    (index / "manifest.json").write_text(text)
    is_refused(capsys, index, encoder, "open", "manifest.json")
    if text == DEEP:
        assert tacrochat.build(kettle[0], index, encoder=encoder).verify() == []


@pytest.mark.parametrize(
    "values",
    [
        {"generation": ".."},
        {"generation": ""},
        {"files": {"files.sqlite": 5}},
        {"files": {}},
        {"model": [1]},
        {"segments": []},
        {"segments": None},
        {"segments": 5},
        {"segments": {"a": 1}},
        {"segments": [5]},
        {"segments": [{}]},
        {"segments": [{"name": "segment-000000000000"}]},
    ],
)
def test_a_sealed_manifest_of_nonsense(capsys, index, encoder, values):
    reseal(index, **values)
    is_refused(capsys, index, encoder, "open", "manifest.json")


def test_a_sealed_manifest_without_segments(capsys, index, encoder):
    values = index_files.read(index)
    del values["segments"]
    (index / "manifest.json").write_text(sealed(values))
    is_refused(capsys, index, encoder, "open", "manifest.json")


@pytest.mark.parametrize(
    "values",
    [
        {"name": "../segment-000000000000"},
        {"name": 5},
        {"documents": 10**15},
        {"documents": 0},
        {"documents": 1.5},
        {"files": {}},
        {"files": {"documents.sqlite": 5}},
        {"more": 1},
    ],
)
def test_a_segment_of_nonsense(capsys, index, encoder, values):
    (segment,) = index_files.read(index)["segments"]
    reseal(index, segments=[segment | values])
    is_refused(capsys, index, encoder, "open", "manifest.json")


@pytest.mark.parametrize(
    ("count", "name"), [("documents", DATABASE), ("passages", ARRAYS), ("sentences", ARRAYS)]
)
@pytest.mark.parametrize("by", [-1, 1])
def test_a_segment_with_other_counts(capsys, index, encoder, count, name, by):
    (segment,) = index_files.read(index)["segments"]
    reseal(index, segments=[segment | {count: segment[count] + by}])
    is_refused(capsys, index, encoder, "use" if count == "documents" else "open", name)


def test_a_segment_that_is_named_twice(capsys, index, encoder):
    (segment,) = index_files.read(index)["segments"]
    reseal(index, segments=[segment, segment])
    is_refused(capsys, index, encoder, "open", "manifest.json")


def test_a_segment_with_a_file_less(capsys, index, encoder):
    (segment,) = index_files.read(index)["segments"]
    for name in segment["files"]:
        others = {file: facts for file, facts in segment["files"].items() if file != name}
        reseal(index, segments=[segment | {"files": others}])
        is_refused(capsys, index, encoder, "open", "manifest.json")


def test_segments_of_different_vectors(capsys, index, encoder):
    values = index_files.read(index)
    (segment,) = values["segments"]
    other = "segment-000000000000"
    shutil.copytree(index / segment["name"], index / other)
    short = {space: stored(index, space)[:, :8] for space in TYPES}
    for space, made in short.items():
        faiss.write_index(flat(made, space), str(segment_folder(index) / f"{space}.faiss"))
    change_arrays(index, replace("words", lambda words: words[:, :4]))
    reseal(index, segments=[*index_files.read(index)["segments"], segment | {"name": other}])
    is_refused(capsys, index, encoder, "open", "manifest.json")


# Anything -------------------------------------------------------------------------------------------


def test_flipped_bytes_under_a_right_seal_raise_our_errors_only(index, encoder):
    """Opening, asking and verifying either work or say what is wrong; a quote is never wrong."""
    rng = random.Random(11)
    whole = {path: path.read_bytes() for path in index_files.published(index)}
    refused = []
    for attempt in range(60):
        path = list(whole)[attempt % len(whole)]
        data = bytearray(whole[path])
        for _ in range(rng.choice([1, 1, 8])):
            limit = len(data) if attempt % 2 else 256  # headers are where sizes are
            data[rng.randrange(limit)] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        reseal(index)
        opened, used = refusals(index, encoder)
        refused += (opened + used)[:1]
        if not opened:
            refused += [] if used else Store(index).problems()[:1]
        path.write_bytes(whole[path])
    assert 10 < len(refused) < 60
    assert all("tacrochat build" in message for message in refused)
