"""Archives: side-car files of members, members with one name, archives without members."""

import gzip
import io
import tarfile
import zipfile

import pytest

import tacrochat
from tacrochat.readers.files import Limits, Worker, parts

PAGE = "# {0}\n\nThe {0} stands on the stove and whistles.\n"
SIDECAR = "title: {0}\nkind: guideline\nsource: {0} Society\ndate: 2024-03-05\n"


def zipped(members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data)
    return made.getvalue()


def tarred(members):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, content in members:
            data = content if isinstance(content, bytes) else content.encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


PACKERS = {"a.zip": zipped, "a.tar.gz": tarred}


def read(tmp_path, name, data, sidecar=None):
    path = tmp_path / name
    path.write_bytes(data)
    if sidecar:
        path.with_name(name + ".meta.yaml").write_text(sidecar)
    with Worker(Limits()) as worker:
        return {part.name: part for part in worker.read(path).parts}


@pytest.mark.parametrize("name", PACKERS)
def test_a_side_car_describes_the_member_beside_it(tmp_path, name):
    data = PACKERS[name](
        [
            ("notes/kettle.md.meta.yaml", SIDECAR.format("Kettle")),  # before its member …
            ("notes/kettle.md", PAGE.format("kettle")),
            ("pot.md", PAGE.format("pot")),
            ("pot.md.meta.yaml", SIDECAR.format("Pot")),  # … and after it
            ("pan.md", PAGE.format("pan")),
            ("broken.md", PAGE.format("cup")),
            ("broken.md.meta.yaml", "- a list"),
            ("gone.md.meta.yaml", SIDECAR.format("Gone")),
            ("notes.meta.yaml", SIDECAR.format("Folder")),
        ]
    )
    read_parts = read(tmp_path, name, data)
    kettle = read_parts["notes/kettle.md"].extract.metadata
    assert (kettle["title"], kettle["kind"], kettle["date"]) == ("Kettle", "guideline", "2024-03-05")
    assert read_parts["pot.md"].extract.metadata["source"] == "Pot Society"
    assert "source" not in read_parts["pan.md"].extract.metadata
    assert "broken.md.meta.yaml is no YAML mapping" in read_parts["broken.md"].extract.notes[0]
    refused = {part.name: part.reason for part in read_parts.values() if not part.extract}
    assert refused == {
        "gone.md.meta.yaml": "it describes a file that is not there",
        "notes.meta.yaml": "it describes a file that is not there",
    }


def test_the_side_car_nearest_to_a_document_wins(tmp_path):
    inner = zipped(
        [
            ("kettle.md", PAGE.format("kettle")),
            ("kettle.md.meta.yaml", "source: Member"),
            ("pot.md", PAGE.format("pot")),
        ]
    )
    outer = zipped(
        [("inner.zip", inner), ("inner.zip.meta.yaml", "source: Inner\nauthor: Inner\ntitle: Inner")]
    )
    read_parts = read(tmp_path, "outer.zip", outer, "source: Outer\nauthor: Outer\nlanguage: en\ntitle: O")
    kettle = read_parts["inner.zip/kettle.md"].extract.metadata
    pot = read_parts["inner.zip/pot.md"].extract.metadata
    assert (kettle["source"], kettle["author"], kettle["language"]) == ("Member", "Inner", "en")
    assert (pot["source"], pot["author"], pot["language"]) == ("Inner", "Inner", "en")
    assert (kettle["title"], pot["title"]) == ("kettle", "pot")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_with_one_name_are_all_read_and_named_apart(tmp_path):
    for name, pack in PACKERS.items():
        data = pack(
            [
                ("a.md", PAGE.format("first")),
                ("a.md", PAGE.format("second")),
                ("a.md (2)", "No reader for this."),
                ("a.md", PAGE.format("third")),
            ]
        )
        path = tmp_path / name
        path.write_bytes(data)
        read_parts = list(parts(path, Limits()))
        assert len({part.name for part in read_parts}) == 4
        texts = "".join(part.extract.text for part in read_parts if part.extract)
        assert all(word in texts for word in ("first", "second", "third"))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("zeros.tar.gz", gzip.compress(bytes(4_000_000))),
        ("empty.zip", zipped([])),
        ("empty.tar.gz", tarred([])),
        ("hidden.zip", zipped([(".hidden.md", PAGE), ("__MACOSX/a.md", PAGE)])),
        ("zeros.gz", gzip.compress(bytes(4_000_000))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # gzip writes the time into its bytes
)
def test_an_archive_without_members_is_reported(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    (part,) = parts(tmp_path / name, Limits())
    assert "without files" in part.reason or "binary data" in part.reason


def test_an_index_has_the_side_cars_of_an_archive(tmp_path, encoder):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.zip").write_bytes(
        zipped([("kettle.md", PAGE.format("kettle")), ("kettle.md.meta.yaml", SIDECAR.format("Kettle"))])
    )
    library = tacrochat.build(corpus, tmp_path / "index", encoder=encoder)
    (document,) = library.documents
    assert (document.title, document.kind, document.date) == ("Kettle", "guideline", "2024-03-05")
    assert library.skipped == ()
