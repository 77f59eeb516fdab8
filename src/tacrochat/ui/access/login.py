"""The layer that finds out who sends a request, and the pages for it: /login, /logout and /password."""

import asyncio
from collections.abc import Awaitable, Callable

from tacrochat.errors import TacrochatError
from tacrochat.ui.access import people
from tacrochat.ui.access.forms import HEADERS, login_page, password_page
from tacrochat.ui.access.gate import TryLater
from tacrochat.ui.access.hashes import MAX_PASSWORD, MIN_PASSWORD
from tacrochat.ui.access.identity import Identity, Logins, Unknown
from tacrochat.ui.access.people import Entry
from tacrochat.ui.access.requests import (
    BadForm,
    answer,
    header,
    local_path,
    read_form,
    redirect,
    wants_html,
)
from tacrochat.ui.asgi import Application, Receive, Scope, Send, path_of
from tacrochat.ui.bodies import BadRequest
from tacrochat.ui.hosts import Hosts
from tacrochat.ui.origins import check_origin
from tacrochat.ui.person import ROOT_KEY, SCOPE_KEY
from tacrochat.ui.wording import Language, language_of_header, say

_Page = Callable[[Scope, Receive, Send], Awaitable[None]]


class Login:
    """Puts the ``Person`` who sends a request, or None, into its scope, and hands it on.

    It answers the pages of the login itself, sends browsers there that open a page
    without one, and refuses tokens and names of a proxy that it does not know. What the
    person may do is for the layers behind it.
    """

    def __init__(self, application: Application, identity: Identity, hosts: Hosts) -> None:
        """Stand in front of an application; the pages are there if ``identity`` knows a password file."""
        self._application, self._identity, self._hosts = application, identity, hosts
        self._pages = _Pages(identity.logins).by_path if identity.logins else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._application({**scope, SCOPE_KEY: None}, receive, send)
            return
        pages = self._pages.get(path_of(scope))
        try:
            if pages is not None:
                check_origin(scope, self._hosts, is_page=True)
                await _call(pages, scope, receive, send)
                return
            person = self._identity.person_of(scope)
            if person is None and self._pages and _is_opened(scope):
                check_origin(scope, self._hosts, is_page=True)
                await redirect(scope, send, f"{_root(scope)}/login?next={_wanted(scope)}")
                return
        except BadRequest as error:
            await answer(scope, send, error.status, f"{error}\n")
        except BadForm as error:
            await answer(scope, send, 400, f"{error}\n")
        except Unknown as error:
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
            if error.challenge:
                headers.append((b"www-authenticate", error.challenge))
            await answer(scope, send, error.status, f"{error}\n", headers)
        else:
            await self._application({**scope, SCOPE_KEY: person, ROOT_KEY: _root(scope)}, receive, send)


class _Pages:
    """What is answered at each path, by method."""

    def __init__(self, logins: Logins) -> None:
        self._logins = logins
        self.by_path: dict[str, dict[str, _Page]] = {
            "/login": {"GET": self._show_login, "POST": self._log_in},
            "/logout": {"POST": self._log_out},
            "/password": {"GET": self._show_password, "POST": self._change_password},
        }

    async def _show_login(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = local_path(_query(scope).partition("next=")[2], _root(scope))
        if self._logins.entry_of(scope):
            await redirect(scope, send, wanted)
        else:
            await answer(scope, send, 200, login_page(_language(scope), wanted), HEADERS)

    async def _log_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        form = await read_form(scope, receive)
        name, wanted = form.get("username", ""), local_path(form.get("next", ""), _root(scope))
        language, headers = _language(scope), [*HEADERS]
        try:
            entry = await self._logins.gate.check(_address(scope), name, form.get("password", ""))
            status, fault = 401, say(language, "access_wrong")
        except TryLater as error:
            entry, status = None, 429
            fault = say(language, "access_wait", seconds=error.seconds)
            headers.append((b"retry-after", str(error.seconds).encode()))
        if entry is None:
            page = login_page(language, wanted, name=name[:100], fault=fault)
            await answer(scope, send, status, page, headers)
        elif wants_html(scope):
            await redirect(scope, send, wanted, self._logins.begin(scope, entry))
        else:  # a program, such as gradio_client, which takes a redirection for a refusal
            kind = (b"content-type", b"application/json")
            await answer(scope, send, 200, '{"success": true}', (kind, self._logins.begin(scope, entry)))

    async def _log_out(self, scope: Scope, receive: Receive, send: Send) -> None:
        await redirect(scope, send, f"{_root(scope)}/login", self._logins.end(scope))

    async def _show_password(self, scope: Scope, receive: Receive, send: Send) -> None:
        entry = self._logins.entry_of(scope)
        if entry is None:
            await redirect(scope, send, f"{_root(scope)}/login?next={_root(scope)}/password")
        else:
            await answer(scope, send, 200, password_page(_language(scope), _root(scope), entry.name), HEADERS)

    async def _change_password(self, scope: Scope, receive: Receive, send: Send) -> None:
        entry = self._logins.entry_of(scope)
        form = await read_form(scope, receive)
        if entry is None:
            await redirect(scope, send, f"{_root(scope)}/login?next={_root(scope)}/password")
            return
        language, headers = _language(scope), [*HEADERS]
        try:
            status, fault = await self._changed(scope, entry, form, language)
        except TryLater as error:
            status, fault = 429, say(language, "access_wait", seconds=error.seconds)
            headers.append((b"retry-after", str(error.seconds).encode()))
        if not fault:
            self._logins.sessions.end_all_of(entry.name)
            new = self._logins.gate.people.get(entry.name)
            headers += [self._logins.begin(scope, new)] if new else []
        page = password_page(language, _root(scope), entry.name, fault=fault, done=not fault)
        await answer(scope, send, status, page, headers)

    async def _changed(
        self, scope: Scope, entry: Entry, form: dict[str, str], language: Language
    ) -> tuple[int, str]:
        """Change a password; returns the status, and what is wrong ("" if nothing is)."""
        new = form.get("new", "")
        if new != form.get("again"):
            return 422, say(language, "access_differ")
        if not MIN_PASSWORD <= len(new) <= MAX_PASSWORD:
            return 422, say(language, "access_length", least=MIN_PASSWORD, most=MAX_PASSWORD)
        gate = self._logins.gate
        if not await gate.check(_address(scope), entry.name, form.get("current", "")):
            return 401, say(language, "access_wrong")
        try:
            await asyncio.to_thread(people.write, gate.path, entry.name, password=new, known=entry)
        except TacrochatError as error:
            self._logins.log.warning("%s", error)
            return 500, say(language, "access_unwritten")
        return 200, ""


async def _call(pages: dict[str, _Page], scope: Scope, receive: Receive, send: Send) -> None:
    page = pages.get("GET" if scope["method"] == "HEAD" else scope["method"])
    if page is None:
        headers = [(b"content-type", b"text/plain"), (b"allow", ", ".join(pages).encode())]
        await answer(scope, send, 405, f"this takes {' and '.join(pages)}\n", headers)
    else:
        await page(scope, receive, send)


def _is_opened(scope: Scope) -> bool:
    """Tell whether someone opens a page in a browser."""
    return scope["method"] in {"GET", "HEAD"} and wants_html(scope)


def _wanted(scope: Scope) -> str:
    """Return the path that was asked for, as it can stand in the address of the login."""
    raw = scope.get("raw_path") or scope["path"].encode()
    text = raw.decode("latin-1")
    root = _root(scope)
    return local_path(text if text.startswith(f"{root}/") else root + text, root).partition("?")[0]


def _root(scope: Scope) -> str:
    return str(scope.get("root_path", "")).rstrip("/")


def _query(scope: Scope) -> str:
    return bytes(scope.get("query_string", b"")).decode("latin-1")


def _address(scope: Scope) -> str:
    return str((scope.get("client") or ("",))[0])


def _language(scope: Scope) -> Language:
    return language_of_header(header(scope, b"accept-language"))
