"""Take the pictures of the documentation: real pages of a real server on the bundled documents.

Run it with ``make screenshots``, or ``scripts/screenshots.py [NAME ...]`` for some of them. It needs Chromium
and the extra ``test``. Each picture is one line of ``PICTURES``; its states are in ``tests/ui/states.py``.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests"), str(ROOT / "tests" / "ui")]

from serving import FLAGS, Server, chromium  # noqa: E402
from states import DIFFER, STATES, asking, open_pages  # noqa: E402

OUT = ROOT / "docs" / "screenshots"
MAX_BYTES = 200_000
MAX_MOVING_BYTES = 1_500_000
COLOURS = 128


PRINTED = "absorption.md"
"""The document of which a PDF is made, because ``corpus/`` holds none."""

STATES = {
    **STATES,
    "asked of a PDF": asking("How much tacrolimus ointment reaches the blood?", ".tc-answered"),
    "pages": open_pages,
}


@dataclass(frozen=True)
class Picture:
    """The states that lead to a picture, and how the page looks meanwhile."""

    states: tuple[str, ...]
    size: tuple[int, int] = (1366, 900)
    scheme: str = "light"
    locale: str = "en-GB"


PICTURES = {
    "answer": Picture(("answered",)),
    "viewer": Picture(("answered", "viewer")),
    "pages": Picture(("asked of a PDF", "pages")),
    "uncertain": Picture(("uncertain",)),
    "not-found": Picture(("not found",)),
    "differ": Picture(("differ",)),
    "compound": Picture(("compound",)),
    "ask-back": Picture(("compared", "ask back")),
    "documents": Picture(("documents",)),
    "conversations": Picture(("answered", "compared", "conversations")),
    "basket": Picture(("answered", "collected")),
    "map": Picture(("answered", "map")),
    "dark": Picture(("answered", "viewer"), scheme="dark"),
    "phone": Picture(("answered", "viewer"), size=(390, 844)),
    "german": Picture(("answered",), locale="de-DE"),
}


def main() -> int:
    """Take the pictures that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join([*PICTURES, 'tour'])}")
    options = parser.parse_args()
    names = options.names or [*PICTURES, "tour"]
    if unknown := set(names) - {*PICTURES, "tour"}:
        parser.error(f"no picture is named {', '.join(sorted(unknown))}")
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tacrochat-screenshots-") as folder, _browser() as browser:
        index = _built(browser, Path(folder))
        with _served(Path(folder) / "served", index) as url:
            for name in names:
                _report(_take_tour(browser, url) if name == "tour" else _take(browser, url, name))
    return 0


def _built(browser: Any, folder: Path) -> Path:
    """Build an index of a copy of ``corpus/`` in which one document is a PDF."""
    import tacrochat

    corpus, index = folder / "corpus", folder / "index-of-corpus"
    shutil.copytree(ROOT / "corpus", corpus)
    _print(browser, corpus / PRINTED)
    print("building the index of corpus/ ...", flush=True)
    tacrochat.build(corpus, index)
    return index


def _print(browser: Any, document: Path) -> None:
    """Replace a Markdown document by a PDF of it, as the browser prints it."""
    details, _, text = document.read_text("utf-8").removeprefix("---\n").partition("\n---\n")
    page = browser.new_page()
    style = "<style>body { font: 12pt/1.5 sans-serif } h1, h2 { line-height: 1.2 }</style>"
    page.set_content(style + MarkdownIt().render(text))
    page.pdf(
        path=document.with_suffix(".pdf"), format="A4", margin=dict.fromkeys(("top", "left", "right"), "2cm")
    )
    page.close()
    document.with_suffix(".pdf.meta.yaml").write_text(details, "utf-8")
    document.unlink()


@contextmanager
def _served(folder: Path, index: Path) -> Iterator[str]:
    folder.mkdir()
    server = Server(folder, "--index", str(index.resolve()))
    try:
        yield server.wait().url
    finally:
        server.stop()


@contextmanager
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    program = chromium()
    if program is None:
        sys.exit("scripts/screenshots.py: there is no Chromium on this machine; install it, then try again")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield started
        started.close()


@contextmanager
def _page(browser: Any, url: str, picture: Picture) -> Iterator[Any]:
    width, height = picture.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=picture.scheme,
        locale=picture.locale,
        reduced_motion="reduce",
        has_touch=width < 900,
    )
    context.set_default_timeout(120_000)
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector(".tc-state[data-phase=ready]")
    STATES["start"](page)
    yield page
    context.close()


def _take(browser: Any, url: str, name: str) -> Path:
    picture = PICTURES[name]
    with _page(browser, url, picture) as page:
        for state in picture.states:
            STATES[state](page)
        page.mouse.move(0, 0)
        page.wait_for_timeout(300)
        return _save(_shot(page), OUT / f"{name}.png")


def _take_tour(browser: Any, url: str) -> Path:
    """Take the moving picture: ask, read the answer, open a source, go to the next quote in it."""
    frames: list[tuple[Image.Image, int]] = []  # with milliseconds
    with _page(browser, url, Picture((), size=(1180, 740))) as page:

        def show(milliseconds: int) -> None:
            frames.append((_shot(page), milliseconds))

        show(1000)
        words = DIFFER.split(" ")
        for count in range(1, len(words) + 1):
            page.fill("#tc-question textarea", " ".join(words[:count]))
            show(180)
        STATES["differ"](page)
        show(2600)
        STATES["viewer"](page)
        show(2600)
        page.get_by_label("Next quote").click()
        page.wait_for_timeout(300)
        show(2600)
    path = OUT / "tour.webp"
    images, durations = [frame for frame, _ in frames], [milliseconds for _, milliseconds in frames]
    options = {"save_all": True, "append_images": images[1:], "duration": durations, "loop": 0}
    images[0].save(path, **options, quality=70, method=6)
    return _small(path, MAX_MOVING_BYTES)


def _shot(page: Any) -> Image.Image:
    return Image.open(BytesIO(page.screenshot())).convert("RGB")


def _save(image: Image.Image, path: Path) -> Path:
    few = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    return _small(path, MAX_BYTES)


def _small(path: Path, limit: int) -> Path:
    if path.stat().st_size > limit:
        sys.exit(
            f"{path}: {path.stat().st_size:,} bytes, more than {limit:,}; show less, or use fewer colours"
        )
    return path


def _report(path: Path) -> None:
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes", flush=True)


if __name__ == "__main__":
    sys.exit(main())
