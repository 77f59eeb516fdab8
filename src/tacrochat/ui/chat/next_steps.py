"""What to do after an answer that is not sure: other words to try, and which documents were searched."""

import html
from collections.abc import Sequence

from tacrochat.ui.chat.shown import Shown
from tacrochat.ui.html_parts import plain


def next_steps(shown: Shown) -> str:
    """Return the words to try, each a button that asks the question with it, and what was searched."""
    return _tries(shown) + _searched(shown)


def _tries(shown: Shown) -> str:
    if not shown.context.tries:
        return ""
    buttons = "".join(
        f'<button type="button" class="tc-try" data-question="{html.escape(question)}"'
        f' title="{html.escape(question)}"><span dir="auto">{plain(word)}</span></button>'
        for word, question in shown.context.tries
    )
    return f'<p class="tc-tries">{shown.text("try_words")} {buttons}</p>'


def _searched(shown: Shown) -> str:
    searched = shown.context.searched
    if not searched.count:
        return ""
    total = searched.count + searched.left_out
    if searched.left_out:
        text = shown.text("searched_some", count=searched.count, total=total)
    else:
        text = shown.text("searched_one") if total == 1 else shown.text("searched_all", total=total)
    listed = _titles(searched.titles, searched.count, shown)
    if searched.left_out:
        head = shown.text("searched_not")
        listed += f"<p>{head}</p>{_titles(searched.titles_left_out, searched.left_out, shown)}"
    return f'<details class="tc-searched"><summary>{text}</summary>{listed}</details>'


def _titles(titles: Sequence[str], count: int, shown: Shown) -> str:
    items = "".join(f'<li dir="auto">{plain(title)}</li>' for title in titles)
    more = count - len(titles)
    items += f"<li>{shown.text('searched_more', count=more)}</li>" if more else ""
    return f"<ul>{items}</ul>"
