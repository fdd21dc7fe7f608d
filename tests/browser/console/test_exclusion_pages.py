"""Conflicts of interest and emergency access in a real browser: accessible and whole at every width."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apella.identity.roles import Role
from apella.testing.browser import axe_violations, console_errors, hidden_tab_stops, layout_findings, screenshot
from apella.testing.plugin import StartPlay

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("paperless")]

OpenAs = Callable[..., Page]
WIDTHS = (1440, 390, 320)
GROUND = "апеллянт – сын моей сестры"
REASON = "не открывается протокол, нужно проверить файл в деле"


def assert_whole(page: Page, name: str) -> None:
    screenshot(page, name, widths=WIDTHS)
    assert axe_violations(page) == []
    assert layout_findings(page) == []
    assert hidden_tab_stops(page) == []


@pytest.mark.parametrize("javascript", [True, False])
def test_a_member_leaves_a_case_and_the_chair_brings_them_back(
    play: StartPlay, open_as: OpenAs, javascript: bool
) -> None:
    north = play()
    case = north.walk(north.file(), "registered")
    member, chair = (open_as(north.actor(who), javascript=javascript) for who in ("member-1", "chair"))
    complaints = console_errors(member)
    member.goto(f"/north/cases/{case}")
    member.get_by_role("link", name="Сообщить о конфликте интересов").click()
    if javascript:
        assert_whole(member, "conflict-declare")
    member.get_by_role("button", name="Сообщить и выйти из дела").click()
    expect(member.get_by_text("не короче 10 знаков").first).to_be_visible()
    member.get_by_label("В чём конфликт интересов").fill(GROUND)
    member.get_by_role("button", name="Сообщить и выйти из дела").click()
    expect(member.get_by_role("heading", name="Вы не участвуете в деле")).to_be_visible()
    expect(member).to_have_url(re.compile("/north/journal"))

    chair.goto(f"/north/cases/{case}")
    expect(chair.get_by_text(GROUND)).to_be_visible()
    if javascript:
        assert_whole(chair, "conflict-case")
        chair.get_by_role("link", name="Отстранить другого").click()
        assert_whole(chair, "conflict-allocate")
        chair.goto(f"/north/cases/{case}")
    chair.get_by_role("link", name="Снять").click()
    if javascript:
        assert_whole(chair, "conflict-lift")
    chair.get_by_label("Почему конфликта интересов нет").fill("однофамилец, не родственник")
    chair.get_by_role("button", name="Снять конфликт интересов").click()
    expect(chair.get_by_role("heading", name="Конфликт интересов снят")).to_be_visible()
    member.goto(f"/north/cases/{case}")
    expect(member.get_by_role("link", name="Сообщить о конфликте интересов")).to_be_visible()
    # A refused form answers 422, which a browser notes by itself.
    assert [one for one in complaints if "422" not in one] == []


@pytest.mark.parametrize("javascript", [True, False])
def test_an_administrator_reads_a_case_in_an_emergency_and_the_chair_closes_it(
    play: StartPlay, open_as: OpenAs, javascript: bool
) -> None:
    north = play()
    case = north.walk(north.file(), "decided")
    north.drain()
    reader, chair = (
        open_as(actor, javascript=javascript) for actor in (north.hire(Role.TENANT_ADMIN), north.actor("chair"))
    )
    reader.goto("/north/break-glass")
    if javascript:
        assert_whole(reader, "break-glass-none")
    reader.get_by_role("link", name="Открыть дело").click()
    if javascript:
        assert_whole(reader, "break-glass-open")
    reader.get_by_label("Номер дела").fill(str(north.case(case).journal_number))
    reader.get_by_label("Что случилось и что нужно посмотреть").fill(REASON)
    reader.get_by_role("button", name="Открыть на 30 минут").click()
    expect(reader.get_by_role("heading", name="осталось 30 минут")).to_be_visible()
    if javascript:
        assert_whole(reader, "break-glass-case")

    chair.goto("/north/")
    expect(chair.get_by_role("heading", name="Аварийный доступ до")).to_be_visible()
    if javascript:
        assert_whole(chair, "break-glass-chair")
    chair.goto("/north/break-glass")
    if javascript:
        assert_whole(chair, "break-glass-list")
    chair.get_by_role("button", name="Закрыть доступ к делу").click()
    expect(chair.get_by_role("heading", name="Аварийный доступ закрыт")).to_be_visible()
    if javascript:
        assert_whole(chair, "break-glass-past")
    gone = reader.goto(f"/north/cases/{case}")
    assert gone is not None
    assert gone.status == 404
