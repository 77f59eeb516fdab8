"""Python and the packages: versions against what tacrochat declares, and whether they can be loaded."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata

from tacrochat.cli.diagnosis.finding import Finding

_OLDEST = (3, 11)
_LOADED = (
    "numpy", "sqlite3", "faiss", "onnxruntime", "tokenizers", "safetensors", "Stemmer", "rapidfuzz",
    "lxml.etree", "pypdfium2", "yaml", "torch",
)  # fmt: skip
"""Modules with machine code: a version may be right, and the machine still not able to run it."""

_TRIAL = """
import importlib, sys
for name in sys.argv[1:]:
    print(name, flush=True)
    try:
        importlib.import_module(name)
    except BaseException as error:
        print("!", " ".join(f"{type(error).__name__}: {error}".split()), flush=True)
print("end", flush=True)
"""
_SECONDS = 120


def python() -> Iterator[Finding]:
    """Check the version of Python."""
    version = ".".join(map(str, sys.version_info[:3]))
    found = f"{version}, {sys.executable}"
    if sys.version_info < _OLDEST:
        wanted = ".".join(map(str, _OLDEST))
        yield Finding("python", "problem", found, f"install Python {wanted} or newer, and tacrochat with it")
    else:
        yield Finding("python", "ok", found)


def packages() -> Iterator[Finding]:
    """Compare the installed packages with the ranges that tacrochat's own metadata gives."""
    declared = _declared()
    if declared is None:
        yield Finding(
            "packages",
            "note",
            "tacrochat runs from its source and is not installed: versions are not compared",
            "run 'python -m pip install -e .' in its folder",
        )
    elif importlib.util.find_spec("packaging") is None:
        yield Finding(
            "packages",
            "problem",
            "packaging is missing, without which versions are not compared",
            "run 'python -m pip install packaging', and 'tacrochat doctor' again",
        )
    else:
        wrong = list(_wrong(declared))
        yield from wrong
        if not any(finding.status == "problem" for finding in wrong):
            found = f"those that tacrochat {metadata.version('tacrochat')} needs are installed"
            yield Finding("packages", "ok", found)


def libraries() -> Iterator[Finding]:
    """Load what has machine code in a process of its own, which may crash."""
    is_declared = _declared() is not None
    names = [name for name in _LOADED if not is_declared or importlib.util.find_spec(name.split(".")[0])]
    environment = os.environ | {"ORT_DISABLE_TELEMETRY": "1"}
    command = [sys.executable, *(["-S"] if sys.flags.no_site else []), "-c", _TRIAL, *names]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter
            command, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        advice = "look at what else the machine is doing"
        yield Finding("libraries", "problem", f"loading them takes longer than {_SECONDS} seconds", advice)
        return
    failed = list(_failed(done.stdout.splitlines(), done.returncode))
    yield from failed
    if not failed:
        yield Finding("libraries", "ok", f"{len(names)} with machine code can be loaded")


def _failed(lines: list[str], code: int) -> Iterator[Finding]:
    """Read what the trial printed: the names in turn, each with what was wrong, and "end"."""
    last = ""
    for line in lines:
        if line.startswith("! "):
            advice = f"reinstall the package of {last.partition('.')[0]}"
            yield Finding("libraries", "problem", f"{last} cannot be loaded ({line[2:]})", advice)
        last = line if not line.startswith("! ") else last
    if last != "end":
        advice = "this processor may lack instructions that it needs; install an older or another build of it"
        yield Finding("libraries", "problem", f"loading {last or 'Python'} ends the process ({code})", advice)


def _wrong(declared: list[str]) -> Iterator[Finding]:
    """Yield a finding for each package that is missing or too old or new; those of extras may be missing."""
    from packaging.requirements import Requirement

    told = {"tacrochat"}
    for requirement in map(Requirement, declared):
        is_extra = "extra" in str(requirement.marker or "")
        applies = is_extra or requirement.marker is None or requirement.marker.evaluate()
        if requirement.name in told or not applies:
            continue
        told.add(requirement.name)
        advice = f"run 'python -m pip install \"{requirement.name}{requirement.specifier}\"'"
        version = _version(requirement.name)
        if version is None:
            if not is_extra:
                yield Finding("packages", "problem", f"{requirement.name} is missing", advice)
        elif not requirement.specifier.contains(version, prereleases=True):
            found = f"{requirement.name} {version} is installed; tacrochat needs {requirement.specifier}"
            yield Finding("packages", "note" if is_extra else "problem", found, advice)


def _declared() -> list[str] | None:
    """Return the requirements of tacrochat; None if it is not installed."""
    try:
        return metadata.requires("tacrochat") or []
    except metadata.PackageNotFoundError:
        return None


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
