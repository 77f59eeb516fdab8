"""The events of the conversation: ask, retry, edit, undo, like, open."""

import html
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from tacrochat.errors import TacrochatError
from tacrochat.library import Library
from tacrochat.search.filter import Filter
from tacrochat.types import Kind
from tacrochat.ui.chat import cards, feedback
from tacrochat.ui.chat.context import context
from tacrochat.ui.chat.tries import questions_to_try
from tacrochat.ui.examples.kept import Examples
from tacrochat.ui.keep.framing import stale
from tacrochat.ui.operation.fair_queue import RETRY_AFTER, Busy
from tacrochat.ui.tabs import language_of_request
from tacrochat.ui.turns import Turn, restore, save
from tacrochat.ui.wording import Language, say
from tacrochat.ui.workspace import Workspace

log = logging.getLogger(__name__)

Messages = list[dict[str, Any]]
Outputs = tuple[Any, Any, Any, Any]
"""New values of the conversation, of what the browser keeps, of the question box, and of ``current``.

``current`` is the session's own copy of what the browser keeps, ``BUSY`` while a
question is being answered: a refresh that began with an older copy must not
restore the older conversation.
"""

Kept = tuple[Any, int | None]
"""What the browser keeps, and the number of turns that stay before a new one; None for all."""

BUSY = "busy"
_NO_CHANGE: Outputs = (gr.skip(), gr.skip(), gr.skip(), gr.skip())


@dataclass(frozen=True, slots=True)
class AskOptions:
    """What the reader set under "Sources and settings"; None leaves the default."""

    filter: Filter
    top: int | None
    threshold: float | None

    @classmethod
    def of(
        cls,
        documents: Sequence[str] | None,
        kinds: Sequence[Kind] | None,
        top: float | None,
        threshold: float | None,
    ) -> "AskOptions":
        """Take the values of the four controls in the order in which they are laid out."""
        return cls(Filter.of(documents, kinds), int(top) if top else None, threshold)


class Chat:
    """Handles the events of the conversation. It keeps no state: the browser does."""

    def __init__(self, workspace: Workspace, examples: Examples | None = None) -> None:
        """Answer from this workspace, and suggest questions that it answers."""
        self.workspace = workspace
        self.examples = examples or Examples(workspace)

    def ask(self, request: gr.Request, question: str, saved: Any, *options: Any) -> Iterator[Outputs]:
        """Show the question at once, then its answer."""
        if not (question or "").strip():
            yield _NO_CHANGE
            return
        language = language_of_request(request)
        yield from self._turn(question, (saved, None), AskOptions.of(*options), language)

    def retry(self, request: gr.Request, event: gr.RetryData, saved: Any, *options: Any) -> Iterator[Outputs]:
        """Ask the question of a turn again, with the options as they are now; later turns are dropped."""
        turns = self._turns(saved)
        number = _turn_number(event.index)
        if not 0 <= number < len(turns):
            yield _NO_CHANGE
            return
        question = turns[number].answer.question
        language = language_of_request(request)
        yield from self._turn(question, (saved, number), AskOptions.of(*options), language)

    def edit(self, request: gr.Request, event: gr.EditData, saved: Any, *options: Any) -> Iterator[Outputs]:
        """Ask an edited question in the place of the old one; later turns are dropped."""
        kept = (saved, _turn_number(event.index))
        question = html.unescape(_message_text(event.value))
        language = language_of_request(request)
        if not question.strip():
            yield self._messages(self._earlier(kept), language), gr.skip(), gr.skip(), gr.skip()
            return
        yield from self._turn(question, kept, AskOptions.of(*options), language)

    def undo(self, saved: Any, request: gr.Request, event: gr.UndoData) -> Outputs:
        """Take back a turn and those after it; its question returns to the box."""
        turns = self._turns(saved)
        number = _turn_number(event.index)
        question = turns[number].answer.question if 0 <= number < len(turns) else ""
        earlier = turns[:number]
        new_saved = save(earlier)
        return self._messages(earlier, language_of_request(request)), new_saved, question, new_saved

    def like(self, saved: Any, request: gr.Request, event: gr.LikeData) -> tuple[Any, Any]:
        """Append "right", "wrong" or "missing" to the feedback file, as a labelled question."""
        turns = self._turns(saved)
        number = _turn_number(event.index)
        if not 0 <= number < len(turns) or not isinstance(event.liked, bool | str):
            return gr.skip(), gr.skip()
        turn = turns[number]
        is_about_quotes = turn.answer.status == "not_found" or turn.answer.quotes
        if turn.answer.status == "conversation" or not is_about_quotes:
            return gr.skip(), gr.skip()
        history = [earlier.answer.question for earlier in turns[:number]]
        file = self.workspace.feedback
        language = language_of_request(request)
        verdict = feedback.verdict_of(event.liked)
        record = feedback.labelled_question(turn, history, verdict, request.session_hash or "")
        try:
            feedback.append(file, record)
        except OSError as error:
            gr.Warning(say(language, "not_noted", file=file.name, error=error.strerror))
            return gr.skip(), gr.skip()
        gr.Info(say(language, "liked" if verdict else "feedback_back", file=file.name), duration=4)
        turns[number] = replace(turn, liked=event.liked if isinstance(event.liked, bool) else None)
        new_saved = save(turns)
        return new_saved, new_saved

    def restore(self, saved: Any, language: Language) -> Messages:
        """Return the messages of the conversation that the browser kept."""
        return self._messages(self._turns(saved), language)

    def open(self, saved: Any, request: gr.Request) -> tuple[Any, Any]:
        """Show another conversation that the browser kept; before the index is open, a refresh will."""
        if self.workspace.library is None:
            return gr.skip(), saved
        return self.restore(saved, language_of_request(request)), saved

    def _turn(self, question: str, kept: Kept, options: AskOptions, language: Language) -> Iterator[Outputs]:
        is_loading = self.workspace.state.phase != "ready"
        pending = cards.pending(language, is_loading=is_loading)
        messages = self._messages(self._earlier(kept), language, with_related=False)
        yield [*messages, *_message_pair(question, pending)], gr.skip(), "", BUSY
        # Whatever fails, the session is released: BUSY would keep its later conversation from being shown.
        try:
            self.workspace.wait()  # without a library the earlier turns cannot be restored
            earlier = self._earlier(kept)
            turns = [*earlier, self._answer(question, earlier, options)]
            new_saved = save(turns)
            shown: Outputs = (self._messages(turns, language), new_saved, gr.skip(), new_saved)
        except Busy:
            notice = say(language, "operation_busy", seconds=RETRY_AFTER)
        except TacrochatError as error:
            notice = str(error)
        except Exception as error:
            log.exception("a question could not be answered")
            notice = say(language, "failed_event", error=type(error).__name__)
        else:
            yield shown
            return
        card = cards.notice(notice)
        current = save(self._earlier(kept)) if self.workspace.library else kept[0]
        yield [*messages, *_message_pair(question, card)], gr.skip(), question, current

    def _answer(self, question: str, earlier: Sequence[Turn], options: AskOptions) -> Turn:
        is_own = options.threshold not in self.workspace.live.thresholds  # else nobody has moved it
        threshold = options.threshold if is_own else None
        asked = [turn.answer.question for turn in earlier]
        answer, library = self.workspace.ask(
            question,
            history=asked,
            top=options.top,
            documents=options.filter.documents,
            kinds=options.filter.kinds,
            threshold=threshold,
        )
        turn = Turn.of(answer, library, self.examples.suggestions(library, answer, asked))
        return replace(turn, tries=questions_to_try(library, answer), narrowed=options.filter)

    def _earlier(self, kept: Kept) -> list[Turn]:
        saved, number = kept
        return self._turns(saved)[:number]

    def _turns(self, saved: Any) -> list[Turn]:
        library = self.workspace.library
        return restore(saved, library) if library else []

    def _messages(self, turns: Sequence[Turn], language: Language, *, with_related: bool = True) -> Messages:
        library = self.workspace.library
        messages: Messages = []
        for turn in turns:
            messages += _message_pair(turn.answer.question, _card(turn, library, language))
        if turns and with_related:
            offered = turns[-1].answer.choices or turns[-1].related
            messages[-1]["options"] = [{"label": text, "value": text} for text in offered]
        return messages


def _card(turn: Turn, library: Library | None, language: Language) -> str:
    total = len(library.documents) if library else 0
    lost = "".join(stale(language, kept) for kept in turn.changed)
    if turn.lost > len(turn.changed):
        lost += stale(language)
    if turn.answer.status in {"answered", "uncertain"} and not (turn.answer.quotes or turn.answer.parts):
        return f'<article class="tc-card">{lost}</article>'
    return cards.card(turn.answer, total, language, context(turn, library)) + lost


def _message_pair(question: str, card: str) -> Messages:
    return [
        {"role": "user", "content": _escaped(question)},
        {"role": "assistant", "content": gr.HTML(card, js_on_load=None, apply_default_css=False)},
    ]


def _escaped(question: str) -> str:
    """Escape only what must be: the box for editing a question shows the escaped text."""
    return re.sub(r"&(?=#?\w+;)", "&amp;", question).replace("<", "&lt;")


def _turn_number(index: Any) -> int:
    """Return the number of the turn that a message belongs to; a turn is two messages."""
    first = index[0] if isinstance(index, list | tuple) else index
    return int(first) // 2


def _message_text(value: Any) -> str:
    """Return the text of a message as Gradio hands it over."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return " ".join(_message_text(part) for part in value)
    if isinstance(value, dict):
        return str(value.get("text", ""))
    return ""
