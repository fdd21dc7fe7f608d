"""What a participant sees where nothing can be filed: the reason, the count of days, what to do instead."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from apella.appeals.model import Appeal
from apella.bootstrap import App
from apella.identity.actor import Actor
from apella.registry.model import Work
from apella.testing.play import Play
from apella.testing.plugin import StartPlay
from apella.testing.visitor import Page, Visitor

Visit = Callable[[Actor], Visitor]
Checked = Callable[..., Page]
Cases = Callable[[Play], Sequence[Appeal]]
Attempts = Callable[[Play], list[str]]


@pytest.mark.clause("federal:100.1")
def test_a_late_press_is_refused_with_its_count_and_kept_in_the_audit(
    play: StartPlay, visit: Visit, checked: Checked, cases: Cases, refused_attempts: Attempts
) -> None:
    north = play()
    cabinet = visit(north.world.participants[0])
    form = checked(cabinet, north).form("/send")
    north.clock(days=5)

    page = cabinet.send(form, agreed="yes")

    assert page.status == 409
    assert "Срок подачи апелляции закончился: вт 16 июня, 23:59." in page.text
    assert "Результаты официально объявили в четверг, 11 июня." in page.text
    assert "Второй рабочий день – вторник, 16 июня." in page.text
    assert "вт 16: 2-й день, срок" in page.text, "the strip of days"
    assert "пт 12.06 – День России" in page.text
    assert "Порядок, п. 100." in page.text
    assert cases(north) == []
    assert [json.loads(changes)["after"]["refused"] for changes in refused_attempts(north)] == ["filing.too_late"]


@pytest.mark.clause("federal:100.1")
def test_answers_sent_to_be_checked_too_late_are_an_attempt_as_well(
    play: StartPlay, visit: Visit, refused_attempts: Attempts
) -> None:
    north = play()
    cabinet = visit(north.world.participants[0])
    form = cabinet.open(f"file/{north.world.works[0]}").form()
    north.clock(days=5)
    assert cabinet.open(f"file/{north.world.works[0]}").status == 409
    assert refused_attempts(north) == [], "looking is not filing"
    assert cabinet.send(form).status == 409
    assert len(refused_attempts(north)) == 1


@pytest.mark.clause("federal:100.1")
def test_the_last_minute_still_counts(play: StartPlay, visit: Visit, checked: Checked, cases: Cases) -> None:
    north = play()
    cabinet = visit(north.world.participants[0])
    form = checked(cabinet, north).form("/send")
    north.clock_to(datetime(2026, 6, 16, 23, 59, tzinfo=north.world.rules.zone))
    assert cabinet.send(form, agreed="yes").status == 303
    assert len(cases(north)) == 1


@pytest.mark.clause("federal:100.2")
def test_before_the_results_are_announced_nothing_is_filed(play: StartPlay, visit: Visit, app: App) -> None:
    announced = play().world.announced_on
    zone = app.regions.get("north").zone
    early = datetime.combine(announced - timedelta(days=2), datetime.min.time(), tzinfo=zone)
    north = play(case_now=early)
    page = visit(north.world.participants[0]).open(f"file/{north.world.works[0]}")
    assert page.status == 409
    assert "Подать апелляцию можно будет, когда результаты объявят официально: четверг, 11 июня." in page.text


@pytest.mark.clause("federal:100.7")
def test_without_the_exam_commissions_decision_the_cabinet_sends_to_the_desks(play: StartPlay, visit: Visit) -> None:
    south = play("south")
    cabinet = visit(south.world.participants[0])
    page = cabinet.open(f"file/{south.world.works[0]}")
    assert page.status == 409
    assert "нет решения экзаменационной комиссии" in page.text
    assert "Учебная дверь queue_clerk" in page.text
    assert not any(link.endswith(str(south.world.works[0])) for link in cabinet.open().links)


def test_a_region_without_a_door_in_the_cabinet_says_where_to_go(
    play: StartPlay, visit: Visit, desks_only: list[str], cases: Cases
) -> None:
    assert desks_only
    for slug in desks_only:
        region = play(slug)
        desk = region.world.rules.channels_for(kind="score", category="student")[0]
        cabinet = visit(region.world.participants[0])
        for page in (cabinet.open(), cabinet.open(f"file/{region.world.works[0]}")):
            assert desk.title in page.text
            assert "документ, удостоверяющий личность" in page.text
        refused = cabinet.open(f"file/{region.world.works[0]}")
        assert refused.status == 409
        assert cabinet.send_to(f"file/{region.world.works[0]}/send", refused).status == 409
        assert cases(region) == []


def test_a_second_appeal_on_an_exam_is_refused_with_the_way_to_the_first(
    play: StartPlay, visit: Visit, checked: Checked, cases: Cases
) -> None:
    north = play()
    cabinet = visit(north.world.participants[0])
    waiting = checked(cabinet, north).form("/send")
    case_id = north.file()
    for page in (cabinet.open(f"file/{north.world.works[0]}"), cabinet.send(waiting, agreed="yes")):
        assert page.status == 409
        assert "По этому экзамену апелляция уже подана." in page.text
        assert f"/{cabinet.slug}/cabinet/appeals/{case_id}" in page.links
    assert len(cases(north)) == 1


def test_an_annulled_result_cannot_be_appealed(play: StartPlay, visit: Visit) -> None:
    north = play()
    with north.app.database.unit_of_work(north.world.rules.tenant.tenant_id) as work:
        paper = work.session.get_one(Work, (north.world.rules.tenant.tenant_id, north.world.works[0]))
        paper.annulled_at = work.machine_now
    cabinet = visit(north.world.participants[0])
    for page in (cabinet.open(), cabinet.open(f"file/{north.world.works[0]}")):
        assert "Результат этого экзамена аннулирован, оспорить его баллы нельзя." in page.text


def test_after_a_withdrawal_the_open_window_lets_file_again(
    play: StartPlay, visit: Visit, checked: Checked, cases: Cases
) -> None:
    from apella.appeals.withdrawal import withdraw

    north = play()
    north.act(0, withdraw, north.file())
    cabinet = visit(north.world.participants[0])
    assert cabinet.send(checked(cabinet, north).form("/send"), agreed="yes").status == 303
    assert len(cases(north)) == 2
