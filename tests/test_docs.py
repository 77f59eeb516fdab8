"""The documents about the project: links lead somewhere, examples name what exists."""

import argparse
import ast
import inspect
import re
import textwrap
from importlib.util import find_spec
from typing import get_args

import pytest

import tacrochat
from material import ROOT, write_pages
from tacrochat import errors, notebook, types
from tacrochat.index.manifest import Manifest
from tacrochat.ranking.signals import NAMES

CONTRIBUTING = ROOT / "CONTRIBUTING.md"
SOURCE = ROOT / "src" / "tacrochat"
PAGES = [
    *(ROOT / "README.md", CONTRIBUTING, ROOT / "CHANGELOG.md", ROOT / "benchmarks" / "README.md"),
    *sorted((ROOT / "docs").rglob("*.md")),
]
# The changelog names modules that are gone, and one record those of other projects.
CURRENT = [page for page in PAGES if page.name not in {"CHANGELOG.md", "032-other-codebases.md"}]


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


FOLDERS = {"benchmarks", "corpus", "docs", "examples", "fuzz", "scripts", "src", "tests"}
PACKAGES = {path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists()}
INVENTED = {"readers/logs.py", "cli/kinds.py", "tacrochat.yaml"}  # what somebody may add


def is_there(name, page):
    """Tell whether a word of a page is what it looks like: a file, a folder or a module; other words pass."""
    if name in INVENTED or re.search(r"(?<![a-z])[A-Z]{2,}(?![a-z])", name):  # readers/NAME.py
        return True
    if re.fullmatch(r"tacrochat(\.[a-z_]+)+", name):
        first, *rest = name.split(".")[1:]
        module = SOURCE.joinpath(first, *rest)
        return (
            first in dir(tacrochat)
            or first == "__all__"
            or module.is_dir()
            or module.with_suffix(".py").exists()
        )
    if name.endswith(".py") or ("/" in name and name.split("/")[0] in FOLDERS | PACKAGES):
        return any(
            list(parent.glob(name.rstrip("/"))) for parent in (ROOT, SOURCE, SOURCE.parent, page.parent)
        )
    return True


@pytest.mark.parametrize("page", CURRENT, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_file_and_module_that_a_page_names_is_there(page):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    words = [word for code in re.findall(r"`([^`\n]+)`", text) for word in code.split()]
    assert not [word for word in words if re.fullmatch(r"[\w./*-]+", word) and not is_there(word, page)]


def test_the_map_answers_the_questions_of_a_newcomer():
    table = rows(chapters(CONTRIBUTING)["Where is … done?"], "where is … done\\?")
    assert len({row["where is … done?"] for row in table}) == 23
    for row in table:
        places = re.findall(r"`([\w/]+\.(?:py|json))`(?: \(`([\w.]+)`)?", row["here"])
        assert any(name for _, name in places), row
        for path, name in places:
            assert (SOURCE / path).is_file(), path
            if name:
                body = ast.parse((SOURCE / path).read_text("utf-8")).body
                for part in name.split("."):
                    body = defined(body, part)
                    assert body is not None, f"{path} has no {name}"


def defined(body, name):
    """Return what is in a function or class that a piece of code defines, None if it does not."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return node.body
        targets = getattr(node, "targets", [getattr(node, "target", None)])
        if name in {getattr(target, "id", None) for target in targets}:
            return []
    return None


def examples():
    """List the Python examples of CONTRIBUTING.md that are whole modules."""
    blocks = re.findall(r"^```python\n(.*?)^```", CONTRIBUTING.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [block for block in blocks if block.startswith('"""')]


def test_the_examples_of_contributing_work(kettle, capsys):
    reader, verb = [{} for _ in examples()]
    for code, module in zip(examples(), (reader, verb), strict=True):
        exec(compile(code, "CONTRIBUTING.md", "exec"), module)
    extract = reader["read"](b"First entry.\n\nThe pump  failed.\n")
    assert [extract.text[b.start : b.end] for b in extract.blocks] == ["First entry.", "The pump failed."]
    assert "Raises:" in reader["read"].__doc__
    assert verb["VERB"].run(argparse.Namespace(index=str(kettle[1]), json=False)) == 0
    assert "guideline" in capsys.readouterr().out


def test_the_import_paths_that_go_on_working_do():
    for path in ("errors", "types", "notebook", "ui.passwords"):
        assert find_spec(f"tacrochat.{path}"), path


# What stopped readers, as parts of sentences; white space and underscores count as one blank.
UNCLEAR = (
    r"(?:has|have|had) (?:its|their) say",
    r"one door|the door to",
    r"lean(?:s|ed|ing)? on",
    r"each thing's own",
    r"stands? where (?:they|it) claims? to stand",
    r"of like things",
    r"tells them apart",
    r"\bkin\b",
    r"\(repeat\)",
    r"is not whole",
    r"named, not treated",
    r"ids still its own",
    r"state of no file",
    r"being about the same as the first quote counts",
    r"first quote's matter",
    r"as their vectors are",
    r"obey nobody",
    r"costs whoever is next",
    r"built first where there is no index",
    r"from this confidence on",
)
CODE = [*sorted((ROOT / "src").rglob("*.py")), ROOT / "app.py"]


@pytest.mark.parametrize("path", [*CODE, *PAGES], ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_page_or_module_uses_a_phrase_that_stopped_readers(path):
    text = " ".join(re.split(r"[\s_#]+|\n\s*[\"']", path.read_text("utf-8").lower()))
    assert not [phrase for phrase in UNCLEAR if re.search(phrase, text)]


def test_no_name_of_a_test_uses_a_phrase_that_stopped_readers():
    used = [
        f"{path.name}: {name}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for name in re.findall(r"^ *def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
        if any(re.search(phrase, name.replace("_", " ")) for phrase in UNCLEAR)
    ]
    assert not used


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
