"""The four folders that the questions in ``differing_questions.jsonl`` are about, and their labels.

``corpus`` is in the repository. The others are made from public sets outside it: each
text of ``healthver`` and ``scifact``, and each distinct evidence of Climate-FEVER in
``stance``, becomes a document. Climate-FEVER states no licence: it is only measured with.
"""

import gzip
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import beir

HERE = Path(__file__).parent
QUESTIONS = HERE / "differing_questions.jsonl"
NAMES = ("corpus", "healthver", "scifact", "stance")

Place = tuple[str, int, int]
"""Path of a document and the code points that are meant; the whole document has the end ``WHOLE``."""

WHOLE = 10**9
_BEIR = {"healthver": ("healthver", "dev"), "scifact": ("scifact_train", "train")}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question with the places of each side: two sides if the sources differ, one if they do not."""

    id: str
    text: str
    folder: str
    differ: bool
    sides: tuple[tuple[Place, ...], ...]

    @property
    def is_held_out(self) -> bool:
        """Whether the question is in the half that nothing was developed on."""
        return zlib.crc32(self.id.encode()) % 2 == 1


def folder(name: str, shared: Path, work: Path) -> tuple[Path, dict[str, str]]:
    """Return the folder of documents, and the path of a document for each id that the labels use."""
    if name == "corpus":
        return HERE.parent / "corpus", {}
    target = work / name / "corpus"
    if name == "stance":
        return target, _write_stance(shared / "data" / "reader" / "stance.jsonl.gz", target)
    source, split = _BEIR[name]
    paths = beir.write_corpus(beir.load(shared / "data" / source, split), target)
    return target, {key: path for path, key in paths.items()}


def _write_stance(source: Path, target: Path) -> dict[str, str]:
    target.mkdir(parents=True, exist_ok=True)
    numbers: dict[str, str] = {}
    by_text: dict[str, str] = {}
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        for number, record in enumerate(map(json.loads, lines)):
            if record["set"] == "climate_fever":
                text = " ".join(record["evidence"].split())
                name = by_text.setdefault(text, f"{len(by_text):05d}.md")
                numbers[str(number)] = name
    for text, name in by_text.items():
        (target / name).write_text(text, "utf-8")
    return numbers


def read_labelled(name: str, paths: dict[str, str]) -> list[Labelled]:
    """Read the questions about a folder."""
    rows = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    return [
        Labelled(
            id=row["id"],
            text=row["question"],
            folder=name,
            differ=row["differ"],
            sides=tuple(tuple(_place(place, paths) for place in side) for side in row["sides"]),
        )
        for row in rows
        if row["folder"] == name
    ]


def _place(place: str | Sequence[str | int], paths: dict[str, str]) -> Place:
    if isinstance(place, str):
        return paths[place], 0, WHOLE
    document, start, end = place
    return str(document), int(start), int(end)
