"""Settings have ranges; the text and the passages of one file have limits, what is over them is reported."""

import math
import sys
import zipfile

import pytest

import tacrochat
from material import write_pages
from tacrochat.building.build import build
from tacrochat.cli import main
from tacrochat.errors import TacrochatError
from tacrochat.readers.files import Limits, Worker
from tacrochat.settings import Settings

LINE = "Kettle {} holds {} cups of water and whistles when it boils.\n\n"


def reasons(library):
    return {skipped.path: skipped.reason for skipped in library.skipped}


def lines(count):
    return "".join(LINE.format(n, n + 2) for n in range(count))


# Limits ---------------------------------------------------------------------------------------------


def test_a_text_over_the_limit_is_reported_and_the_rest_is_built(tmp_path, encoder):
    pages = write_pages(tmp_path / "pages", {"long.md": lines(40), "short.md": lines(2)})
    with zipfile.ZipFile(pages / "box.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.md", lines(10))
        archive.writestr("b.md", lines(11).replace("Kettle", "Teapot"))
        archive.writestr("c.md", lines(40))
        archive.writestr("d.md", lines(1).replace("Kettle", "Ladle"))
    size = len(lines(10))
    settings = Settings(max_text_chars=2 * size, max_file_text_chars=size + 200)
    library = build(pages, tmp_path / "index", encoder=encoder, settings=settings)
    assert [document.path for document in library.documents] == ["box.zip/a.md", "box.zip/d.md", "short.md"]
    found = reasons(library)
    assert found.keys() == {"long.md", "box.zip/b.md", "box.zip/c.md"}
    for name in ("long.md", "box.zip/c.md"):
        assert f"{len(lines(40)):,} characters, over the limit of {2 * size:,}" in found[name]
        assert "TACROCHAT_MAX_TEXT_CHARS" in found[name]
    assert "TACROCHAT_MAX_FILE_TEXT_CHARS" in found["box.zip/b.md"]
    library = build(pages, tmp_path / "index", encoder=encoder)
    assert reasons(library) == {}
    assert len(library.documents) == 6


def test_the_passages_of_one_file_have_a_limit_and_the_rest_is_reported(tmp_path, encoder):
    rows = "name,cups\n" + "".join(f"kettle {n},{n}\n" for n in range(60))
    pages = write_pages(tmp_path / "pages", {"many.csv": rows, "few.csv": rows[:100]})
    with zipfile.ZipFile(pages / "box.zip", "w") as archive:
        for name in ("a", "b", "c"):
            archive.writestr(f"{name}.csv", rows[:600].replace("kettle", name))
    library = build(pages, tmp_path / "index", encoder=encoder, settings=Settings(max_passages=50))
    counts = dict(zip((d.path for d in library.documents), library.passage_counts, strict=True))
    assert counts["many.csv"] == 50
    assert counts["few.csv"] < 50
    assert sum(count for path, count in counts.items() if path.startswith("box.zip")) == 50
    found = reasons(library)
    assert found.keys() == {"many.csv", "box.zip/b.csv", "box.zip/c.csv"}
    assert found["many.csv"].startswith("only its first 50 passages are indexed")
    assert found["box.zip/c.csv"].startswith("none of its passages are indexed")
    assert all("TACROCHAT_MAX_PASSAGES" in reason for reason in found.values())
    assert library.verify() == []


@pytest.mark.skipif(sys.platform != "linux", reason="memory limits are enforced on Linux")
def test_sentences_are_found_under_the_limits_for_reading(tmp_path, encoder):
    """The file is read in little memory; the spans of its sentences need more than is allowed."""
    many = "It is so. " * 990_000
    pages = write_pages(tmp_path / "pages", {"many.txt": many, "good.md": lines(2)})
    seconds = 240  # the memory is what ends it, also where other processes take the cores for a minute
    with Worker(Limits(), seconds=seconds, memory_mb=256) as worker:
        assert worker.read(pages / "many.txt").parts[0].extract
    settings = Settings(reader_memory_mb=256, reader_seconds=seconds)
    library = build(pages, tmp_path / "index", encoder=encoder, settings=settings)
    assert [document.path for document in library.documents] == ["good.md"]
    assert "TACROCHAT_READER_MEMORY_MB" in reasons(library)["many.txt"]


# Settings -------------------------------------------------------------------------------------------

WRONG = [
    ("passage_tokens", "0"),
    ("passage_tokens", "-5"),
    ("merge_tokens", "-1"),
    ("max_file_mb", "0"),
    ("reader_seconds", "1.5"),
    ("candidates", "0"),
    ("top", "9999999"),
    ("max_question_chars", "0"),
    ("threshold", "nan"),
    ("threshold", "inf"),
    ("threshold", "1.1"),
    ("threshold", "-0.1"),
    ("threshold", "high"),
    ("follow_links", "perhaps"),
    ("model", ""),
]


@pytest.mark.parametrize(("name", "raw"), WRONG)
def test_a_setting_out_of_its_range_is_told_everywhere(capsys, kettle, monkeypatch, name, raw):
    monkeypatch.setenv(f"TACROCHAT_{name.upper()}", raw)
    for arguments in (["ask", "How often?"], ["build", "--corpus", str(kettle[0])]):
        assert main([*arguments, "--index", str(kettle[1])]) == 1
        err = capsys.readouterr().err
        assert err.count("\n") == 1
        assert f"TACROCHAT_{name.upper()}" in err
        assert raw in err
        assert "it must be" in err
    with pytest.raises(TacrochatError, match=name):
        Settings.from_environment()


@pytest.mark.parametrize(
    "values",
    [{"top": 0}, {"top": True}, {"top": 2.0}, {"threshold": math.nan}, {"threshold": "1"}, {"model": None}],
)
def test_a_setting_out_of_its_range_is_told_in_python(values):
    with pytest.raises(TacrochatError, match="it must be"):
        Settings(**values)


def test_the_ends_of_the_ranges_work(kettle, tmp_path, encoder):
    """The smallest values that are allowed build and answer."""
    settings = Settings(passage_tokens=1, merge_tokens=0, context_tokens=0, candidates=1, top=1)
    library = build(kettle[0], tmp_path / "index", encoder=encoder, settings=settings)
    assert all(len(passage.sentences) == 1 for passage in library.passages)
    assert len(library.search("How often should I descale the kettle?", 1)) == 1


def test_a_short_limit_of_questions_does_not_count_for_our_own(kettle, encoder):
    """The twenty unrelated questions that confidence is measured against are longer than this."""
    settings = Settings(max_question_chars=30)
    library = tacrochat.open(kettle[1], settings=settings)
    with pytest.raises(tacrochat.TacrochatError, match="the limit is 30"):
        tacrochat.Assistant(library).ask("How often should I descale it? " * 2)
    assert tacrochat.Assistant(library).ask("How often to descale it?").quotes
