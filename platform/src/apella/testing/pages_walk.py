"""A season walked by its people at their browsers: who signs in how, and the scans that each page passes on the way.

    walk = PagesWalk(chromium, address, web, "nord")
    secretary = walk.staff("secretary")           # signs in by clicking
    walk.look(secretary.page, "empty", shot="start")
    ...
    assert walk.findings == []

A page is scanned once in each state: its route and the state's name are the key of the register.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect
from werkzeug.exceptions import MethodNotAllowed

from apella.testing.browser import WIDTHS, axe_violations, console_errors, layout_findings, screenshot
from apella.web import security

# A refusal that the walk asks for is an answer of 422, which the browser mentions.
_EXPECTED = re.compile(r"the server responded with a status of 422")
_MOST_TABS = 120
WAIT: Final = 30_000
"""How many milliseconds a page may take on a busy machine."""


def words(of: Locator) -> str:
    """What a person reads there: usual spaces, no joiners."""
    return re.sub(r"\s+", " ", of.inner_text().replace("\u2060", "")).strip()


def must_read(of: Locator, pattern: str) -> None:
    """Raise AssertionError unless the pattern is found in what a person reads there."""
    if not re.search(pattern, words(of)):
        raise AssertionError(f"«{pattern}» is not in: {words(of)}")


@dataclass(frozen=True, kw_only=True)
class Someone:
    """A person at a browser of their own; `complaints` fills with what the browser complains of."""

    page: Page
    login: str
    role: str
    slug: str
    address: str
    complaints: list[str]

    def open(self, path: str = "") -> Page:
        """Open a page of the tenant."""
        self.page.goto(f"{self.address}/{self.slug}/{path}")
        return self.page

    def api(self, path: str) -> Any:
        """Read the tenant's API with this person's session."""
        answer = self.page.context.request.get(f"{self.address}/api/v1/{self.slug}/{path}")
        if not answer.ok:
            raise AssertionError(f"{path}: {answer.status} {answer.text()}")
        return answer.json()

    def search(self, path: str, wanted: dict[str, str]) -> Any | None:
        """Search in the tenant's API with this person's session; None when that is nothing to them."""
        answer = self.page.context.request.post(
            f"{self.address}/api/v1/{self.slug}/{path}",
            data=wanted,
            headers={security.HEADER: self.api("me")["csrf_token"]},
        )
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if not answer.ok:
            raise AssertionError(f"{path}: {answer.status} {answer.text()}")
        return answer.json()


class PagesWalk:
    """A demo season of a tenant, its people and the register of the pages that were scanned."""

    def __init__(
        self, browser: Browser, address: str, web: Flask, slug: str, *, participants: int = 12, part: int, parts: int
    ) -> None:
        """Begin. `part` of `parts` says which widths this walk scans beside the narrowest: together they scan all."""
        self.slug = slug
        self.address = address
        self.findings: list[str] = []
        self.routes: set[str] = set()
        self._browser = browser
        self._urls = web.url_map.bind("localhost")
        self._widths = (WIDTHS[0], *WIDTHS[1 + part :: parts])
        self._scanned: set[tuple[str, str]] = set()
        self._shots: set[str] = set()
        self._people: dict[str, Someone] = {}
        self._nobody = browser.new_context()
        self._reader = self._nobody.new_page()
        self._noise = console_errors(self._reader)
        made = self._post("season", {"tenant": slug, "participants": participants})
        self._season: str = made["season"]
        self._began = datetime.fromisoformat(made["now"])
        self.cast: Final[list[dict[str, str]]] = made["staff"]
        self.participants: Final[list[dict[str, str]]] = made["participants"]

    # --- People -------------------------------------------------------------------------------------------------------

    def visitor(self, login: str = "", *, javascript: bool = True) -> Someone:
        """Somebody at a fresh browser, not signed in."""
        context = self._browser.new_context(
            viewport={"width": 1440, "height": 900}, locale="ru-RU", java_script_enabled=javascript
        )
        context.set_default_timeout(WAIT)
        page = context.new_page()
        role = next((person["role"] for person in self.cast if person["login"] == login), "participant")
        return Someone(
            page=page,
            login=login,
            role=role.replace("_", "-"),
            slug=self.slug,
            address=self.address,
            complaints=console_errors(page),
        )

    def staff(self, role: str, number: int = 0, *, javascript: bool = True) -> Someone:
        """The `number`-th person of staff in a role; signed in by clicking when first asked for."""
        found = [person["login"] for person in self.cast if person["role"] == role]
        return self.by_login(found[number], javascript=javascript)

    def by_login(self, login: str, *, javascript: bool = True) -> Someone:
        """A person of staff, signed in at the issuer's page; the second of a role by a link that names the person."""
        if login not in self._people:
            someone = self.visitor(login, javascript=javascript)
            if any(other.role == someone.role for other in self._people.values()):
                page = someone.open(f"sign-in/staff?login_hint={login}&prompt=none")
            else:
                page = someone.open("sign-in")
                page.get_by_role("link", name="Войти как сотрудник").click()
                page.get_by_label("Найти человека").fill(login)
                page.get_by_role("button", name="Показать подходящих").click()
                if javascript:
                    self.look(page, "found")
                page.get_by_role("button", name=login).first.click()
            expect(page.get_by_role("button", name="Выйти")).to_be_visible()
            self._people[login] = someone
        return self._people[login]

    def participant(self, who: dict[str, str]) -> Someone:
        """A participant, signed in by document, telephone and the code that the outbox page shows."""
        if who["login"] not in self._people:
            someone = self.visitor(who["login"])
            page = someone.open("sign-in")
            self.look(page, "choose", shot="sign-in")
            page.get_by_role("button", name="Получить код").click()
            expect(page.get_by_role("alert")).to_be_visible()
            self.look(page, "errors")
            page.get_by_label("Серия и номер документа").fill(who["document"])
            page.get_by_label("Телефон").fill(who["phone"])
            page.get_by_role("button", name="Получить код").click()
            expect(page.get_by_label("Код")).to_be_visible()
            self.look(page, "code")
            self.rest()
            page.get_by_label("Код").fill(self.code_for(who["phone"]))
            page.get_by_role("button", name="Войти в личный кабинет").click()
            expect(page.get_by_role("heading", name="Личный кабинет")).to_be_visible()
            self._people[who["login"]] = someone
        return self._people[who["login"]]

    def code_for(self, phone: str) -> str:
        """The newest code that went to this telephone, read off the outbox page."""
        digits = re.sub(r"\D", "", phone)[-10:]
        for address, text in self.messages():
            found = re.match(r"\d{6}\b", text)
            if re.sub(r"\D", "", address).endswith(digits) and found is not None:
                return found[0]
        raise AssertionError("no code went to the participant's telephone")

    def messages(self) -> list[tuple[str, str]]:
        """What the outbox page shows of this season, the newest first: to whom, and the text."""
        page = self._reader
        page.goto(f"{self.address}/embedded/outbox?tenant={self.slug}&season={self._season}")
        self.look(page, "messages")
        lines = page.locator("main ol > li").all()
        return [(words(line.locator("b")), words(line.locator("p"))) for line in lines]

    # --- Time ---------------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The season's case time, aware."""
        someone = next((one for one in self._people.values() if one.slug == self.slug), None)
        return self._began if someone is None else datetime.fromisoformat(someone.api("me")["now"])

    def zone(self) -> ZoneInfo:
        """The tenant's zone, as the API names it."""
        return ZoneInfo(next(iter(self._people.values())).api("me")["zone"])

    def clock_to(self, at: datetime) -> None:
        """Move the season's clock forward; when this returns, every task is done."""
        self._post("clock", {"tenant": self.slug, "season": self._season, "to": at.isoformat()})

    def rest(self, **forward: float) -> None:
        """Let the tasks be done: papers are made, messages leave. A minute passes, or as long as is said."""
        self.clock_to(self.now() + timedelta(**(forward or {"minutes": 1})))

    # --- Scans --------------------------------------------------------------------------------------------------------

    def look(self, page: Page, state: str, *, shot: str = "") -> None:
        """Scan the page unless it was scanned in this state; a main page has a `shot`: every width, once."""
        route = self._route(page)
        self.routes.add(route)
        found: list[str] = []
        if (route, state) not in self._scanned:
            self._scanned.add((route, state))
            found += axe_violations(page)
            if not re.search("[а-яё]", page.title()):
                found.append(f"the title is not Russian: {page.title()}")
        if shot and shot not in self._shots:
            self._shots.add(shot)
            found += layout_findings(page, widths=self._widths)
            # What is stuck to the window belongs at the top of a picture of the whole page.
            page.evaluate("() => scrollTo(0, 0)")
            screenshot(page, f"{self.slug}-{shot}")
        self.findings += [f"{self.slug}, {route}, {state}: {line}" for line in found]

    def complaints(self) -> list[str]:
        """What the browsers of all people complained of: errors of scripts, broken policy, missing files."""
        heard = {"outbox": self._noise, **{login: someone.complaints for login, someone in self._people.items()}}
        return [f"{who}: {line}" for who, lines in heard.items() for line in lines if not _EXPECTED.search(line)]

    def close(self) -> None:
        """Close every browser window of the walk."""
        for context in {one.page.context for one in self._people.values()} | {self._nobody}:
            context.close()

    def _route(self, page: Page) -> str:
        path = urlsplit(page.url).path
        try:
            rule, values = self._urls.match(path, method="GET", return_rule=True)
        except MethodNotAllowed:
            rule, values = self._urls.match(path, method="POST", return_rule=True)
        return str(rule.rule).replace("<action>", str(values.get("action", "")))

    def _post(self, what: str, body: dict[str, object]) -> Any:
        answer = self._nobody.request.post(f"{self.address}/embedded/{what}", data=body, timeout=120_000)
        if not answer.ok:
            raise AssertionError(f"{what}: {answer.status} {answer.text()}")
        return answer.json()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until what the selector names has the focus. Raises AssertionError when it never does."""
    for _ in range(_MOST_TABS):
        if page.evaluate("(selector) => document.activeElement?.matches(selector) ?? false", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {selector}")
