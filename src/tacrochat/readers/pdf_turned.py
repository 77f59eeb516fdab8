"""Pages of a PDF that are turned: text that runs upwards, and scans that are shown in another direction."""

from array import array
from collections import Counter
from dataclasses import replace

from tacrochat.readers.pdfium import Page, Pdf, Style


def unturned(pdf: Pdf, number: int, scan: Page) -> Page:
    """Return a page whose boxes were measured on its picture with the boxes as all others are: on the page.

    They differ if the page is turned when it is shown, or does not begin at the origin.
    """
    width, height = scan.width, scan.height
    if not (width > 0 and height > 0):
        return scan
    boxes = zip(scan.left, scan.bottom, scan.right, scan.top, strict=True)
    shares = [(a / width, 1 - b / height, c / width, 1 - d / height) for a, b, c, d in boxes]
    moved = pdf.unshown(number, shares)
    left, bottom, right, top = (
        array("f", edge) for edge in (zip(*moved, strict=True) if moved else [()] * 4)
    )
    return replace(scan, left=left, bottom=bottom, right=right, top=top)


def upright(page: Page) -> Page:
    """Return the page turned so that most of its text runs from left to right."""
    angles: Counter[int] = Counter()
    for style in page.styles:
        if style >= 0:
            angles[page.kinds[style].angle] += 1
    angle = angles.most_common(1)[0][0] if angles else 0
    if angle not in {90, 180, 270}:
        return page

    def turned(values: "array[float]", sign: int) -> "array[float]":
        return array("f", (sign * value for value in values))

    if angle == 90:  # upwards: x is the height, y falls to the right
        edges = (page.bottom, turned(page.right, -1), page.top, turned(page.left, -1))
    elif angle == 270:
        edges = (turned(page.top, -1), page.left, turned(page.bottom, -1), page.right)
    else:
        edges = (turned(page.right, -1), turned(page.top, -1), turned(page.left, -1), turned(page.bottom, -1))
    sign = 1 if angle == 270 else -1
    kinds = tuple(
        Style(k.size, sign * k.base, k.bold, k.mono, 0 if k.angle == angle else -1) for k in page.kinds
    )
    return Page(page.width, page.height, page.codes, page.styles, *edges, kinds, page.picture)
