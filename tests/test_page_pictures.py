"""Pages of a PDF as pictures, drawn by the process that reads files: within limits, and where boxes are."""

import gzip
import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from printed import ink, pdf
from tacrochat.arrays import CharacterBoxes
from tacrochat.errors import ReadError
from tacrochat.readers.isolation import Worker
from tacrochat.readers.limits import Limits
from tacrochat.readers.pdf import read

WORDS = (50, 700, 11, ["The barometer is read at noon by the keeper."])
OTHERS = (50, 400, 11, ["Snow is measured with a wooden staff."])
PAGE = [WORDS, OTHERS]


@pytest.fixture(scope="module")
def worker():
    with Worker(Limits(file_bytes=1_000_000), seconds=60) as started:
        yield started


def written(folder, data, name="x.pdf"):
    path = folder / name
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


def size(worker, folder, data, width=1000):
    path, digest = written(folder, data)
    picture = worker.draw(path, digest, 1, width)
    assert picture.digest == digest
    return Image.open(io.BytesIO(picture.png)).size


def test_a_picture_has_the_width_asked_for_and_shows_the_page(worker, tmp_path):
    path, digest = written(tmp_path, pdf([OTHERS], PAGE))
    drawn = Image.open(io.BytesIO(worker.draw(path, digest, 2, 1000).png)).convert("L")
    assert drawn.size == (1000, 1416)
    assert np.mean((np.asarray(drawn) < 140) == ink(pdf(PAGE), 1000, 1416)) > 0.999
    path, digest = written(tmp_path, gzip.compress(pdf(PAGE)), "x.pdf.gz")
    assert Image.open(io.BytesIO(worker.draw(path, digest, 1, 1500).png)).width == 1500


def test_pictures_have_a_limit_however_large_or_small_a_page_is(worker, tmp_path):
    for box in (b"[0 0 9 999999]", b"[0 0 99999 99]", b"[0 0 99999 99999]"):
        width, height = size(worker, tmp_path, pdf(PAGE).replace(b"[0 0 595 842]", box), 3000)
        assert width <= 3000
        assert width * height <= 15_000_000
    assert max(size(worker, tmp_path, pdf(PAGE).replace(b"[0 0 595 842]", b"[0 0 1 2]"))) <= 40


@pytest.mark.parametrize("shown", [{}, {"turned": 90}, {"turned": 180, "corner": (-40, 30)}, {"turned": 270}])
def test_boxes_are_where_the_words_are_drawn(worker, tmp_path, shown):
    path, digest = written(tmp_path, pdf(PAGE, **shown))
    extract = read(path.read_bytes(), Limits())
    start = extract.text.index("The barometer")
    boxes = CharacterBoxes.unpacked(extract.boxes, len(extract.text))
    placed = worker.locate(path, digest, boxes.lines(start, start + len(WORDS[3][0])))
    assert (placed.digest, placed.pages) == (digest, 1)
    picture = Image.open(io.BytesIO(worker.draw(path, digest, 1, 1000).png))
    rows, columns = np.nonzero(ink(pdf([WORDS], **shown), *picture.size))
    edges = np.array([edges for _, *edges in placed.places])
    left, top = edges[:, 0].min() * picture.width, edges[:, 1].min() * picture.height
    right, bottom = edges[:, 2].max() * picture.width, edges[:, 3].max() * picture.height
    assert left - 1 <= columns.min() < columns.max() <= right + 1
    assert top - 1 <= rows.min() < rows.max() <= bottom + 1
    assert (right - left) * (bottom - top) < 2.5 * np.ptp(columns) * np.ptp(rows)


def test_what_cannot_be_drawn_says_why(worker, tmp_path):
    whole = pdf(PAGE)
    for data, reason in (
        (b"", "damaged or not a PDF"),
        (whole[:60], "damaged or not a PDF"),
        (b"<html>", "damaged or not a PDF"),
        (whole.replace(b"[4 0 R]", b"[     ]"), "damaged"),
        (whole + b" " * 1_000_000, "over the limit"),
    ):
        path, digest = written(tmp_path, data)
        with pytest.raises(ReadError, match=reason):
            worker.draw(path, digest, 1, 1000)
    path, digest = written(tmp_path, whole)
    with pytest.raises(ReadError, match="no page 2; its pages are 1 to 1"):
        worker.draw(path, digest, 2, 1000)
    with pytest.raises(ReadError, match="cannot be opened"):
        worker.draw(tmp_path / "missing.pdf", digest, 1, 1000)
    other = worker.draw(path, "0" * 64, 1, 1000)  # replaced since it was read
    assert (other.digest, other.png) == (digest, b"")


def test_a_page_that_takes_too_long_is_given_up(tmp_path):
    slow = "\n".join(f"0 0 m {x} 842 l S" for x in range(200_000))
    content = f"BT /F1 11 Tf 50 700 Td (x) Tj ET {slow}"
    path, digest = written(tmp_path, pdf([(50, 700, 11, [f"x) Tj ET {content} BT (x"])]))
    with Worker(Limits(), seconds=0.3) as worker, pytest.raises(ReadError, match="takes longer than"):
        worker.draw(path, digest, 1, 3000)
