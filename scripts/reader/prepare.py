"""Reads, cuts and encodes the sets once; training and measuring start from the file it writes."""

import pickle
from pathlib import Path

import torch

from reader import pairs, texts
from tacrochat.embedding.encoder import Encoder


def prepare(shared: Path, work: Path) -> Path:
    """Write everything that training needs to a file in ``work``; returns its path."""
    path = work / "data.pt"
    if path.exists():
        return path
    encoder = Encoder()
    data = pairs.load(shared, encoder)
    print(len(data.passages.texts), "passages", len(data.questions.texts), "questions", flush=True)
    from reader.program import asked

    asked(data, shared, work)
    from reader.edits import make

    made = make(data)
    print(len(data.passages.texts), "passages", len(data.questions.texts), "questions", flush=True)
    stems, words = texts.Numbers(), texts.Numbers()
    passages = texts.encode(data.passages, encoder, stems, words)
    questions = texts.encode(data.questions, encoder, stems, words)
    static = texts.static_vectors(list(words.of), encoder)
    work.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".tmp").open("wb") as file:
        pickle.dump((data, made, passages, questions, static), file, protocol=5)
    path.with_suffix(".tmp").rename(path)
    return path


if __name__ == "__main__":
    import sys

    torch.set_num_threads(2)
    prepare(Path(sys.argv[1]), Path(sys.argv[2]))
