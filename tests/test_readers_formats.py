"""The list of formats: each line is right and documented, and an existing index reads a new format."""

import inspect
import sys
from importlib import import_module

import pytest

import tacrochat
from material import ROOT
from tacrochat.readers import formats
from tacrochat.readers.files import SUFFIXES
from tacrochat.readers.isolation import Worker


@pytest.mark.parametrize("entry", formats.FORMATS, ids=lambda entry: entry.suffixes[0])
def test_each_format_names_a_function_that_takes_what_it_says(entry):
    function = getattr(import_module(f"tacrochat.readers.{entry.module}"), entry.function)
    taken = list(inspect.signature(function).parameters)
    assert taken == {"text": ["text"], "bytes": ["data"], "bytes and limits": ["data", "limits"]}[entry.takes]
    assert "Raises:" in function.__doc__ or entry.takes == "text"
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in entry.suffixes)


def test_no_suffix_is_named_twice():
    named = [suffix for entry in formats.FORMATS for suffix in entry.suffixes]
    named += [*formats.ARCHIVES, *formats.COMPRESSED]
    assert len(named) == len(set(named)) == len(SUFFIXES)


@pytest.mark.parametrize("entry", formats.FORMATS, ids=lambda entry: entry.suffixes[0])
def test_each_format_is_in_the_docs(entry):
    page = (ROOT / "docs" / "formats.md").read_text("utf-8")
    assert all(f"`{suffix}`" in page for suffix in entry.suffixes)


def test_what_is_outdated_is_a_refusal_by_a_shorter_list():
    reason = formats.no_reader(".xyz")
    assert not formats.is_outdated(reason)
    assert formats.is_outdated(reason.replace(".epub, ", ""))
    assert not formats.is_outdated("it is empty")


OLDER = """
from tacrochat.building import worker
from tacrochat.readers import formats
formats.FORMATS = tuple(entry for entry in formats.FORMATS if ".rtf" not in entry.suffixes)
formats.SUFFIXES -= {".rtf"}
worker.main(worker.sentences_of)
"""


def test_an_index_picks_up_files_of_a_new_format_and_only_those(tmp_path, monkeypatch, encoder):
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    (corpus / "old.md").write_text("# Kettles\n\nThe copper kettle is kept on the upper shelf.\n")
    (corpus / "new.rtf").write_text("{\\rtf1 The tin kettle is kept on the lower shelf.}")
    (corpus / "never.xyz").write_text("Words.")
    with monkeypatch.context() as older:
        older.setattr(Worker, "_command", lambda _, options: [sys.executable, "-P", "-c", OLDER, options])
        library = tacrochat.build(corpus, index, encoder=encoder)
    assert [document.path for document in library.documents] == ["old.md"]
    assert {skipped.path for skipped in library.skipped} == {"new.rtf", "never.xyz"}

    library = tacrochat.build(corpus, index, encoder=encoder)
    assert (library.report.added, library.report.changed, library.report.removed) == (1, 0, 0)
    assert {document.path for document in library.documents} == {"old.md", "new.rtf"}

    reads = []
    read = Worker.read
    monkeypatch.setattr(
        Worker, "read", lambda self, path, **more: reads.append(path.name) or read(self, path, **more)
    )
    library = tacrochat.build(corpus, index, encoder=encoder)
    assert reads == []
    assert [skipped.path for skipped in library.skipped] == ["never.xyz"]
