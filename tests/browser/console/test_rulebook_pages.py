"""Terms, the year and a change of it in a real browser: accessible, whole at every width, walked without a script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from apella.deadlines.model import Deadline
from apella.testing.browser import axe_violations, console_errors, hidden_tab_stops, layout_findings, screenshot
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("paperless")]

OpenAs = Callable[..., Page]


def look(page: Page, name: str) -> None:
    screenshot(page, f"rulebook-{name}", widths=(1440, 390, 320))
    assert axe_violations(page) == []
    assert layout_findings(page) == []
    assert hidden_tab_stops(page) == []


def last_day(run: Play) -> date:
    """The last day of the consideration of the run's only case."""
    case_id = run.walk(run.file(), "registered")
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.term == "score.consideration")
    due = run.read(lambda session: session.scalars(query).one()).due_at
    return (due - timedelta(seconds=1)).astimezone(run.world.rules.zone).date()


def test_the_terms_are_read_and_one_is_counted(play: StartPlay, open_as: OpenAs) -> None:
    page = open_as(play().actor("secretary"))
    complaints = console_errors(page)
    page.goto("/north/deadlines")
    look(page, "deadlines")
    page.get_by_role("link", name="Подача апелляции о несогласии с баллами").click()
    page.get_by_label("Официальное объявление результатов").fill("11.06.2025")
    page.get_by_role("button", name="Посчитать").click()
    expect(page.get_by_role("status")).to_contain_text("вт 17.06.2025")
    page.get_by_text("Как посчитано").click()
    look(page, "deadlines-counted")
    assert complaints == []
    page.get_by_label("Официальное объявление результатов").fill("вчера")
    page.get_by_role("button", name="Посчитать").click()
    expect(page.get_by_role("alert")).to_contain_text("Укажите дату")
    look(page, "deadlines-error")


def test_the_year_is_read_in_both_weeks(play: StartPlay, open_as: OpenAs) -> None:
    page = open_as(play().actor("member-1"))
    complaints = console_errors(page)
    page.goto("/north/calendar?year=2025")
    look(page, "calendar")
    page.get_by_role("link", name="Шестидневная неделя").click()
    expect(page.get_by_role("main")).to_contain_text("299 рабочих дней")
    assert complaints == []


def test_a_change_is_proposed_and_approved_without_a_script(play: StartPlay, open_as: OpenAs, tmp_path: Path) -> None:
    run = play()
    day = last_day(run)
    file = tmp_path / "дни.csv"
    file.write_text(
        "date;name;act;number;act_date;carry_over\n"
        f"{day:%d.%m.%Y};Праздник края;Указ;00-УГ;{day - timedelta(days=5):%d.%m.%Y};нет\n",
        encoding="utf-8",
    )
    secretary = open_as(run.actor("secretary"), javascript=False)
    secretary.goto("/north/calendar")
    secretary.get_by_role("button", name="Показать, что изменится").click()
    expect(secretary.get_by_role("alert")).to_contain_text("Выберите файл")
    secretary.get_by_label("Файл изменения").set_input_files(file)
    secretary.get_by_role("button", name="Показать, что изменится").click()
    expect(secretary.get_by_role("main")).to_contain_text("Ждёт решения")

    chair = open_as(run.actor("chair"))
    complaints = console_errors(chair)
    chair.goto(secretary.url)
    look(chair, "change")
    chair.get_by_role("button", name="Перейти к утверждению").click()
    look(chair, "change-approve")
    chair.get_by_label("Я сверил дни с текстом акта").check()
    chair.get_by_role("button", name="Утвердить").click()
    expect(chair.get_by_role("status")).to_contain_text("Календарь введён в действие")
    look(chair, "change-applied")
    chair.get_by_role("link", name="Календарь").first.click()
    expect(chair.get_by_role("main")).to_contain_text("Праздник края")
    assert complaints == []
