"""What of a folder is read: not the index, not what is elsewhere; what cannot be read now is kept."""

import json
import os
import shutil
import socket
from pathlib import Path

import pytest

import tacrochat
from material import write_pages
from once import place_model
from tacrochat.building.build import build
from tacrochat.building.scan import File, scan
from tacrochat.cli import main
from tacrochat.configuration.folders import Folder
from tacrochat.errors import CorpusError, IndexCorrupt
from tacrochat.index.manifest import sealed
from tacrochat.settings import Settings

TWO = {"lid.md": "The lid is made of copper.\n", "inner/spout.md": "The spout is made of tin.\n"}


@pytest.fixture
def corpus(tmp_path):
    return write_pages(tmp_path / "pages", TWO)


def paths(library):
    return [document.path for document in library.documents]


def reasons(library):
    return {skipped.path: skipped.reason for skipped in library.skipped}


# The index is no document ---------------------------------------------------------------------------


@pytest.mark.parametrize("where", [".", "inner/index", ".."])
def test_the_index_is_never_corpus_wherever_it_is(corpus, encoder, where):
    """The index in the corpus, the corpus in the index, and both in one folder."""
    index = corpus / where
    write_pages(index, {"generation-of-kettles.txt": "A generation of kettles was made of iron.\n"})
    library = build(corpus, index, encoder=encoder)
    (corpus / "new.md").write_text("The handle is made of wood.\n")
    library = build(corpus, index, encoder=encoder)
    library = build(corpus, index, encoder=encoder)
    inside = (index / "generation-of-kettles.txt").resolve()
    mine = [inside.relative_to(corpus).as_posix()] if inside.is_relative_to(corpus) else []
    assert sorted(paths(library)) == sorted([*TWO, "new.md", *mine])
    assert library.skipped == ()
    assert library.report.added == library.report.changed == 0
    assert inside.read_text() == "A generation of kettles was made of iron.\n"


def test_a_users_folder_beside_the_generations_is_not_cleared_away(corpus, encoder):
    write_pages(corpus / "generation-1", {"notes.md": "The first generation had no whistle.\n"})
    for number in range(3):
        (corpus / "lid.md").write_text(f"The lid is {number} inches wide.\n")
        library = build(corpus, corpus, encoder=encoder)
    assert "generation-1/notes.md" in paths(library)
    assert len([path for path in corpus.glob("generation-*") if len(path.name) > 15]) == 2


# Links and what is no file --------------------------------------------------------------------------


@pytest.fixture
def odd(corpus, tmp_path):
    """A corpus with links of all sorts, a pipe and a socket."""
    outside = write_pages(tmp_path / "outside", {"secret.md": "The password is teapot.\n"})
    (corpus / "out.md").symlink_to(outside / "secret.md")
    (corpus / "out").symlink_to(outside)
    (corpus / "again.md").symlink_to("lid.md")
    (corpus / "again").symlink_to("inner")
    (corpus / "inner" / "up").symlink_to("..")
    (corpus / "round").symlink_to("round")
    (corpus / "nowhere.md").symlink_to("gone.md")
    os.mkfifo(corpus / "pipe.md")
    listener = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(corpus)  # a socket's path may not be long
    listener.bind("socket.md")
    os.chdir(here)
    yield corpus
    listener.close()


def test_links_out_of_the_folder_are_not_followed_and_everything_is_reported(odd, tmp_path, encoder):
    library = build(odd, tmp_path / "index", encoder=encoder)
    assert sorted(paths(library)) == sorted(TWO)
    found = reasons(library)
    assert found.keys() == {
        "out.md", "out", "again.md", "again", "inner/up", "round", "nowhere.md", "pipe.md", "socket.md"
    }  # fmt: skip
    for name in ("out.md", "out"):
        assert "leads out of the folder" in found[name]
        assert "TACROCHAT_FOLLOW_LINKS" in found[name]
    assert found["again.md"] == "it is a link to lid.md, which is read itself"
    assert found["again"] == "it is a link to inner, which is read itself"
    assert found["inner/up"] == "it is a link to a folder that it lies in"
    assert found["round"] == found["nowhere.md"] == "it is a link that leads nowhere"
    assert found["pipe.md"] == "it is a pipe, not a file"
    assert found["socket.md"] == "it is a socket, not a file"


def test_links_out_of_the_folder_are_followed_when_that_is_set(odd, tmp_path, encoder, monkeypatch):
    (tmp_path / "outside" / "back").symlink_to(odd)
    monkeypatch.setenv("TACROCHAT_FOLLOW_LINKS", "yes")
    library = build(odd, tmp_path / "index", encoder=encoder)
    assert sorted(paths(library)) == sorted([*TWO, "out.md", "out/secret.md"])
    assert reasons(library)["out/back"] == "it is a link to a folder that it lies in"
    assert len(library.passages) == 3  # the one text that is reached twice is indexed once


def test_a_hidden_file_is_read_through_its_link_once(corpus, tmp_path, encoder):
    """As a mounted volume of Kubernetes has them."""
    write_pages(corpus / "..2026", {"rim.md": "The rim is made of brass.\n"})
    (corpus / "..data").symlink_to("..2026")
    (corpus / "rim.md").symlink_to("..data/rim.md")
    (corpus / "rim-2.md").symlink_to("..data/rim.md")
    library = build(corpus, tmp_path / "index", encoder=encoder)
    assert sorted(paths(library)) == sorted([*TWO, "rim-2.md"])
    assert reasons(library) == {"rim.md": "it leads to what is read through another link"}


def test_a_side_car_that_is_a_link_out_of_the_folder_is_not_read(corpus, tmp_path, encoder):
    (tmp_path / "facts.yaml").write_text("title: Secret facts\n")
    sidecar = corpus / "lid.md.meta.yaml"
    sidecar.symlink_to(tmp_path / "facts.yaml")
    library = build(corpus, tmp_path / "index", encoder=encoder)
    assert library.document("lid.md").title == "lid"
    assert "leads out" in reasons(library)["lid.md.meta.yaml"]
    sidecar.unlink()
    (corpus / "shared.yaml").write_text("title: Shared facts\n")
    sidecar.symlink_to("shared.yaml")
    assert build(corpus, tmp_path / "index", encoder=encoder).document("lid.md").title == "Shared facts"


# What cannot be read now ----------------------------------------------------------------------------


def test_what_cannot_be_read_now_is_reported_and_what_was_read_before_is_kept(children, corpus, tmp_path):
    index = place_model(tmp_path / "index")
    arguments = ("build", "--corpus", corpus, "--index", index, "--json")

    def built(*more):
        done = children.run(*arguments, *more, obey=True)
        assert done.code == 0, done.err
        return json.loads(done.out)

    assert built()["documents"] == 2
    (corpus / "inner" / "rim.md").write_text("The rim is made of brass.\n")
    (corpus / "lid.md").write_text("The lid is made of silver.\n")
    (corpus / "lid.md").chmod(0)
    (corpus / "inner").chmod(0)
    try:
        for more in ((), (), ("--full",)):
            report = built(*more)
            assert (report["documents"], report["removed"]) == (2, 0)
            skipped = {s["path"]: s["reason"] for s in report["skipped"]}
            assert skipped.keys() == {"inner", "lid.md"}
            for reason in skipped.values():
                assert "Permission denied" in reason
                assert reason.endswith("what was read of it before is kept")
        verified = children.run("verify", "--index", index, obey=True)
        assert verified.code == 1
        assert "Traceback" not in verified.err
        assert verified.out.count("cannot be read (Permission denied)") == 2
    finally:
        (corpus / "inner").chmod(0o755)
        (corpus / "lid.md").chmod(0o644)
    report = built()
    assert (report["documents"], report["added"], report["changed"], report["skipped"]) == (3, 1, 1, [])
    assert "silver" in tacrochat.open(index).document("lid.md").text
    (corpus / "inner").chmod(0)
    corpus.chmod(0)
    try:
        refused = children.run(*arguments, obey=True)
        assert refused.code == 1
        assert f"{corpus} cannot be read (Permission denied)" in refused.err
        assert refused.err.count("\n") == 1
    finally:
        corpus.chmod(0o755)
        (corpus / "inner").chmod(0o755)
    assert len(tacrochat.open(index).documents) == 3


def test_a_file_that_vanishes_during_the_scan_is_reported(corpus, tmp_path, monkeypatch):
    """The moment between the listing of a folder and the look at a file, met for certain."""
    real = Path.lstat

    def vanishing(path):
        if path.name == "lid.md":
            path.unlink()
        return real(path)

    monkeypatch.setattr(Path, "lstat", vanishing)
    found = scan([Folder(corpus)], tmp_path / "index")
    assert [type(entry).__name__ for entry in found] == ["File", "Skipped"]
    assert isinstance(found[0], File)
    assert "removed while" in found[1].reason


def test_verify_reads_each_file_once(tmp_path, encoder, monkeypatch):
    import zipfile

    from tacrochat import checking

    (tmp_path / "pages").mkdir()
    with zipfile.ZipFile(tmp_path / "pages" / "box.zip", "w") as archive:
        for number in range(5):
            archive.writestr(f"{number}.md", f"Kettle number {number} is red.\n")
    library = build(tmp_path / "pages", tmp_path / "index", encoder=encoder)
    looked = []
    real = checking.digest
    monkeypatch.setattr(checking, "digest", lambda path: looked.append(path) or real(path))
    assert len(library.documents) == 5
    assert library.verify() == []
    assert len(looked) == 1
    (tmp_path / "pages" / "box.zip").unlink()
    assert len(library.verify()) == 1


# The folder and the model of the index --------------------------------------------------------------


def test_without_a_corpus_the_indexs_own_is_built(capsys, corpus, tmp_path, monkeypatch):
    index = tmp_path / "index"
    assert main(["build", "--corpus", str(corpus), "--index", str(index)]) == 0
    write_pages(tmp_path / "corpus", {"other.md": "Another folder, which nobody named.\n"})
    monkeypatch.chdir(tmp_path)
    (corpus / "new.md").write_text("The handle is made of wood.\n")
    assert main(["build", "--index", str(index)]) == 0
    assert "1 added, 0 changed, 0 removed" in capsys.readouterr().out
    assert tacrochat.open(index).manifest.corpus == str(corpus)
    corpus.rename(tmp_path / "moved")
    assert main(["build", "--index", str(index)]) == 1
    err = capsys.readouterr().err
    assert str(corpus) in err
    assert "--corpus DIR" in err
    with pytest.raises(CorpusError):
        tacrochat.build(index=index)
    assert len(tacrochat.open(index).documents) == 3


def test_without_an_index_the_folder_corpus_is_built(tmp_path, encoder, monkeypatch):
    write_pages(tmp_path / "corpus", TWO)
    monkeypatch.chdir(tmp_path)
    assert sorted(paths(build(encoder=encoder))) == sorted(TWO)
    # An index that is damaged does not say what it was made from: nothing else takes its place.
    (tmp_path / "index" / "manifest.json").write_text("{")
    with pytest.raises(IndexCorrupt, match="--corpus DIR"):
        build(encoder=encoder)
    assert sorted(paths(build("corpus", encoder=encoder))) == sorted(TWO)


def test_without_a_model_the_indexs_own_is_used(corpus, tmp_path, encoder, monkeypatch):
    from tacrochat.embedding.model_files import folder_of

    model = tmp_path / "model"
    shutil.copytree(folder_of(encoder.model), model, copy_function=os.link)
    monkeypatch.chdir(tmp_path)
    index = tmp_path / "index"
    build(corpus, index, model="model", encoder=encoder)
    assert tacrochat.open(index).manifest.model == str(model)  # found from every folder
    (corpus / "new.md").write_text("The handle is made of wood.\n")
    library = build(corpus, index, encoder=encoder)
    assert library.encoder.model == str(model)
    assert library.manifest.model == str(model)
    library = build(corpus, index, model="all-MiniLM-L6-v2", full=True, encoder=encoder)
    assert library.manifest.model == "all-MiniLM-L6-v2"
    # A setting that is given is not overruled by the index.
    library = build(corpus, index, settings=Settings(model=str(model)), full=True)
    assert library.manifest.model == str(model)
    # A manifest that is not as it was written is not believed.
    path = index / "manifest.json"
    path.write_text(sealed(json.loads(path.read_text())).replace(str(model), str(tmp_path / "nowhere")))
    assert build(corpus, index, encoder=encoder).manifest.model == "all-MiniLM-L6-v2"


# Texts without words --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["It is what it is. And so are they.\n", "?! — … !!!\n\n** ** §§ ¿\n"])
def test_a_folder_of_function_words_or_marks_opens_and_answers_not_found(tmp_path, encoder, text):
    pages = write_pages(tmp_path / "pages", {"it.txt": text})
    build(pages, tmp_path / "index", encoder=encoder)
    library = tacrochat.open(tmp_path / "index")
    assert library.verify() == []
    assert library.passages[0].text.strip() == text.strip()
    answer = tacrochat.Assistant(library).ask("How often should I descale the kettle?")
    assert answer.status == "not_found"
    assert len(answer.nearest) == 1
    assert library.search("Is it?")
