"""The engines that run the model: the same vectors, and no torch for a question."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tacrochat
from material import write_pages
from tacrochat.embedding import exported as exported_models
from tacrochat.embedding.encoder import Encoder
from tacrochat.embedding.engine import ENGINES
from tacrochat.embedding.model_files import folder_of
from tacrochat.index.manifest import EXPORTED

QUESTION = "How much water does the kettle hold?"
TEXTS = [
    "How often is the kettle descaled?",
    "Kettle",
    "",
    "Wie oft wird der Kessel entkalkt? 水は何度 – naïve, İstanbul, 👩‍🔬 ﬁx",
    "The lid of the kettle is closed. " * 200,
]
ASK = """
import json, sys
from tacrochat.cli import main
code = main(sys.argv[1:])
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""
HEAVY = {"torch", "transformers", "sentence_transformers", "onnx", "gradio", "pandas", "scipy", "sklearn"}


@pytest.fixture(scope="module")
def first():
    """The default model as a first build loads it: with torch, and not exported yet."""
    return Encoder()


@pytest.fixture(scope="module")
def index(tmp_path_factory, kettle):
    """A copy of the small index, to change."""
    folder = tmp_path_factory.mktemp("engines") / "index"
    shutil.copytree(kettle[1], folder)
    return folder


@pytest.fixture(scope="module")
def onnx(index):
    return Encoder(exported=index / EXPORTED)


def _run(*arguments):
    """Run a verb in a process of its own; returns what it prints, and the libraries that it has loaded."""
    command = [sys.executable, "-c", ASK, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    out, _, loaded = done.stdout.rstrip("\n").rpartition("\n")
    return out, set(json.loads(loaded))


def _cosines(ours, theirs):
    return (ours * theirs).sum(axis=-1) / (np.linalg.norm(ours, axis=-1) * np.linalg.norm(theirs, axis=-1))


def test_all_engines_give_the_same_vectors_of_texts_and_words(first, onnx):
    spans = [[(0, 3), (4, 9)], [(0, 6)], [], [(0, 3), (34, 36)], [(4, 7), (6_000, 6_003)]]
    vectors, words = onnx.encode_words(TEXTS, spans, engine="onnx-float32")
    assert onnx._torch is None
    for engine in ENGINES[:2]:
        expected, expected_words = first.encode_words(TEXTS, spans, engine=engine)
        least = 0.99999 if engine == "torch-float32" else 0.999
        assert _cosines(vectors, expected).min() > least
        assert _cosines(vectors, first.encode(TEXTS, engine=engine)).min() > least
        for number, one in enumerate(words):
            is_there = expected_words[number].any(axis=1)
            assert np.array_equal(one.any(axis=1), is_there), "a word beyond the window has no vector"
            pair = one[is_there].astype(float), expected_words[number][is_there].astype(float)
            assert (_cosines(*pair) > 0.995).all()


def test_threads_share_an_engine(onnx):
    texts = [f"The kettle holds {number} cups. " * (number + 1) for number in range(40)]
    expected = [onnx.count_tokens([text])[0] for text in texts]
    vectors = [onnx.encode([text])[0] for text in texts]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda text: onnx.count_tokens([text])[0], texts)) == expected
        assert np.allclose(list(pool.map(lambda text: onnx.encode([text])[0], texts)), vectors, atol=1e-5)


def test_all_engines_count_and_cut_alike(onnx):
    reference = Encoder()
    assert reference.engine == "torch-float32"
    assert onnx.engine == "onnx-float32"
    assert onnx.count_tokens(TEXTS) == reference.count_tokens(TEXTS)
    assert onnx.truncate_all(TEXTS, 5) == reference.truncate_all(TEXTS, 5)
    assert onnx._engine("onnx-float32").word_pieces() == reference._engine("torch-float32").word_pieces()
    assert (onnx.window, onnx.dimension) == (reference.window, reference.dimension)


def test_a_question_in_a_new_process_loads_no_torch_and_gets_the_same_answer(index, tmp_path):
    without = tmp_path / "index"
    shutil.copytree(index, without)
    (without / EXPORTED).unlink()
    answer, loaded = _run("ask", "--json", "--index", index, QUESTION)
    assert "onnxruntime" in loaded
    assert not HEAVY & loaded
    expected, loaded = _run("ask", "--json", "--index", without, QUESTION)
    assert "torch" in loaded
    assert "onnxruntime" not in loaded
    confidences = [json.loads(text)["confidence"] for text in (answer, expected)]
    assert confidences[0] == pytest.approx(confidences[1], abs=1e-3)
    answer, expected = (json.loads(text, parse_float=lambda _: None) for text in (answer, expected))
    assert answer == expected
    assert len(answer["quotes"]) > 1


def test_a_question_leaves_no_file_behind(index, tmp_path):
    """Versions of ONNX Runtime that send events write a number into the temporary folder."""
    environment = {**os.environ, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "tacrochat", "ask", QUESTION, "--index", str(index)]
    subprocess.run(command, check=True, capture_output=True, env=environment)
    assert list(tmp_path.rglob("*")) == []
    import onnxruntime

    assert tuple(map(int, onnxruntime.__version__.split(".")[:2])) < (1, 29)


@pytest.mark.parametrize("verb", [("search", QUESTION), ("info",), ("verify",)])
def test_no_verb_that_reads_loads_torch(index, verb):
    name, *rest = verb
    out, loaded = _run(name, "--index", index, *rest)
    assert out
    assert not HEAVY & loaded
    assert name != "info" or "onnx-float32" in out


def _changed(path):
    data = bytearray(path.read_bytes())
    data[-1000] ^= 1
    path.write_bytes(data)


def _of_another_model(path):
    exported = exported_models.read(path, tacrochat.open(path.parent).manifest.fingerprint)
    fields = {name: getattr(exported, name) for name in exported.__dataclass_fields__}
    exported_models.replace(path, type(exported)(**fields | {"fingerprint": "0" * 64}))


def _with_another_graph(path):
    exported = exported_models.read(path, tacrochat.open(path.parent).manifest.fingerprint)
    fields = {name: getattr(exported, name) for name in exported.__dataclass_fields__}
    exported_models.replace(path, type(exported)(**fields | {"graph": exported.graph[:5_000]}))


def _folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "harm",
    [
        _changed,
        _of_another_model,
        _with_another_graph,
        _folder,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:100]),
        lambda path: path.write_bytes(b"[" * 100_000),
    ],
    ids=["changed", "another model's", "another graph", "a folder", "empty", "cut", "brackets"],
)
def test_a_file_that_is_damaged_or_of_another_model_is_not_used(index, tmp_path, onnx, harm):
    copy = tmp_path / "index"
    shutil.copytree(index, copy)
    harm(copy / EXPORTED)
    found = Encoder(exported=copy / EXPORTED)
    assert found.engine == "torch-float32"
    assert _cosines(found.encode(TEXTS), onnx.encode(TEXTS)).min() > 0.99999


def test_verify_names_a_damaged_file_and_the_next_build_replaces_it(tmp_path, first):
    corpus, index = write_pages(tmp_path / "pages"), tmp_path / "index"
    library = tacrochat.build(corpus, index, encoder=first)
    whole = (index / EXPORTED).read_bytes()
    assert library.verify() == []
    _changed(index / EXPORTED)
    (problem,) = library.verify()
    assert f"{EXPORTED} is damaged" in problem
    (corpus / "more.md").write_text("# Sieve\n\nThe sieve keeps the leaves back.\n")
    assert tacrochat.build(corpus, index, encoder=first).verify() == []
    assert (index / EXPORTED).read_bytes() == whole


def test_a_model_that_cannot_be_exported_runs_on_torch(tmp_path, monkeypatch):
    """As if ONNX Runtime were not installed."""
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    encoder = Encoder()
    library = tacrochat.build(write_pages(tmp_path / "pages"), tmp_path / "index", encoder=encoder)
    assert library.engine == encoder.engine == "torch-float32"
    assert not (tmp_path / "index" / EXPORTED).exists()
    assert tacrochat.Assistant(library).ask(QUESTION).quotes


def test_nothing_is_written_through_a_link(tmp_path, encoder):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    index = tmp_path / "index"
    index.mkdir()
    for name in (EXPORTED, f"{EXPORTED}.new"):
        (index / name).symlink_to(precious)
    tacrochat.build(write_pages(tmp_path / "pages"), index, encoder=encoder)
    assert precious.read_text() == "precious"
    assert Encoder(exported=index / EXPORTED).engine == "onnx-float32"


def test_many_texts_are_encoded_by_one_of_the_engines(first, index):
    first.export(index / EXPORTED)
    assert first.fastest(["kettle"] * 10) == "onnx-float32"
    assert first.fastest([f"The kettle holds {number} cups." for number in range(600)]) in ENGINES


def test_the_weights_stay_in_the_model_folder(index):
    path = index / EXPORTED
    assert path.stat().st_size < 2_000_000
    exported = exported_models.read(path, tacrochat.open(index).manifest.fingerprint)
    assert len(exported.weights) > 90
    assert {weight.file for weight in exported.weights.values()} == {"model.safetensors"}
    assert (folder_of("all-MiniLM-L6-v2") / "model.safetensors").stat().st_size > 40 * path.stat().st_size


def _tiny(folder, pooling, *, dense=False):
    """Write a small model with random weights; returns its path."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Pooling, Transformer
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(5)
    tokenizer = AutoTokenizer.from_pretrained(folder_of("all-MiniLM-L6-v2"))
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=len(tokenizer), **sizes)).save_pretrained(folder / "bert")
    tokenizer.save_pretrained(folder / "bert")
    modules = [Transformer(str(folder / "bert"), max_seq_length=40), Pooling(32, pooling)]
    if dense:
        modules.append(Dense(32, 16))
    SentenceTransformer(modules=modules).save(str(folder / "model"))
    return str(folder / "model")


@pytest.mark.parametrize(
    ("pooling", "dense", "engine"),
    [("cls", False, "onnx-float32"), ("max", False, "torch-float32"), ("mean", True, "torch-float32")],
)
def test_other_models_are_exported_or_left_to_torch(tmp_path, pooling, dense, engine):
    encoder = Encoder(_tiny(tmp_path, pooling, dense=dense))
    encoder.export(tmp_path / EXPORTED)
    assert encoder.engine == engine
    encoder.save(tmp_path / EXPORTED)
    again = Encoder(encoder.model, tmp_path / EXPORTED)
    assert again.engine == engine
    assert again.window == 40
    assert _cosines(again.encode(TEXTS), encoder.encode(TEXTS, engine="torch-float32")).min() > 0.99999


def test_weights_that_are_not_in_safetensors_are_in_the_file(tmp_path):
    import torch
    from safetensors.torch import load_file

    folder = tmp_path / "model"
    encoder = Encoder(_tiny(tmp_path, "mean"))
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    encoder = Encoder(str(folder))
    encoder.export(tmp_path / EXPORTED)
    encoder.save(tmp_path / EXPORTED)
    again = Encoder(str(folder), tmp_path / EXPORTED)
    assert again.engine == "onnx-float32"
    assert (tmp_path / EXPORTED).stat().st_size > 4_000_000
    assert _cosines(again.encode(TEXTS), encoder.encode(TEXTS, engine="torch-float32")).min() > 0.99999
