"""The documents about the project: links lead somewhere, examples name what exists."""

import ast
import inspect
import re
import textwrap
from typing import get_args

import pytest

import tacrochat
from material import ROOT, write_pages
from tacrochat import errors, notebook, types
from tacrochat.index.manifest import Manifest
from tacrochat.ranking.signals import NAMES

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


def chapters(page):
    """Map each heading of a page to the lines below it, up to the next heading."""
    parts = re.split(r"^#+ (.*)\n", page.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(text, first):
    """List the rows of the first table with this first heading as dicts: column to cell."""
    table = re.search(rf"^\| {first} \|.*\n\|[ |-]+\n(?:\|.*\n)+", text, re.MULTILINE)
    assert table, f"no table of every {first}"
    head, _, *body = [line.strip("|").split("|") for line in table.group().splitlines()]
    return [{h.strip(): cell.strip() for h, cell in zip(head, row, strict=True)} for row in body]


def names(table, column):
    """List the names in backticks in a column, ``search`` for ``search(query)``."""
    return [name for row in table for name in re.findall(r"`(\w+)[^`]*`", row[column])]


PYTHON = ROOT / "docs" / "python.md"
CHAPTERS = chapters(PYTHON)
CALLS = {
    "build": tacrochat.build,
    "open": tacrochat.open,
    "search": tacrochat.Library.search,
    "ask": tacrochat.Assistant.ask,
    "similarity_heatmap": notebook.similarity_heatmap,
    "corpus_map": notebook.corpus_map,
}
RECORDS = (
    *(tacrochat.Answer, tacrochat.Quote, tacrochat.Hit, tacrochat.Document, tacrochat.Section),
    *(tacrochat.Passage, types.Copy, tacrochat.BuildReport, types.Skipped, Manifest, tacrochat.Settings),
)
CLASSES = (tacrochat.Library, tacrochat.Assistant, *RECORDS)


def parsed(thing):
    """Return the syntax tree of a function or class."""
    return ast.parse(textwrap.dedent(inspect.getsource(thing))).body[0]


def plain(annotation):
    """Write a type as the page does: a bar would end the cell of a table."""
    return ast.unparse(annotation).replace(" | ", " or ").replace("'", "")


def public(cls):
    """List the public names of a class, with those that its ``__init__`` sets."""
    set_later = (
        re.findall(r"self\.([a-z]\w*)(?:: [^=\n]+)? = ", inspect.getsource(cls.__init__))
        if cls not in RECORDS
        else []
    )
    return {name for name in (*vars(cls), *set_later) if not name.startswith("_")}


def test_every_public_name_is_documented():
    assert sorted(names(rows(CHAPTERS["Names"], "name"), "name")) == tacrochat.__all__
    assert set(notebook.__all__) <= set(CALLS) <= set(CHAPTERS)
    assert {cls.__name__ for cls in CLASSES} <= set(CHAPTERS)
    shown = {*CALLS, *(cls.__name__ for cls in CLASSES), "TacrochatError"}
    assert set(tacrochat.__all__) <= shown


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_public_attribute_is_documented(cls):
    listed = names(rows(CHAPTERS[cls.__name__], "name"), "name")
    assert sorted(listed) == sorted(public(cls))


@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.__name__)
def test_fields_are_documented_with_their_types_and_defaults(cls):
    table = {name: row for row in rows(CHAPTERS[cls.__name__], "name") for name in names([row], "name")}
    for field in parsed(cls).body:
        if not isinstance(field, ast.AnnAssign):
            continue
        row = table[field.target.id]
        assert row["type"] == f"`{plain(field.annotation)}`", field.target.id
        if "default" in row:
            value = getattr(cls(), field.target.id)
            assert ast.literal_eval(row["default"].strip("`")) == value, field.target.id


@pytest.mark.parametrize("name", CALLS)
def test_every_parameter_is_documented_with_its_type_and_default(name):
    table = rows(CHAPTERS[name], "parameter")
    parameters = [p for p in inspect.signature(CALLS[name]).parameters.values() if p.name != "self"]
    arguments = parsed(CALLS[name]).args
    typed = {a.arg: plain(a.annotation) for a in (*arguments.args, *arguments.kwonlyargs) if a.arg != "self"}
    assert names(table, "parameter") == [p.name for p in parameters]
    for parameter, row in zip(parameters, table, strict=True):
        assert row["type"] == f"`{typed[parameter.name]}`", parameter.name
        if parameter.default is parameter.empty:
            assert row["default"] == "", parameter.name
        else:
            assert ast.literal_eval(row["default"].strip("`")) == parameter.default, parameter.name


def test_every_error_is_documented_below_its_base_with_the_calls_that_raise_it():
    table = rows(CHAPTERS["Errors"], "error")
    assert sorted(names(table, "error")) == sorted(errors.__all__)
    path = []
    for row in table:
        (name,) = names([row], "error")
        path = [*path[: row["error"].count("–")], getattr(errors, name)]
        assert list(path[-1].__mro__[: len(path)]) == path[::-1], f"{name} is at the wrong depth"
        assert row["means"]
        assert row["raised by"]
        calls = set(names([row], "raised by"))
        known = {*CALLS, *vars(tacrochat.Library), *vars(tacrochat.Assistant), "settings", "Settings"}
        assert calls <= known | {"library"}, f"{name}: {calls - known}"


def test_the_values_of_kinds_roles_and_status_are_documented():
    table = {
        names([row], "name")[0]: row["what it is"]
        for row in rows(CHAPTERS["Names"].split("types below")[1], "name")
    }
    for name in ("Kind", "Role", "Status"):
        listed = re.findall(r'`"([^"]+)"`', table[name])
        assert sorted(listed) == sorted(get_args(getattr(types, name)))


def test_the_stages_of_a_build_are_documented(tmp_path, encoder):
    stages = []
    tacrochat.build(
        write_pages(tmp_path / "pages"),
        tmp_path / "index",
        encoder=encoder,
        progress=lambda stage, done, total: stages.append(stage),
    )
    assert list(dict.fromkeys(stages)) == re.findall(r'^\| `"(\w+)"`', CHAPTERS["build"], re.MULTILINE)


def test_the_columns_of_to_pandas_are_documented(kettle_library):
    frame = kettle_library.to_pandas()
    assert list(frame.columns) == names(rows(CHAPTERS["to_pandas"], "column"), "column")
    assert frame.index.name == "passage"


def test_the_keys_of_the_json_are_documented(kettle_library):
    answer = tacrochat.Assistant(kettle_library).ask("How often should I descale the kettle?").to_dict()
    text = CHAPTERS["The answer as JSON"]
    assert sorted(names(rows(text, "key"), "key")) == sorted(answer)
    assert sorted(names(rows(text, "key of a quote"), "key of a quote")) == sorted(answer["quotes"][0])


def test_every_signal_is_documented():
    table = rows(chapters(ROOT / "docs" / "how-it-works.md")["The signals"], "signal")
    assert sorted(names(table, "signal")) == sorted(NAMES)


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
