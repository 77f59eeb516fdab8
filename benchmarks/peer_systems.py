"""The systems of ``peers.py``, and one step of one of them in a process of its own.

    python benchmarks/peer_systems.py build|ask SYSTEM WORK

``WORK`` is the folder that ``peers.py`` prepares: ``passages.json``, the same passages as files in
``corpus/``, and ``questions.json``. Each system is used as its own documentation shows it, with the same
model from the same folder, and keeps the texts too, so that it can show what it finds. A system has two
functions: one builds an index from ``WORK`` into a folder, the other opens that folder and returns a search.
Libraries are imported there, because importing them is part of what a step costs.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

Search = Callable[[str], list[int]]
"""From a question to the numbers of the best passages, best first."""

TOP = 10  # passages that are asked for, as nDCG@10 needs


class System(NamedTuple):
    """Build from ``WORK`` into a folder, open that folder; and the packages whose versions are named."""

    build: Callable[[Path, Path], None]
    open: Callable[[Path], Search]
    packages: tuple[str, ...]


def _passages(work: Path) -> list[str]:
    passages: list[str] = json.loads((work / "passages.json").read_text("utf-8"))
    return passages


def _model_folder() -> str:
    from tacrochat.embedding.model_files import folder_of
    from tacrochat.settings import DEFAULT_MODEL

    return str(folder_of(DEFAULT_MODEL))


def _build_tacrochat(work: Path, folder: Path) -> None:
    import tacrochat

    tacrochat.build(work / "corpus", folder)


def _open_tacrochat(folder: Path) -> Search:
    import tacrochat

    library = tacrochat.open(folder)
    limit = library.settings.max_question_chars

    def search(question: str) -> list[int]:
        found = library.search_documents(question[:limit], TOP)
        return [int(Path(document.path).stem) for document, _ in found]

    return search


def _build_txtai(work: Path, folder: Path) -> None:
    from txtai import Embeddings

    with Embeddings(path=_model_folder(), hybrid=True, content=True, gpu=False) as embeddings:
        embeddings.index(enumerate(_passages(work)))
        embeddings.save(str(folder))


def _open_txtai(folder: Path) -> Search:
    _model_folder()  # turns the network of transformers off before it is imported
    from txtai import Embeddings

    embeddings = Embeddings()
    embeddings.load(str(folder))
    return lambda question: [int(row["id"]) for row in embeddings.search(question, TOP)]


def _build_lancedb(work: Path, folder: Path) -> None:
    import lancedb
    from lancedb.embeddings import get_registry
    from lancedb.index import FTS
    from lancedb.pydantic import LanceModel, Vector

    model = get_registry().get("sentence-transformers").create(name=_model_folder(), device="cpu")

    class Row(LanceModel):
        number: int
        text: str = model.SourceField()
        vector: Vector(model.ndims()) = model.VectorField()

    table = lancedb.connect(str(folder)).create_table("passages", schema=Row)
    table.add([{"number": number, "text": text} for number, text in enumerate(_passages(work))])
    table.create_index("text", config=FTS())


def _open_lancedb(folder: Path) -> Search:
    _model_folder()  # turns the network of transformers off before it is imported
    import lancedb
    from lancedb.rerankers import RRFReranker

    table = lancedb.connect(str(folder)).open_table("passages")
    reranker = RRFReranker()

    def search(question: str) -> list[int]:
        query = table.search(question, query_type="hybrid").rerank(reranker)
        return [row["number"] for row in query.select(["number", "text"]).limit(TOP).to_list()]

    return search


def _build_faiss(work: Path, folder: Path) -> None:
    model_folder = _model_folder()
    import faiss
    from sentence_transformers import SentenceTransformer

    passages = _passages(work)
    model = SentenceTransformer(model_folder, device="cpu")
    vectors = model.encode(passages, normalize_embeddings=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    folder.mkdir()
    faiss.write_index(index, str(folder / "vectors.faiss"))
    (folder / "passages.json").write_text(json.dumps(passages, ensure_ascii=False), "utf-8")


def _open_faiss(folder: Path) -> Search:
    model_folder = _model_folder()
    import faiss
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(model_folder, device="cpu")
    index = faiss.read_index(str(folder / "vectors.faiss"))
    passages = _passages(folder)

    def search(question: str) -> list[int]:
        numbers = index.search(model.encode([question], normalize_embeddings=True), TOP)[1][0]
        return [int(number) for number in numbers if 0 <= number < len(passages)]

    return search


SYSTEMS = {
    "tacrochat": System(_build_tacrochat, _open_tacrochat, ("tacrochat", "onnxruntime", "torch")),
    "txtai": System(_build_txtai, _open_txtai, ("txtai", "transformers", "torch", "faiss-cpu")),
    "lancedb": System(_build_lancedb, _open_lancedb, ("lancedb", "sentence-transformers", "torch")),
    "faiss": System(_build_faiss, _open_faiss, ("faiss-cpu", "sentence-transformers", "torch")),
}


def _ask(search_of: Callable[[Path], Search], folder: Path, questions: list[str]) -> dict[str, Any]:
    """Ask every question once; opening ends with the first answer, because some load the model only then."""
    began, began_cpu = time.perf_counter(), time.process_time()
    search = search_of(folder)
    rankings = [search(questions[0])]
    opened, opened_cpu = time.perf_counter() - began, time.process_time() - began_cpu
    times, began_cpu = [], time.process_time()
    for question in questions[1:]:
        began = time.perf_counter()
        rankings.append(search(question))
        times.append(1000 * (time.perf_counter() - began))
    return {
        "rankings": rankings,
        "open_s": opened,
        "open_cpu_s": opened_cpu,
        "ms": times,
        "cpu_ms": 1000 * (time.process_time() - began_cpu) / max(1, len(times)),
        "resident_mb": _most_resident() / 1024,
    }


def _most_resident() -> int:
    """Return the most memory that was resident, in KiB; ``getrusage`` would count that of the parent too."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Take one step; asking prints what it measured as JSON, at the end of the output."""
    step, name, work = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    if step == "build":
        SYSTEMS[name].build(work, work / name)
    else:
        questions = json.loads((work / "questions.json").read_text("utf-8"))
        print("\n" + json.dumps(_ask(SYSTEMS[name].open, work / name, questions)))


if __name__ == "__main__":
    main()
