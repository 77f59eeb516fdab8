# ruff: noqa: E501 - file contents read better unbroken
"""Write a folder of hostile files, for tests/test_readers_corpus.py and to try by hand.

    python tests/making/hostile_corpus.py FOLDER

Sizes fit limits of 2 MB per file and 4 MB unpacked. Each entry is small: what it would become is not.
"""

import base64
import bz2
import gzip
import io
import json
import lzma
import os
import socket
import struct
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path

GOOD = b"# Kettles\n\nRinse the %s kettle with warm water after each use.\n"
EVIL = "\x1b]0;owned\x07\x1b[2J\u202etfel"
MILLION = 1_000_000

ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + '<!ENTITY out SYSTEM "file:///etc/passwd">]>'
)
ODT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>'
    "{}</office:text></office:body></office:document-content>"
)


def good(word: str) -> bytes:
    return GOOD % word.encode()


def zipped(members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name) if not data else name, data)
    return made.getvalue()


def tarred(members: list[tuple[str, bytes]], mode: str = "w", kind: bytes = tarfile.REGTYPE) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = len(data), kind, "/etc/passwd"
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def nested(levels: int) -> bytes:
    data = zipped({"good.md": good("nested")})
    for _ in range(levels):
        data = zipped({"inner.zip": data})
    return data


def lying_zip() -> bytes:
    """A zip whose directory states 1,000 bytes for a member of 3 MB."""
    data = bytearray(zipped({"a.txt": b"0" * 3 * MILLION}))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = (1_000).to_bytes(4, "little")
    return bytes(data)


def overlapping_zip(members: int = 1_500) -> bytes:
    """A zip of many members whose entries all point to the same compressed bytes."""
    content = b"0" * 100_000
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflate.compress(content) + deflate.flush()
    sizes = struct.pack("<LLL", zlib.crc32(content), len(packed), len(content))
    local = (
        b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 0) + sizes + struct.pack("<HH", 5, 0) + b"a.txt"
    )
    directory = b"".join(
        b"PK\x01\x02"
        + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 0)
        + sizes
        + struct.pack("<HHHHHLL", 9, 0, 0, 0, 0, 0, 0)
        + b"%05d.txt" % number
        for number in range(members)
    )
    body = local + packed
    end = struct.pack("<HHHHLLH", 0, 0, members, members, len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


def badly_named_zip() -> bytes:
    data = bytearray(zipped({"\u00e9\u00e9\u00e9\u00e9.md": good("badly named")}))
    return bytes(data).replace("\u00e9\u00e9".encode(), b"\xff\xfe\xfd\xfc")


def twice_named_zip() -> bytes:
    data = zipped({"aa.md": good("first"), "ab.md": good("second")})
    return data.replace(b"ab.md", b"aa.md")


def pdf(pages: str, more: str = "", trailer: str = "") -> bytes:
    return (
        f"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n{pages}\nendobj\n{more}"
        f"trailer<</Root 1 0 R{trailer}>>\n%%EOF"
    ).encode()


def word(document: str) -> bytes:
    kinds = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return zipped(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{kinds}"/></Types>',
            "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
            'officeDocument" Target="word/document.xml"/></Relationships>',
            "word/document.xml": document,
        }
    )


def mail(levels: int, closed: bool = True) -> bytes:
    head = b"Subject: Kettles\nMIME-Version: 1.0\n"
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(levels)
    )
    ends = b"".join(b"\n--b%d--\n" % n for n in reversed(range(levels))) if closed else b""
    return head + opened + b"Content-Type: text/plain\n\nThe nested kettle whistles.\n" + ends


def forwarded(levels: int) -> bytes:
    return b"Content-Type: message/rfc822\n\n" * levels + b"Subject: Last\n\nThe last kettle whistles.\n"


def aliases() -> str:
    lines = ["a0: &a0 [ha, ha]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join(lines) + "\ntitle: *a11\n"


def notebook(cells: object, **more: object) -> str:
    return json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}, **more})


ARCHIVES: dict[str, bytes] = {
    "ratio.zip": zipped({"zeros.txt": b"\0" * 40 * MILLION}),
    "many.zip": zipped({f"{n}.md": b"" for n in range(2_500)}),
    "overlapping.zip": overlapping_zip(),
    "lying.zip": lying_zip(),
    "deep.zip": nested(8),
    "outside.zip": zipped({"../a.md": good("a"), "/etc/b.md": good("b"), "C:\\c.md": good("c")}),
    "badly-named.zip": badly_named_zip(),
    "twice-named.zip": twice_named_zip(),
    "evil-names.zip": zipped({f"{EVIL}\n\t.md": good("evil"), f"{EVIL}.exe": b"MZ"}),
    "long-name.zip": zipped({"n" * 5_000 + ".md": good("long")}),
    "cut.zip": zipped({"a.md": good("cut") * 50})[:-40],
    "no-directory.zip": b"PK\x03\x04" + b"\xff" * 500,
    "empty.zip": zipped({}),
    "not.zip": b"This is no archive at all.",
    "bomb-inside.zip": zipped({"inner.zip": zipped({"a.txt": b"0" * 40 * MILLION}), "ok.md": good("ok")}),
    "side-cars.zip": zipped({"a.md": good("a"), "a.md.meta.yaml": aliases(), "b.md.meta.yaml": "x: y"}),
    "links.tar": tarred([("link.md", b"")], kind=tarfile.SYMTYPE),
    "hard-links.tar": tarred([("link.md", b"")], kind=tarfile.LNKTYPE),
    "pipes.tar": tarred([("pipe.md", b"")], kind=tarfile.FIFOTYPE),
    "outside.tar": tarred([("../a.md", good("a")), ("/b.md", good("b"))]),
    "twice-named.tar": tarred([("a.md", good("tar one")), ("a.md", good("tar two"))]),
    "badly-named.tar": tarred([("a\udcff\udcfe.md", good("tar bytes"))]),
    "cut.tar.gz": tarred([("a.md", good("cut") * 500)], "w:gz")[:-30],
    "zeros.tar.gz": gzip.compress(b"\0" * 40 * MILLION),
    "zeros.tar.bz2": bz2.compress(b"\0" * 40 * MILLION),
    "zeros.tar.xz": lzma.compress(b"\0" * 40 * MILLION),
    "zeros.gz": gzip.compress(b"\0" * 40 * MILLION),
    "zeros.txt.gz": gzip.compress(b"\0" * 40 * MILLION),
    "ratio.tgz": tarred([("zeros.txt", b"\0" * 40 * MILLION)], "w:gz"),
    "headers.tar.gz": gzip.compress(tarred([("n" * 3 * MILLION, b"x")])),
    "half-header.tar": tarred([("a.md", good("half"))])[:300],
}

XML: dict[str, bytes] = {
    "entities.odt": zipped({"content.xml": ENTITIES + ODT.format("<text:p>Plain &a9; &out;</text:p>")}),
    "deep.odt": zipped({"content.xml": ODT.format("<text:section>" * 100_000)}),
    "entities.docx": word(ENTITIES + "<w>&a9;&out;</w>"),
    "deep.docx": word("<w>" * 100_000),
    "not-xml.docx": word("no XML"),
    "entities.epub": zipped({"META-INF/container.xml": ENTITIES + "<container>&a9;</container>"}),
    "entities.xlsx": zipped(
        {"[Content_Types].xml": ENTITIES + "<Types>&a9;</Types>", "xl/workbook.xml": ENTITIES + "<w>&a9;</w>"}
    ),
    "entities.pptx": zipped({"[Content_Types].xml": ENTITIES + "<Types>&a9;&out;</Types>"}),
    "drawing.html": (
        ENTITIES + "<html><body><p>Words stay beside a drawing.</p><svg><text>&a9;&out;</text></svg>"
    ).encode(),
    "old.docx": b"\xd0\xcf\x11\xe0" + b"\0" * 5_000,
    "ratio.docx": zipped({"word/document.xml": b"0" * 40 * MILLION}),
}

DEEP: dict[str, bytes] = {
    "deep.html": b"<div>" * 100_000 + b"<p>The deepest kettle whistles.",
    "deep-lists.html": b"<ul><li>" * 50_000 + b"The deepest kettle whistles.",
    "deep-tables.html": b"<table><tr><td>" * 30_000 + b"The deepest kettle whistles.",
    "attribute.html": b'<p title="' + b"a" * (MILLION + 500_000) + b'">The kettle whistles.</p>',
    "attributes.html": b"<p " + b" ".join(b"a%d=1" % n for n in range(10_000)) + b">The kettle whistles.</p>",
    "deep.json": b"[" * 100_000,
    "deep-objects.json": b'{"a":' * 100_000,
    "deep.jsonl": b'{"a": 1}\n' + b"[" * 100_000,
    "deep.ipynb": b'{"cells":' + b"[" * 100_000,
    "deep-quotes.md": b"> " * 10_000 + b"The deepest kettle whistles.",
    "deep-lists.md": b"- " * 10_000 + b"The deepest kettle whistles.",
    "brackets.md": b"[" * 50_000 + b" The kettle whistles.",
    "stars.md": b"*a " * 10_000 + b" The kettle whistles.",
    "ticks.md": b"".join(b"`" * n + b" " for n in range(1, 150)) + b"The kettle whistles.",
    "deep-front.md": b"---\ntitle: " + b"[" * 20_000 + b"\n---\n# Deep\n\nThe kettle whistles.\n",
    "deep.eml": mail(400),
    "open.eml": mail(500, closed=False),
    "forwarded.eml": b"Subject: Chain\n" + forwarded(300),
    "deep.rtf": b"{\\rtf1 " + b"{\\b " * 50_000 + b"The kettle whistles.",
    "deep.pdf": pdf("<</Type/Pages/Kids[3 0 R]/Count 1>>", "3 0 obj\n" + "[" * 50_000 + "\nendobj\n"),
}

TEXTS: dict[str, bytes] = {
    "wide.csv": (",".join(f"w{n}" for n in range(100_000)) + "\n").encode() * 2,
    "quote.csv": b'"' + b"a," * 500_000,
    "wide.json": json.dumps({f"k{n}": n for n in range(100_000)}).encode(),
    "wide.jsonl": json.dumps({"vector": [0.5] * 100_000}).encode(),
    "wide.html": b"<table><tr>" + b"<td>cell" * 100_000 + b"<tr><td>a<td>b</table>",
    "wide.md": b"| a |\n| - |\n|" + b" cell |" * 10_000 + b"\n\nThe kettle whistles.\n",
    "one-line.txt": b"kettle " * 10_000,
    "one-word.txt": b"k" * (MILLION + 500_000),
    "too-large.txt": b"kettle. " * 500_000,
    "nul.txt": b"The kettle\0whistles.\n" * 100,
    "late-nul.txt": b"The kettle whistles loudly.\n\n" + b" " * 70_000 + b"\0 It is old.\n",
    "bytes.txt": bytes(range(256)) * 100,
    "surrogates.txt": "The kettle \ud800 whistles.".encode("utf-16-le", "surrogatepass"),
    "surrogates.json": b'{"name": "kettle \\ud800", "\\udfff": "whistles"}',
    "controls.txt": f"The kettle {EVIL} whistles loudly. {'It is old. ' * 90}".encode(),
    "bidi.md": "# A \u202etitle\u2066 that turns\n\nThe \u202ekettle\u202c whistles.\n".encode(),
    "script.md": b"---\ntitle: <script>alert(1)</script>[x](javascript:alert(1))\n---\n# A\n\nThe kettle whistles.\n",
    "script.html": b"<title><img src=x onerror=alert(1)></title><p>The kettle <script>x</script> whistles.</p>",
    "aliases.md": b"---\n" + aliases().encode() + b"---\n# A\n\nThe kettle whistles.\n",
    "types.md": b"---\ntitle: {a: b}\ndate: [1]\nkind: 5\nauthor: 0x"
    + b"f" * 9_000
    + b"\n---\n# A\n\nIt whistles.\n",
    "surrogate-title.md": b'---\ntitle: "A \\ud800\\n\\x1b[2J title"\n---\n# A\n\nThe kettle whistles.\n',
    "cells.ipynb": notebook(
        [5, None, {"cell_type": "markdown", "source": 7}, {"source": ["# A\n", 1]}]
    ).encode(),
    "outputs.ipynb": notebook(
        [
            {
                "cell_type": "code",
                "source": "1",
                "outputs": [{"data": 5}, {"output_type": "error", "traceback": 1}],
            }
        ]
    ).encode(),
    "charset.eml": b"Subject: =?utf-99?B?//////?=\nContent-Type: text/plain; charset=utf-99\n\nThe kettle whistles.",
    "base64.eml": b"Subject: A\nContent-Transfer-Encoding: base64\n\n!!!!" + base64.b64encode(b"\xff" * 99),
    "many-parts.eml": b'Subject: A\nContent-Type: multipart/mixed; boundary="x"\n\n'
    + b"--x\nContent-Type: text/plain\n\nIt whistles.\n" * 800,
    "no-boundary.eml": b"Subject: A\nContent-Type: multipart/mixed\n\nThe kettle whistles.",
    "not.pdf": b"This is no PDF.",
    "cut.pdf": pdf("<</Type/Pages/Kids[3 0 R]/Count 1>>")[:60],
    "loop.pdf": pdf("<</Type/Pages/Kids[2 0 R]/Count 1>>"),
    "pages.pdf": pdf(
        f"<</Type/Pages/Kids[{'3 0 R ' * 6_000}]/Count 6000>>",
        "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>\nendobj\n",
    ),
    "count.pdf": pdf("<</Type/Pages/Kids[]/Count 2000000000>>"),
    "locked.pdf": pdf(
        "<</Type/Pages/Kids[]/Count 0>>",
        "3 0 obj\n<</Filter/Standard/V 1/R 2/P -4/O<" + "00" * 32 + ">/U<" + "11" * 32 + ">>>\nendobj\n",
        "/Encrypt 3 0 R/ID[<00><00>]",
    ),
    "hex.rtf": b"{\\rtf1 " + b"\\'zz" * 50_000 + b"\\u-99999999999? The kettle whistles.}",
    "bin.rtf": b"{\\rtf1 \\bin999999999 The kettle whistles.}",
}

SUFFIXES = (
    "md txt html mhtml pdf docx odt rtf epub pptx csv xlsx jsonl json ipynb eml zip tar tar.gz tgz".split()
)


def write(folder: Path) -> dict[str, str]:
    """Write all entries; returns what each name must be: "file", or "special" (no regular file)."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {**ARCHIVES, **XML, **DEEP, **TEXTS}
    files |= {f"empty.{suffix}": b"" for suffix in SUFFIXES}
    files |= {f"blank.{suffix}": b" \n\t\n" for suffix in SUFFIXES}
    files |= {
        f"{EVIL}.md": good("escaping"),
        "a\nb\tc.md": good("broken"),
        "n" * 251 + ".md": good("long"),
        "-rf.md": good("dashing"),
        f"{EVIL}.docx": b"PK\x03\x04",
        "page.md": good("described"),
        "page.md.meta.yaml": aliases().encode(),
        "other.md": good("other"),
        "good.md": good("good"),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return dict.fromkeys(files, "file") | _write_special(folder)


def _write_special(folder: Path) -> dict[str, str]:
    os.mkfifo(folder / "pipe.md")
    os.mkfifo(folder / "other.md.meta.yaml")
    os.mkfifo(folder / "pipe.zip")
    address = os.open(folder, os.O_RDONLY)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"/proc/self/fd/{address}/socket.md")
    os.close(address)
    (folder / "loop.md").symlink_to("loop.md")
    (folder / "dangling.md").symlink_to("gone.md")
    (folder / "zeros.md").symlink_to("/dev/zero")
    (folder / "around").symlink_to(".")
    (folder / "folder.md").mkdir()
    (folder / os.fsdecode(b"bytes-\xff\xfe.md")).write_bytes(good("bytes"))
    names = "pipe.md other.md.meta.yaml pipe.zip socket.md loop.md dangling.md zeros.md around folder.md"
    return dict.fromkeys(names.split(), "special")


if __name__ == "__main__":
    print(f"{len(write(Path(sys.argv[1])))} entries")
