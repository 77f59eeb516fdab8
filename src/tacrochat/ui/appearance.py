"""What the configuration says about the look of a page: its languages and its colour."""

from typing import cast

from tacrochat.configuration.record import Configuration
from tacrochat.ui.asgi import Scope
from tacrochat.ui.wording import LANGUAGES, Language, language_of_header

_HEADER = b"accept-language"


def in_offered_language(scope: Scope, configuration: Configuration) -> Scope:
    """Return a request that asks for one of the languages that the configuration offers."""
    offered = cast("tuple[Language, ...]", configuration.languages)
    if scope["type"] != "http" or offered == LANGUAGES:
        return scope
    wanted = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name.lower() == _HEADER)
    language = language_of_header(wanted, offered).encode()
    others = [header for header in scope["headers"] if header[0].lower() != _HEADER]
    return {**scope, "headers": [*others, (_HEADER, language)]}


def accent_style(configuration: Configuration) -> str:
    """Return a style sheet with the colour of links and buttons; "" for the page's own.

    The colour is dark enough to be read on white, and its mixture with white on the dark
    page: black, the darkest, has a contrast of 4.9 there.
    """
    accent = configuration.accent  # "#" and six hexadecimal digits
    if not accent:
        return ""
    return (
        "<style>@media screen {"
        f":root, .gradio-container {{ --tc-accent: {accent};"
        f" --tc-accent-soft: color-mix(in srgb, {accent} 12%, white); }}"
        # Gradio repeats the style of the page with selectors of its own, down to ".contain".
        ".dark, .dark .gradio-container, .dark .gradio-container .contain {"
        f" --tc-accent: color-mix(in srgb, {accent} 45%, white) !important;"
        f" --tc-accent-soft: color-mix(in srgb, {accent} 35%, #10171f) !important; }}"
        "}</style>"
    )
