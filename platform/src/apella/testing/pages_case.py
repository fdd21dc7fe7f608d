"""One case on its way through the pages: what everybody does alike, whichever region it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Page, expect

from apella.testing.pages_walk import PagesWalk, Someone, must_read, tab_to

WEEKDAY: Final = r"(пн|вт|ср|чт|пт|сб|вс) \d\d\.\d\d"
DUE: Final = rf"{WEEKDAY}.*\d\d:\d\d|до \d\d:\d\d"
NEXT: Final = rf"Следующий шаг .+ до {WEEKDAY}\.\d{{4}}, \d\d:\d\d"
MAIN_ACTS: Final = ("conclude", "vote", "decide")
"""Verbs whose pages are more than a short form: they are looked at in every width."""
CLOSED: Final = "Дело закрыто"
Fill = Callable[[Page], None]


@dataclass(kw_only=True)
class Case:
    """The case of the walk."""

    walk: PagesWalk
    who: dict[str, str]
    work: dict[str, Any]
    change: int
    id: str = ""
    number: str = ""
    expert: str = ""
    mark: str = ""

    def read(self) -> dict[str, Any]:
        """The case by the API, to know what time to move the clock to."""
        found: dict[str, Any] = self.walk.staff("secretary").api(f"appeals/{self.id}")
        return found


def act(
    case: Case,
    who: Someone,
    verb: str,
    title: str,
    done: str,
    state: str,
    *,
    fill: Fill | None = None,
    shot: str = "",
) -> None:
    """Find the case on the person's first page, open the verb there or from the case, fill it in, press its button."""
    walk, page = case.walk, who.page
    who.open()
    walk.look(page, who.role, shot=f"start-{who.role}")
    link = page.locator(f"main a[href$='/cases/{case.id}/do/{verb}']")
    if link.count():
        item = page.locator(".ap-todo > li").filter(has=page.locator(f"a[href$='/do/{verb}']"))
        must_read(item.locator(".ap-due"), DUE)
        must_read(item, re.escape(case.number))
        link.click()
    else:
        page.get_by_role("link", name=case.number).first.click()
        page.get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    if fill is not None:
        fill(page)
    walk.look(page, "filled in", shot=f"act-{verb}" if verb in MAIN_ACTS else "")
    page.get_by_role("button", name=title, exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text(done)
    expect(page.locator("main")).to_contain_text(state)
    if state != CLOSED:
        must_read(page.get_by_role("region", name=re.compile(" до ")).first, NEXT)
    walk.look(page, state, shot=shot)
    walk.rest()


def appellant(case: Case, state: str, tag: str, *, shot: str = "") -> Someone:
    """The appellant opens the case in the cabinet."""
    someone = case.walk.participant(case.who)
    page = someone.open("cabinet")
    page.get_by_role("region", name="Мои апелляции").get_by_role("link").first.click()
    expect(page.get_by_role("main")).to_contain_text(tag)
    case.walk.look(page, state, shot=shot)
    return someone


def vote_by_keyboard(case: Case, member: Someone) -> None:
    """From the first page to the ballot by Tab, Space and Enter alone."""
    page = member.open()
    tab_to(page, f"a[href$='/cases/{case.id}/do/vote']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/do/vote")
    tab_to(page, "input[name=ballot]")
    page.keyboard.press("Space")
    if not case.change:
        page.keyboard.press("ArrowDown")
    tab_to(page, "form button[type=submit]:not(header *)")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Голос подан")


def vote_without_javascript(case: Case, member: Someone, ballot: str) -> None:
    """Plain links and forms are enough."""
    page = member.open()
    page.get_by_role("link", name=re.compile(f"Проголосовать.*{re.escape(case.number)}")).last.click()
    page.get_by_role("radio", name=ballot).check()
    page.get_by_role("button", name="Проголосовать").click()
    expect(page.get_by_role("status")).to_contain_text("Голос подан")
