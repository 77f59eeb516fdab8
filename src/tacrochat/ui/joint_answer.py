"""The answer of several libraries: the card of each, as in its own chat, with links that lead there."""

import html
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote as percent_encoded

from tacrochat.answering.answer import Answer
from tacrochat.answering.several import JointAnswer
from tacrochat.library import Library
from tacrochat.types import Quote
from tacrochat.ui import links
from tacrochat.ui.chat.cards import card, terms
from tacrochat.ui.chat.context import context
from tacrochat.ui.chat.shown import Context, Elsewhere, Shown
from tacrochat.ui.html_parts import plain
from tacrochat.ui.turns import Turn
from tacrochat.ui.wording import Language, say


def joint_answer(joint: JointAnswer, titles: Mapping[str, str], root: str, language: Language) -> str:
    """Return the cards of the libraries that answer, the most confident first; the others' are folded.

    ``titles`` are those of the libraries by name, ``root`` is the path below which they are.
    """
    asked = [
        _Asked(titles[one.library], f"{root}/{one.library}/", one.source, one.answer, language)
        for one in joint.answers
        if one.answer and one.source
    ]
    asked.sort(key=lambda one: (one.answer.status != joint.status, -one.answer.confidence))
    open_cards: dict[str, _Asked] = {}
    folded = []
    for one in asked:
        if one.answer.status == joint.status and joint.status != "not_found":
            open_cards.setdefault(one.card(), one)  # a greeting has the same card in each
        else:
            folded.append(one.folded())
    left_out = [
        say(language, "libraries_left_out", name=titles[one.library], error=one.error)
        for one in joint.answers
        if one.answer is None
    ]
    parts = [
        # If none could be asked, nothing is known about the sources.
        _frame(joint, titles, language) if any(one.answer for one in joint.answers) else "",
        *(f'<p class="fault">{plain(text)}</p>' for text in left_out),
        *(one.section(shown) for shown, one in open_cards.items()),
        *folded,
    ]
    return f'<section class="answer" data-status="{joint.status}">{"".join(parts)}</section>'


def _frame(joint: JointAnswer, titles: Mapping[str, str], language: Language) -> str:
    """Say what the libraries say together; "" for a conversation, which needs no frame."""
    if joint.status == "conversation":
        return ""
    if joint.status == "answered":
        names = dict.fromkeys(titles[quote.library] for quote in joint.quotes)
        text = say(language, "libraries_quoted", names=", ".join(names))
    else:
        text = say(language, "uncertain" if joint.status == "uncertain" else "not_found")
    frame = f'<h2 dir="auto">{plain(text)}</h2>'
    if joint.status == "not_found" and joint.missing_terms:
        frame += terms("missing", joint.missing_terms, Shown(language, 0, Context()))
    return frame


@dataclass(frozen=True, slots=True)
class _Asked:
    """A library, the path of its page, and what it answered."""

    title: str
    path: str
    library: Library
    answer: Answer
    language: Language

    def card(self) -> str:
        """Return the card of its chat; what would open a source there is a link to it."""
        answer, library = self.answer, self.library
        known = replace(
            context(Turn.of(answer, library), library), elsewhere=Elsewhere(self.title, self._address)
        )
        return card(answer, len(library.documents), self.language, known)

    def section(self, shown: str) -> str:
        """Return its card below its title."""
        return (
            f'<section class="of" data-status="{self.answer.status}"><h3 dir="auto">{plain(self.title)}</h3>'
            f"{shown}{self._choices()}{self._to_chat()}</section>"
        )

    def folded(self) -> str:
        """Return its card, folded below what it answers in a line."""
        status = self.answer.status
        text = say(self.language, "uncertain" if status == "uncertain" else "not_found")
        line = say(self.language, "libraries_other", name=self.title, text=text)
        return (
            f'<details class="of" data-status="{status}"><summary dir="auto">{plain(line)}</summary>'
            f"{self.card()}{self._to_chat()}</details>"
        )

    def _address(self, quote: Quote) -> str:
        return self.path + links.link(self.library.documents[quote.document_id], (quote.start, quote.end))

    def _choices(self) -> str:
        """Return the questions to choose from, if it asks back; each asks all libraries again."""
        buttons = "".join(
            f'<button class="tc-try" name="question" value="{html.escape(choice)}" dir="auto">{plain(choice)}'
            "</button>"
            for choice in self.answer.choices
        )
        return f'<form method="post">{buttons}</form>' if buttons else ""

    def _to_chat(self) -> str:
        address = f"{self.path}#question={percent_encoded(self.answer.question, safe='')}"
        text = say(self.language, "libraries_chat", name=self.title)
        return f'<p class="chat"><a href="{html.escape(address)}" dir="auto">{plain(text)}</a></p>'
