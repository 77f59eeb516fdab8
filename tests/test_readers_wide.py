"""Tables and records with very many columns: a part is read, and a note names the rest."""

import io
import json
import re
import time
import zipfile

import openpyxl
import pytest

import tacrochat
from laws import check_extract
from tacrochat.readers import layout
from tacrochat.readers.files import Limits, Worker, parts
from tacrochat.readers.layout import MOST_COLUMNS

CUT = MOST_COLUMNS + 1
WIDE = 5_000
LEFT_OUT = f"{CUT} to 5,000"


def read(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    (part,) = parts(path, Limits())
    assert part.extract, part.reason
    check_extract(part.extract)
    return part.extract


def workbook(rows, cells=()):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for place, value in cells:
        book.active[place] = value
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def wide_table():
    return [[f"name{i}" for i in range(1, WIDE + 1)], [f"w{i}" for i in range(1, WIDE + 1)], ["a", "b"]]


def as_csv():
    return "\n".join(",".join(row) for row in wide_table())


@pytest.mark.parametrize(("name", "data"), [("a.csv", as_csv()), ("a.xlsx", workbook(wide_table()))])
def test_a_wide_row_keeps_its_first_columns(tmp_path, name, data):
    extract = read(tmp_path, name, data)
    rows = [extract.text[b.start : b.end] for b in extract.blocks if b.role == "row"]
    assert rows[0].startswith("name1: w1 | name2: w2 | ")
    assert rows[0].endswith(f"name{MOST_COLUMNS}: w{MOST_COLUMNS}")
    assert rows[1] == "name1: a | name2: b"
    assert extract.notes == (f"left out: columns {LEFT_OUT} of row 1, row 2",)


def test_a_sparse_row_keeps_its_cells_wherever_they_are(tmp_path):
    header = ",".join(f"name{i}" for i in range(1, WIDE + 1))
    extract = read(tmp_path, "a.csv", header + "\n" + "," * (WIDE - 1) + "last\n")
    assert extract.text.endswith(f"\n\nname{WIDE}: last")


@pytest.mark.parametrize(
    ("record", "note"),
    [
        ({f"k{i}": i for i in range(WIDE)}, f"left out: fields {LEFT_OUT} of record 1"),
        ({"a": {"b": {f"k{i}": i for i in range(WIDE)}}}, f"left out: fields {LEFT_OUT} of record 1"),
        ({"name": "kettle", "vector": [0.5] * WIDE}, f"left out: values {LEFT_OUT} of vector in record 1"),
        (
            {"k": [{f"k{i}": "x" * 20_000} for i in range(190)]},
            "left out: record 1 after its first 1,000,000",
        ),
    ],
)
def test_a_wide_record_keeps_its_first_fields(tmp_path, record, note):
    for name, data, place in (
        ("a.json", json.dumps([record]), "record 1"),
        ("a.jsonl", json.dumps(record), "line 1"),
    ):
        extract = read(tmp_path, name, data)
        assert len(extract.text) <= 1_000_000
        (found,) = extract.notes
        assert found.startswith(note.replace("record 1", place))


def test_many_nested_records_are_kept(tmp_path):
    extract = read(tmp_path, "a.json", json.dumps({"data": [{"name": f"kettle {i}"} for i in range(WIDE)]}))
    assert f"kettle {WIDE - 1}" in extract.text
    assert extract.notes == ()


def test_a_wide_table_of_a_page(tmp_path):
    cells = "".join(f"<td>w{i}" for i in range(1, WIDE + 1))
    page = f"<h1>Kettles</h1><table>{f'<tr>{cells}' * 3}</table>"
    extract = read(tmp_path, "a.html", page)
    assert f"w{MOST_COLUMNS} " not in extract.text.partition(f"w{CUT}")[2]
    assert f"w{CUT}" not in extract.text
    assert extract.notes == (f"left out: columns {LEFT_OUT} of a table",)


def test_the_same_at_many_rows_is_one_note(tmp_path):
    line = ",".join("abcde"[i % 5] for i in range(MOST_COLUMNS + 10))
    (note,) = read(tmp_path, "a.csv", "\n".join([line] * 50)).notes
    assert note.startswith("left out: columns 201 to 210 of row 1, row 2, ")
    assert note.endswith("row 20 and 30 more")


def test_rows_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "MOST_ROWS", 10)
    for name, data, place in (
        ("a.csv", "name\n" + "kettle\n" * 20, "row 12"),
        ("a.jsonl", '{"a": 1}\n' * 20, "line 11"),
        ("a.json", json.dumps([{"a": 1}] * 20), "record 11"),
    ):
        extract = read(tmp_path, name, data)
        assert sum(block.role == "row" for block in extract.blocks) == 10
        assert extract.notes == (f"left out: {place} and all after it, over 10 rows; split the file",)


def test_a_workbook_with_a_cell_far_out_is_read_fast(tmp_path):
    data = workbook([["name", "use"], ["kettle", "tea"]], [("XFD1048576", "far out")])
    began = time.process_time()
    extract = read(tmp_path, "a.xlsx", data)
    assert time.process_time() - began < 15
    assert "name: kettle | use: tea" in extract.text
    assert extract.text.endswith("column 16384: far out")


def test_a_workbook_that_states_a_wrong_size_is_read_whole(tmp_path):
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook([["name"], ["kettle"], ["pot"]]))) as old:
        with zipfile.ZipFile(made, "w") as new:
            for name in old.namelist():
                sheet = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:A1"', old.read(name))
                new.writestr(name, sheet)
    extract = read(tmp_path, "a.xlsx", made.getvalue())
    assert "name: kettle" in extract.text
    assert "name: pot" in extract.text


def test_a_million_columns_cost_seconds_not_minutes(tmp_path, encoder):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    row = ",".join(f"w{i}" for i in range(1_000_000))
    (corpus / "wide.csv").write_text(f"{row}\n{row}\n")
    (corpus / "page.md").write_text("# Kettles\n\nRinse the kettle with warm water.\n")
    began = time.process_time()
    library = tacrochat.build(corpus, tmp_path / "index", encoder=encoder)
    assert time.process_time() - began < 60
    assert len(library.passages) < 50
    (skipped,) = library.skipped
    assert "columns 201 to 1,000,000 of row 1, row 2" in skipped.reason


def test_the_reading_process_holds_a_million_columns(tmp_path):
    (tmp_path / "wide.csv").write_text(",".join(f"w{i}" for i in range(1_000_000)))
    with Worker(Limits(), seconds=60, memory_mb=700) as worker:
        assert worker.read(tmp_path / "wide.csv").parts[0].extract
