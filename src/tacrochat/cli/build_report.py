"""The report of a build, and what of it ``info`` repeats, as text for a terminal."""

from collections.abc import Iterator
from itertools import islice

from tacrochat.answering.escaping import one_line
from tacrochat.building.report import Details, SkippedGroup
from tacrochat.library import Library
from tacrochat.types import BuildReport

_MAX_NAMES = 5


def to_text(report: BuildReport, library: Library, index: str) -> str:
    """Return the counts of a build, its formats, and what was left out and why."""
    details = Details.of(library)
    counts = (
        f"{report.documents} documents, {report.passages} passages in {one_line(index)}:"
        f" {report.added} added, {report.changed} changed, {report.removed} removed,"
        f" {len(report.skipped)} skipped ({report.seconds:.1f} s)"
    )
    all_files = "all: tacrochat info" + ("" if index == "index" else f" --index {one_line(index)}")
    return "\n".join((counts, *formats(details), *problems(details, _MAX_NAMES, all_files)))


def formats(details: Details) -> Iterator[str]:
    """Yield a line with the passages of each format."""
    if len(details.formats) > 1:
        counts = [f"{one_line(f.format) or 'none'} {f.passages:,}" for f in details.formats]
        yield f"  passages by format: {', '.join(counts)}"


def problems(details: Details, max_names: int | None = None, all_files: str = "") -> Iterator[str]:
    """Yield the lines for files left out, by reason, and for files with little text.

    Each list has ``max_names`` files at most; ``all_files`` says where all of them are.
    """
    for group in details.skipped:
        yield from _skipped(group, max_names, all_files)
    little = details.little_text
    if little:
        yield f"  little text for the size: {_files(len(little))}; open them to see whether it is all"
        shown = [
            f"{one_line(f.path)} ({f.characters:,} characters from {f.bytes / 1000:,.0f} kB)"
            for f in little[:max_names]
        ]
        yield from (f"    {name}" for name in _with_rest(shown, len(little), all_files))


def _skipped(group: SkippedGroup, max_names: int | None, all_files: str) -> Iterator[str]:
    files = group.files
    if len(files) == 1:
        yield f"  skipped {one_line(files[0].path)}: {one_line(files[0].reason)}"
        return
    advice = f"; {one_line(group.advice)}" if group.advice else ""
    yield f"  skipped {_files(len(files))}: {one_line(group.reason)}{advice}"
    shown = [one_line(name) for name in islice(group.names(), max_names)]
    yield from (f"    {name}" for name in _with_rest(shown, len(files), all_files))


def _with_rest(shown: list[str], count: int, all_files: str) -> list[str]:
    return shown if len(shown) == count else [*shown, f"… and {count - len(shown):,} more ({all_files})"]


def _files(count: int) -> str:
    return f"{count:,} file{'s' * (count != 1)}"
