"""``tacrochat search``."""

import argparse

from tacrochat.cli.printing import print_json, say, say_wrapped
from tacrochat.cli.quotes import say_labelled
from tacrochat.cli.verb import Verb, add_json, open_library, positive


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("query", metavar="QUERY")
    parser.add_argument("-k", metavar="N", type=positive, default=10, help="passages at most (default: 10)")
    add_json(parser)


def _run(options: argparse.Namespace) -> int:
    from tacrochat.answering.quoting import cut

    library = open_library(options)
    hits = library.search(options.query, options.k)
    quotes = [cut(library.documents[hit.passage.document_id], hit) for hit in hits]
    if options.json:
        print_json({"query": options.query, "hits": [quote.to_dict() for quote in quotes]})
        return 0
    passages = f"{len(quotes)} passage{'' if len(quotes) == 1 else 's'}, best first"
    say_wrapped(f"{passages}; scores are log-odds, to be compared within this query only")
    for number, quote in enumerate(quotes, 1):
        say()
        say(f"{number}. score {quote.score:.2f}")
        say_labelled(quote)
    return 0


VERB = Verb(
    "search",
    "Rank passages for a query.",
    'tacrochat search "kidney damage" -k 5',
    _add_options,
    _run,
)
