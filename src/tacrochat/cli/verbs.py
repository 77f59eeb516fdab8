"""The shell: ``tacrochat VERB``, the same verbs as in Python."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tacrochat import __version__
from tacrochat.errors import TacrochatError
from tacrochat.types import KINDS

if TYPE_CHECKING:
    from tacrochat.library import Library

_EPILOG = "example: {}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code: 0 done, 1 a clear error, 2 wrong usage."""
    parser = _parser()
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a quote holds what the terminal may not
            stream.reconfigure(errors="backslashreplace")
    try:
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except TacrochatError as error:
        print(f"tacrochat: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("tacrochat: stopped", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tacrochat",
        description="Ask a folder of documents, get their own words back, each with its source.",
        epilog=_EPILOG.format('tacrochat build && tacrochat ask "How often is it applied?"'),
    )
    parser.add_argument("--version", action="version", version=f"tacrochat {__version__}")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Callable[[argparse.Namespace], int], text: str, example: str) -> Any:
        one = verbs.add_parser(name, help=text, description=text, epilog=_EPILOG.format(example))
        one.set_defaults(run=run)
        one.add_argument("--index", metavar="DIR", default="index", help="the index folder (default: index)")
        return one

    def as_json(one: argparse.ArgumentParser) -> None:
        one.add_argument("--json", action="store_true", help="print JSON")

    build = verb(
        "build", _build, "Make or refresh the index from a folder.", "tacrochat build --corpus corpus"
    )
    build.add_argument(
        "--corpus", metavar="DIR", default="corpus", help="the folder of documents (default: corpus)"
    )
    build.add_argument("--model", metavar="NAME_OR_PATH", help="another sentence-transformers model")
    build.add_argument("--full", action="store_true", help="read and embed everything again")
    build.add_argument(
        "--watch", action="store_true", help="go on, and build again whenever a file changes (stop: Ctrl+C)"
    )
    as_json(build)

    ask = verb("ask", _ask, "Answer a question with quotes.", 'tacrochat ask "Can it harm the kidneys?"')
    ask.add_argument("question", metavar="QUESTION")
    ask.add_argument(
        "--history",
        metavar="Q",
        action="append",
        default=[],
        help="an earlier question (repeat, oldest first)",
    )
    ask.add_argument("--top", metavar="N", type=_positive, help="quotes at most (default: 4)")
    ask.add_argument("--document", metavar="PATH", action="append", help="quote only this document (repeat)")
    ask.add_argument(
        "--kind",
        metavar="KIND",
        action="append",
        choices=KINDS,
        help="quote only this kind of source (repeat)",
    )
    as_json(ask)

    search = verb("search", _search, "Rank passages for a query.", 'tacrochat search "kidney damage" -k 5')
    search.add_argument("query", metavar="QUERY")
    search.add_argument("-k", metavar="N", type=_positive, default=10, help="passages at most (default: 10)")
    as_json(search)

    verify = verb(
        "verify",
        _verify,
        "Check the index against the files, or a saved answer's quotes against the index.",
        "tacrochat ask --json QUESTION > answer.json; tacrochat verify answer.json",
    )
    verify.add_argument("answer", metavar="ANSWER.json", nargs="?", help="an answer saved with 'ask --json'")
    as_json(verify)

    evaluate = verb(
        "eval", _eval, "Measure on a labelled question set.", "tacrochat eval questions.jsonl --corpus corpus"
    )
    evaluate.add_argument("questions", metavar="QUESTIONS.jsonl")
    evaluate.add_argument(
        "--corpus",
        metavar="DIR",
        help="index this folder first, in a temporary place unless --index is given",
    )
    as_json(evaluate)

    info = verb("info", _info, "Show what the index holds.", "tacrochat info")
    info.add_argument(
        "--document", metavar="PATH", help="show one document's sections, with what was set aside"
    )
    as_json(info)

    serve = verb("serve", _serve, "Serve the chat page.", "tacrochat serve --port 7861")
    serve.add_argument(
        "--corpus",
        metavar="DIR",
        default="corpus",
        help="built first where there is no index (default: corpus)",
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    serve.add_argument("--port", type=int, default=7860, help="port to listen on (default: 7860)")
    serve.add_argument(
        "--auth",
        metavar="USER:PASSWORD-FILE",
        help="ask for this user's password, hashed in a file that 'python -m tacrochat.ui.passwords' writes",
    )
    serve.add_argument(
        "--mcp", action="store_true", help="offer ask, search and documents to MCP clients (tacrochat[mcp])"
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def _open(options: argparse.Namespace) -> "Library":
    from tacrochat.library import open_index

    return open_index(options.index)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _build(options: argparse.Namespace) -> int:
    from tacrochat.building.build import build
    from tacrochat.building.watch import watch

    if options.watch:
        for library in watch(options.corpus, options.index, model=options.model):
            _print_report(library, options)
        return 0
    _print_report(build(options.corpus, options.index, model=options.model, full=options.full), options)
    return 0


def _print_report(library: "Library", options: argparse.Namespace) -> None:
    from tacrochat.answering.answer import visible
    from tacrochat.cli.document_report import one_line

    report = library.report
    assert report is not None
    if options.json:
        _print_json(report.to_dict())
        sys.stdout.flush()
        return
    print(
        f"{report.documents} documents, {report.passages} passages in {options.index}: {report.added} added,"
        f" {report.changed} changed, {report.removed} removed, {len(report.skipped)} skipped"
        f" ({report.seconds:.1f} s)"
    )
    for skipped in report.skipped:
        print(f"  skipped {one_line(skipped.path)}: {visible(skipped.reason)}")
    sys.stdout.flush()


def _ask(options: argparse.Namespace) -> int:
    from tacrochat.answering.assistant import Assistant

    answer = Assistant(_open(options)).ask(
        options.question,
        history=options.history,
        top=options.top,
        documents=options.document,
        kinds=options.kind,
    )
    if options.json:
        _print_json(answer.to_dict())
    else:
        print(answer.to_text())
    return 0


def _search(options: argparse.Namespace) -> int:
    from tacrochat.answering.answer import visible
    from tacrochat.answering.quoting import cut

    library = _open(options)
    hits = library.search(options.query, options.k)
    quotes = [cut(library.documents[hit.passage.document_id], hit) for hit in hits]
    if options.json:
        _print_json({"query": options.query, "hits": [quote.to_dict() for quote in quotes]})
        return 0
    for number, quote in enumerate(quotes, 1):
        print(f"{number}. {quote.score:.3f}  {visible(quote.label)}\n   {visible(quote.text)}\n")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from tacrochat.answering.verification import check_answer

    library = _open(options)
    if options.answer:
        checked, problems = check_answer(library, Path(options.answer))
        good = f"{checked} quotes stand where they claim to stand"
    else:
        problems = library.verify()
        good = f"{len(library.documents)} documents and {len(library.passages)} passages agree with the files"
    if options.json:
        _print_json({"ok": not problems, "problems": problems})
    else:
        print("\n".join(problems) or good)
    if problems:
        print(f"tacrochat: {len(problems)} problems found", file=sys.stderr)
    return 1 if problems else 0


def _eval(options: argparse.Namespace) -> int:
    from tacrochat.evaluation.run import evaluate_file

    index = None if options.corpus and options.index == "index" else options.index
    figures = evaluate_file(Path(options.questions), corpus=options.corpus, index=index)
    if options.json:
        _print_json(figures.to_dict())
    else:
        print(figures.to_text())
    return 0


def _info(options: argparse.Namespace) -> int:
    from tacrochat.answering.answer import visible
    from tacrochat.cli.document_report import one_line

    library = _open(options)
    if options.document:
        return _document_info(library, options)
    facts: dict[str, Any] = {
        "index": str(library.folder),
        "corpus": library.manifest.corpus,
        "model": library.manifest.model,
        "fingerprint": library.manifest.fingerprint,
        "built": library.manifest.built,
        "documents": [
            {
                "path": d.path,
                "title": d.title,
                "kind": d.kind,
                "source": d.source,
                "url": d.url,
                "date": d.date,
                "passages": sum(p.document_id == d.id for p in library.passages),
            }
            for d in library.documents
        ],
        "passages": len(library.passages),
        "skipped": [{"path": s.path, "reason": s.reason} for s in library.skipped],
    }
    if options.json:
        _print_json(facts)
        return 0
    print(f"{library.folder}: {len(library.documents)} documents, {len(library.passages)} passages")
    print(f"model {facts['model']} ({facts['fingerprint'][:12]}), built {facts['built']}")
    for one in facts["documents"]:
        title = f"{one_line(one['path'])}  [{one['kind']}]  {visible(one['title'])}"
        print(f"  {title}: {one['passages']} passages")
    for skipped in library.skipped:
        print(f"  skipped {one_line(skipped.path)}: {skipped.reason}")
    return 0


def _document_info(library: "Library", options: argparse.Namespace) -> int:
    from tacrochat.cli.document_report import describe, to_text

    facts = describe(library, options.document)
    if options.json:
        _print_json(facts)
    else:
        print(to_text(facts))
    return 0


def _serve(options: argparse.Namespace) -> int:
    from tacrochat.ui.server import serve

    serve(
        Path(options.index),
        Path(options.corpus),
        host=options.host,
        port=options.port,
        auth=options.auth,
        mcp=options.mcp,
    )
    return 0
