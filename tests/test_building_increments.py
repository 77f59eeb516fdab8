"""A changed, added, moved or removed file costs only its own work; repeated texts are indexed once."""

import io
import os
import shutil
import signal
import threading
import time
import zipfile
from pathlib import Path

import pytest

import tacrochat
from once import exported_model
from tacrochat.building.build import build
from tacrochat.building.watch import watch
from tacrochat.cli import main
from tacrochat.embedding.encoder import Encoder
from tacrochat.errors import IndexBusy
from tacrochat.index import publish
from tacrochat.ranking.confidence import unrelated


class Counting(Encoder):
    """The real model, counting the texts of documents that it is given to embed."""

    embedded = 0

    def encode(self, texts, **options):
        self.embedded += len(texts)
        return super().encode(texts, **options)

    def encode_words(self, texts, spans, **options):
        # Each new generation asks the questions of the background, whatever has changed.
        self.embedded += sum(text not in unrelated() for text in texts)
        return super().encode_words(texts, spans, **options)


@pytest.fixture(scope="module")
def encoder():
    return Counting(exported=exported_model())


in_both = pytest.mark.parametrize("made", ["folder", "milvus"], indirect=True)
"""Run a test over an index in a folder, and over one in Milvus."""


@pytest.fixture
def made(tmp_path, encoder, request, monkeypatch):
    """A small corpus, built; ``again()`` builds it once more and tells how many texts were embedded."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    in_milvus = getattr(request, "param", "folder") == "milvus"
    index = f"milvus+file:{tmp_path / 'index.db'}" if in_milvus else tmp_path / "index"
    corpus = tmp_path / "corpus"
    (corpus / "inner").mkdir(parents=True)
    for number, name in enumerate(("kettle", "teapot", "saucer", "ladle")):
        _page(corpus / f"{name}.md", name, number)

    def again(**options):
        before = encoder.embedded
        library = build(corpus, index, encoder=encoder, **options)
        return library, encoder.embedded - before

    again()
    _age(corpus)
    again.corpus, again.index = corpus, index
    return again


def _page(path, name, number):
    path.write_text(
        f"# The {name}\n\nThe {name} holds {number} cups of water when it is full to the brim.\n\n"
        f"## Care of the {name}\n\nWash the {name} with sand. Do not leave the {name} in the rain.\n"
    )


def _age(corpus):
    """Make every file look old, so that only its size and date decide whether it is read."""
    for path in corpus.rglob("*"):
        os.utime(path, (1_600_000_000, 1_600_000_000))


def _counts(library):
    return library.report.added, library.report.changed, library.report.removed


@in_both
def test_nothing_new_costs_nothing_and_publishes_nothing(made):
    library, embedded = made()
    generation = library.manifest.generation
    library, embedded = made()
    assert (_counts(library), embedded) == ((0, 0, 0), 0)
    assert library.manifest.generation == generation


@in_both
def test_a_changed_file_embeds_only_its_own_changed_texts(made):
    made()
    path = made.corpus / "kettle.md"
    path.write_text(path.read_text().replace("holds 0 cups", "holds nine cups"))
    library, embedded = made()
    assert _counts(library) == (0, 1, 0)
    assert 1 <= embedded <= 4  # the sentence, its passage, and the new word
    assert "nine cups" in library.document("kettle.md").text


@in_both
def test_a_moved_file_embeds_nothing(made):
    made()
    shutil.move(made.corpus / "kettle.md", made.corpus / "inner" / "kettle.md")
    library, embedded = made()
    assert (_counts(library), embedded) == ((1, 0, 1), 0)
    assert library.document("inner/kettle.md")
    assert library.verify() == []


def test_a_renamed_file_embeds_nothing_when_it_names_itself(made):
    made()
    shutil.move(made.corpus / "kettle.md", made.corpus / "boiler.md")
    library, embedded = made()
    assert (_counts(library), embedded) == ((1, 0, 1), 0)


@in_both
def test_a_removed_file_is_gone_and_embeds_nothing(made):
    (made.corpus / "ladle.md").unlink()
    library, embedded = made()
    assert (_counts(library), embedded) == ((0, 0, 1), 0)
    assert not any("ladle" in p.text for p in library.passages)


def test_other_sizes_of_passages_keep_the_vectors_of_sentences(made):
    _, embedded = made(settings=tacrochat.Settings(passage_tokens=20, merge_tokens=4))
    library, _ = made(settings=tacrochat.Settings(passage_tokens=20, merge_tokens=4))
    assert embedded <= 2 * len(library.passages)
    assert _counts(library) == (0, 0, 0)


def test_a_side_car_describes_and_its_change_is_seen(made):
    sidecar = made.corpus / "kettle.md.meta.yaml"
    sidecar.write_text("title: A pot\nkind: review\nauthor: Ada\nlanguage: en\nurl: https://example.org/\n")
    library, _ = made()
    found = library.document("kettle.md")
    assert (found.title, found.kind, found.kind_reason) == ("A pot", "review", None)
    assert (found.author, found.language, found.url) == ("Ada", "en", "https://example.org/")
    assert _counts(library) == (0, 1, 0)
    sidecar.write_text("kind: trial\n")
    assert made()[0].document("kettle.md").kind == "trial"
    sidecar.unlink()
    library, _ = made()
    assert library.document("kettle.md").kind == "unknown"
    assert library.document("kettle.md").title == "The kettle"


@pytest.mark.parametrize("text", ["- a list", "{", "a: [1", "\ud800", "&a [*a]", "x" * 70_000])
def test_a_broken_side_car_is_told_and_the_document_stays(made, text):
    (made.corpus / "kettle.md.meta.yaml").write_text(text, errors="surrogatepass")
    library, _ = made()
    assert library.document("kettle.md").title == "The kettle"
    assert any(s.path == "kettle.md" and "kettle.md.meta.yaml" in s.reason for s in library.skipped)


def test_a_side_car_without_its_file_is_told(made):
    (made.corpus / "gone.md.meta.yaml").write_text("kind: trial\n")
    library, _ = made()
    assert [(s.path, s.reason) for s in library.skipped] == [
        ("gone.md.meta.yaml", "it describes a file that is not there")
    ]


def test_kinds_are_guessed_with_a_reason_that_can_be_overridden(made):
    (made.corpus / "study.md").write_text(
        "# Sand against soap: a randomised trial of washing kettles\n\nHalf of them were washed with sand.\n"
    )
    found = made()[0].document("study.md")
    assert found.kind == "trial"
    assert found.kind_reason == "its title says “randomised”"
    (made.corpus / "study.md.meta.yaml").write_text("kind: unknown\n")
    found = made()[0].document("study.md")
    assert (found.kind, found.kind_reason) == ("unknown", None)


LONG = (
    "Whoever finds the kettle empty fills it at the pump behind the house before the others wake, and whoever"
    " finds the pump frozen thaws it with a lamp and does not use boiling water for it."
)


@in_both
def test_the_same_text_is_indexed_once_with_all_its_sources(made, capsys):
    for name in ("kettle", "pump"):
        path = made.corpus / f"{name}.md"
        path.write_text(f"# The {name}\n\n## Frost\n\n{LONG}\n\n## Colour\n\nThe {name} is of iron.\n")
    shutil.copy(made.corpus / "teapot.md", made.corpus / "teapot-copy.md")
    library, _ = made()
    (held,) = [p for p in library.passages if LONG in p.text]
    assert [c.label for c in held.copies] == ["pump.md, line 5"]
    (teapot,) = [p for p in library.passages if "holds 1 cups" in p.text]
    assert library.documents[teapot.document_id].path == "teapot-copy.md"
    assert [c.document for c in teapot.copies] == ["teapot.md"]
    quote = tacrochat.Assistant(library).ask("How many cups does the teapot hold?").quotes[0]
    assert quote.also == ("teapot.md, line 3",)
    assert quote.label == "The teapot, line 3 (also: teapot.md, line 3)"
    assert quote.to_dict()["also"] == ["teapot.md, line 3"]
    # Asked for the copy alone, the words are still found.
    assert library.search("cups in the teapot", documents=["teapot.md"])
    assert main(["info", "--index", str(made.index), "--document", "teapot.md"]) == 0
    assert "repeats teapot-copy.md, indexed there: The teapot holds 1 cups" in capsys.readouterr().out


@in_both
def test_when_the_indexed_copy_goes_the_other_takes_its_place_without_work(made):
    shutil.copy(made.corpus / "teapot.md", made.corpus / "a-copy.md")
    library, embedded = made()
    assert embedded == 0
    (made.corpus / "a-copy.md").unlink()
    library, embedded = made()
    assert embedded == 0
    (teapot,) = [p for p in library.passages if "holds 1 cups" in p.text]
    assert library.documents[teapot.document_id].path == "teapot.md"
    assert teapot.copies == ()


def test_a_short_sentence_in_two_documents_stays_two(made):
    for name in ("balm", "salve"):
        page = f"# {name}\n\nApply it twice a day.\n\n## About the {name}\n\nIt is {name}.\n"
        (made.corpus / f"{name}.md").write_text(page)
    library, _ = made()
    assert sum("Apply it twice a day." in p.text for p in library.passages) == 2


def test_an_archive_is_one_file_with_many_documents(made):
    def pack(**pages):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            for name, number in pages.items():
                _page(made.corpus / "x", name, number)
                archive.writestr(f"{name}.md", (made.corpus / "x").read_bytes())
            archive.writestr("odd.xyz", b"?")
        (made.corpus / "x").unlink()
        (made.corpus / "box.zip").write_bytes(data.getvalue())

    pack(spoon=1, fork=2)
    library, _ = made()
    assert _counts(library) == (2, 0, 0)
    assert library.document("box.zip/spoon.md").container == "box.zip"
    assert [s.path for s in library.skipped] == ["box.zip/odd.xyz"]
    assert library.verify() == []
    library, embedded = made()
    assert (_counts(library), embedded) == ((0, 0, 0), 0)
    assert [s.path for s in library.skipped] == ["box.zip/odd.xyz"]
    pack(spoon=1, knife=3)
    library, _ = made()
    assert _counts(library) == (1, 1, 1)
    with (made.corpus / "box.zip").open("ab") as file:
        file.write(b"!")
    assert any("box.zip has changed" in problem for problem in library.verify())


def test_a_missing_package_is_named_and_the_file_tried_again(made, monkeypatch, tmp_path):
    shutil.copy(Path(__file__).parent / "documents" / "pandoc.docx", made.corpus)
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "docx.py").write_text("raise ModuleNotFoundError(\"No module named 'docx'\", name='docx')")
    monkeypatch.syspath_prepend(str(hidden))
    library, _ = made()
    (skipped,) = library.skipped
    assert (
        skipped.reason == "reading .docx files needs the package python-docx; run 'pip install python-docx'"
    )
    monkeypatch.undo()
    library, _ = made()
    assert library.skipped == ()
    assert library.document("pandoc.docx")


def test_watching_builds_again_when_a_file_changes(made):
    found = []
    seen = threading.Event()

    def run():
        for library in watch(made.corpus, made.index):
            found.append(_counts(library))
            seen.set()
            if len(found) == 2:
                return

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert seen.wait(120)
    for attempt in range(100):  # the watcher needs a moment before it sees
        _page(made.corpus / "tray.md", "tray", attempt)
        thread.join(0.5)
        if not thread.is_alive():
            break
    assert found[0] == (0, 0, 0)
    assert found[1] == (1, 0, 0)


def _watched(made, reports, **options):
    """Watch in a thread; returns the counts of each build so far, and the thread."""
    found = []

    def run():
        for library in watch(made.corpus, made.index, report=reports.append, **options):
            found.append(_counts(library))
            if made.corpus.joinpath("stop.md").exists():
                return

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return found, thread


def _until(condition):
    for _ in range(1_000):
        if condition():
            return
        time.sleep(0.1)
    pytest.fail("it has not happened")


def test_watching_goes_on_after_a_build_that_fails(made):
    """A busy index, then a folder that is empty for a moment, then one that is gone; each is said once."""
    reports = []
    with publish.writing(made.index):
        found, thread = _watched(made, reports, full=True)
        _until(lambda: reports)
    _until(lambda: found)  # without any change of a file
    assert [type(error) for error in reports] == [IndexBusy]
    assert found == [(4, 0, 0)], "the first build is a full one"
    away = made.corpus.with_name("away")
    away.mkdir()
    for path in list(made.corpus.iterdir()):
        path.rename(away / path.name)
    _until(lambda: len(reports) == 2)
    assert "holds no files" in str(reports[1])
    made.corpus.rmdir()
    _until(lambda: len(reports) == 3)
    assert "there is no folder" in str(reports[2])
    (away / "stop.md").write_text("Stop the kettle from boiling over.\n")
    away.rename(made.corpus)
    thread.join(60)
    assert not thread.is_alive()
    assert found[-1] == (1, 0, 0)
    assert len(reports) == 3


def test_the_shell_reports_what_fails_while_it_watches(children, made):
    with publish.writing(made.index):
        child = children.start("build", "--watch", "--corpus", made.corpus, "--index", made.index)
        _until(lambda: child.err.exists() and "another build is writing" in child.err.read_text())
    _until(lambda: "4 documents" in child.out.read_text())
    os.kill(child.pid, signal.SIGINT)
    assert children.wait(child).err.splitlines()[1:] == ["tacrochat: stopped"]


def test_the_worker_starts_only_when_a_file_has_to_be_read(made, monkeypatch):
    from tacrochat.readers import files as readers

    _age(made.corpus)
    time.sleep(2.1)  # past the moment in which a file's date cannot be trusted
    made(full=True)
    started = []
    monkeypatch.setattr(readers.Worker, "read", lambda _, path: started.append(path))
    made()
    assert started == []
