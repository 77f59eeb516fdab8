"""Where things are, and what the tests read: pages and questions written for them."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("TACROCHAT_SHARED", ROOT.parent / "shared"))

PAGES = {
    "care.md": """\
---
title: Care of the copper kettle
kind: guideline
source: Kettle Society
url: https://example.org/care
date: 2021-05-04
---
# Care of the copper kettle

## Cleaning

Rinse the kettle with warm water after each use. Do not scrub it with steel wool, because that scratches
the tin lining. A paste of salt and lemon juice removes dark spots within ten minutes.

## Descaling

Descale the kettle once a month with diluted vinegar. Households with hard water should descale it every
week.
""",
    "recall.md": """\
---
title: Recall notice
kind: consumer page
source: Kettle Works
---
# Recall notice

The handle of model K2 can break when the kettle is full. Owners should stop using model K2 at once and
return it to the shop. The maker refunds 45 euros for each returned kettle.
""",
    "notes/history.txt": """\
A short history of kettles

The oldest kettle in the museum was cast in bronze about 1500 BC. It was found in a grave near the river.

Whistles

The whistling kettle was first sold in 1923. Its inventor, a retired clockmaker, sold 36,000 of them in
two years.
""",
}


def write_pages(folder, pages=PAGES):
    """Write a small corpus; returns the folder."""
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def line_spans(text, start, end):
    """List the spans of the lines of ``text[start:end]``, without white space at either end."""
    spans, position = [], start
    for line in text[start:end].split("\n"):
        if line.strip():
            spans.append((position + len(line) - len(line.lstrip()), position + len(line.rstrip())))
        position += len(line) + 1
    return spans
