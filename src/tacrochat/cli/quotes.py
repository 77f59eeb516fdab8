"""Print quotes with the labels of their sources."""

from tacrochat.answering.escaping import one_line
from tacrochat.answering.render import highlight_runs
from tacrochat.cli.printing import say_quote, say_wrapped
from tacrochat.types import Quote


def say_labelled(quote: Quote, *, is_weak: bool = False) -> None:
    """Print a quote, and below it the label of its source; nothing of a weak one is highlighted."""
    say_quote([(quote.text, False)] if is_weak else highlight_runs(quote))
    say_wrapped(f"  — {label_of(quote)}", indent="    ")


def label_of(quote: Quote) -> str:
    """Return the label of a quote with the kind of its source, on one line."""
    return one_line(quote.label) + (f" [{quote.kind}]" if quote.kind != "unknown" else "")
