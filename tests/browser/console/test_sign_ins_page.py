"""The own sign-ins in a real browser, of staff and participants: accessible, whole at every width, without script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apella.identity.roles import Role
from apella.testing.browser import axe_violations, console_errors, hidden_tab_stops, layout_findings, screenshot
from apella.testing.plugin import ClientFor, StartPlay

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("paperless")]

OpenAs = Callable[..., Page]


@pytest.mark.parametrize(("who", "name"), [("secretary", "sign-ins"), (0, "sign-ins-cabinet")], ids=str)
@pytest.mark.parametrize("javascript", [True, False])
def test_a_sign_in_is_ended_by_the_keyboard(
    play: StartPlay, open_as: OpenAs, client_for: ClientFor, who: str | int, name: str, javascript: bool
) -> None:
    north = play()
    others = [client_for(north.actor(who)) for _ in range(2)]
    page = open_as(north.actor(who), javascript=javascript)
    complaints = console_errors(page)
    page.goto("/north/")
    page.get_by_role("link", name="Мои входы").press("Enter")
    expect(page.get_by_text("Вы здесь")).to_be_visible()
    if javascript:
        screenshot(page, name, widths=(1440, 390, 320))
        assert axe_violations(page) == []
        assert layout_findings(page) == []
        assert hidden_tab_stops(page) == []
    page.get_by_role("button", name="Завершить вход").first.press("Enter")
    expect(page.get_by_text("Вход завершён")).to_be_visible()
    page.get_by_role("button", name="Завершить все остальные").press("Enter")
    expect(page.get_by_text("Все остальные входы завершены")).to_be_visible()
    assert [client.get("me").status_code for client in others] == [401, 401]
    assert complaints == []


def test_an_administrator_ends_another_s_sign_ins_by_the_keyboard(
    play: StartPlay, open_as: OpenAs, client_for: ClientFor
) -> None:
    north = play()
    theirs = client_for(north.actor("secretary"))
    page = open_as(north.hire(Role.TENANT_ADMIN))
    page.goto("/north/sessions")
    page.get_by_role("link", name="Завершить входы другого человека").press("Enter")
    page.get_by_label("Имя для входа или код регистрации").fill("никто")
    page.get_by_role("button", name="Найти").press("Enter")
    expect(page.get_by_role("link", name="Проверьте имя для входа")).to_be_visible()
    page.get_by_label("Имя для входа или код регистрации").fill(north.actor("secretary").login)
    page.get_by_role("button", name="Найти").press("Enter")
    screenshot(page, "sign-ins-of-member", widths=(1440, 390, 320))
    assert axe_violations(page) == []
    assert layout_findings(page) == []
    assert hidden_tab_stops(page) == []
    page.get_by_role("button", name="Завершить все входы").press("Enter")
    expect(page.get_by_text("Все входы этого человека завершены")).to_be_visible()
    assert theirs.get("me").status_code == 401
