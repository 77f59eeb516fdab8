"""Mail: each part is read, is a document of its own, or is named in a note."""

from email.message import EmailMessage

import pytest

from laws import check_extract
from tacrochat.readers.files import Limits, parts
from tacrochat.readers.mail import MAX_PARTS

HEAD = b"From: Clerk <clerk@example.org>\nSubject: Kettles\nMIME-Version: 1.0\n"


def read(tmp_path, data, name="mail.eml"):
    path = tmp_path / name
    path.write_bytes(bytes(data))
    found = {part.name: part for part in parts(path, Limits())}
    for part in found.values():
        if part.extract:
            check_extract(part.extract)
    return found


def multipart(kind, *inner):
    body = b"".join(b"--x\n" + part + b"\n" for part in inner)
    return HEAD + f'Content-Type: multipart/{kind}; boundary="x"\n\n'.encode() + body + b"--x--\n"


def plain(text):
    return b"Content-Type: text/plain\n\n" + text


def page(text):
    return b"Content-Type: text/html\n\n<p>" + text + b"</p>"


def inside(kind, boundary, *inner):
    mark = boundary.encode()
    body = b"".join(b"--" + mark + b"\n" + part + b"\n" for part in inner)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode() + body + b"--" + mark + b"--"


FORWARDED = b"Content-Type: message/rfc822\n\nSubject: Tin\n\nThe tin lining melts in an empty kettle."
CALENDAR = b"Content-Type: text/calendar\n\nBEGIN:VCALENDAR"
IMAGE = b"Content-Type: image/png\nContent-Disposition: attachment; filename=a.png\n\nabc"
STATUS = b"Content-Type: message/delivery-status\n\nStatus: 5.1.1\n\nAction: failed\n"


def test_all_text_parts_are_read_in_order_and_alternatives_once(tmp_path):
    mail = multipart(
        "mixed",
        plain(b"First comes the kettle."),
        inside("alternative", "y", plain(b"Then comes the pot."), page(b"Then comes the pot.")),
        inside(
            "alternative",
            "z",
            page(b"Only in HTML comes the pan."),
            CALENDAR,
        ),
        page(b"Last comes the <b>cup</b>."),
        plain(b"  \n"),
    )
    (part,) = read(tmp_path, mail).values()
    body = part.extract.text.partition("\n\n")[2]
    assert body == (
        "First comes the kettle.\n\nThen comes the pot.\n\nOnly in HTML comes the pan.\n\nLast comes the cup."
    )
    assert part.extract.notes == ()


def test_an_alternative_around_a_page_with_pictures(tmp_path):
    picture = b"Content-Type: image/png\nContent-ID: <1>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo="
    related = inside("related", "z", page(b"Then comes the pot."), picture)
    mail = multipart("alternative", plain(b" "), related)
    (part,) = read(tmp_path, mail).values()
    assert part.extract.text.endswith("\n\nThen comes the pot.")


def test_forwarded_messages_without_names_are_documents(tmp_path):
    mail = multipart("mixed", plain(b"See below."), FORWARDED)
    found = read(tmp_path, mail)
    assert list(found) == ["", "message-1.eml"]
    assert "The tin lining melts" in found["message-1.eml"].extract.text
    assert found["message-1.eml"].extract.metadata["title"] == "Tin"
    digest = read(tmp_path, multipart("digest", FORWARDED, FORWARDED))
    assert [name for name, part in digest.items() if part.extract] == ["message-0.eml", "message-1.eml"]


def test_a_forwarded_message_in_base64_is_decoded(tmp_path):
    import base64

    inner = base64.encodebytes(b"Subject: Tin\n\nThe tin lining melts in an empty kettle.\n")
    forwarded = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + inner
    found = read(tmp_path, multipart("mixed", plain(b"See below."), forwarded))
    assert "The tin lining melts" in found["message-1.eml"].extract.text


def test_messages_in_messages_are_read_or_reported(tmp_path):
    message = EmailMessage()
    message["Subject"] = "Level 0"
    message.set_content("The innermost kettle whistles.")
    for level in range(1, 6):
        outer = EmailMessage()
        outer["Subject"] = f"Level {level}"
        outer.set_content(f"The kettle of level {level} whistles.")
        outer.add_attachment(message)
        message = outer
    found = read(tmp_path, message)
    assert sum(part.extract is not None for part in found.values()) == 3
    (reason,) = (part.reason for part in found.values() if not part.extract)
    assert "message in a message" in reason


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (b"Content-Type: text/csv\n\nname,use\nkettle,tea\npot,soup\n", "attachment-1.csv"),
        (b"Content-Type: text/markdown\n\n# Kettle\n\nIt whistles.\n", "attachment-1.md"),
        (b"Content-Type: text/plain\nContent-Disposition: attachment\n\nIt whistles.\n", "attachment-1.txt"),
    ],
)
def test_attachments_without_a_name_are_named_by_their_type(tmp_path, part, name):
    found = read(tmp_path, multipart("mixed", plain(b"See below."), part))
    assert found[name].extract


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (b"Content-Type: application/x-unknown\n\n1 2 3", "no suffix"),
        (IMAGE, "no reader for .png"),
        (STATUS, "message/delivery-status"),
        (CALENDAR, "no reader for .ics"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_reported(tmp_path, part, reason):
    found = read(tmp_path, multipart("mixed", plain(b"See below."), part))
    reported = [p.reason for p in found.values()] + list(found[""].extract.notes)
    assert any(reason in line for line in reported), reported


def test_parts_beyond_the_limit_are_reported(tmp_path):
    mail = multipart("mixed", *[plain(b"Number %d whistles." % n) for n in range(MAX_PARTS + 5)])
    (part,) = read(tmp_path, mail).values()
    assert f"Number {MAX_PARTS - 1} whistles." in part.extract.text
    assert part.extract.notes == (f"left out: all parts after the first {MAX_PARTS}",)


def test_deep_and_wide_alternatives_cost_no_time(tmp_path):
    import time

    deep = plain(b"The deepest kettle.")
    for level in range(60):
        deep = inside("alternative", f"b{level}", deep, page(b"Another kettle."))
    began = time.process_time()
    (part,) = read(tmp_path, HEAD + deep).values()
    assert "The deepest kettle." in part.extract.text
    assert time.process_time() - began < 5
    nested = plain(b"x")
    for level in range(400):
        nested = inside("mixed", f"b{level}", nested)
    assert all(p.extract or p.reason for p in read(tmp_path, HEAD + nested).values())
