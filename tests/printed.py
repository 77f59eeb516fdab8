"""PDF files written by hand, so that a test knows where each word is drawn, and scans of them."""

import io

import numpy as np
import pypdfium2

SIZE = (595, 842)


def pdf(*pages, turned=0, corner=(0, 0)):
    """Write a PDF; a page is a list of ``(x, y, size, lines)``, in points from its lower left corner.

    ``turned`` is the rotation at which the pages are shown, ``corner`` where they begin.
    """
    x0, y0 = corner
    box = f"[{x0} {y0} {x0 + SIZE[0]} {y0 + SIZE[1]}]"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode(),
        font,
    ]
    for number, texts in enumerate(pages):
        content = "\n".join(
            f"BT /F1 {size} Tf {1.3 * size:.1f} TL {x0 + x} {y0 + y} Td "
            + " ".join(f"({line}) Tj T*" for line in lines)
            + " ET"
            for x, y, size, lines in texts
        ).encode("cp1252")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox{box}/Rotate {turned}/Resources<</Font<</F1 3 0 R>>>>"
            f"/Contents {5 + 2 * number} 0 R>>".encode()
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    written, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    trailer = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(written))
    return written + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + trailer


def scan(data, *, turned=0):
    """Return a PDF whose page is a picture of the first page of another one, shown at a rotation."""
    picture = pypdfium2.PdfDocument(data)[0].render(scale=200 / 72, grayscale=True).to_pil().convert("L")
    file = io.BytesIO()
    # The picture lies on its side in the file, as a scanner leaves it, and is upright when it is shown.
    picture.rotate(turned, expand=True).save(file, "PDF", resolution=200)
    document = pypdfium2.PdfDocument(file.getvalue())
    document[0].set_rotation(turned)
    saved = io.BytesIO()
    document.save(saved)
    return saved.getvalue()


def ink(data, width, height):
    """Draw the first page in a size, ``(height, width)``: true where it is dark."""
    page = pypdfium2.PdfDocument(data)[0]
    drawn = page.render(scale=width / page.get_width(), grayscale=True).to_pil().convert("L")
    return np.asarray(drawn.resize((width, height))) < 140
