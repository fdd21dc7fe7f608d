"""A parent in a real browser: linked at the counter, then at home in the cabinet of the child."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from apella.hearings.model import Hearing
from apella.regions.codes import PowerCode
from apella.testing.browser import axe_violations, console_errors, hidden_tab_stops, layout_findings, screenshot
from apella.testing.plugin import StartPlay
from apella.testing.representatives import PARENT_DOCUMENT, PROOF, Representatives

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("paperless")]

OpenAs = Callable[..., Page]


def judged(page: Page, name: str) -> None:
    screenshot(page, f"representatives-{name}", widths=(1440, 390, 320))
    assert axe_violations(page) == []
    assert layout_findings(page) == []
    assert hidden_tab_stops(page) == []


def found(page: Page, slug: str, code: str) -> None:
    page.goto(f"/{slug}/representatives")
    page.get_by_label("Код регистрации участника").fill(code)
    page.get_by_role("button", name="Найти участника").click()
    expect(page.get_by_role("link", name="Связать с родителем")).to_be_visible()
    assert code not in page.url


def test_a_parent_is_linked_and_acts_for_the_child(play: StartPlay, open_as: OpenAs) -> None:
    north = play()
    page = open_as(north.actor("secretary"))
    complaints = console_errors(page)
    found(page, "north", north.actor(0).login)
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


def test_a_parent_files_on_a_telephone_and_the_pages_speak_of_the_child(play: StartPlay, open_as: OpenAs) -> None:
    north = play()
    people = Representatives(north)
    cabinet = open_as(people.actor(people.parent()))
    cabinet.set_viewport_size({"width": 390, "height": 844})
    complaints = console_errors(cabinet)
    cabinet.goto("/north/cabinet")
    expect(cabinet.get_by_role("heading", name="Результаты: Примерова Тест Тестович")).to_be_visible()
    judged(cabinet, "parent-cabinet")
    cabinet.get_by_role("link", name="Подать апелляцию").click()
    expect(cabinet.get_by_role("heading", name="Бланки участника")).to_be_visible()
    judged(cabinet, "parent-form")
    case = north.walk(north.file(0), "decided")
    north.drain()
    cabinet.goto(f"/north/cabinet/appeals/{case}")
    expect(cabinet.get_by_role("heading", name="Результат участника сейчас")).to_be_visible()
    judged(cabinet, "parent-appeal")
    assert complaints == []


def test_the_secretary_chooses_the_recorded_representative(play: StartPlay, open_as: OpenAs) -> None:
    kbr = play("kbr")
    people = Representatives(kbr)
    people.parent()
    people.proxy(powers=frozenset({PowerCode.MATERIALS, PowerCode.READ_DECISION}))
    case = kbr.walk(kbr.file(0), "scheduled")
    hearing = kbr.read(lambda s: s.scalars(select(Hearing).where(Hearing.case_id == case)).one())
    kbr.clock_to(hearing.starts_at + timedelta(minutes=1))
    page = open_as(kbr.actor("secretary"))
    complaints = console_errors(page)
    page.goto(f"/kbr/cases/{case}/do/open-hearing")
    page.get_by_role("checkbox", name="Представитель по доверенности").check()
    page.get_by_role("checkbox", name="Личность каждого").check()
    page.get_by_role("radio", name="Подтвердил").first.check()
    page.get_by_role("button", name="Открыть рассмотрение").click()
    expect(page.get_by_role("alert")).to_contain_text("Выберите, кто пришёл")
    judged(page, "hearing")
    complaints.clear()
    page.get_by_role("radio", name="Доверенных Пётр").check()
    page.get_by_role("button", name="Открыть рассмотрение").click()
    expect(page.get_by_text("Доверенность не даёт этому представителю права")).to_be_visible()
    judged(page, "hearing-power")
    complaints.clear()
    page.get_by_role("radio", name="Не подтвердил").check()
    page.get_by_role("button", name="Открыть рассмотрение").click()
    expect(page.get_by_text("Рассмотрение открыто").first).to_be_visible()
    judged(page, "hearing-open")
    assert complaints == []


def test_a_representative_gets_a_code_on_paper_and_signs_in(play: StartPlay, open_as: OpenAs) -> None:
    south = play("south")
    people = Representatives(south)
    link = people.parent()
    page = open_as(south.actor("school-operator"))
    found(page, "south", south.actor(0).login)
    page.get_by_role("link", name="Вход и телефон").click()
    judged(page, "sign-in")
    page.get_by_role("button", name="Выдать код").click()
    code = page.get_by_text(re.compile(r"^[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}$")).inner_text()
    judged(page, "code-sheet")
    page.context.clear_cookies()
    page.goto("/south/sign-in")
    page.get_by_label("Серия и номер документа").fill(PARENT_DOCUMENT)
    page.get_by_label("Код с листа").fill(code)
    judged(page, "sign-in-form")
    page.get_by_role("button", name="Войти в личный кабинет").click()
    page.goto("/south/cabinet")
    expect(page.get_by_text("Вы действуете за участника как родитель")).to_be_visible()
    assert people.actor(link).principal_id == south.actor(0).person_id
