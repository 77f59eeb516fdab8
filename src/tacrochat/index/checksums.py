"""Compare the files of an index with the checksums in its manifest."""

import math
import random
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from tacrochat.errors import IndexCorrupt
from tacrochat.index.manifest import NAME as MANIFEST
from tacrochat.index.manifest import Manifest, corrupt, file_facts, is_sealed


def damaged(folder: Path, manifest: Manifest, at_most: float = math.inf) -> list[str]:
    """List the files of an index that are not as they were published.

    About ``at_most`` bytes of the segments are compared; which, is chosen at random.
    """
    files = [(segment.name, *item) for segment in manifest.segments for item in segment.files.items()]
    random.shuffle(files)
    files = [(manifest.generation, *item) for item in manifest.files.items()] + files
    found = [] if is_sealed(folder / MANIFEST) else [str(folder / MANIFEST)]
    for part, name, facts in files:
        if at_most <= 0:
            break
        path = folder / part / name
        if _is_as_published(path, facts):
            at_most -= path.stat().st_size
        else:
            found.append(str(path))
    return found


def check_segments(folder: Path, manifest: Manifest, names: Collection[str]) -> None:
    """Compare all files of some segments.

    Raises:
        IndexCorrupt: one is not as it was published.

    """
    for segment in manifest.segments:
        if segment.name not in names:
            continue
        for name, facts in segment.files.items():
            if not _is_as_published(path := folder / segment.name / name, facts):
                raise IndexCorrupt(corrupt(folder, path))


def _is_as_published(path: Path, facts: Mapping[str, Any]) -> bool:
    return file_facts(path) == dict(facts)
