"""The documents about the project: links lead somewhere, examples name what exists."""

import re

import pytest

import tacrochat
from material import ROOT

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def slug(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower().strip()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        if anchor:
            assert anchor in {
                slug(h) for h in re.findall(r"^#+ (.*)$", found.read_text("utf-8"), re.MULTILINE)
            }


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_page_names_a_place_on_somebodys_machine(page):
    assert not re.search(r"(?<![\w./])/(?:work|tmp|home|root|Users)/", page.read_text("utf-8"))


def test_every_public_name_is_documented():
    page = (ROOT / "docs" / "python.md").read_text("utf-8")
    assert not {n for n in tacrochat.__all__ if not re.search(rf"`{n}\b", page)}
    public = {n for n in vars(tacrochat.Library) if not n.startswith("_")}
    internal = {"analyse", "background", "candidates", "check", "collection", "encoder", "find"}
    internal |= {"named_only", "repair", "terms"}
    assert not {n for n in public - internal if not re.search(rf"`{n}\b", page)}


def test_every_page_is_listed():
    listed = (ROOT / "docs" / "README.md").read_text("utf-8")
    assert not [
        p.name for p in (ROOT / "docs").glob("*.md") if p.name != "README.md" and p.name not in listed
    ]


def test_the_readme_runs(corpus_library, tmp_path, monkeypatch, capsys):
    """Its Python example, as it stands there, in a folder with the corpus and its index."""
    import shutil

    (tmp_path / "corpus").symlink_to(ROOT / "corpus")
    shutil.copytree(corpus_library.folder, tmp_path / "index")
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["answer"].status in {"answered", "not_found"}
    assert len(capsys.readouterr().out.splitlines()) >= len(names["answer"].quotes)


def test_the_readme_gives_the_two_commands_and_the_warning():
    text = (ROOT / "README.md").read_text("utf-8")
    assert "$ make run" in text
    assert "$ make test" in text
    assert "no medical advice" in text
    assert text.index("no medical advice") < text.index("## Start")
