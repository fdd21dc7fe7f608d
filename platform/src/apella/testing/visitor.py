"""A browser without a script: opens pages, reads their text, fills in forms as they stand, presses buttons.

cabinet = Visitor(client_for(actor))
page = cabinet.open(f"file/{work_id}")
answer = cabinet.send(page.form(), phone="8 900 123-45-67")
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from apella.testing.client import Client

Pairs = list[tuple[str, str]]


@dataclass
class Form:
    """A form with what a browser would send of it: hidden fields, text, ticked boxes, chosen options."""

    action: str
    id: str = ""
    fields: Pairs = field(default_factory=list)

    def with_(self, **changes: str | tuple[str, ...]) -> Pairs:
        """The fields with some of them answered otherwise; a tuple is several ticked boxes."""
        kept = [(name, value) for name, value in self.fields if name not in changes]
        for name, value in changes.items():
            kept += [(name, one) for one in ((value,) if isinstance(value, str) else value)]
        return kept

    def value(self, name: str) -> str | None:
        """What a field holds."""
        return next((value for at, value in self.fields if at == name), None)


class _Reader(HTMLParser):
    """Reads forms and visible text; fields of another form are named by their attribute `form`."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._form: Form | None = None
        self._in_main = False
        self._in_title = False
        self._silent = 0
        self._select = ""
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        self._in_main |= tag == "main"
        self._in_title = tag == "title"
        self._silent += tag in ("script", "style")
        if tag == "a" and self._in_main:
            self._page.links.append(at.get("href", ""))
        if tag == "meta" and at.get("name") == "csrf-token":
            self._page.token = at.get("content", "")
        if tag == "form":
            self._form = Form(action=at.get("action", ""), id=at.get("id", ""))
            self._page.forms.append(self._form)
        if tag == "button" and "formaction" in at:
            self._page.ways_back.append(at["formaction"])
        if tag == "select":
            self._select, self._options = at.get("name", ""), []
        if tag == "option":
            self._options.append((at.get("value", ""), "selected" in at))
        if tag != "input" or self._form is None or not at.get("name"):
            return
        if at.get("type") in ("checkbox", "radio") and "checked" not in at:
            return
        self._form.fields.append((at["name"], at.get("value", "on")))

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")
        if tag == "select" and self._form is not None and self._options:
            chosen = next((value for value, selected in self._options if selected), self._options[0][0])
            self._form.fields.append((self._select, chosen))
        if tag == "form":
            self._form = None
        if tag == "main":
            self._in_main = False
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self._page.title += data
        elif self._in_main and not self._silent:
            self._page.words += data.split()


@dataclass
class Page:
    """An answer as it is seen. `text` is the page's own, without the head and the foot, in single spaces.

    `links` are addresses in it, `ways_back` those of buttons that send a form elsewhere, `token` is the session's.
    """

    response: TestResponse
    title: str = ""
    words: list[str] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ways_back: list[str] = field(default_factory=list)
    token: str = ""

    def __post_init__(self) -> None:
        if self.response.mimetype == "text/html":
            _Reader(self).feed(self.response.text)

    @property
    def status(self) -> int:
        """The answer's status."""
        return self.response.status_code

    @property
    def text(self) -> str:
        """What can be read."""
        return " ".join(self.words)

    def form(self, ending: str = "", *, id: str | None = None) -> Form:  # noqa: A002 the attribute's name
        """The form whose address ends so."""
        return next(
            form
            for form in self.forms
            if form.action.endswith(ending) and "/sign-out" not in form.action and (id is None or form.id == id)
        )


class Visitor:
    """Somebody signed in, at the cabinet of one tenant."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.slug = client.slug

    def open(self, path: str = "") -> Page:
        """Open a page of the cabinet; an address that begins with a slash is taken as it is."""
        address = path if path.startswith("/") else f"/{self.slug}/cabinet{'/' if path else ''}{path}"
        return Page(self.client.http.get(address))

    def send(self, form: Form, **changes: str | tuple[str, ...]) -> Page:
        """Press the form's button with some fields changed; does not follow where the answer leads."""
        return Page(self.client.http.post(form.action, data=_grouped(form.with_(**changes))))

    def send_to(self, path: str, page: Page) -> Page:
        """Send an empty form to an address of the cabinet, with the token of a page's session."""
        return self.send(Form(action=f"/{self.slug}/cabinet/{path}", fields=[("csrf_token", page.token)]))

    def follow(self, page: Page) -> Page:
        """Go where an answer leads. Raises AssertionError for one that leads nowhere."""
        if page.status != 303:
            raise AssertionError(f"{page.status}: {page.text}")
        return self.open(page.response.location)


def _grouped(pairs: Pairs) -> dict[str, list[str]]:
    sent: dict[str, list[str]] = {}
    for name, value in pairs:
        sent.setdefault(name, []).append(value)
    return sent


@dataclass
class Count:
    """How many statements a block sent."""

    number: int = 0


@contextmanager
def counted_queries(engine: Engine) -> Iterator[Count]:
    """Count the statements that the engine sends in the block."""
    count = Count()

    def one_more(*_: Any) -> None:
        count.number += 1

    event.listen(engine, "before_cursor_execute", one_more)
    try:
        yield count
    finally:
        event.remove(engine, "before_cursor_execute", one_more)
