"""Taking an appeal back in the cabinet: said beforehand what it means, done once, or the way to the right door."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from apella.appeals.repository import history_of
from apella.appeals.states import Action, Outcome, State
from apella.identity.actor import Actor
from apella.testing.papers import take_in_withdrawal
from apella.testing.play import Play
from apella.testing.plugin import StartPlay
from apella.testing.visitor import Visitor

Visit = Callable[[Actor], Visitor]

pytestmark = pytest.mark.usefixtures("paperless")


@pytest.mark.clause("core:E17")
def test_an_appeal_is_withdrawn_after_its_consequences_were_read(play: StartPlay, visit: Visit) -> None:
    north = play()
    case_id = north.file()
    cabinet = visit(north.world.participants[0])
    page = cabinet.open(f"appeals/{case_id}")
    until = "Отозвать апелляцию можно до пн 15 июня, 23:59, пока комиссия не начала её рассматривать. Осталось 3 дня."
    assert until in page.text

    ask = cabinet.open(next(link for link in page.links if link.endswith("/withdraw")))
    assert "Комиссия не будет рассматривать апелляцию." in ask.text
    assert "Если комиссия начнёт рассматривать апелляцию раньше, отозвать её будет нельзя." in ask.text
    assert "Отменить отзыв нельзя." in ask.text
    assert north.case(case_id).state is State.REGISTERED, "asking is not withdrawing"

    done = cabinet.follow(cabinet.send(ask.form("/withdraw")))
    assert "Апелляция отозвана" in done.text
    assert "Пройдено: Апелляция отозвана" in done.text
    assert not any(link.endswith("/withdraw") for link in done.links)
    case = north.case(case_id)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.WITHDRAWN)


def test_a_second_press_does_no_harm(play: StartPlay, visit: Visit) -> None:
    north = play()
    case_id = north.file()
    cabinet = visit(north.world.participants[0])
    form = cabinet.open(f"appeals/{case_id}/withdraw").form("/withdraw")
    answers = [cabinet.send(form) for _ in range(2)]
    assert [answer.status for answer in answers] == [303, 303]
    assert cabinet.open(f"appeals/{case_id}/withdraw").status == 303
    actions = north.read(lambda session: [move.action for move in history_of(session, case_id)])
    assert actions == [Action.FILE, Action.WITHDRAW]


def test_an_old_page_asks_again_instead_of_withdrawing(play: StartPlay, visit: Visit) -> None:
    north = play()
    case_id = north.file()
    cabinet = visit(north.world.participants[0])
    form = cabinet.open(f"appeals/{case_id}/withdraw").form("/withdraw")
    north.walk(case_id, "kit_requested")
    pages = [cabinet.send(form, version=version) for version in (form.value("version") or "", "none", "9" * 14)]
    for page in pages:
        assert page.status == 409
        assert "Пока вы читали, в деле произошло изменение" in page.text
    assert north.case(case_id).state is State.REGISTERED
    assert cabinet.send(pages[-1].form("/withdraw")).status == 303


@pytest.mark.clause("core:A12")
def test_after_the_window_the_page_says_until_when_it_was(play: StartPlay, visit: Visit) -> None:
    north = play()
    case_id = north.file()
    cabinet = visit(north.world.participants[0])
    form = cabinet.open(f"appeals/{case_id}/withdraw").form("/withdraw")
    north.clock(days=4)
    page = cabinet.open(f"appeals/{case_id}")
    assert "Отозвать апелляцию можно было до пн 15 июня, 23:59." in page.text
    assert not any(link.endswith("/withdraw") for link in page.links)
    assert cabinet.open(f"appeals/{case_id}/withdraw").status == 409
    refused = cabinet.send(form)
    assert refused.status == 409
    assert "Срок отзыва" in refused.text
    assert north.case(case_id).state is State.REGISTERED


def heard_on_monday(play: StartPlay) -> tuple[Play, uuid.UUID]:
    """A case at 16:10 of its window's last day, ten minutes after the appointed time of its hearing."""
    north = play()
    case_id = north.walk(north.file(), "concluded")
    appointed = datetime(2026, 6, 15, 16, tzinfo=north.world.rules.zone)
    north.schedule(case_id, starts_at=appointed, reason="учебная спешка")
    north.clock_to(appointed + timedelta(minutes=10))
    return north, case_id


@pytest.mark.clause("core:A12")
def test_while_the_hearing_is_not_opened_the_button_stays(play: StartPlay, visit: Visit) -> None:
    north, case_id = heard_on_monday(play)
    cabinet = visit(north.world.participants[0])
    page = cabinet.open(f"appeals/{case_id}")
    assert "можно до пн 15 июня, 23:59, пока комиссия не начала её рассматривать." in page.text
    ask = cabinet.open(next(link for link in page.links if link.endswith("/withdraw")))
    assert cabinet.send(ask.form("/withdraw")).status == 303
    assert north.case(case_id).outcome is Outcome.WITHDRAWN


@pytest.mark.clause("core:A12")
def test_a_button_pressed_after_the_hearing_began_gets_the_reason(play: StartPlay, visit: Visit) -> None:
    north, case_id = heard_on_monday(play)
    cabinet = visit(north.world.participants[0])
    form = cabinet.open(f"appeals/{case_id}/withdraw").form("/withdraw")
    north.open_hearing(case_id)
    refused = cabinet.send(form)
    assert refused.status == 409
    assert "Комиссия уже начала рассматривать эту апелляцию: отозвать её нельзя." in refused.text
    assert north.case(case_id).state is State.HEARING


@pytest.mark.clause("core:A12")
def test_during_the_hearing_nothing_can_be_withdrawn(play: StartPlay, visit: Visit) -> None:
    north, case_id = heard_on_monday(play)
    north.open_hearing(case_id)
    cabinet = visit(north.world.participants[0])
    begun = "Комиссия начала рассматривать апелляцию пн 15 июня, 16:10: отозвать её уже нельзя."
    ask = cabinet.open(f"appeals/{case_id}/withdraw")
    assert (ask.status, begun in ask.text) == (409, True)
    page = cabinet.open(f"appeals/{case_id}")
    assert begun in page.text
    assert not any(link.endswith("/withdraw") for link in page.links)


def test_a_window_that_was_over_before_the_hearing_is_told_by_its_end(play: StartPlay, visit: Visit) -> None:
    north = play()
    case_id = north.walk(north.file(), "hearing")
    cabinet = visit(north.world.participants[0])
    assert cabinet.open(f"appeals/{case_id}/withdraw").status == 409
    assert "Отозвать апелляцию можно было до" in cabinet.open(f"appeals/{case_id}").text


@pytest.mark.clause("core:C3")
def test_where_withdrawal_goes_through_a_desk_the_cabinet_says_which(
    play: StartPlay, visit: Visit, desks_only: list[str]
) -> None:
    tried = 0
    for slug in desks_only:
        region = play(slug)
        rules = region.world.rules
        if "portal" in rules.withdrawal.doors("score"):
            continue
        tried += 1
        desk = rules.channels_for(kind="score", category="student")[0]
        case_id = region.file(channel=str(desk.code))
        cabinet = visit(region.world.participants[0])
        page = cabinet.open(f"appeals/{case_id}")
        assert "Через личный кабинет отзыв не принимают" in page.text
        assert desk.title[1:] in page.text
        assert not any(link.endswith("/withdraw") for link in page.links)
        assert cabinet.open(f"appeals/{case_id}/withdraw").status == 409
        assert cabinet.send_to(f"appeals/{case_id}/withdraw", page).status == 409

        take_in_withdrawal(region, "school-operator", case_id)
        page = cabinet.open(f"appeals/{case_id}")
        assert "Заявление об отзыве приняли." in page.text
        assert "Отзыв принят, его вносят в журнал" in page.text
    assert tried, "every region withdraws in the cabinet"
