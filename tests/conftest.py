"""What all tests share: no network but loopback, one loaded model, one index of each corpus.

`make test` runs the tests in two processes, each with a model of its own. Indexes are built once for both.
"""

import os
import sys
from functools import cache
from pathlib import Path

import hypothesis
import pytest

import once
from children import Children
from material import ROOT, SHARED, write_pages

OFFLINE = Path(__file__).parent / "offline"

# Before torch and faiss are imported; children inherit it.
SHARES_THE_CORES = "PYTEST_XDIST_WORKER" in os.environ
if SHARES_THE_CORES:  # two processes with threads for all cores each wait for each other
    os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"
_paths = [str(OFFLINE), str(ROOT / "src"), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, _paths))
for _name in [name for name in os.environ if name.startswith("TACROCHAT_")]:
    if _name not in {"TACROCHAT_SHARED", "TACROCHAT_NEEDS_BROWSER", "TACROCHAT_NEEDS_OCR"}:
        del os.environ[_name]  # a developer's settings must not decide what the tests measure
sys.path.insert(0, str(OFFLINE))
import loopback  # noqa: E402

loopback.install()

# A deadline would be a claim about this machine's speed.
hypothesis.settings.register_profile(
    "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")


LONGEST = """
test_ui_accessible test_readers_fuzz test_readers_corpus test_segments test_ui_sync test_attack_login
test_attack_origin test_attack_libraries test_attack_uploads test_reliability_index test_interrupted_builds
test_readers_office test_quotes test_crafted_index test_milvus_failures test_bad_input
""".split()
"""Files that take long. The second needs no model: it does not wait while the other process exports it."""


def pytest_collection_modifyitems(items):
    """Run long files first, and what drives a browser: at the end they would run in one process alone."""

    def rank(item):
        name = item.path.stem
        place = LONGEST.index(name) if name in LONGEST else len(LONGEST)
        return place, item.get_closest_marker("browser") is None

    items.sort(key=rank)


@pytest.fixture(scope="session", autouse=True)
def blocked_log(tmp_path_factory):
    """The file that names every attempt, here or in a child process, to leave this machine."""
    path = tmp_path_factory.mktemp("offline") / "blocked.txt"
    path.touch()
    os.environ[loopback.LOG] = str(path)
    return path


@pytest.fixture(scope="session", autouse=True)
def made_once(tmp_path_factory):
    """Make what ``once`` makes in a folder that the processes of this run share."""
    own = tmp_path_factory.getbasetemp()
    once.use(own.parent if SHARES_THE_CORES else own)


@pytest.fixture(autouse=True)
def stays_on_this_machine(blocked_log):
    """Fail a test during which anything tried to leave, also when that was swallowed."""
    before = blocked_log.stat().st_size
    yield
    assert blocked_log.read_text("utf-8")[before:] == ""


@pytest.fixture(scope="session")
def shared():
    """The folder of shared material, outside the repository; a test that needs it is skipped without."""
    if not (SHARED / "sources").is_dir():
        pytest.skip("the shared folder is not here; name it in TACROCHAT_SHARED")
    return SHARED


@pytest.fixture(scope="session")
def encoder():
    """The default model, loaded once, and exported: it loads torch only where a test needs it."""
    return _encoder()


@cache
def _encoder():  # not by the fixture's name: a module may have an ``encoder`` of its own
    from tacrochat.embedding.encoder import Encoder

    return Encoder(exported=once.exported_model())


@pytest.fixture(scope="session")
def corpus_library():
    """``corpus/``, built once."""
    return _built_once("corpus", ROOT / "corpus")


@pytest.fixture(scope="session")
def sources_library(shared):
    """The two scraped pages of the shared folder, built once."""
    return _built_once("sources", shared / "sources")


def _built_once(name, corpus):
    import tacrochat

    folder = once.once(name, lambda made: tacrochat.build(corpus, made / "index", encoder=_encoder()))
    return tacrochat.open(folder / "index")


@pytest.fixture(scope="session")
def kettle():
    """A small corpus and its index, ``(corpus, index)``, built once: read, never write."""
    import tacrochat

    def make(folder):
        tacrochat.build(write_pages(folder / "pages"), folder / "index", encoder=_encoder())

    folder = once.once("kettle", make)
    return folder / "pages", folder / "index"


@pytest.fixture(scope="session")
def kettle_library(kettle):
    """The small corpus, opened."""
    import tacrochat

    return tacrochat.open(kettle[1])


@pytest.fixture(scope="session")
def kettle_in_milvus(kettle, tmp_path_factory):
    """The small corpus in a file of Milvus Lite, built once."""
    import tacrochat

    folder = tmp_path_factory.mktemp("kettle-milvus")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        return tacrochat.build(kettle[0], f"milvus+file:{folder / 'index.db'}", encoder=_encoder())


@pytest.fixture(scope="session")
def children():
    """Start real processes of tacrochat quickly: ``children.run("build", ...)``."""
    with Children() as running:
        yield running
