"""An index folder as files: where its parts are, and a manifest that agrees with whatever they hold."""

import json

from tacrochat import mapped
from tacrochat.index.manifest import file_facts, sealed
from tacrochat.index.schema import ARRAYS


def read(index):
    """Return the manifest as plain values."""
    return json.loads((index / "manifest.json").read_text("utf-8"))


def state_folder(index):
    """Return the folder of the current generation, which holds ``files.sqlite``."""
    return index / read(index)["generation"]


def segments(index):
    """Return the folders of the current segments, in their order."""
    return [index / segment["name"] for segment in read(index)["segments"]]


def segment_folder(index):
    """Return the folder of the one segment of a small index."""
    (folder,) = segments(index)
    return folder


def published(index):
    """Return all files of the current index but the manifest."""
    return [path for folder in (state_folder(index), *segments(index)) for path in sorted(folder.iterdir())]


def reseal(index, **changes):
    """Make manifest and seal agree with the files, as an attacker does; ``changes`` are of the manifest."""
    values = read(index)
    values["files"] = _facts(index / values["generation"])
    for segment in values["segments"]:
        segment["files"] = _facts(index / segment["name"])
    (index / "manifest.json").write_text(sealed(values | changes), "utf-8")


def _facts(folder):
    return {path.name: file_facts(path) for path in sorted(folder.iterdir())}


def change_arrays(index, edit):
    """Write the arrays of the one segment again after ``edit(arrays)`` changed them in place."""
    path = segment_folder(index) / ARRAYS
    arrays = {name: array.copy() for name, array in mapped.read(path).items()}
    edit(arrays)
    mapped.write(path, arrays)
    reseal(index)
