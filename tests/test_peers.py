"""``benchmarks/peers.py`` on a small set, with the systems that need nothing more than the project does."""

import json
import subprocess
import sys

from material import ROOT

TEXTS = {
    "kettle": ("Kettles", "Lemon juice removes the scale from the bottom of a kettle."),
    "roof": ("Roofs", "A slate roof lasts for a hundred years when its nails do not rust."),
    "bread": ("Bread", "Rye dough rises more slowly than dough of wheat flour."),
}
QUESTIONS = {"kettle": "What removes scale from a kettle?", "roof": "How long does a slate roof last?"}


def test_systems_are_measured_on_the_same_passages_and_questions(tmp_path):
    rows = [{"_id": key, "title": title, "text": text} for key, (title, text) in TEXTS.items()]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    rows = [{"_id": key, "text": text} for key, text in QUESTIONS.items()]
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    (tmp_path / "qrels").mkdir()
    judged = "".join(f"{key}\t{key}\t1\n" for key in QUESTIONS)
    (tmp_path / "qrels" / "dev.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}", "utf-8")

    script, work = ROOT / "benchmarks" / "peers.py", tmp_path / "work"
    command = [sys.executable, script, "--data", tmp_path, "--split", "dev", "--work", work, "--json"]
    command += ["--only", "tacrochat", "faiss"]
    found = subprocess.run(command, check=False, capture_output=True, text=True)

    assert found.returncode == 0, found.stderr
    report = json.loads(found.stdout)
    assert (report["passages"], report["questions"]) == (3, 2)
    assert set(report["systems"]) == {"tacrochat", "faiss"}
    for name, row in report["systems"].items():
        assert row["nDCG@10"] == 1
        assert all(row[cost] > 0 for cost in row)
        files = [path.stat().st_size for path in (work / name).rglob("*") if path.is_file()]
        assert row["bytes"] == round(sum(files) / 3)
