"""The conversation: what happens when somebody asks, asks again, takes back, or likes."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from tacrochat.errors import TacrochatError
from tacrochat.library import Library
from tacrochat.search.filter import Filter
from tacrochat.types import Kind
from tacrochat.ui import turns
from tacrochat.ui.chat import cards, feedback, related
from tacrochat.ui.tabs import language
from tacrochat.ui.turns import Turn
from tacrochat.ui.wording import Language, say
from tacrochat.ui.workspace import Workspace

Messages = list[dict[str, Any]]
Step = tuple[Any, Any, Any, Any]
"""New values of the conversation, of what the browser keeps, of the question box, and of ``now``.

``now`` is the session's own copy of what the browser keeps, ``BUSY`` while a
question is being answered: a refresh that was asked for with an older copy must
not put the older conversation back.
"""

BUSY = "busy"
_SKIP: Step = (gr.skip(), gr.skip(), gr.skip(), gr.skip())


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
    """Answers the events of the conversation; keeps nothing, the browser does."""

    def __init__(self, workspace: Workspace) -> None:
        """Ask this workspace."""
        self.workspace = workspace

    def ask(self, request: gr.Request, question: str, saved: Any, *options: Any) -> Iterator[Step]:
        """Show the question at once, then its answer."""
        if not (question or "").strip():
            yield _SKIP
            return
        yield from self._turn(question, self._restored(saved), AskOptions.of(*options), language(request))

    def again(self, request: gr.Request, event: gr.RetryData, saved: Any, *options: Any) -> Iterator[Step]:
        """Ask the question of a turn again, with the options as they are now."""
        found = self._restored(saved)
        number = _turn_of(event.index)
        if not 0 <= number < len(found):
            yield _SKIP
            return
        question = found[number].answer.question
        yield from self._turn(question, found[:number], AskOptions.of(*options), language(request))

    def edit(self, request: gr.Request, event: gr.EditData, saved: Any, *options: Any) -> Iterator[Step]:
        """Ask an edited question in the place of the old one; later turns go."""
        found = self._restored(saved)[: _turn_of(event.index)]
        question = html.unescape(_words(event.value))
        if not question.strip():
            yield self._messages(found, language(request)), gr.skip(), gr.skip(), gr.skip()
            return
        yield from self._turn(question, found, AskOptions.of(*options), language(request))

    def undo(self, saved: Any, request: gr.Request, event: gr.UndoData) -> Step:
        """Take back a turn and those after it; its question returns to the box."""
        found = self._restored(saved)
        number = _turn_of(event.index)
        question = found[number].answer.question if 0 <= number < len(found) else ""
        kept = found[:number]
        keep = self._saved(kept)
        return self._messages(kept, language(request)), keep, question, keep

    def like(self, saved: Any, request: gr.Request, event: gr.LikeData) -> tuple[Any, Any]:
        """Note a thumb up or down as a labelled question, on this machine."""
        found = self._restored(saved)
        number = _turn_of(event.index)
        if not 0 <= number < len(found) or not isinstance(event.liked, bool):
            return gr.skip(), gr.skip()
        turn = found[number]
        is_about_quotes = turn.answer.status == "not_found" or turn.answer.quotes
        if turn.answer.status == "conversation" or not is_about_quotes:
            return gr.skip(), gr.skip()
        history = [earlier.answer.question for earlier in found[:number]]
        file = self.workspace.feedback
        try:
            feedback.note(file, feedback.line(turn.answer, history, liked=event.liked))
        except OSError as error:
            gr.Warning(say(language(request), "not_noted", file=file.name, error=error.strerror))
            return gr.skip(), gr.skip()
        gr.Info(say(language(request), "liked", file=file.name), duration=4)
        found[number] = replace(turn, liked=event.liked)
        keep = self._saved(found)
        return keep, keep

    def restore(self, saved: Any, tongue: Language) -> Messages:
        """Show the conversation that the browser kept."""
        return self._messages(self._restored(saved), tongue)

    def export(self, saved: Any, form: str) -> dict[str, str]:
        """Return a file name and the conversation as Markdown or JSON."""
        write = turns.to_json if form == "json" else turns.to_markdown
        return {"name": f"tacrochat.{form}", "text": write(self._restored(saved))}

    def _turn(
        self, question: str, before: list[Turn], options: AskOptions, tongue: Language
    ) -> Iterator[Step]:
        is_loading = self.workspace.state.phase != "ready"
        waiting = cards.pending(tongue, is_loading=is_loading)
        shown = self._messages(before, tongue, with_related=False)
        yield [*shown, *_pair(question, waiting)], gr.skip(), "", BUSY
        try:
            turn = self._answer(question, before, options)
        except TacrochatError as error:
            notice = cards.notice(str(error))
            yield [*shown, *_pair(question, notice)], gr.skip(), question, self._saved(before)
            return
        found = [*before, turn]
        keep = self._saved(found)
        yield self._messages(found, tongue), keep, gr.skip(), keep

    def _answer(self, question: str, before: Sequence[Turn], options: AskOptions) -> Turn:
        threshold = options.threshold if options.threshold != self.workspace.threshold else None
        answer, library = self.workspace.ask(
            question,
            [turn.answer.question for turn in before],
            top=options.top,
            documents=options.filter.documents,
            kinds=options.filter.kinds,
            threshold=threshold,
        )
        return Turn(answer, related=related.suggestions(library, answer))

    def _restored(self, saved: Any) -> list[Turn]:
        library = self.workspace.library
        return turns.restore(saved, library) if library else []

    def _saved(self, found: Sequence[Turn]) -> list[dict[str, Any]]:
        library = self.workspace.library
        return turns.save(found, library) if library else []

    def _messages(self, found: Sequence[Turn], tongue: Language, *, with_related: bool = True) -> Messages:
        library = self.workspace.library
        messages: Messages = []
        for turn in found:
            messages += _pair(turn.answer.question, _card(turn, library, tongue))
        if found and with_related:
            messages[-1]["options"] = [{"label": text, "value": text} for text in found[-1].related]
        return messages


def _card(turn: Turn, library: Library | None, tongue: Language) -> str:
    total = len(library.documents) if library else 0
    lost = cards.stale(tongue) if turn.lost else ""
    if turn.answer.status == "answered" and not turn.answer.quotes:
        return f'<article class="tc-card">{lost}</article>'
    return cards.card(turn.answer, total, tongue) + lost


def _pair(question: str, card: str) -> Messages:
    return [
        {"role": "user", "content": _escaped(question)},
        {"role": "assistant", "content": gr.HTML(card, js_on_load=None, apply_default_css=False)},
    ]


def _escaped(question: str) -> str:
    """Escape no more than must be: the box in which a question is edited shows it like this."""
    return re.sub(r"&(?=#?\w+;)", "&amp;", question).replace("<", "&lt;")


def _turn_of(index: Any) -> int:
    """Return the turn that a message belongs to: two messages make a turn."""
    first = index[0] if isinstance(index, list | tuple) else index
    return int(first) // 2


def _words(value: Any) -> str:
    """Return the text of a message as Gradio hands it over."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return " ".join(_words(part) for part in value)
    if isinstance(value, dict):
        return str(value.get("text", ""))
    return ""
