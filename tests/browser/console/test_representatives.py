"""A parent in a real browser: linked at the counter, then at home in the cabinet of the child."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apella.testing.browser import axe_violations, console_errors, hidden_tab_stops, layout_findings, screenshot
from apella.testing.plugin import StartPlay
from apella.testing.representatives import PROOF, Representatives

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("paperless")]

OpenAs = Callable[..., Page]


def judged(page: Page, name: str) -> None:
    screenshot(page, f"representatives-{name}", widths=(1440, 390, 320))
    assert axe_violations(page) == []
    assert layout_findings(page) == []
    assert hidden_tab_stops(page) == []


def test_a_parent_is_linked_and_acts_for_the_child(play: StartPlay, open_as: OpenAs) -> None:
    north = play()
    page = open_as(north.actor("secretary"))
    complaints = console_errors(page)
    page.goto(f"/north/representatives?participant={north.actor(0).login}")
    judged(page, "nobody")
    page.get_by_role("link", name="Связать с родителем").click()
    judged(page, "form")
    for label, text in (
        ("Фамилия", "Примерова"),
        ("Имя", "Ольга"),
        ("Серия и номер документа представителя", "45 10 777001"),
        ("Телефон представителя", "+7 900 111-22-33"),
        ("Документ и его номер", PROOF),
    ):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Связать с родителем").click()
    expect(page.get_by_text("Представитель связан с участником")).to_be_visible()
    judged(page, "linked")
    assert complaints == []
    people = Representatives(north)
    second = people.parent(1, newcomer=people.newcomer(patronymic=None))
    cabinet = open_as(people.actor(second))
    cabinet.goto("/north/cabinet")
    judged(cabinet, "choice")
    cabinet.get_by_role("radio").first.check()
    cabinet.get_by_role("button", name="Продолжить").click()
    expect(cabinet.get_by_text("Вы действуете за участника как родитель")).to_be_visible()
    judged(cabinet, "cabinet")
