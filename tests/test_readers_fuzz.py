"""Every reader on random input: real files with changed bytes, and generated data.

Files on which fuzzing (fuzz/readers.py) once failed are kept in tests/findings and read here.
"""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from laws import check_extract
from tacrochat.errors import ReadError
from tacrochat.readers.files import Limits, Worker, parts
from tacrochat.readers.formats import FORMATS
from tacrochat.readers.parts import parts_of

HOME = Path(__file__).parent
SEEDS = [
    *sorted((HOME / "documents").iterdir()),
    *sorted((HOME / "pages").glob("*.html"))[:4],
    *sorted((HOME.parent / "examples").iterdir()),
]
# The first suffix of every format in FORMATS, so that a new format is tested without a change here.
SUFFIXES = [entry.suffixes[0] for entry in FORMATS] + [".zip", ".tar.gz", ".tar"]
LIMITS = Limits(file_bytes=3_000_000, unpacked_bytes=10_000_000, members=60)
PIECES = st.sampled_from(
    rb"""\0 \xff < > <!-- ]]> &#xd800; &#0; {\ } \u-10179? " , -- =?utf-8?q?=ff?= [ {
    endobj <td> <pre> <li>""".split()
    + [b"\0", b"\xff", b"\n", b"\r\n\r\n", b"\xed\xa0\x80", b"PK\x03\x04", b"<table><tr><td>"]
)
EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES | st.binary(max_size=8)), min_size=1, max_size=6
)


def _edited(data, edits):
    """Replace bytes: each edit is (position as a share of the length, number of bytes, replacement)."""
    for where, length, piece in edits:
        at = int(where * len(data))
        data = data[:at] + piece + data[at + length :]
    return data


def _check(parts):
    for part in parts:
        assert (part.extract is None) == bool(part.reason)
        if part.extract is not None:
            check_extract(part.extract)


def _seeds(suffix):
    seeds = [path.read_bytes() for path in SEEDS if path.name.endswith(suffix)]
    return seeds or [path.read_bytes() for path in SEEDS if path.name.endswith((".gz", ".md"))]


@pytest.mark.parametrize("suffix", [s for s in SUFFIXES if s != ".pdf"])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_changed_file_is_read_soundly_or_refused(suffix, data):
    seed = data.draw(st.sampled_from(_seeds(suffix)))
    _check(parts_of(f"file{suffix}", _edited(seed, data.draw(EDITS)), LIMITS))


@pytest.fixture(scope="module")
def worker():
    with Worker(LIMITS, seconds=60) as running:
        yield running


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.sampled_from(_seeds(".pdf")), edits=EDITS)
def test_a_changed_pdf_is_read_soundly_or_refused(worker, tmp_path, seed, edits):
    path = tmp_path / "file.pdf"
    path.write_bytes(_edited(seed, edits))
    try:
        content = worker.read(path)
    except ReadError as error:
        assert str(error)  # noqa: PT017
        return
    _check(content.parts)


WORDS = st.text(alphabet=st.characters(codec="utf-8"), max_size=30)
TAGS = st.sampled_from(
    "p div li ul ol h1 h2 h7 table tr td th a nav b br pre dl dt dd main details summary script".split()
)
HTML = st.recursive(
    WORDS,
    lambda inner: st.builds(
        lambda tag, many: f"<{tag}>{''.join(many)}</{tag}>", TAGS, st.lists(inner, max_size=5)
    ),
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(page=HTML)
def test_any_html_keeps_the_law(page):
    _check(parts_of("page.html", page.encode("utf-8", "replace"), LIMITS))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(st.lists(WORDS, max_size=4), max_size=6), suffix=st.sampled_from([".csv", ".tsv"]))
def test_any_table_keeps_the_law_and_its_words(rows, suffix):
    import csv
    import io

    made = io.StringIO()
    csv.writer(made, delimiter="\t" if suffix == ".tsv" else ",").writerows(rows)
    _check(parts_of(f"table{suffix}", made.getvalue().encode("utf-8", "replace"), LIMITS))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=JSON)
def test_any_json_keeps_the_law(value):
    import json

    _check(parts_of("a.json", json.dumps(value).encode(), LIMITS))
    _check(parts_of("a.jsonl", (json.dumps(value) + "\n").encode() * 2, LIMITS))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=300), suffix=st.sampled_from(SUFFIXES))
def test_any_bytes_are_read_soundly_or_refused(data, suffix):
    _check(parts_of(f"file{suffix}", data, LIMITS))


@pytest.mark.parametrize("path", sorted((HOME / "findings").iterdir()), ids=lambda path: path.name)
def test_what_fuzzing_once_found_stays_right(path):
    _check(parts(path, LIMITS))
