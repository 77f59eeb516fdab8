"""What the event functions of the page take: a check for each value, made of the components it comes from.

Gradio hands on what a caller sends, and what is of another type than the
component sends ends in a traceback, in Gradio's code or in ours.
"""

from collections.abc import Callable, Sequence
from typing import Any, get_type_hints

import gradio as gr

from tacrochat.ui.arguments import Arguments, Field
from tacrochat.ui.bodies import Event

_RELOAD = "; load the page again"


def events(page: gr.Blocks, arguments: Arguments) -> dict[int, Event]:
    """Return the event functions of a page that is laid out completely, by their id.

    Raises:
        KeyError: an event of the page takes a component that has no check yet.

    """
    return {
        number: Event(function.api_name)
        if function.api_name in arguments.fields
        else Event(
            "", _fields(function.inputs), _event_data(function.fn), getattr(function.fn, "_is_edit", False)
        )
        for number, function in page.fns.items()
        if function.fn is not None  # others run in the browser
    }


def _fields(components: Sequence[Any]) -> tuple[Field, ...]:
    checks = {
        gr.Textbox: _is(str, "a text"),
        gr.Slider: _is((int, float), "a number"),
        gr.Dropdown: _list_of(_is(str, "a text")),
        gr.File: _list_of(_file),
        gr.State: _anything,  # the server's own; Gradio ignores what is sent
        gr.HTML: _anything,  # the open conversation; ``turns.restore`` drops what it does not know
    }
    return tuple(
        Field(f"data, value {number} ({type(component).__name__}),", checks[type(component)])
        for number, component in enumerate(components, 1)
    )


def _event_data(function: Callable[..., Any]) -> tuple[Field, ...]:
    """Return the fields of ``event_data`` that Gradio reads for a function, as its annotations say."""
    fields: dict[Any, tuple[Field, ...]] = {
        gr.SelectData: (_field("index"), _field("value")),
        gr.RetryData: (_MESSAGE, _field("value")),
        gr.UndoData: (_MESSAGE, _field("value")),
        gr.EditData: (_MESSAGE, _field("previous_value"), _field("value")),
        gr.LikeData: (_MESSAGE, _field("value")),
    }
    hints = get_type_hints(function).values()
    kinds = [hint for hint in hints if isinstance(hint, type) and issubclass(hint, gr.EventData)]
    return tuple(field for kind in kinds for field in fields[kind])


def _field(name: str) -> Field:
    return Field(name, _anything)


def _anything(_: Any) -> str:
    return ""


def _is(kind: type | tuple[type, ...], shown: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        return "" if isinstance(value, kind) and not isinstance(value, bool) else f"is not {shown}{_RELOAD}"

    return check


def _list_of(check_item: Callable[[Any], str]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if not isinstance(value, list):
            return f"is not a list{_RELOAD}"
        return next((f"has an entry that {fault}" for item in value if (fault := check_item(item))), "")

    return check


def _file(value: Any) -> str:
    try:
        gr.FileData.model_validate(value, context={"validate_meta": True})
    except ValueError:
        return f"is not a file{_RELOAD}"
    return ""


def _message_number(value: Any) -> str:
    """Check the number of a message; Gradio may add a number within it."""
    first = value[0] if isinstance(value, list) and value else value
    return _is(int, "the number of a message")(first)


_MESSAGE = Field("index", _message_number, is_required=True)
