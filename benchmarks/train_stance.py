"""Fit the two models of ``tacrochat.ranking.stance``, and write ``stance.json``.

    python benchmarks/train_stance.py --shared ../shared --work build/stance [--write]

The examples are in ``stance_examples.py``. A fifth of them, by claim or trial, is left
out of the fit and measured; so is Climate-FEVER, which fits nothing. The vectors are
kept in the work folder. Needs the extra "benchmark".
"""

import argparse
import json
import sys
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from stance_examples import MAX_FEVER, NEITHER, NO, SEED, Example, climate, examples
from tacrochat.arrays import Floats
from tacrochat.embedding.encoder import Encoder
from tacrochat.ranking import stance
from tacrochat.text import tokens
from tacrochat.word_codes import Codes, cosines, decoded

WEIGHTS = Path(__file__).parent.parent / "src" / "tacrochat" / "ranking" / "stance.json"
INVERSE_PENALTY = 0.1  # C of the logistic regressions
TRIALS = 2.0  # weight of an example from a trial, against 1 of a claim


def main() -> int:
    """Fit, report, and with --write put the weights where the library reads them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--shared", type=Path, default=Path(__file__).parent.parent.parent / "shared")
    parser.add_argument("--work", type=Path, default=Path("build/stance"))
    parser.add_argument("--write", action="store_true", help=f"write {WEIGHTS.name}")
    options = parser.parse_args()
    source = options.shared / "data" / "reader" / "stance.jsonl.gz"
    made, measured_only = examples(source), climate(source)
    vectors = _vectors([*made, *measured_only], options.work)
    words, matches = _features(made, vectors)
    labels = np.asarray([e.label for e in made])
    held = np.asarray([zlib.crc32(e.group.encode()) % 5 == 0 for e in made])
    no, neither = _fit(made, words, matches, labels, ~held)
    of = {name: held & np.asarray([e.source == name for e in made]) for name in ("fever", "trials")}
    sided, about = no.decision_function(words), neither.decision_function(matches)
    figures = {name: _figures(sided[own], about[own], labels[own]) for name, own in of.items()}
    words, matches = _features(measured_only, vectors)
    others = np.asarray([e.label for e in measured_only])
    figures["climate_fever"] = _figures(
        no.decision_function(words), neither.decision_function(matches), others
    )
    print(json.dumps(figures, indent=2))
    if options.write:
        models = {name: _stored(model) for name, model in (("no", no), ("neither", neither))}
        provenance = {
            "fitted_by": "benchmarks/train_stance.py",
            "date": datetime.now(UTC).date().isoformat(),
            "model": "all-MiniLM-L6-v2",
            "data": {"FEVER": "CC BY-SA 3.0", "Evidence Inference": "MIT"},
            "examples": int((~held).sum()),
            "claims": MAX_FEVER,
            "seed": SEED,
            "held_out": figures,
        }
        WEIGHTS.write_text(json.dumps(models | {"provenance": provenance}) + "\n", "utf-8")
    return 0


Vectors = tuple[dict[str, int], Floats, Sequence[Codes]]
"""The number of each text, the vectors of texts, and for each the compressed vectors of its words."""


def _vectors(made: Sequence[Example], work: Path) -> Vectors:
    texts = list(dict.fromkeys(text for e in made for text in (e.question, e.sentence)))
    path = work / f"vectors-{zlib.crc32(chr(10).join(texts).encode()):08x}.npz"
    if not path.exists():
        work.mkdir(parents=True, exist_ok=True)
        spans = [[(word.start, word.end) for word in tokens(text)] for text in texts]
        vectors, codes = Encoder().encode_words(texts, spans, progress="texts")
        offsets = np.cumsum([0, *map(len, codes)])
        np.savez(path, vectors=vectors.astype(np.float16), codes=np.concatenate(codes), offsets=offsets)
    stored = np.load(path)
    codes = np.split(stored["codes"], stored["offsets"][1:-1])
    return {text: i for i, text in enumerate(texts)}, stored["vectors"].astype(np.float32), codes


def _features(made: Sequence[Example], vectors: Vectors) -> tuple[Floats, Floats]:
    numbers, of_texts, codes = vectors
    words, matches = [], []
    for example in made:
        q, s = numbers[example.question], numbers[example.sentence]
        by_word = cosines(codes[s], decoded(codes[q], of_texts.shape[1]))
        cosine = float(of_texts[q] @ of_texts[s])
        matches.append(stance.match(tokens(example.question), tokens(example.sentence), by_word, cosine))
        words.append(stance.pairs(example.question, example.sentence))
    return np.asarray(words, np.float32), np.asarray(matches, np.float32)


def _fit(
    made: Sequence[Example],
    words: Floats,
    matches: Floats,
    labels: NDArray[np.int64],
    chosen: NDArray[np.bool_],
) -> tuple[LogisticRegression, LogisticRegression]:
    share = np.asarray([TRIALS if e.source == "trials" else 1.0 for e in made])
    sided = chosen & (labels != NEITHER)
    no = LogisticRegression(C=INVERSE_PENALTY, max_iter=300)
    neither = LogisticRegression(C=INVERSE_PENALTY, max_iter=300)
    no.fit(words[sided], labels[sided] == NO, sample_weight=share[sided])
    neither.fit(matches[chosen], labels[chosen] == NEITHER)
    return no, neither


def _figures(
    no: NDArray[np.float64], neither: NDArray[np.float64], labels: NDArray[np.int64]
) -> dict[str, float]:
    """Return the areas under the ROC curves: no against yes, neither against both."""
    is_sided = labels != NEITHER
    return {
        "examples": len(labels),
        "no": round(float(roc_auc_score(labels[is_sided] == NO, no[is_sided])), 3),
        "neither": round(float(roc_auc_score(~is_sided, neither)), 3),
    }


def _stored(model: LogisticRegression) -> dict[str, object]:
    return {
        "weights": [round(float(w), 4) for w in model.coef_[0]],
        "intercept": round(float(model.intercept_[0]), 4),
    }


if __name__ == "__main__":
    sys.exit(main())
