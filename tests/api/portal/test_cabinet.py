"""The first page of the cabinet: appeals, results with their windows, messages."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from apella.exchange import service as exchange
from apella.identity.actor import Actor
from apella.regions.rules import RegionRules
from apella.registry.model import Result, ResultSource
from apella.testing.plugin import StartPlay
from apella.testing.visitor import Visitor, counted_queries

Visit = Callable[[Actor], Visitor]
AddExam = Callable[..., uuid.UUID]
RegionWhere = Callable[[Callable[[RegionRules], bool]], str]

MOST_QUERIES = 20


def test_a_result_stands_with_its_window_and_the_count_of_days(play: StartPlay, visit: Visit) -> None:
    north = play()
    page = visit(north.world.participants[0]).open()
    assert page.status == 200
    assert "Тестовый балл 50, первичный" in page.text
    assert "Подать апелляцию можно до вт 16 июня, 23:59" in page.text
    assert "Осталось 4 дня." in page.text
    assert "Почему до этого дня" in page.text
    assert "Первый рабочий день – понедельник, 15 июня." in page.text
    assert "время края, UTC+5" in page.text
    assert any(link.endswith(f"/cabinet/file/{north.world.works[0]}") for link in page.links)


@pytest.mark.clause("federal:100.4")
def test_where_students_file_at_desks_the_window_ends_with_the_last_of_them(
    play: StartPlay, visit: Visit, desks_only: list[str], region_where: RegionWhere
) -> None:
    region = play(region_where(lambda rules: rules.slug in desks_only))
    rules = region.world.rules
    closes = f"{rules.tenant.office_hours.closes:%H:%M}" if closes_with_office(rules) else "23:59"
    cabinet = visit(region.world.participants[0])
    assert f"Подать апелляцию можно до вт 16 июня, {closes}" in cabinet.open().text
    region.clock(days=4, hours=15)
    assert f"Срок подачи апелляции закончился: вт 16 июня, {closes}." in visit(region.world.participants[0]).open().text


def test_results_that_may_be_appealed_come_first(play: StartPlay, visit: Visit, add_exam: AddExam) -> None:
    north = play()
    add_exam(north, "02", days=-12)
    later = add_exam(north, "01", days=0)
    page = visit(north.world.participants[0]).open()
    names = [north.world.rules.subjects[code].name for code in ("01", "04", "02")]
    places = [page.text.index(f"{name} Экзамен:") for name in names]
    assert places == sorted(places)
    assert "Срок подачи апелляции закончился: вт 2 июня, 23:59." in page.text
    assert any(link.endswith(str(later)) for link in page.links)


def test_a_result_without_an_announcement_waits(play: StartPlay, visit: Visit, add_exam: AddExam) -> None:
    north = play()
    add_exam(north, "01", days=3)
    page = visit(north.world.participants[0]).open()
    assert "Подать апелляцию можно будет, когда результаты объявят официально: воскресенье, 14 июня." in page.text


def test_an_appeal_stands_with_its_state_and_next_date(play: StartPlay, visit: Visit) -> None:
    north = play()
    case_id = north.file()
    cabinet = visit(north.world.participants[0])
    page = cabinet.open()
    assert "Комиссия готовит рассмотрение" in page.text
    assert "Комиссия рассмотрит апелляцию до чт 18 июня" in page.text
    assert "По этому экзамену апелляция уже подана." in page.text
    assert f"/{cabinet.slug}/cabinet/appeals/{case_id}" in page.links
    assert not any("/file/" in link for link in page.links)

    north.walk(case_id, "scheduled")
    assert "Рассмотрение: четверг, 18 июня, 10:00" in visit(north.world.participants[0]).open().text


def test_a_broken_term_says_by_how_much(play: StartPlay, visit: Visit) -> None:
    north = play()
    north.file()
    north.clock(days=9)
    page = visit(north.world.participants[0]).open()
    assert "срок был чт 18 июня, просрочено на 2 дня" in page.text


def test_a_paper_taken_at_a_desk_is_seen_on_its_way(play: StartPlay, visit: Visit) -> None:
    north = play()
    north.file(channel="school_desk")
    page = visit(north.world.participants[0]).open()
    assert "Апелляцию передают в комиссию" in page.text
    assert "Апелляцию передадут в комиссию до пн 15 июня" in page.text


def test_messages_of_the_cabinet_stand_newest_first(play: StartPlay, visit: Visit, paperless: None) -> None:
    north = play()
    case_id = north.file()
    north.drain()
    north.clock(hours=1)
    north.walk(case_id, "scheduled")
    north.drain()
    page = visit(north.world.participants[0]).open()
    titles = ["Назначено время рассмотрения", "Апелляция принята"]
    places = [page.text.index(title) for title in titles]
    assert places == sorted(places)


def test_where_the_cabinet_gets_no_messages_it_says_how_they_come(
    play: StartPlay, visit: Visit, region_where: RegionWhere
) -> None:
    region = play(region_where(lambda rules: not tells_in_the_cabinet(rules)))
    page = visit(region.world.participants[0]).open()
    assert "О ваших апелляциях сообщат в СМС и на электронную почту." in page.text


def test_nothing_of_another_participant_is_shown(play: StartPlay, visit: Visit, paperless: None) -> None:
    north = play()
    case_id = north.file(1)
    north.drain()
    page = visit(north.world.participants[0]).open()
    assert str(case_id) not in page.response.text
    assert str(north.world.works[1]) not in page.response.text
    assert north.case(case_id).receipt_number not in page.response.text


@pytest.mark.clause("federal:102.10")
def test_a_score_that_is_not_approved_says_so(play: StartPlay, visit: Visit, paperless: None) -> None:
    north = play()
    case_id = north.walk(north.file(), "recalculated", outcome="up")
    page = visit(north.world.participants[0]).open()
    assert "Тестовый балл 53," in page.text
    assert "(предварительно, до утверждения)" in page.text
    today = north.now().date()
    north.act("exam-commission-chair", exchange.approve, case_id, act_number="уч-1", act_date=today)
    assert "предварительно" not in visit(north.world.participants[0]).open().text


def test_a_later_delivery_is_not_called_preliminary(play: StartPlay, visit: Visit) -> None:
    north = play()
    with north.app.database.unit_of_work(north.world.rules.tenant.tenant_id) as work:
        work.session.add(
            Result(work_id=north.world.works[0], version=2, primary_score=18, test_score=51, source=ResultSource.IMPORT)
        )
    page = visit(north.world.participants[0]).open()
    assert "Тестовый балл 51" in page.text
    assert "предварительно" not in page.text


def test_the_number_of_queries_does_not_grow_with_the_rows(
    play: StartPlay, visit: Visit, add_exam: AddExam, paperless: None
) -> None:
    north = play()
    north.file()
    north.drain()
    with counted_queries(north.app.database.engine) as few:
        assert visit(north.world.participants[0]).open().status == 200
    for code in ("01", "02", "03"):
        north.file(work_id=add_exam(north, code))
    north.drain()
    with counted_queries(north.app.database.engine) as many:
        assert visit(north.world.participants[0]).open().status == 200
    assert many.number == few.number <= MOST_QUERIES


def tells_in_the_cabinet(rules: RegionRules) -> bool:
    """Whether participants get any message in the cabinet."""
    return any("cabinet" in rule.channels for rule in rules.notices if "participant" in rule.recipients)


def closes_with_office(rules: RegionRules) -> bool:
    """Whether every door for students closes with the office."""
    return all(door.closes_with_office for door in rules.channels_for(kind="score", category="student"))
