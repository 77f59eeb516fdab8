"""Every key of ``tacrochat.yaml``: how it is read, its default, and what ``tacrochat init`` says about it."""

from dataclasses import dataclass

from tacrochat.configuration import fields, folder_list, login
from tacrochat.configuration.fields import Read
from tacrochat.configuration.record import LANGUAGES
from tacrochat.types import KINDS


@dataclass(frozen=True, slots=True)
class Key:
    """A key: its name, its default as YAML, what it is for, and how its value is read.

    The name of a key inside another is ``OUTER.INNER``. ``field`` is the name of the value
    in ``Configuration``; ``needs`` says what makes a running server take up a change.
    """

    name: str
    default: str
    about: str
    read: Read
    field: str
    needs: str = ""


_BUILD = "the next refresh of the index, which follows at once if the folder is watched"
_RESTART = "a restart of the server"

KEYS: tuple[Key, ...] = (
    Key(
        "title",
        "tacrochat",
        "The title of the page; one of several libraries without a title has its name.",
        fields.line_of_text,
        "title",
    ),
    Key(
        "colours.accent",
        '"#0f6268"',
        "The colour of links and buttons; dark enough to be read on white.",
        fields.colour,
        "accent",
    ),
    Key(
        "languages",
        f"[{', '.join(LANGUAGES)}]",
        "The languages of the page; a browser that asks for none of them gets the first.",
        fields.languages(LANGUAGES),
        "languages",
    ),
    Key(
        "examples",
        "[]",
        "Questions to start with, each in quotes; without any, the page finds some that are answered.",
        fields.list_of(fields.line_of_text, "question", 24),
        "examples",
    ),
    Key(
        "folders",
        "[]",
        "Folders to read instead of this one, by their paths, absolute or from here, each on a line such as\n"
        "- path: ../protocols\n"
        "and below it, indented, name, include, exclude and follow_links if needed. The paths of\n"
        "documents begin with the name of their folder.",
        fields.list_of(folder_list.entry, "folder", 100),
        "folders",
        _BUILD,
    ),
    Key(
        "include",
        "[]",
        "Which files are read, by patterns as in a .gitignore; without any, all files.",
        fields.list_of(fields.pattern, "pattern"),
        "include",
        _BUILD,
    ),
    Key(
        "exclude",
        "[]",
        'Which files are left out, such as ["drafts/", "*.tmp", "/notes.md"].',
        fields.list_of(fields.pattern, "pattern"),
        "exclude",
        _BUILD,
    ),
    Key(
        "kinds",
        "{}",
        "What kind of source a document is, by patterns; the first that matches counts.\n"
        'One on each line, such as "trials/**": trial\n'
        f"Kinds: {', '.join(KINDS)}.",
        fields.kinds,
        "kinds",
        _BUILD,
    ),
    Key(
        "follow_links",
        "false",
        "Whether symbolic links that lead out of the folder are followed.",
        fields.truth,
        "follow_links",
        _BUILD,
    ),
    Key(
        "thresholds.answered",
        "null",
        "The confidence, 0 to 1, that an answer needs; null for the fitted value.",
        fields.share,
        "answered",
    ),
    Key(
        "thresholds.uncertain",
        "null",
        "The confidence that quotes need to be shown as perhaps an answer; below it there are none.",
        fields.share,
        "uncertain",
    ),
    Key(
        "watch",
        "true",
        "Whether the server follows the files of the folder: true, false, or poll for a network\n"
        "drive that reports no changes.",
        fields.watching,
        "watch",
        _RESTART,
    ),
    Key(
        "login.password_file",
        "null",
        "Ask for a login, with the people of this file, which 'tacrochat user add' writes. It must not lie\n"
        "in a folder that is read.",
        fields.path,
        "password_file",
        _RESTART,
    ),
    Key(
        "login.token_file",
        "null",
        "Take the tokens of this file, which 'tacrochat token create' writes.",
        fields.path,
        "token_file",
        _RESTART,
    ),
    Key(
        "login.trusted_header",
        "null",
        "The header in which a proxy names the user, such as X-Remote-User.",
        login.header_name,
        "trusted_header",
        _RESTART,
    ),
    Key(
        "login.trusted_proxies",
        "[]",
        "The addresses or networks of the proxies that are believed.",
        fields.list_of(login.proxy, "proxy"),
        "trusted_proxies",
        _RESTART,
    ),
)
