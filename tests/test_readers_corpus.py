"""An index of a folder of hostile files: bounded time and memory, and a reason for each file not read."""

import json
import os
import sys
from pathlib import Path

import pytest

import tacrochat
from making import hostile_corpus
from tacrochat.answering.escaping import one_line
from tacrochat.readers.files import SIDECAR
from tacrochat.settings import Settings

LIMITS = Settings(max_file_mb=2, max_unpacked_mb=4, reader_seconds=6, reader_memory_mb=700)
READ = """good.md page.md other.md bomb-inside.zip deep.html deep-lists.html deep-tables.html drawing.html
deep.eml many-parts.eml twice-named.zip twice-named.tar badly-named.tar wide.csv wide.json wide.html script.md
aliases.md types.md surrogate-title.md surrogates.json bidi.md controls.txt late-nul.txt evil-names.zip
attributes.html -rf.md""".split()
NAMED_LIMITS = {
    "ratio.zip": "unpack to 40 MB, over the limit of 4 MB",
    "overlapping.zip": "unpack to 150 MB, over the limit of 4 MB",
    "many.zip": "2,500 files, over the limit of 2,000",
    "deep.zip": "archive in an archive in an archive",
    "ratio.tgz": "unpack to more than 4 MB",
    "ratio.docx": "unpack to 40 MB",
    "zeros.tar.gz": "without files",
    "zeros.txt.gz": "unpack to more than 2 MB",
    "too-large.txt": "over the limit of 2 MB",
    "pages.pdf": "6,000 pages, over the limit of 5,000",
    "locked.pdf": "protected by a password",
    "old.docx": "protected by a password",
    "wide.csv": "columns 201 to 100,000",
    "wide.json": "fields 201 to 100,000",
    "wide.jsonl": "values 201 to 100,000",
    "wide.html": "columns 201 to 100,000",
    "many-parts.eml": "all parts after the first 500",
    "forwarded.eml": "nested too deeply",
    "other.md": "it is a pipe",
}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="made of Linux's special files")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory, encoder):
    """``(entries, library, folder for temporary files)``."""
    folder = tmp_path_factory.mktemp("hostile")
    entries = hostile_corpus.write(folder / "corpus")
    (folder / "temporary").mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TMPDIR", str(folder / "temporary"))
        library = tacrochat.build(folder / "corpus", folder / "index", settings=LIMITS, encoder=encoder)
    return entries, library, folder / "temporary"


def test_it_ends_and_leaves_nothing(hostile):
    """Its time is bounded by that of a test, its memory by that of the reading process."""
    entries, _, temporary = hostile
    assert len(entries) > 140
    assert list(temporary.iterdir()) == []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            ours = process.joinpath("stat").read_text().rpartition(")")[2].split()[1] == str(os.getpid())
            command = process.joinpath("cmdline").read_text()
        except OSError:
            continue
        assert not (ours and ".worker" in command)


def test_each_file_is_read_or_has_a_reason(hostile):
    entries, library, *_ = hostile
    read = {document.file for document in library.documents}
    skipped = {entry.path for entry in library.skipped}
    for name in entries:
        named = name in read or any(path == name or path.startswith(f"{name}/") for path in skipped)
        assert named or name.endswith(SIDECAR) or name == "folder.md", ascii(name)
    assert set(READ) <= read


def test_each_reason_says_what_is_wrong(hostile):
    _, library, *_ = hostile
    for entry in library.skipped:
        assert entry.reason.strip()
        assert "Traceback" not in entry.reason
        assert "reading it failed" not in entry.reason, (ascii(entry.path), entry.reason)
        assert "crashed" not in entry.reason, (ascii(entry.path), entry.reason)
        assert len(one_line(entry.reason)) < 600, ascii(entry.path)
    for name, words in NAMED_LIMITS.items():
        reasons = [entry.reason for entry in library.skipped if entry.path.startswith(name)]
        assert any(words in reason for reason in reasons), (name, reasons)


def test_nothing_of_outside_and_nothing_expanded_is_indexed(hostile):
    _, library, *_ = hostile
    for document in library.documents:
        assert "root:" not in document.text
        assert "hahaha" not in document.text
        assert json.loads(json.dumps(document.to_dict())) == document.to_dict()
    assert len({document.path for document in library.documents}) == len(library.documents)


def test_the_index_holds_what_the_files_say(hostile):
    _, library, *_ = hostile
    assert library.verify() == []
    again = tacrochat.open(library.folder)
    assert [document.text for document in again.documents] == [d.text for d in library.documents]
    answer = tacrochat.Assistant(library).ask("When should I rinse the good kettle?")
    assert answer.quotes[0].document == "good.md"
