"""The console as somebody without a script uses it: pages are read, links followed, forms sent as they stand.

console = Console(client_for(actor))
page = console.act(case_id, "schedule", {"hour": "11:40"})
assert page.status == 303
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from apella.testing.client import Client

Typed = Mapping[str, str | Sequence[str] | None]


@dataclass
class Form:
    """A form of a page with what its fields hold."""

    method: str
    action: str
    fields: MultiDict[str, str] = field(default_factory=MultiDict)

    def with_typed(self, typed: Typed) -> MultiDict[str, str]:
        """What is sent when a person types; None unticks or empties a field."""
        sent = MultiDict(self.fields)
        for name, value in typed.items():
            sent.setlist(name, [] if value is None else [value] if isinstance(value, str) else list(value))
        return sent


class _Reader(HTMLParser):
    """Collects forms, links and text."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._area: str | None = None
        self._silent = 0
        self._link: str | None = None
        self._link_words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in {"script", "style", "svg"}:
            self._silent += tag != "svg"
        elif tag == "a":
            self._link, self._link_words = given.get("href", ""), []
        elif tag == "form":
            self._form = Form(method=given.get("method", "get"), action=given.get("action", ""))
            self.forms.append(self._form)
        elif self._form is not None and tag == "input" and given.get("name"):
            ticked = given.get("type") not in {"checkbox", "radio"} or "checked" in given
            if ticked:
                self._form.fields.add(given["name"], given.get("value", ""))
        elif self._form is not None and tag == "select":
            self._select, self._options = given.get("name"), []
        elif tag == "option" and self._select is not None:
            self._options.append((given.get("value", ""), "selected" in given))
        elif self._form is not None and tag == "textarea":
            self._area = given.get("name", "")
            self._form.fields.add(self._area, "")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._silent -= 1
        elif tag == "a" and self._link is not None:
            self.links.append((" ".join("".join(self._link_words).split()), self._link))
            self._link = None
        elif tag == "form":
            self._form = None
        elif tag == "select" and self._select is not None and self._form is not None:
            chosen = [value for value, selected in self._options if selected] or [v for v, _ in self._options[:1]]
            for value in chosen:
                self._form.fields.add(self._select, value)
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None and self._form is not None:
            self._form.fields[self._area] = self._form.fields[self._area] + data
        if self._link is not None:
            self._link_words.append(data)
        if not self._silent:
            self.words.append(data)


class Page:
    """An answer, read as a person reads it."""

    def __init__(self, answer: TestResponse) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.location = answer.headers.get("Location", "")
        self.html = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        reader = _Reader()
        reader.feed(self.html)
        self.forms, self.links = reader.forms, reader.links
        self.text = re.sub(r"\s+", " ", " ".join(reader.words)).replace("\u00a0", " ")

    @property
    def title(self) -> str:
        """What stands in the browser's tab."""
        found = re.search(r"<title>(.*?)</title>", self.html, re.DOTALL)
        return "" if found is None else found[1].strip()

    def form(self, part: str) -> Form:
        """The form whose address holds this."""
        return next(form for form in self.forms if part in form.action)

    def link(self, label: str) -> str:
        """The address of the link that reads so."""
        return next(url for text, url in self.links if label in text)

    def has_link(self, label: str) -> bool:
        """Whether there is such a link."""
        return any(label in text for text, _ in self.links)


class Console:
    """A signed-in person at the pages of a tenant."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.slug = client.slug

    def get(self, path: str) -> Page:
        """Open a page; a path without a slash is the tenant's."""
        return Page(self.client.get(self._address(path)))

    def post(self, path: str, sent: Typed | MultiDict[str, str] | None = None) -> Page:
        """Send fields as they are."""
        return Page(self.client.http.post(self._address(path), data=sent or {}))

    def submit(self, page: Page, part: str, typed: Typed | None = None) -> Page:
        """Fill in and send the page's form whose address holds `part`."""
        form = page.form(part)
        return self.post(form.action, form.with_typed(typed or {}))

    def find(self, path: str, code: str) -> Page:
        """Type a registration code into the search of a page; open where that leads, or give the refusal."""
        sent = self.submit(self.get(path), f"/{path}", {"participant": code})
        return self.get(sent.location) if sent.status == 303 else sent

    def act(self, case_id: object, verb: str, typed: Typed | None = None) -> Page:
        """Open the page of a verb and send its form with what is typed."""
        page = self.get(f"cases/{case_id}/do/{verb}")
        if page.status != 200:
            raise AssertionError(f"{page.status}: {page.text}")
        return self.submit(page, f"/do/{verb}", typed)

    def _address(self, path: str) -> str:
        return path if path.startswith("/") else f"/{self.slug}/{path}"


ConsoleFor = Callable[..., Console]
"""Signs an actor in and gives the person's console."""
