"""An index of several segments: what stays, what is written again, and that answers do not depend on it."""

import json
import os
import signal
import sqlite3
import threading
import time
from itertools import pairwise

import numpy as np
import pytest

import tacrochat
from builder import Builder
from index_files import published, read, segments, state_folder
from material import write_pages
from tacrochat.building import merging
from tacrochat.building.build import build
from tacrochat.cli import main
from tacrochat.embedding.encoder import Encoder
from tacrochat.errors import IndexCorrupt, IndexMismatch
from tacrochat.index import places, vectors
from tacrochat.index.manifest import EXPORTED
from tacrochat.index.segment import Segment
from tacrochat.index.store import Store
from tacrochat.library import Library
from tacrochat.settings import Settings

SEGMENT = 8  # passages

FACTS = {
    "bakery": (
        "guideline",
        "The bakery sells rye bread from six in the morning.",
        "Its oven was built by nuns.",
    ),
    "bridge": (
        "trial",
        "The bridge carries trams and bicycles.",
        "Lorries above nine tonnes must turn round.",
    ),
    "castle": (
        "review",
        "The castle was besieged twice by Swedish troops.",
        "Its well is eighty metres deep.",
    ),
    "ferry": ("guideline", "The ferry leaves every twenty minutes.", "Dogs travel free of charge on deck."),
    "garden": ("trial", "The garden grows medicinal herbs and roses.", "Sprinklers run only after sunset."),
    "harbour": (
        "review",
        "The harbour freezes in most winters.",
        "A pilot steers each large ship.",
    ),
    "library": ("guideline", "The library lends maps for three weeks.", "Overdue maps cost ten cents a day."),
    "market": ("trial", "The market is held on Thursdays.", "Fish stalls stand beside the fountain."),
    "mill": ("review", "The mill grinds oats with water power.", "Its wheel was replaced after the flood."),
    "museum": ("guideline", "The museum shows bronze coins.", "Photography with a flash is forbidden."),
    "station": ("trial", "The station has two platforms.", "Tickets are sold by a machine at the entrance."),
    "theatre": ("review", "The theatre seats four hundred guests.", "Latecomers wait until the interval."),
}
QUESTIONS = {
    "How deep is the well of the castle?": "castle.md",
    "What do overdue maps cost?": "library.md",
    "When is the market held?": "market.md",
    "Are dogs allowed on the ferry?": "ferry.md",
    "Who built the oven of the bakery?": "bakery.md",
    "Until when do latecomers wait?": "theatre.md",
}
LONG = (
    "Visitors who lose a key must tell the warden before noon, fill in the yellow form at the desk, pay a"
    " deposit of thirty crowns, and wait in the hall until a locksmith has opened the door for them again."
)


def page(name):
    kind, first, second = FACTS[name]
    return f"---\nkind: {kind}\n---\n# The {name}\n\n{first}\n\n## More of the {name}\n\n{second}\n"


@pytest.fixture
def corpus(tmp_path):
    folder = write_pages(tmp_path / "corpus", {f"{name}.md": page(name) for name in FACTS})
    for path in folder.iterdir():
        os.utime(path, (1_600_000_000, 1_600_000_000))
    return folder


@pytest.fixture
def small(monkeypatch):
    """Segments of a few passages, none of which is too small to stay."""
    monkeypatch.setattr(merging, "_SMALL", 1)
    monkeypatch.setattr(merging, "LARGEST", SEGMENT)


@pytest.fixture
def index(small, corpus, encoder, tmp_path):
    """An index of several segments, each with several documents."""
    build(corpus, tmp_path / "index", encoder=encoder)
    assert len(segments(tmp_path / "index")) >= 3
    return tmp_path / "index"


def opened(index, encoder):
    return Library(Store(index), Settings(), encoder=encoder)


def removed(index):
    """Return the documents of each segment that are noted as gone."""
    database = sqlite3.connect(f"{(state_folder(index) / 'files.sqlite').as_uri()}?mode=ro", uri=True)
    rows = database.execute("SELECT segment, document_id FROM removed ORDER BY 1, 2").fetchall()
    database.close()
    return rows


def place(library, path):
    """Return the segment that holds a document, and its number there."""
    (found,) = [
        (part.segment.name, number)
        for part in library._store.parts
        if (number := part.segment.find_document(path)) is not None and part.document_id(number) >= 0
    ]
    return found


def facts(paths):
    return {path: (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) for path in paths}


def in_words(library):
    """Return what an index holds, without ids."""
    return {(library.documents[p.document_id].path, p.start, p.text, p.heading) for p in library.passages}


def without_work(monkeypatch):
    """Return a list that grows by the number of texts given to the model."""
    given = []
    for name in ("encode", "encode_words"):
        real = getattr(Encoder, name)

        def counting(self, texts, *rest, _real=real, **options):
            given.append(len(texts))
            return _real(self, texts, *rest, **options)

        monkeypatch.setattr(Encoder, name, counting)
    return given


def test_a_refresh_leaves_old_segments_as_they_are_and_notes_what_is_gone(index, corpus, encoder):
    before = opened(index, encoder)
    old = segments(index)
    whole = facts(path for folder in old for path in folder.iterdir())
    changed, gone = place(before, "castle.md"), place(before, "theatre.md")
    assert changed[0] != gone[0]
    (corpus / "castle.md").write_text(page("castle").replace("eighty", "ninety"))
    (corpus / "theatre.md").unlink()
    library = build(corpus, index, encoder=encoder)
    report = library.report
    assert (report.added, report.changed, report.removed) == (0, 1, 1)
    assert facts(whole) == whole
    assert segments(index)[: len(old)] == old
    assert len(segments(index)) == len(old) + 1
    assert removed(index) == sorted([changed, gone])
    assert library.find_document("theatre.md") is None
    assert "ninety" in library.document("castle.md").text
    assert place(library, "castle.md") == (segments(index)[-1].name, 0)
    texts = " ".join(passage.text for passage in library.passages)
    assert "ninety" in texts
    assert "eighty" not in texts
    assert "Latecomers" not in texts
    assert library.search("How deep is the well of the castle?")[0].passage.text.count("ninety") == 1
    assert library.verify() == []


def test_nothing_new_changes_nothing(index, corpus, encoder):
    whole = facts([index / "manifest.json", *published(index)])
    build(corpus, index, encoder=encoder)
    assert facts(whole) == whole


def refreshed(index, corpus, encoder):
    """Add, change and remove pages in several refreshes."""
    (corpus / "castle.md").write_text(page("castle").replace("eighty", "ninety"))
    build(corpus, index, encoder=encoder)
    (corpus / "bridge.md").unlink()
    (corpus / "zoo.md").write_text("# The zoo\n\nThe zoo keeps otters.\n\n## More\n\nOtters eat at noon.\n")
    build(corpus, index, encoder=encoder)
    (corpus / "mill.md").write_text(page("mill").replace("flood", "fire"))
    return build(corpus, index, encoder=encoder)


def test_several_segments_answer_as_one_does(index, corpus, encoder, tmp_path, monkeypatch):
    several = refreshed(index, corpus, encoder)
    assert len(several._store.parts) >= 4
    assert removed(index)
    monkeypatch.undo()
    one = build(corpus, tmp_path / "one", encoder=encoder)
    assert len(one._store.parts) == 1
    assert in_words(several) == in_words(one)
    assert len(several.passages) == len(one.passages)
    for library in (several, one):
        assert [document.id for document in library.documents] == list(range(len(FACTS)))
        assert [passage.id for passage in library.passages] == list(range(len(one.passages)))
    questions = [*QUESTIONS, "When do otters eat?", "Why was the wheel replaced?", "Swedish lorries"]
    for question in questions:
        hits, expected = several.search(question, 6), one.search(question, 6)
        assert [hit.passage.text for hit in hits] == [hit.passage.text for hit in expected]
        np.testing.assert_allclose([h.score for h in hits], [h.score for h in expected], atol=0.05)
        answers = [tacrochat.Assistant(library).ask(question) for library in (several, one)]
        assert [q.label for q in answers[0].quotes] == [q.label for q in answers[1].quotes]
        assert answers[0].status == answers[1].status
    for stem in ("castl", "otter", "lorri", "fire", "flood", "the"):
        assert several.pipeline.terms.counts(stem) == one.pipeline.terms.counts(stem), stem
    assert several.pipeline.terms.frequency("lorri") == several.pipeline.terms.frequency("flood") == 0
    assert several.pipeline.terms.mean_length == pytest.approx(one.pipeline.terms.mean_length)
    assert several.pipeline.terms.near("ottres").keys() == one.pipeline.terms.near("ottres").keys()


def test_every_segment_is_searched(index, encoder):
    library = opened(index, encoder)
    for question, path in QUESTIONS.items():
        assert library.documents[library.search(question)[0].passage.document_id].path == path
    answer = tacrochat.Assistant(library).ask("Until when do latecoemrs wait?")
    assert [respelling.searched for respelling in answer.respellings] == ["latecomers"]
    assert (*answer.quotes, *answer.nearest)[0].document == "theatre.md"


def test_a_filter_finds_passages_in_every_segment(index, corpus, encoder):
    library = refreshed(index, corpus, encoder)
    for path, kind in library.document_columns("path", "kind"):
        hits = library.search("what is there to know?", documents=[path])
        assert {hit.passage.document_id for hit in hits} == {library.find_document(path)}
        assert len(hits) == len(library.passages_of(library.find_document(path)))
        if kind != "unknown":
            kinds = {
                library.documents[hit.passage.document_id].kind
                for hit in library.search("what?", kinds=[kind])
            }
            assert kinds == {kind}
    parts = library._store.parts
    everywhere = library.search("what?", 100, kinds=["guideline", "trial", "review", "unknown"])
    found = {hit.passage.id for hit in everywhere}
    for part in parts:
        assert found & set(range(part.first_passage, part.first_passage + part.passages))


def test_when_the_indexed_copy_goes_the_other_is_indexed(index, corpus, encoder, monkeypatch):
    for name in ("keys-a", "keys-b", "keys-c"):
        (corpus / f"{name}.md").write_text(f"# About {name}\n\n{LONG}\n\n## More\n\nThe {name} are small.\n")
    library = build(corpus, index, encoder=encoder)
    segment, first = place(library, "keys-a.md")
    assert place(library, "keys-b.md") == (segment, first + 1), "the copy is one within a segment"
    (passage,) = [p for p in library.passages if LONG in p.text]
    assert library.documents[passage.document_id].path == "keys-a.md"
    assert [copy.document for copy in passage.copies] == ["keys-b.md", "keys-c.md"]
    given = without_work(monkeypatch)
    (corpus / "keys-a.md").unlink()
    library = build(corpus, index, encoder=encoder)
    (passage,) = [p for p in library.passages if LONG in p.text]
    assert library.documents[passage.document_id].path == "keys-b.md"
    assert [copy.document for copy in passage.copies] == ["keys-c.md"]
    assert library.passages_of(passage.document_id)[0] == passage
    for path in ("keys-b.md", "keys-c.md"):
        hit = library.search("What must visitors do who lose a key?", documents=[path])[0]
        assert LONG in hit.passage.text
        assert library.documents[hit.passage.document_id].path == path
    assert library.verify() == []
    assert sum(given) < 60, "the background's questions, and what has another context now"


def test_the_same_text_in_two_segments_is_shown_once(index, corpus, encoder):
    (corpus / "keys-a.md").write_text(f"# About keys\n\n{LONG}\n\n## More\n\nThe keys are small.\n")
    library = build(corpus, index, encoder=encoder)
    first = place(library, "keys-a.md")
    (corpus / "keys-b.md").write_text(f"# About locks\n\n{LONG}\n")
    library = build(corpus, index, encoder=encoder)
    if place(library, "keys-a.md") != first:
        pytest.fail("the two are in one segment")
    assert sum(LONG in passage.text for passage in library.passages) == 2
    hits = [
        hit for hit in library.search("What must visitors do who lose a key?") if LONG in hit.passage.text
    ]
    assert len(hits) == 1
    own = library.documents[hits[0].passage.document_id].path
    assert {own, *(copy.document for copy in hits[0].passage.copies)} == {"keys-a.md", "keys-b.md"}
    quote = tacrochat.Assistant(library).ask("What must visitors do who lose a key?").quotes[0]
    assert quote.document == own
    assert len(quote.also) == 1


def test_a_segment_of_which_much_is_gone_is_written_again(index, corpus, encoder, monkeypatch):
    library = opened(index, encoder)
    first = library._store.parts[0]
    paths = [path for (path,) in library.document_columns("path")][: first.documents]
    for path in paths[:-1]:
        (corpus / path).unlink()
    given = without_work(monkeypatch)
    library = build(corpus, index, encoder=encoder)
    assert first.segment.name not in {folder.name for folder in segments(index)}
    assert removed(index) == []
    assert library.find_document(paths[-1]) is not None
    assert all(library.find_document(path) is None for path in paths[:-1])
    assert sum(given) <= 25, "nothing but the background's questions"
    assert library.verify() == []


def test_many_segments_of_one_size_are_merged(corpus, encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(merging, "_SMALL", 1)
    monkeypatch.setattr(merging, "_TIER", 3)
    pages = sorted(corpus.iterdir())[:7]
    for path in sorted(corpus.iterdir())[1:]:
        path.rename(tmp_path / path.name)
    index = tmp_path / "index"
    counts = []
    for path in pages:
        if path != pages[0]:
            (tmp_path / path.name).rename(path)
        library = build(corpus, index, encoder=encoder)
        counts.append(len(segments(index)))
        assert library.verify() == []
        assert [p for (p,) in sorted(library.document_columns("path"))] == [
            page.name for page in pages[: len(counts)]
        ]
    assert 2 < max(counts) < 5, counts
    assert any(later < earlier for earlier, later in pairwise(counts)), counts
    for question, path in QUESTIONS.items():
        found = library.documents[library.search(question)[0].passage.document_id].path
        assert (found == path) == (path in {page.name for page in pages})
    # No more than the current generation and the one before it is kept.
    named = {folder.name for folder in segments(index)}
    assert len({path.name for path in index.glob("segment-*")} - named) <= 4
    assert len(list(index.glob("generation-*"))) == 2


def test_a_reader_goes_on_when_its_segments_are_merged_away(index, corpus, encoder, monkeypatch):
    reader = opened(index, encoder)
    untouched = opened(index, encoder)  # has read nothing yet
    expected = [[hit.passage for hit in reader.search(question)] for question in QUESTIONS]
    names = {folder.name for folder in segments(index)}
    monkeypatch.setattr(merging, "_SMALL", 1_000)
    for number in range(2):
        (corpus / "zoo.md").write_text(f"# The zoo\n\nThe zoo keeps {number} otters.\n")
        build(corpus, index, encoder=encoder)
    assert not names & {path.name for path in index.iterdir()}
    found = []

    def read():
        for library in (reader, untouched):
            found.append([[hit.passage for hit in library.search(question)] for question in QUESTIONS])
            found.append(list(library.passages))

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert len(found) == 4
    assert found[0] == found[2] == expected
    assert found[1] == found[3] == list(reader.passages)
    assert untouched.document("castle.md").text.count("eighty") == 1
    assert "otters" in reader.reopen().search("What does the zoo keep?")[0].passage.text


def test_verify_reads_every_segment(index, corpus, encoder):
    library = refreshed(index, corpus, encoder)
    assert removed(index)
    assert library.verify() == []
    for path in published(index):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 4
        path.write_bytes(data)
        try:
            problems = tacrochat.open(index).verify()
        except tacrochat.TacrochatError as error:
            problems = [str(error)]
        assert any(str(path) in problem for problem in problems), path
        data[len(data) // 2] ^= 4
        path.write_bytes(data)
    assert tacrochat.open(index).verify() == []
    # A file that is gone from the folder is told of, one that was noted as gone is not.
    (corpus / "ferry.md").unlink()
    (problem,) = tacrochat.open(index).verify()
    assert "ferry.md is gone" in problem
    assert build(corpus, index, encoder=encoder).verify() == []


def test_what_a_build_reads_again_is_as_it_was_published(index, corpus, encoder, monkeypatch):
    """Of a large index a build does not compare everything, but never copies a damaged text."""
    segment, _ = place(tacrochat.open(index), "ferry.md")
    path = index / segment / "arrays.safetensors"
    data = bytearray(path.read_bytes())
    data[data.index(b"twenty minutes")] ^= 2
    path.write_bytes(data)
    monkeypatch.setattr(places, "_COMPARED", 0)
    left = build(corpus, index, encoder=encoder)
    assert any(segment in problem for problem in left.verify()), "nothing was read of it, so it stays"
    monkeypatch.setattr(merging, "_SMALL", 4_000)  # now every segment is written again
    (corpus / "castle.md").write_text(page("castle").replace("eighty", "ninety"))
    mended = build(corpus, index, encoder=encoder)
    assert mended.verify() == []
    assert "every twenty minutes" in mended.document("ferry.md").text
    assert "ninety metres" in mended.document("castle.md").text


def test_a_part_of_the_files_can_be_compared(index):
    library = tacrochat.open(index)
    for path in published(index):
        path.write_bytes(path.read_bytes()[::-1])
    assert len(library._store.damaged()) == len(published(index))
    for path in published(index):
        path.write_bytes(path.read_bytes()[::-1])
    largest = max(published(index), key=lambda path: path.stat().st_size)
    largest.write_bytes(largest.read_bytes()[::-1])
    found = {tuple(library._store.damaged(largest.stat().st_size)) for _ in range(50)}
    assert found == {(), (str(largest),)}, "another part each time"


def test_a_library_reads_items_across_segments(index, corpus, encoder):
    library = refreshed(index, corpus, encoder)
    documents, passages = list(library.documents), list(library.passages)
    assert len(documents) == len(library.documents) == len(FACTS)
    assert [library.documents[i] for i in range(len(documents))] == documents
    assert library.documents[-1] == documents[-1]
    assert library.passages[2:5] == passages[2:5]
    for number in (len(passages), -len(passages) - 1):
        with pytest.raises(IndexError):
            library.passages[number]
    assert [p for d in documents for p in library.passages_of(d.id)] == passages
    assert library.passage_counts == tuple(len(library.passages_of(d.id)) for d in documents)
    columns = ("path", "title", "digest", "kind", "source", "container")
    assert library.document_columns(*columns) == [tuple(getattr(d, c) for c in columns) for d in documents]
    assert [library.find_document(d.path) for d in documents] == [d.id for d in documents]
    for section in library.sections():
        assert section in library.sections(section.document_id)
        assert documents[section.document_id].text[section.start : section.end].strip()
    every = library.embeddings
    np.testing.assert_allclose(np.linalg.norm(every, axis=1), 1, atol=1e-3)
    some = [5, 0, len(passages) - 1, 5]
    assert np.array_equal(library.vectors(some), every[some])
    assert library.vectors([]).shape == (0, every.shape[1])
    for number in range(len(passages)):
        near = library.similar(number, 4)
        assert near[0] == (number, pytest.approx(1, abs=1e-3))
        best = np.sort(every @ every[number])[::-1][:4]
        np.testing.assert_allclose([cosine for _, cosine in near], best, atol=1e-3)


def test_segments_with_lists_answer_as_those_without(index, corpus, encoder, tmp_path, monkeypatch):
    expected = opened(index, encoder)
    monkeypatch.setattr(vectors, "EXACT_UP_TO", 16)
    monkeypatch.setattr(merging, "LARGEST", 1_000)
    library = build(corpus, tmp_path / "lists", encoder=encoder)
    names = {path.name for path in published(tmp_path / "lists")}
    assert {"passages.lists.faiss", "sentences.lists.faiss"} <= names
    assert library.verify() == []
    for question in QUESTIONS:
        hits = [[h.passage.text for h in lib.search(question, 3)] for lib in (library, expected)]
        assert hits[0] == hits[1]
    path = "harbour.md"
    assert len(library.search("what?", documents=[path])) == 2


def test_a_refresh_that_is_killed_leaves_the_old_segments(corpus, tmp_path):
    index = tmp_path / "index"
    moments = {
        "a segment appears": lambda old: {p.name for p in index.glob("segment-*")} - old,
        "a generation appears": lambda old: {p.name for p in index.glob("generation-*")} - old,
        "vectors are written": lambda old: {p for p in index.glob("*/*.faiss") if p.parent.name not in old},
    }
    killed = 0
    with Builder() as builder:
        assert builder.wait(builder.start(corpus, index, segment=SEGMENT)) == (0, "")
        for number, happened in enumerate(moments.values()):
            before = tacrochat.open(index)
            expected, generation = in_words(before), before.manifest.generation
            assert len(before.manifest.segments) >= 3
            old = {path.name for path in index.iterdir()}
            (corpus / "castle.md").write_text(page("castle").replace("eighty", f"{number} hundred"))
            pid = builder.start(corpus, index, segment=SEGMENT)
            end = time.monotonic() + 120
            while not happened(old) and time.monotonic() < end:
                time.sleep(0.0005)
            code, error = builder.kill(pid)
            assert code in {0, -signal.SIGKILL}, error
            after = tacrochat.open(index)
            assert after.verify() == [] or code
            assert not after._store.damaged()
            assert not after._store.problems()
            if after.manifest.generation == generation:
                killed += 1
                assert in_words(after) == expected
            assert builder.wait(builder.start(corpus, index, segment=SEGMENT)) == (0, "")
            library = tacrochat.open(index)
            assert library.verify() == []
            assert f"{number} hundred" in library.document("castle.md").text
            named = {folder.name for folder in segments(index)} | {library.manifest.generation}
            kept = {s.name for s in after.manifest.segments} | {after.manifest.generation}
            there = {path.name for path in index.iterdir()} - {".lock", "manifest.json", EXPORTED}
            assert named <= there <= named | kept, "what the dead build left was cleared away"
    assert killed


def test_a_file_that_is_cut_short_while_it_is_open_is_an_error_and_no_crash(index, encoder):
    library = Library(Store(index), Settings(), encoder=encoder)
    assert library.search("When is the market held?")
    path = segments(index)[0] / "arrays.safetensors"
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(IndexCorrupt, match=r"arrays.safetensors is cut short.*tacrochat build --full"):
        library.search("When is the market held?")


def test_opening_reads_no_document(index, monkeypatch):
    """The work of opening does not grow with the folder: not one document or passage is read."""
    read = []
    monkeypatch.setattr(Segment, "text", lambda *_: read.append(1))
    monkeypatch.setattr(Segment, "documents", lambda *_: read.append(1))
    library = tacrochat.open(index)
    assert len(library.documents) == len(FACTS)
    assert len(library.passages) > SEGMENT
    assert repr(library)
    assert not read


def test_an_index_of_an_older_format_is_built_again_and_that_is_said(index, corpus, capsys):
    manifest = index / "manifest.json"
    manifest.write_text(json.dumps(read(index) | {"schema": 4}), "utf-8")
    with pytest.raises(IndexMismatch, match="older tacrochat; run 'tacrochat build"):
        tacrochat.open(index)
    assert main(["build", "--corpus", str(corpus), "--index", str(index)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{index} was written by an older tacrochat; it is built again from the files"
    assert tacrochat.open(index).verify() == []


@pytest.mark.parametrize("path", ["nowhere.md", "\ud800.md", {"a": 1}, 5, None])
def test_what_is_no_path_of_a_document_is_not_there(index, path):
    assert tacrochat.open(index).find_document(path) is None
