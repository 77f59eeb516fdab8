"""``tacrochat search``."""

import argparse

from tacrochat.cli.verb import Verb, add_json, open_library, positive, print_json


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("query", metavar="QUERY")
    parser.add_argument("-k", metavar="N", type=positive, default=10, help="passages at most (default: 10)")
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    from tacrochat.answering.escaping import visible
    from tacrochat.answering.quoting import cut

    library = open_library(options)
    hits = library.search(options.query, options.k)
    quotes = [cut(library.documents[hit.passage.document_id], hit) for hit in hits]
    if options.json:
        print_json({"query": options.query, "hits": [quote.to_dict() for quote in quotes]})
        return 0
    for number, quote in enumerate(quotes, 1):
        print(f"{number}. {quote.score:.3f}  {visible(quote.label)}\n   {visible(quote.text)}\n")
    return 0


VERB = Verb(
    "search",
    "Rank passages for a query.",
    'tacrochat search "kidney damage" -k 5',
    _add_options,
    _run,
)
