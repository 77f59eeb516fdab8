"""The pages of the login, without scripts: the form that asks for it, and the one that changes a password."""

import base64
import hashlib
import html
from importlib.resources import files

from tacrochat.ui.access.hashes import MIN_PASSWORD
from tacrochat.ui.wording import Language, say

STYLE = (files("tacrochat.ui") / "style" / "login.css").read_text("utf-8")
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"vary", b"accept-language, cookie"),
    (
        b"content-security-policy",
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'".encode(),
    ),
    (b"referrer-policy", b"same-origin"),  # with "no-referrer" a browser would hide the origin of a form
)
"""Headers of these pages: nothing but their own style is loaded, and nothing runs."""


def login_page(language: Language, wanted: str, *, name: str = "", fault: str = "") -> str:
    """Return the form for a login; ``wanted`` is the path to open after it, ``fault`` what went wrong."""
    fields = (
        _field(language, "access_name", "username", "text", "username", value=name, autofocus=not name)
        + _field(
            language, "access_password", "password", "password", "current-password", autofocus=bool(name)
        )
        + f'<input type="hidden" name="next" value="{html.escape(wanted)}">'
    )
    # No action: the form goes to the address of this page, and what is behind its "#" is kept.
    return _page(language, "access_login", _form(language, "", "access_login", fields), fault)


def password_page(language: Language, root: str, name: str, *, fault: str = "", done: bool = False) -> str:
    """Return the page of a person: a form that changes the password, and the logout."""
    # A hidden name tells password managers whose password it is.
    fields = (
        f'<input type="text" name="username" value="{html.escape(name)}" autocomplete="username" hidden>'
        + _field(language, "access_current", "current", "password", "current-password")
        + _field(language, "access_new", "new", "password", "new-password", least=MIN_PASSWORD)
        + _field(language, "access_again", "again", "password", "new-password", least=MIN_PASSWORD)
    )
    change = _form(language, f"{root}/password", "access_change", fields)
    logout = _form(language, f"{root}/logout", "access_logout", "")
    back = f'<p><a href="{html.escape(root)}/">{html.escape(say(language, "access_back"))}</a></p>'
    if done:
        change = f'<p role="status">{html.escape(say(language, "access_changed"))}</p>'
    heading = f"<p>{html.escape(say(language, 'access_logged_in', name=name))}</p>"
    return _page(language, "access_change", heading + change + logout + back, fault)


def _field(
    language: Language,
    key: str,
    name: str,
    kind: str,
    complete: str,
    *,
    value: str = "",
    least: int = 0,
    autofocus: bool = False,
) -> str:
    label = html.escape(say(language, key))
    more = f' value="{html.escape(value)}"' if value else ""
    more += f' minlength="{least}"' if least else ""
    more += " autofocus" if autofocus else ""
    return (
        f'<label for="{name}">{label}</label>'
        f'<input id="{name}" name="{name}" type="{kind}" autocomplete="{complete}" required'
        f' autocapitalize="none" spellcheck="false"{more}>'
    )


def _form(language: Language, action: str, key: str, fields: str) -> str:
    button = f'<button type="submit">{html.escape(say(language, key))}</button>'
    to = f' action="{html.escape(action)}"' if action else ""
    return f'<form method="post"{to}>{fields}{button}</form>'


def _page(language: Language, key: str, body: str, fault: str) -> str:
    title = html.escape(say(language, key))
    alert = f'<p class="fault" role="alert">{html.escape(fault)}</p>' if fault else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>{title} – tacrochat</title>"
        f"<style>{STYLE}</style></head><body><main><h1>tacrochat</h1><h2>{title}</h2>{alert}{body}"
        "</main></body></html>"
    )
