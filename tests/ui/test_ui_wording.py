"""The page's own texts: every text is used, and every text that is used exists."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

import tacrochat
from tacrochat.answering.escaping import CONTROLS
from tacrochat.answering.framing import REPLIES
from tacrochat.ranking.signals import NAMES
from tacrochat.types import KINDS
from tacrochat.ui.chat.certainty import LEVELS
from tacrochat.ui.page import script
from tacrochat.ui.state import Phase
from tacrochat.ui.tabs import LABEL_KEYS
from tacrochat.ui.wording import LANGUAGES, language_of_header, say, translations

UI = Path(tacrochat.__file__).parent / "ui"
TREES = [ast.parse(path.read_text("utf-8")) for path in sorted(UI.rglob("*.py"))]

STAGES = {"reading", "passages", "sentences"}
VALUES = {
    "kind_": set(KINDS),
    "message_": set(REPLIES),
    "month_": {str(number) for number in range(1, 13)},
    "stage_": STAGES,
    "state_": set(get_args(Phase)),
    "sync_": {"added", "changed", "removed"},
    "sure_": {level for _, level in LEVELS},
}
"""What may follow the constant beginning of a key that is an f-string."""


def keys_in(node):
    """Yield the keys that an expression may be: constants, the branches of an if, f-strings."""
    match node:
        case ast.Constant(value=str(key)):
            yield key
        case ast.JoinedStr(values=[ast.Constant(value=prefix), *_]):
            yield from (prefix + value for value in VALUES[prefix])
        case ast.IfExp(body=first, orelse=second):
            yield from (*keys_in(first), *keys_in(second))
        case ast.Tuple(elts=items):
            for item in items:
                yield from keys_in(item)


def positions_of_keys():
    """Map each function of the page with a parameter ``key`` or ``keys`` to that parameter's position."""
    positions = {"i18n": 0}
    for function in (node for tree in TREES for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        names = [argument.arg for argument in function.args.args if argument.arg != "self"]
        for name in {"key", "keys"} & set(names):
            positions[function.name] = names.index(name)
    return positions


def used_keys():
    """Collect the keys given to such a function or to a name that ends in key or keys."""
    positions = positions_of_keys()
    for node in (node for tree in TREES for node in ast.walk(tree)):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=arguments):
                if name in positions and len(arguments) > positions[name]:
                    yield from keys_in(arguments[positions[name]])
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name.lower().endswith(
                ("key", "keys")
            ):
                yield from keys_in(value)
            case ast.comprehension(target=ast.Name(id="key"), iter=keys):
                yield from keys_in(keys)


def test_every_text_is_used_and_every_text_used_exists():
    used = {key for key in used_keys() if "." not in key}  # those of an ASGI scope have one
    assert used | {f"signal_{name}" for name in NAMES} == set(translations("en"))


def test_the_page_brings_the_labels_that_gradio_shows_in_every_language():
    labels = {
        node.args[0].value
        for tree in TREES
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "i18n"
    }
    assert labels == set(LABEL_KEYS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_has_the_same_placeholders_in_every_language(language):
    english, other = translations("en"), translations(language)
    assert list(english) == list(other)
    for key, text in english.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", other[key])), key


@pytest.mark.parametrize("kind", sorted(REPLIES))
def test_the_page_replies_to_a_message_as_the_library_does(kind):
    assert translations("en")[f"message_{kind}"] == REPLIES[kind]


SAME = {
    "de": {"April", "August", "Chat", "Format", "Link", "Name", "November", "September", "Version"},
    "fr": {
        "1 question", "Conversation", "Conversations", "Date", "Dimensions", "Documents",
        "Format", "Page", "Passages", "Source", "Sources", "Version", "documents ({count})", "passages",
        "{count} documents", "{count} passages", "{count} questions",
        "{documents} documents, {passages} passages",
    },
    "es": {"Chat"},
}  # fmt: skip
"""Texts that are the same in English and in another language."""


@pytest.mark.parametrize("language", SAME)
def test_every_text_is_translated(language):
    english, other = translations("en"), translations(language)
    same = {text for key, text in other.items() if text == english[key] and re.search(r"\w", _bare(text))}
    assert same == SAME[language]


def _bare(text):
    """Return a text without its placeholders."""
    return re.sub(r"{\w+}", "", text)


def test_a_line_of_french_does_not_end_before_its_punctuation():
    for key, text in translations("fr").items():
        assert not re.search(r"[^\u00a0\u202f][;?!:»]|«[^\u00a0]| %", text), key
    assert translations("fr")["welcome"].endswith("savoir\u202f?")
    assert say("fr", "not_found_about", subject="x").endswith("«\u00a0x\u00a0».")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("it-IT,it;q=0.9,fr;q=0.8,en;q=0.5", "fr"),
        ("es", "es"),
        ("en;q=0.5, de-AT;q=0.7, fr;q=0.6", "de"),
        ("fr, de", "fr"),
        ("FR-ca;q=0.3", "fr"),
        ("en;q=0, es;q=0.001", "es"),
        ("est, fra, de;q=x", "en"),  # Estonian with three letters is not Spanish
        ("*", "en"),
        ("it", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_the_language_wanted_most_that_the_page_has_is_chosen(header, language):
    assert language_of_header(header) == language


def test_every_stage_of_a_build_has_a_text(kettle, tmp_path, encoder):
    stages = set()
    tacrochat.build(
        kettle[0],
        tmp_path / "index",
        encoder=encoder,
        progress=lambda stage, done, total: stages.add(stage),
    )
    assert stages == STAGES


def test_viewer_and_cards_show_the_same_control_characters():
    (pattern,) = re.findall(r"const UNSEEN = /(.*)/;", script())
    everything = "".join(map(chr, range(0x10000)))
    assert re.findall(pattern, everything) == CONTROLS.findall(everything)
