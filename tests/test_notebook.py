"""The pictures, and the example notebook, run from its first cell to its last."""

import base64
import io
import shutil
import sys

import pytest

import tacrochat
from material import ROOT, write_pages
from tacrochat.errors import QuestionError

nbformat = pytest.importorskip("nbformat", reason="the extra 'notebook' is not installed")
EXAMPLE = ROOT / "examples" / "retrieval.ipynb"


def picture(figure):
    """Draw a figure as its reader would see it; returns it as an array of pixels."""
    import matplotlib.image

    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=60)
    file.seek(0)
    return matplotlib.image.imread(file)


def test_a_heat_map_shows_the_cosines(corpus_library):
    import numpy as np

    from tacrochat.notebook import similarity_heatmap

    figure = similarity_heatmap(corpus_library)
    axes, bar = figure.axes
    (image,) = axes.images
    rows = corpus_library.embeddings
    np.testing.assert_allclose(np.asarray(image.get_array()), rows @ rows.T, atol=1e-6)
    assert bar.get_ylabel() == "cosine"
    assert 1 < len(axes.get_yticklabels()) <= len(corpus_library.documents)
    assert picture(figure).std() > 0.1
    one = corpus_library.documents[3].path
    (image,) = similarity_heatmap(corpus_library, [one]).axes[0].images
    count = sum(p.document_id == 3 for p in corpus_library.passages)
    assert np.asarray(image.get_array()).shape == (count, count)
    (image,) = similarity_heatmap(corpus_library, most=20).axes[0].images
    assert np.asarray(image.get_array()).shape == (20, 20)
    with pytest.raises(QuestionError, match=r"gone\.md"):
        similarity_heatmap(corpus_library, ["gone.md"])


def test_a_map_shows_every_passage_and_the_hits(corpus_library):
    import numpy as np

    from tacrochat.notebook import corpus_map

    query = "Does it raise the risk of cancer?"
    hits = corpus_library.search(query, 3)
    figure = corpus_map(corpus_library, query, hits)
    (axes,) = figure.axes
    dots = {c.get_label(): len(c.get_offsets()) for c in axes.collections}
    assert dots.pop("query") == 1
    rings = {label: count for label, count in dots.items() if label.startswith("_")}
    assert len(rings) == 3
    kinds = {label: count for label, count in dots.items() if label not in rings}
    assert sum(kinds.values()) == len(corpus_library.passages)
    assert kinds.keys() == {d.kind for d in corpus_library.documents}
    assert [t.get_text() for t in axes.texts] == ["1", "2", "3"]
    assert axes.get_title() == query
    assert picture(figure).std() > 0.05

    # The plane is the best one: what numpy finds by another road explains as much.
    rows = corpus_library.embeddings - corpus_library.embeddings.mean(axis=0)
    spread = np.linalg.svd(rows, compute_uv=False) ** 2
    assert f"{spread[0] / spread.sum():.0%}" in axes.get_xlabel()
    assert f"{spread[1] / spread.sum():.0%}" in axes.get_ylabel()
    assert len(corpus_map(corpus_library).axes[0].texts) == 0
    assert len(corpus_map(corpus_library, query).axes[0].texts) == 5


def test_titles_and_queries_are_no_formulas(tmp_path, encoder):
    from tacrochat.notebook import corpus_map, similarity_heatmap

    pages = {"a.txt": "Costs $\\frac and $x_{\n\nIt costs $5 or $6 a day.\n", "b.txt": "Short words.\n"}
    library = tacrochat.build(write_pages(tmp_path / "pages", pages), tmp_path / "index", encoder=encoder)
    figure = similarity_heatmap(library)
    assert "Costs $\\frac and $x_{" in [t.get_text() for t in figure.axes[0].get_yticklabels()]
    picture(figure)
    picture(corpus_map(library, "Is it $\\frac{1 or $x_{\x07?"))


def test_drawing_needs_no_display_and_keeps_no_figure(kettle_library):
    from tacrochat.notebook import similarity_heatmap

    similarity_heatmap(kettle_library)
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


def test_the_example_is_committed_without_output():
    notebook = nbformat.read(EXAMPLE, as_version=4)
    nbformat.validate(notebook)
    assert all(not c.get("outputs") and c.get("execution_count") is None for c in notebook.cells)
    text = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    assert sum(t.startswith(("# ", "## ")) for t in text) >= 6


@pytest.mark.filterwarnings("ignore::DeprecationWarning:jupyter_client.*")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:zmq.*")
def test_the_example_runs(corpus_library, tmp_path):
    from nbclient import NotebookClient

    (tmp_path / "corpus").symlink_to(ROOT / "corpus")
    shutil.copytree(corpus_library.folder, tmp_path / "index")  # or the notebook would embed it all again
    (tmp_path / "examples").mkdir()
    notebook = nbformat.read(EXAMPLE, as_version=4)
    resources = {"metadata": {"path": str(tmp_path / "examples")}}
    NotebookClient(notebook, timeout=240, kernel_name="python3", resources=resources).execute()
    outputs = {c.source: c.outputs for c in notebook.cells if c.cell_type == "code"}

    def shown(words):
        (found,) = [o for source, o in outputs.items() if words in source]
        return [o for o in found if o.output_type in {"execute_result", "display_data"}]

    for words in ("similarity_heatmap(library)", "corpus_map(library"):
        images = [o.data["image/png"] for o in shown(words)]
        assert len(images) == 1
        assert base64.b64decode(images[0]).startswith(b"\x89PNG")
    (answer,) = shown("on children?")
    assert '<div class="tacrochat">' in answer.data["text/html"]
    assert "<mark>" in answer.data["text/html"]
    assert "text/html" in shown("groupby")[0].data
    assert "not_found" in outputs[next(s for s in outputs if "Mongolia" in s)][0].text
    errors = [o for found in outputs.values() for o in found if o.get("name") == "stderr"]
    assert not errors, errors
