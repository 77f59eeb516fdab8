"""Quotes that say opposite things as a table: what each says, who says it, when, of how many people."""

from collections.abc import Sequence
from itertools import compress

from tacrochat.answering.answer import Answer
from tacrochat.ui.chat.quote_card import quote_card
from tacrochat.ui.chat.shown import Shown
from tacrochat.ui.differing import differ_text
from tacrochat.ui.formatting import date
from tacrochat.ui.html_parts import badge, guessed, plain


def differ_table(answer: Answer, shown: Shown) -> str:
    """Return the table: a row for each quote of ``answer.differ``, a body for each side.

    A column that would be empty is left out.
    """
    names = (
        "",  # the number of a quote is the head of its row
        shown.text("differ_says"),
        shown.text("differ_kind"),
        shown.text("differ_date"),
        shown.text("differ_people"),
    )
    sides = [[_cells(index, answer, shown) for index in group] for group in answer.differ]
    used = [any(row[column] for side in sides for row in side) for column in range(len(names))]
    head = "".join(f'<th scope="col">{name}</th>' if name else "<td></td>" for name in compress(names, used))
    bodies = "".join(f"<tbody>{''.join(_row(row, names, used) for row in side)}</tbody>" for side in sides)
    return (
        f'<section class="tc-differ"><p class="tc-differ-head"><strong>{shown.text("differ")}</strong>'
        f" {plain(differ_text(answer.differ, shown.language))}</p>"
        f'<table class="tc-sides"><thead><tr>{head}</tr></thead>{bodies}</table></section>'
    )


def _cells(index: int, answer: Answer, shown: Shown) -> tuple[str, ...]:
    quote = answer.quotes[index]
    people = shown.context.people.get((quote.document, quote.start), "")
    return (
        f'<span class="tc-number">{shown.text("quote_number", number=index + 1)}</span>',
        quote_card(quote, answer, shown),
        badge(quote.kind, shown.language) + guessed(quote, shown.language),
        plain(date(shown.language, quote.date)) if quote.date else "",
        f'<q dir="auto">{plain(people)}</q>' if people else "",
    )


def _row(cells: Sequence[str], names: Sequence[str], used: Sequence[bool]) -> str:
    row = "".join(
        f'<td data-label="{name}">{cell}</td>' if cell else "<td></td>"
        for name, cell in compress(zip(names[1:], cells[1:], strict=True), used[1:])
    )
    return f'<tr><th scope="row">{cells[0]}</th>{row}</tr>'
