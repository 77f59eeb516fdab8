"""``tacrochat info``."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tacrochat.cli.printing import print_json, say
from tacrochat.cli.verb import Verb, add_json, open_library
from tacrochat.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    from tacrochat.library import Library


_READER = "reads the ten best passages of a question"
_NO_READER = f"none: it was trained on {DEFAULT_MODEL} only; passages are ranked by their signals"


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--document", metavar="PATH", help="show one document's sections, with what was set aside"
    )
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    library = open_library(options)
    if options.document:
        _print_document(library, options)
    elif options.json:
        print_json(_facts(library))
    else:
        _print_library(library)
    return 0


def _facts(library: "Library") -> dict[str, Any]:
    from tacrochat.building.report import Details

    return {
        "index": library.address,
        "corpus": library.manifest.corpus,
        "folders": dict(library.manifest.folders),
        "model": library.manifest.model,
        "fingerprint": library.manifest.fingerprint,
        "engine": library.engine,
        "reader": library.pipeline.has_reader,
        "built": library.manifest.built,
        "documents": [
            {**document.to_dict(), "passages": count}
            for document, count in zip(library.documents, library.passage_counts, strict=True)
        ],
        "passages": len(library.passages),
        "configuration": _configuration(library),
        "skipped": [{"path": skipped.path, "reason": skipped.reason} for skipped in library.skipped],
        **Details.of(library).to_dict(),
    }


def _configuration(library: "Library") -> str | None:
    """Return the path of the configuration in effect, None if the folder has none."""
    from tacrochat.configuration.read import load
    from tacrochat.configuration.record import NAME

    folder = Path(library.manifest.corpus)
    return str(folder / NAME) if load(folder).is_written else None


def _print_library(library: "Library") -> None:
    from tacrochat.answering.escaping import one_line
    from tacrochat.building.report import Details
    from tacrochat.cli.build_report import formats, problems

    manifest = library.manifest
    folder = one_line(library.address)
    say(f"{folder}: {len(library.documents)} documents, {len(library.passages)} passages")
    model = f"{one_line(manifest.model)} ({manifest.fingerprint[:12]}, {library.engine})"
    say(f"model {model}, built {manifest.built}")
    say(f"configuration: {one_line(_configuration(library) or 'none, the defaults')}")
    for name, path in manifest.folders.items():
        say(f"folder {one_line(name)}: {one_line(path)}")
    say(f"reader: {_READER if library.pipeline.has_reader else _NO_READER}")
    for document, count in zip(library.documents, library.passage_counts, strict=True):
        title = f"{one_line(document.path)}  [{document.kind}]  {one_line(document.title)}"
        say(f"  {title}: {count} passages")
    details = Details.of(library)
    say("\n".join((*formats(details), *problems(details))))


def _print_document(library: "Library", options: argparse.Namespace) -> None:
    from tacrochat.cli.document_report import describe, to_text

    facts = describe(library, options.document)
    if options.json:
        print_json(facts)
    else:
        say(to_text(facts))


VERB = Verb("info", "Show what the index holds.", "tacrochat info", _add_options, _run)
