"""The line of the page that says who is logged in."""

import html

import gradio as gr

from tacrochat.ui.html_parts import plain
from tacrochat.ui.person import ROOT_KEY
from tacrochat.ui.tabs import person_of_request
from tacrochat.ui.wording import Language, say


def person_line(request: gr.Request, language: Language) -> str:
    """Return who is logged in, with the way to the password and the logout; "" without a login."""
    person = person_of_request(request)
    if not person.name:
        return ""
    root = html.escape(str(request.request.scope.get(ROOT_KEY, "")))
    account = html.escape(say(language, "access_account"))
    logout = html.escape(say(language, "access_logout"))
    # script/access.js follows the button.
    return (
        f'<div class="tc-person"><span title="{person.role}">{plain(person.name)}</span>'
        f'<a href="{root}/password">{account}</a>'
        f'<button type="button" data-logout="{root}/logout">{logout}</button></div>'
    )
