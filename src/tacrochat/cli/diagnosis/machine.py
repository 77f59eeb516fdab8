"""The machine: processor, memory, folders that are written, programs, the port."""

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tacrochat.cli.diagnosis.finding import Finding, size

_FEATURES = {"avx2": "AVX2", "avx512f": "AVX-512", "avx512_bf16": "bfloat16", "amx_bf16": "AMX bfloat16"}
_FEATURES |= {"asimd": "NEON", "bf16": "bfloat16"}
_LEAST_MEMORY, _GOOD_MEMORY = 700_000_000, 1_500_000_000  # a server of the sample takes the first
_LEAST_DISK, _GOOD_DISK = 100_000_000, 1_000_000_000
_GROUP = Path("/sys/fs/cgroup")
_SECONDS = 20


def processor() -> Iterator[Finding]:
    """Name the processor's features and the engines for encoding; see docs/decisions/045-engines.md."""
    flags = set(_lines("/proc/cpuinfo", "flags", "Features").split())
    features = [name for flag, name in _FEATURES.items() if flag in flags]
    found = ", ".join((f"{_cores()} cores", platform.machine(), *features))
    half = "bfloat16" in found
    builds = f"onnx-float32 or torch-{'bfloat16' if half else 'float32'}"
    yield Finding("processor", "ok", f"{found}; a build measures which is the fastest, {builds}")


def memory() -> Iterator[Finding]:
    """Compare the memory that is free, also within the limits of a container, with what a server takes."""
    free = min(_free_memory(), default=None)
    if free is None:
        yield Finding("memory", "note", "how much is free cannot be told on this system")
    elif free < _LEAST_MEMORY:
        advice = f"end other programs or raise the limit: a small server takes {size(_LEAST_MEMORY)}"
        yield Finding("memory", "problem", f"{size(free)} are free", advice)
    elif free < _GOOD_MEMORY:
        advice = f"a build may need {size(_GOOD_MEMORY)}; see docs/deploy.md for sizes"
        yield Finding("memory", "note", f"{size(free)} are free", advice)
    else:
        yield Finding("memory", "ok", f"{size(free)} are free")


def folder(name: str, path: Path, *, must_be_written: bool, advice: str) -> Iterator[Finding]:
    """Check that a folder can be written, or made, and that its disk has space."""
    found = f"{path}"
    try:
        there = next(p for p in (path, *path.absolute().parents) if p.exists())
        found = found if there == path else f"{path} (not there yet)"
        if not there.is_dir():
            raise NotADirectoryError(f"{there} is not a folder")
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"tacrochat")
            file.flush()
    except OSError as error:
        found = f"{found} cannot be written ({error.strerror or error})"
        yield Finding(name, "problem" if must_be_written else "note", found, advice)
        return
    free = shutil.disk_usage(there).free
    found = f"{found}, {size(free)} free"
    if free < _LEAST_DISK:
        yield Finding(name, "problem", found, f"free space on its disk, or {advice}")
    elif free < _GOOD_DISK:
        yield Finding(name, "note", found, "see docs/deploy.md for the size of an index")
    else:
        yield Finding(name, "ok", found)


def temporary_folder() -> Iterator[Finding]:
    """Check the folder for uploads and for files that are converted."""
    advice = "set TMPDIR to a folder that can be written"
    try:
        path = Path(tempfile.gettempdir())
    except FileNotFoundError:
        yield Finding("temporary folder", "problem", "there is none that can be written", advice)
        return
    yield from folder("temporary folder", path, must_be_written=True, advice=advice)


def ocr() -> Iterator[Finding]:
    """Look for Tesseract, and whether it has languages."""
    from tacrochat.readers.programs import find

    program = find(("tesseract",))
    if program is None:
        advice = "install it to read scans, for example 'apt-get install tesseract-ocr'"
        yield Finding("scans", "note", "Tesseract is not found: scanned pages are skipped", advice)
        return
    printed = subprocess.run(  # noqa: S603 - a program that was found on this machine
        [program, "--list-langs"], capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    languages = [line for line in printed.stdout.splitlines()[1:] if line not in {"osd", "equ"}]
    if printed.returncode or not languages:
        advice = "install one, for example 'apt-get install tesseract-ocr-eng', or set TESSDATA_PREFIX"
        yield Finding("scans", "problem", f"{program} has no languages", advice)
    else:
        yield Finding("scans", "ok", f"{program}, {', '.join(languages[:8])}")


def office() -> Iterator[Finding]:
    """Look for LibreOffice."""
    from tacrochat.readers.legacy_office import installed

    program = installed()
    if program:
        yield Finding("old Office files", "ok", program)
    else:
        advice = "install it to read them, for example 'apt-get install libreoffice-core libreoffice-writer'"
        found = "LibreOffice is not found: .doc, .xls and .ppt are skipped"
        yield Finding("old Office files", "note", found, advice)


def port() -> Iterator[Finding]:
    """Try the port that ``tacrochat serve`` listens on unless told otherwise."""
    from tacrochat.errors import TacrochatError
    from tacrochat.ui.served import ServerOptions
    from tacrochat.ui.server import listen

    options = ServerOptions()
    try:
        for listener in listen(options.host, options.port):
            listener.close()
    except TacrochatError:
        found = f"{options.port} of {options.host} is in use, perhaps by another tacrochat"
        advice = "stop what listens there, or give 'tacrochat serve --port' another one"
        yield Finding("port", "note", found, advice)
    else:
        yield Finding("port", "ok", f"{options.port} of {options.host} is free")


def _cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _free_memory() -> Iterator[int]:
    """Yield the bytes that the system, the container and the limit of this process leave."""
    if available := _lines("/proc/meminfo", "MemAvailable").split():
        yield int(available[0]) * 1024
    limit, used = _number(_GROUP / "memory.max"), _number(_GROUP / "memory.current")
    if limit is not None and used is not None:
        yield max(0, limit - used)
    try:
        import resource

        own, _ = resource.getrlimit(resource.RLIMIT_AS)
        if own != resource.RLIM_INFINITY:
            yield own
    except ImportError:  # no Unix
        pass


def _lines(path: str, *names: str) -> str:
    """Return the first value of a file of lines ``name: value``; "" if there is none."""
    try:
        text = Path(path).read_text("utf-8", "replace")
    except OSError:
        return ""
    pairs = (line.partition(":") for line in text.splitlines())
    return next((value for name, _, value in pairs if name.strip() in names), "")


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):  # "max"
        return None
