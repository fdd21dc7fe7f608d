"""Appointing a substitute in a real browser, by the keyboard: accessible, whole at every width, with no script too."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apella.identity.roles import Role
from apella.testing.browser import axe_violations, console_errors, hidden_tab_stops, layout_findings, screenshot
from apella.testing.plugin import StartPlay
from apella.testing.substitutes import Substitutes

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("paperless")]

OpenAs = Callable[..., Page]


@pytest.mark.parametrize("javascript", [True, False])
def test_a_member_is_appointed_and_relieved_by_the_keyboard(play: StartPlay, open_as: OpenAs, javascript: bool) -> None:
    people = Substitutes(play())
    today, tomorrow = (f"{people.today(days=later):%d.%m.%Y}" for later in (0, 1))
    page = open_as(people.play.actor("chair"), javascript=javascript)
    complaints = console_errors(page)
    page.goto("/north/")
    page.get_by_role("link", name="Замещения").click()
    page.get_by_role("link", name="Заместить секретаря").press("Enter")
    page.get_by_label("Кто замещает").select_option(index=1)
    page.get_by_label("Последний день").fill("вчера")
    page.get_by_label("Номер распоряжения").fill("12-р")
    page.get_by_label("Дата распоряжения").fill(today)
    page.get_by_label("Дата распоряжения").press("Enter")
    expect(page.get_by_label("Последний день")).to_have_value("вчера")
    assert page.title().startswith("Ошибка")
    if javascript:
        screenshot(page, "substitution-form-wrong", widths=(1440, 390))
    page.get_by_label("Последний день").fill(tomorrow)
    page.get_by_role("button", name="Назначить замещение").press("Enter")
    expect(page.get_by_text("Замещение назначено")).to_be_visible()
    assert people.admitted("member-1").acting_for | people.admitted("member-2").acting_for == {Role.SECRETARY}
    page.get_by_role("link", name="Завершить").press("Enter")
    page.get_by_role("button", name="Завершить замещение").press("Enter")
    expect(page.get_by_text("Завершено раньше срока")).to_be_visible()
    # A refused form answers 422, which a browser notes by itself.
    assert [one for one in complaints if "422" not in one] == []


def test_nobody_is_shut_out_of_the_pages_of_substitutions(play: StartPlay, open_as: OpenAs) -> None:
    people = Substitutes(play())
    page = open_as(people.play.actor("chair"))
    page.goto("/north/substitutions")
    screenshot(page, "substitutions-empty", widths=(1440, 390, 320))
    people.end(people.appoint(people.order(Role.SECRETARY)).id)
    made = people.appoint()
    people.appoint(people.order(first_day=people.today(days=5), last_day=people.today(days=9)))
    for address, name in (
        ("substitutions", "substitutions"),
        ("substitutions/new/chair", "substitution-form"),
        (f"substitutions/{made.id}/end", "substitution-end"),
    ):
        page.goto(f"/north/{address}")
        screenshot(page, name, widths=(1440, 390, 320))
        assert axe_violations(page) == []
        assert layout_findings(page) == []
        assert hidden_tab_stops(page) == []
    acting = open_as(people.deputy)
    acting.goto("/north/")
    expect(acting.get_by_text("исполняет обязанности председателя")).to_be_visible()
    screenshot(acting, "substitution-acting", widths=(1440, 390))
    assert axe_violations(acting) == []
    assert layout_findings(acting) == []
