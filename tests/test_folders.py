"""Several folders in one index: their names, their patterns, their links, and one that is away."""

import shutil

import pytest

import tacrochat
from material import write_pages
from tacrochat.building.build import build
from tacrochat.building.scan import File, scan
from tacrochat.building.sources import origin_of
from tacrochat.building.watch import tops_of
from tacrochat.configuration.read import load
from tacrochat.configuration.record import NAME
from tacrochat.errors import ConfigurationError, CorpusError
from tacrochat.ui.documents import files
from tacrochat.ui.presence import FolderEmptied, away, check_folder

LID, SPOUT, RIM = "The lid is made of copper.\n", "The spout is made of tin.\n", "The rim is made of brass.\n"


def configured(folder, text):
    folder.mkdir(exist_ok=True)
    (folder / NAME).write_text(text)
    return folder


@pytest.fixture
def home(tmp_path):
    """A folder whose configuration names two others, and files for them."""
    write_pages(tmp_path / "kettles", {"lid.md": LID, "drafts/lid.md": "The lid is made of wood.\n"})
    write_pages(tmp_path / "more" / "pots", {"spout.md": SPOUT})
    text = "folders:\n- path: ../kettles\n  exclude: [drafts/]\n- {path: ../more/pots, name: Old pots}\n"
    return configured(tmp_path / "home", text)


def listed(home):
    configuration = load(home)
    found = scan(configuration.roots(home, configuration.settings()), home / "index")
    return [f.path for f in found if isinstance(f, File)], {
        f.path: f.reason for f in found if not isinstance(f, File)
    }


# What is read -------------------------------------------------------------------------------------------


def test_paths_begin_with_the_name_of_the_folder_and_lead_to_the_files(home, tmp_path, encoder):
    (home / "beside.md").write_text("This folder is not one of those.\n")
    library = build(home, tmp_path / "index", encoder=encoder)
    assert [document.path for document in library.documents] == ["Old pots/spout.md", "kettles/lid.md"]
    origin = library.manifest.origin
    assert origin.location("Old pots/spout.md") == tmp_path / "more" / "pots" / "spout.md"
    assert library.verify() == []
    assert tacrochat.open(tmp_path / "index").manifest.origin == origin
    (tmp_path / "kettles" / "lid.md").write_text("The lid is made of gold.\n")
    (problem,) = library.verify()
    assert problem.startswith(f"{tmp_path / 'kettles' / 'lid.md'} has changed")
    answer = tacrochat.Assistant(library).ask("What is the spout made of?")
    assert answer.quotes[0].document == "Old pots/spout.md"
    again = build(home, tmp_path / "index", encoder=encoder)
    assert (again.report.added, again.report.changed, again.report.removed) == (0, 1, 0)


def test_patterns_are_those_of_each_folder_and_of_all(home, tmp_path):
    write_pages(tmp_path / "more" / "pots", {"drafts/old.md": RIM, "note.txt": RIM})
    assert listed(home)[0] == [
        "Old pots/drafts/old.md",
        "Old pots/note.txt",
        "Old pots/spout.md",
        "kettles/lid.md",
    ]
    with (home / NAME).open("a") as file:
        file.write("include: ['*.md', 'Old pots/*.txt']\nexclude: ['/Old pots/drafts/']\n")
    assert listed(home)[0] == ["Old pots/note.txt", "Old pots/spout.md", "kettles/lid.md"]


def test_uploads_are_read_from_beside_the_configuration_unless_a_folder_holds_them(home):
    write_pages(home, {"uploaded/rim.md": RIM})
    assert listed(home)[0] == ["Old pots/spout.md", "kettles/lid.md", "uploaded/rim.md"]
    configured(home, "folders: [., ../kettles]\n")
    assert listed(home)[0] == ["home/uploaded/rim.md", "kettles/drafts/lid.md", "kettles/lid.md"]


def test_links_are_followed_by_choice_and_no_text_is_read_twice(home, tmp_path, monkeypatch):
    outside = write_pages(tmp_path / "outside", {"rim.md": RIM})
    pots, kettles = tmp_path / "more" / "pots", tmp_path / "kettles"
    (pots / "out").symlink_to(outside)
    (kettles / "out").symlink_to(outside)
    (pots / "lid.md").symlink_to(kettles / "lid.md")
    (pots / "draft.md").symlink_to(kettles / "drafts" / "lid.md")
    (pots / "other").symlink_to(kettles)
    (outside / "back").symlink_to(pots)
    (outside / "up").symlink_to(tmp_path / "more")  # in which a folder lies that is read
    files, reasons = listed(home)
    assert files == ["Old pots/spout.md", "kettles/lid.md"]
    assert "leads out of the folder" in reasons["kettles/out"]
    assert reasons["Old pots/lid.md"] == "it is a link to kettles/lid.md, which is read itself"
    assert reasons["Old pots/draft.md"] == f"it is a link to kettles/drafts/lid.md, which {NAME} leaves out"
    assert reasons["Old pots/other"] == "it is a link to kettles, which is read itself"
    configured(home, (home / NAME).read_text().replace("exclude:", "follow_links: true\n  exclude:"))
    files, reasons = listed(home)
    assert files == ["Old pots/spout.md", "kettles/lid.md", "kettles/out/rim.md"]
    assert "leads out of the folder" in reasons["Old pots/out"], "each folder for itself"
    assert reasons["kettles/out/back"] == "it is a link to Old pots, which is read itself"
    assert reasons["kettles/out/up/pots"] == "it is the folder Old pots, which is read itself"
    configured(home, (home / NAME).read_text() + "follow_links: true\n")
    files, reasons = listed(home)
    assert files == ["Old pots/spout.md", "kettles/lid.md", "kettles/out/rim.md"]
    assert reasons["Old pots/out"] == "it leads to what is read through another link"
    monkeypatch.setenv("TACROCHAT_FOLLOW_LINKS", "0")
    assert "leads out of the folder" in listed(home)[1]["kettles/out"], "the environment counts more"


# What is away -------------------------------------------------------------------------------------------


def test_what_was_read_of_a_folder_that_is_gone_or_empty_is_kept(home, tmp_path, encoder):
    index, pots = tmp_path / "index", tmp_path / "more" / "pots"
    build(home, index, encoder=encoder)
    pots.rename(tmp_path / "away")
    (tmp_path / "kettles" / "rim.md").write_text(RIM)
    for reason in (f"there is no folder {pots}", f"{pots} is empty"):
        library = build(home, index, encoder=encoder)
        assert [d.path for d in library.documents] == [
            "Old pots/spout.md",
            "kettles/lid.md",
            "kettles/rim.md",
        ]
        (skipped,) = library.skipped
        assert skipped.path == "Old pots"
        assert skipped.reason.startswith(reason)
        assert skipped.reason.endswith("what was read of it before is kept")
        pots.mkdir(exist_ok=True)
    pots.rmdir()
    write_pages(pots, {"new.md": "The pot is made of clay.\n"})
    assert build(home, index, encoder=encoder).report.removed == 1
    shutil.rmtree(pots)
    configured(home, (home / NAME).read_text().replace("../more/pots", "../elsewhere"))
    library = build(home, index, encoder=encoder)
    assert [d.path for d in library.documents] == ["kettles/lid.md", "kettles/rim.md"], "of another folder"
    (home / NAME).unlink()
    with pytest.raises(CorpusError, match="holds no files"):
        build(home, index, encoder=encoder)
    assert len(tacrochat.open(index).documents) == 2


def test_a_folder_whose_documents_are_all_others_at_once_is_not_forgotten(home, tmp_path, encoder):
    """As if another drive were at its place; one that is gone or empty holds up none of the others."""
    pots = tmp_path / "more" / "pots"
    write_pages(pots, {f"{number}.md": f"Pot {number} is made of clay.\n" for number in range(3)})
    library = build(home, tmp_path / "index", encoder=encoder)
    check_folder(library)
    pots.rename(tmp_path / "away")
    check_folder(library)
    pots.mkdir()
    check_folder(library)
    folders = load(home).folders
    assert away(folders) == ["Old pots"]
    write_pages(pots, {"other.md": "The pan is made of iron.\n"})
    assert away(folders) == []
    with pytest.raises(FolderEmptied, match=f"none of the 4 documents is in {pots} any more"):
        check_folder(library)


def test_a_file_that_is_removed_stays_in_its_folder(home, tmp_path):
    pots = tmp_path / "more" / "pots"
    (pots / "spout.md.meta.yaml").write_text("kind: trial\n")
    (tmp_path / "more" / "secret.md").write_text(RIM)
    origin = origin_of(home, load(home))
    known = {
        path: path for path in ("Old pots/spout.md", "Old pots/../secret.md", "kettles/none.md", "lid.md")
    }
    change = files.remove(origin, [*known, "kettles/lid.md"], known)
    assert change.done == ["Old pots/spout.md"]
    assert len(change.refused) == 4, "not there, outside, or not of the index"
    (folder,) = (pots / files.REMOVED).iterdir()
    assert sorted(path.name for path in folder.iterdir()) == ["spout.md", "spout.md.meta.yaml"]
    assert (tmp_path / "more" / "secret.md").read_text() == RIM
    assert not (home / files.REMOVED).exists()


def test_the_folders_are_followed_and_the_configuration(home, tmp_path):
    tops = tops_of(home, load(home))
    pots = tmp_path / "more" / "pots"
    assert list(tops) == [tmp_path / "kettles", pots, home / "uploaded", home / NAME]
    (home / NAME).unlink()
    assert list(tops_of(home, load(home))) == [home]


# What is wrong ------------------------------------------------------------------------------------------

WRONG = [
    ("folders: ../a", 1, 10, "expected a list, each folder on a line of its own"),
    ("folders: [{name: A}]", 1, 11, "folder is a mapping (key: value); expected a path, or lines such as"),
    ("folders: [a, {path: b, exlude: [c]}]", 1, 24, "no key 'exlude' in folders; did you mean exclude?"),
    ("folders:\n- path: a\n  path: b", 3, 3, "path is there twice (first in line 2)"),
    ("folders: [{path: [a]}]", 1, 18, "path is a list; expected a path, absolute or from the folder"),
    ("folders: ['~/a']", 1, 11, "~ has no meaning here"),
    ("folders: [/]", 1, 11, 'expected a name such as "name: Protocols"'),
    ("folders: [{path: a, name: b/c}]", 1, 27, "name is 'b/c'; expected a name"),
    ("folders: [{path: a, name: ..}]", 1, 27, "name is '..'; expected a name"),
    ("folders:\n- a\n- a/b", 3, 3, "/a/b lies in the folder "),
    ("folders:\n- a/b\n- {path: a, name: c}", 3, 10, "/a/b lies in the folder "),
    ("folders:\n- a\n- ./b/../a", 3, 3, "/a is the folder "),
    ("folders:\n- a\n- link", 3, 3, "/a; each file is read once"),
    ("folders:\n- a\n- b/A", 3, 3, "the name A is also that of "),
    ("folders:\n- a\n- {path: b, name: A}", 3, 19, "give another, such as 'name: A-2'"),
    ("folders: [../uploaded]", 1, 11, "the name uploaded is that of the folder of uploads"),
    ("folders: [uploaded/a]", 1, 11, "lies in the folder "),
    ("folders: [{path: a, follow_links: 2}]", 1, 35, "follow_links is '2'; expected true or false"),
    ("login: {token_file: ../t}", 1, 21, "token_file needs password_file in login as well"),
    ("login: {password_file: ../p, trusted_header: A}", 1, 46, "needs trusted_proxies in login"),
    ("login: {password_file: ../p, trusted_proxies: [10.0.0.1]}", 1, 47, "needs trusted_header in login"),
    ("login: {trusted_proxies: [10.0.0.0/8, x]}", 1, 39, "proxy is 'x'; expected an address or a network"),
    ("login: {trusted_header: Cookie}", 1, 25, "expected the name of a header, such as X-Remote-User"),
    ("login: {passwords: p}", 1, 9, "no key 'passwords' in login; did you mean password_file?"),
]


@pytest.mark.parametrize(("text", "line", "column", "words"), WRONG)
def test_an_error_names_the_line_and_the_column(tmp_path, text, line, column, words):
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a")
    with pytest.raises(ConfigurationError) as error:
        load(configured(tmp_path, text))
    assert str(error.value).startswith(f"{tmp_path / NAME}, line {line}, column {column}: ")
    assert words in str(error.value)
