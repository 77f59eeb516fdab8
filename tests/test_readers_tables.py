"""Tables and records: names of columns, dialects, numbers as displayed, merged cells, records in JSON."""

import csv
import io
import json
import zipfile
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest

from extracts import FOREIGN, foreign, of_role, read
from tacrochat.readers.number_formats import shown


def rows(extract):
    return of_role(extract, "row")


def test_a_foreign_table_has_every_cell_beside_the_name_of_its_column():
    table = list(csv.DictReader((FOREIGN / "UTrade20160215.csv").read_text("utf-8").splitlines()))
    expected = [" | ".join(f"{name}: {cell}" for name, cell in row.items() if cell) for row in table]
    assert rows(foreign("UTrade20160215.csv")) == expected


WITHOUT_NAMES = [
    # Word forms, pairs and relations: the first row is one like the others.
    "gaban,gaban,n,22\ngabardina,gabardina,n,42\ngabardinas,gabardina,n,9\ngabinete,gabinete,n,571\n",
    "funny,is-property-of,Einstein,people\ndesolate,is-opposite-of,busy,people\nsnow,is-part-of,winter,nature\n",
    "ability,ablity\nacademically,academicly\naccept,acept\naccepted,acepted\naccommodate,acomodate\n",
    "1,Prelingual deafness\n-1,It can lead to isolation.\n1,This can result in more.\n",
    "2024-01-05,SELL,7.95\n2024-01-06,BUY,1.20\n2024-01-07,SELL,3.00\n",
    "Case # (tissue):,SW10,+\nInjection site:,VISC,++\nInjection site (FG):,Ssp,+++\n",
]
WITH_NAMES = [
    "Drug;Dose;Unit\ntacrolimus;0,1;%\nciclosporin;2,5;mg\n",
    "DATE,TYPE,AMOUNT\n2015-11-17,SELL,7.95\n2015-12-03,DIV,9.01\n",
    "drug,effect\nabacavir,rash\ntacrolimus,burning\nminoxidil,itch\nbaclofen,sleep\nzinc,none\n",
    "Country\t2010\t2011\nChad\t1.5\t2.5\nMali\t2.5\t3.5\n",
    "Kettle|Handle\ncopper|wood\niron|iron\n",
]


@pytest.mark.parametrize("table", WITHOUT_NAMES)
def test_a_first_row_like_the_others_is_a_row(table):
    assert len(rows(read("a.csv", table))) == table.count("\n")


@pytest.mark.parametrize("table", WITH_NAMES)
def test_a_first_row_unlike_the_others_names_the_columns(table):
    extract = read("a.csv", table)
    first = next(csv.reader([table.split("\n")[0]], delimiter=csv.Sniffer().sniff(table, ",;|\t").delimiter))
    assert of_role(extract, "metadata") == [" | ".join(first)]
    assert all(f"{first[0]}: " in row and f" | {first[1]}: " in row for row in rows(extract))


def test_title_lines_above_and_remarks_below_a_table():
    table = "Doses of the ward\nReport;March 2024\n\nDrug;Dose;Days\nA;1,5;3\nB;2,5;4\n"
    extract = read(
        "a.csv", table + "Source: the files of the ward, counted by hand twice a year, see page 4.;;\n"
    )
    assert of_role(extract, "heading") == ["Doses of the ward"]
    assert rows(extract)[0] == "Drug: A | Dose: 1,5 | Days: 3"
    assert of_role(extract, "body")[-1].startswith("Source: the files")
    assert (extract.text.index("Drug: A"), "row 5") in extract.places


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings_and_quotation_marks(encoding):
    made = io.StringIO()
    writer = csv.writer(made, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerows([["Größe", "Preis"], ['3" groß; rund', "1.234,50 €"], ["vier\nZeilen", "2,00 €"]])
    extract = read("a.csv", made.getvalue().encode(encoding))
    assert rows(extract) == ['Größe: 3" groß; rund | Preis: 1.234,50 €', "Größe: vier Zeilen | Preis: 2,00 €"]


def test_a_stated_delimiter_and_marks_of_inches():
    assert rows(read("a.csv", "sep=|\nName|Use\nkettle, big|tea; hot\n")) == [
        "Name: kettle, big | Use: tea; hot"
    ]
    assert rows(read("a.tsv", 'Name\tSize\npipe\t"5 long\nrod\t7\n')) == [
        'Name: pipe | Size: "5 long',
        "Name: rod | Size: 7",
    ]


def test_foreign_workbooks_show_what_another_program_shows():
    # What xlsx2csv and LibreOffice print for these files.
    assert rows(foreign("timeformat.xlsx")) == [
        "03-08-2017 14:35:00 | 14:40:30",
        "03-08-2017 00:00:00 | 11:30:00",
        "03-08-2017 15:40:00 | 00:01:59",
    ]
    extract = foreign("empty_row.xlsx")
    assert of_role(extract, "metadata")[0].startswith("Date | Agency | Customer")
    assert of_role(extract, "body") == ["At the moment no data for report"]


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (0.256, "0.0%", "25.6%"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (-5, "#,##0;(#,##0)", "(5)"),
        (1234.5, '#,##0.00\\ "mg"', "1,234.50 mg"),
        (12, "0000", "0012"),
        (1.005, "0.00", "1.01"),
        (123456.12, "0.00E+00", "1.23E+05"),
        (1_500_000, '0.0,,"M"', "1.5M"),
        (0.1 + 0.2, "General", "0.3"),
        (float("nan"), "0.00", "nan"),
        (datetime(2024, 3, 5), "dd.mm.yyyy", "05.03.2024"),
        (date(2024, 3, 5), "mm-dd-yy", "2024-03-05"),  # the format of the region: written in ISO 8601
        (datetime(2024, 3, 5, 14, 7), "d mmm yyyy h:mm AM/PM", "5 Mar 2024 2:07 PM"),
        (timedelta(hours=30, minutes=5), "[h]:mm:ss", "30:05:00"),
        (time(7, 5), "hh:mm", "07:05"),
        (True, "General", "TRUE"),
    ],
)
def test_values_as_displayed(value, code, expected):
    assert shown(value, code) == expected


def test_merged_heads_sheet_names_and_hidden_sheets():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Doses"
    for row in (
        ["Doses by age"],
        ["Drug", "Adults", None, "Children", None],
        [None, "Dose", "Days", "Dose", "Days"],
        ["A", 0.5, 3, 0.25, 2],
        ["B", 1.5, 4, 0.75, 3],
        ["B", None, 5, None, 6],
    ):
        sheet.append(row)
    for area in ("A1:E1", "A2:A3", "B2:C2", "D2:E2", "B5:B6"):
        sheet.merge_cells(area)
    sheet["B4"].number_format = "0.0%"
    book.create_sheet("Codes").append(["secret code"])
    book["Codes"].sheet_state = "hidden"
    made = io.BytesIO()
    book.save(made)
    extract = read("a.xlsx", made.getvalue())
    assert of_role(extract, "heading") == ["Doses", "Doses by age", "Codes"]
    found = rows(extract)
    assert (
        found[0]
        == "Drug: A | Adults › Dose: 50.0% | Adults › Days: 3 | Children › Dose: 0.25 | Children › Days: 2"
    )
    assert found[2] == "Drug: B | Adults › Dose: 1.5 | Adults › Days: 5 | Children › Days: 6"
    assert found[3] == "secret code"
    assert extract.notes == ("the sheet “Codes” is hidden in the workbook; it was read too",)
    assert "title" not in extract.metadata


def test_huge_merged_areas_are_not_filled():
    book = openpyxl.Workbook()
    book.active.append(["Kettle", "Pot"])
    book.active.append(["copper", "iron"])
    made = io.BytesIO()
    book.save(made)
    changed = io.BytesIO()
    merge = b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"</sheetData>", merge))
    assert rows(read("a.xlsx", changed.getvalue())) == ["Kettle: copper | Pot: iron"]


def test_every_record_of_foreign_json_is_a_passage_with_its_fields():
    expected = json.loads((FOREIGN / "iso_3166-3.json").read_text("utf-8"))["3166-3"]
    found = [row.replace("\n", " | ") for row in rows(foreign("iso_3166-3.json"))]
    assert found == [" | ".join(f"{key}: {value}" for key, value in record.items()) for record in expected]


def test_nested_lists_and_objects_of_records():
    value = {
        "name": "The house book",
        "kettles": [{"name": "copper", "size": {"litres": 2.5, "tall": True}}, {"name": "tin", "size": None}],
        "rules": {"years": {"from": 1990, "to": 2000}},
    }
    extract = read("a.json", json.dumps(value))
    assert rows(extract) == [
        "name: The house book",
        "rules.years.from: 1990 | rules.years.to: 2000",
        "name: copper | size.litres: 2.5 | size.tall: true",
        "name: tin",
    ]
    assert of_role(extract, "heading") == ["kettles"]
    assert extract.metadata["title"] == "The house book"
    assert [name for _, name in extract.places][-1] == "record 2 of kettles"


def test_long_texts_keep_their_paragraphs_and_name_their_record():
    long = "\n\n".join(f"Paragraph {n} is about the kettle of copper. It is long enough." for n in range(60))
    records = [{"title": "Copper", "body": long}, {"title": "Tin", "body": "short"}]
    for name, data in (("a.json", json.dumps(records)), ("a.jsonl", "\n".join(map(json.dumps, records)))):
        extract = read(name, data)
        assert of_role(extract, "heading") == ["Copper", "Tin"]
        assert rows(extract)[0].startswith("title: Copper\nbody: Paragraph 0 is about")
        assert rows(extract)[0].count("\nParagraph") == 59


def test_a_table_in_json_is_a_table():
    assert rows(read("a.json", json.dumps([["name", "cups"], ["kettle", 3], ["pot", 5]]))) == [
        "name: kettle | cups: 3",
        "name: pot | cups: 5",
    ]
