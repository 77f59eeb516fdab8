"""Downloads and pictures of pages: only files of the index, only as attachments, only with right values."""

import hashlib

import pytest

PLAIN = "text/plain; charset=utf-8"


def digest(opened):
    return hashlib.sha256((opened.server.corpus / "label.md").read_bytes()).hexdigest()


def test_a_file_of_the_index_is_an_attachment_that_no_browser_runs(opened):
    opened.documents()  # waits until the index is open
    address = f"/source/file?document=label.md&digest={digest(opened)}"
    status, headers, body = opened.send("GET", address)
    assert (status, body) == (200, (opened.server.corpus / "label.md").read_bytes())
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == "attachment; filename=\"label.md\"; filename*=UTF-8''label.md"
    assert headers["x-content-type-options"] == "nosniff"
    assert opened.send("HEAD", address)[::2] == (200, b"")
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert opened.send(method, address)[0] == 404
    name = "hostile <b>.md"
    own = hashlib.sha256((opened.server.corpus / name).read_bytes()).hexdigest()
    _, headers, _ = opened.send("GET", f"/source/file?document=hostile%20%3Cb%3E.md&digest={own}")
    disposition = "attachment; filename=\"hostile _b_.md\"; filename*=UTF-8''hostile%20%3Cb%3E.md"
    assert headers["content-disposition"] == disposition
    evil = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert opened.send("GET", address, None, evil)[0] == 403


@pytest.mark.parametrize(
    "document",
    ["../index/manifest.json", "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "picture.png", "LABEL.MD", ".",
     "%00", "label.md%00", "%FF", "./label.md", "x/../label.md", "a" * 5000],
)  # fmt: skip
def test_no_other_file_is_sent(opened, document):
    for rest in ("file?", "page?page=1&zoom=1&"):
        status, headers, body = opened.send(
            "GET", f"/source/{rest}document={document}&digest={digest(opened)}"
        )
        assert (status, headers["content-type"]) == (404, PLAIN), body
        assert b"the index has no such document" in body


@pytest.mark.parametrize(
    "query",
    ["", "document=label.md", "digest={d}", "document=label.md&digest={d}&x=1", "document=a&" * 3000,
     "document=label.md&document=trial.md&digest={d}", "document=label.md&digest={d}&page=1"],
)  # fmt: skip
def test_fields_are_given_once_and_no_other(opened, query):
    status, headers, body = opened.send("GET", f"/source/file?{query.replace('{d}', digest(opened))}")
    assert (status, headers["content-type"]) == (400, PLAIN), body


@pytest.mark.parametrize(
    ("page", "zoom"),
    [("0", "1"), ("-1", "1"), ("1e3", "1"), ("9" * 30, "1"), ("1", "5"), ("1", "0"), ("%D9%A1", "1"),
     ("", ""), ("1", "1.5")],
)  # fmt: skip
def test_numbers_are_in_their_ranges(opened, page, zoom):
    address = f"/source/page?document=label.md&digest={digest(opened)}&page={page}&zoom={zoom}"
    status, _, body = opened.send("GET", address)
    assert (status, b"whole number" in body) == (400, True)


def test_what_is_no_pdf_is_not_drawn_and_what_has_changed_is_not_sent(opened):
    status, _, body = opened.send(
        "GET", f"/source/page?document=label.md&digest={digest(opened)}&page=1&zoom=1"
    )
    assert (status, b"not a PDF" in body) == (422, True)
    for wrong in ("0" * 64, "", "x", digest(opened)[:16]):
        status, _, body = opened.send("GET", f"/source/file?document=label.md&digest={wrong}")
        assert (status, b"has changed" in body) == (409, True)
    assert "Traceback" not in opened.log.read_text()
