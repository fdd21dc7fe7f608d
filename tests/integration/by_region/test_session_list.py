"""What stands in the secretary's list of hearings, and what a hearing is announced with."""

from __future__ import annotations

import dataclasses
import re
import uuid
from datetime import date, datetime

import pytest
from sqlalchemy import select, update

from apella.appeals.states import State
from apella.appeals.withdrawal import forward_withdrawal
from apella.deadlines.model import Deadline
from apella.errors import RuleViolation
from apella.hearings.model import Hearing
from apella.notices.model import Notice
from apella.regions.values.sites import Sites
from apella.registry.model import Exam
from apella.testing.console import Console
from apella.testing.expect import refused
from apella.testing.papers import take_in_withdrawal
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay

pytestmark = pytest.mark.usefixtures("paperless")

MONDAY, TUESDAY = 22, 23
"""Days of June 2026, like those of the clause's own example a year before."""


def at(play: Play, day: int, hour: int) -> datetime:
    return datetime(2026, 6, day, hour, tzinfo=play.world.rules.zone)


def listed(console: Console, title: str) -> str:
    """The text of the secretary's first page from a list of hearings on."""
    text = " ".join(console.get("").text.split())
    return text[text.index(title) :]


def set_for_tuesday(play: StartPlay) -> tuple[Play, uuid.UUID, str]:
    """On Monday morning, a case of the day before whose hearing is on Tuesday at ten."""
    region = play("kuzbass")
    region.clock_to(at(region, 19, 12))
    case_id = region.walk(region.file(channel="school_desk"), "concluded")
    region.schedule(case_id, starts_at=at(region, TUESDAY, 10), reason="учебный день")
    region.clock_to(at(region, MONDAY, 9))
    return region, case_id, str(region.case(case_id).journal_number)


@pytest.mark.clause("kuzbass:80.1", "core:C3")
def test_a_withdrawal_stands_in_the_session_list_from_its_acceptance(play: StartPlay, client_for: ClientFor) -> None:
    region, case_id, number = set_for_tuesday(play)
    secretary = Console(client_for(region.actor("secretary"), slug="kuzbass"))
    tuesday = "Рассмотрения вт 23.06.2026"
    before = listed(secretary, tuesday)
    assert number in before
    assert "отзыв принят" not in before
    take_in_withdrawal(region, "school-operator", case_id)
    assert re.search(rf"{re.escape(number)}.*отзыв принят, ещё не передан", listed(secretary, tuesday))
    region.clock_to(at(region, TUESDAY, 8))
    assert re.search(rf"{re.escape(number)}.*отзыв принят, ещё не передан", listed(secretary, "Рассмотрения сегодня"))
    region.act("school-operator", forward_withdrawal, case_id)
    arrived = listed(secretary, "Рассмотрения сегодня")
    assert "ещё не передан" not in arrived
    assert "отзыв принят, не в журнале" in arrived


@pytest.mark.clause("kuzbass:80.1", "core:C3")
def test_the_api_says_of_a_withdrawal_that_it_was_accepted(play: StartPlay, client_for: ClientFor) -> None:
    region, case_id, _ = set_for_tuesday(play)
    take_in_withdrawal(region, "school-operator", case_id)
    seen = client_for(region.actor("secretary"), slug="kuzbass").get(f"appeals/{case_id}").get_json()
    assert seen["withdrawal_accepted_at"] is not None
    assert [owed["owed_by"] for owed in seen["next"] if owed["term"] == "withdrawal.forwarding"] == ["school_operator"]


def ready_on_monday(play: StartPlay) -> tuple[Play, uuid.UUID]:
    """A case about the computer exam whose kit is there, at nine on a Monday."""
    region = play("kbr", subject_code="25")
    announced = update(Exam).where(Exam.id == region.world.exam).values(announced_on=date(2026, 6, 18))
    region.read(lambda s: s.execute(announced))
    region.clock_to(at(region, 19, 12))
    case_id = region.walk(region.file(disputed=("B1",)), "kit_received")
    region.clock_to(at(region, MONDAY, 9))
    return region, case_id


@pytest.mark.clause("kbr:77.3", "federal:98.6", "federal:98.7")
def test_a_computer_exam_s_hearing_without_a_place_is_not_announced(play: StartPlay) -> None:
    region, case_id = ready_on_monday(play)
    rules = region.world.rules
    main = rules.sites.main.model_copy(update={"name": "", "address": ""})
    nowhere = dataclasses.replace(region.world, rules=dataclasses.replace(rules, sites=Sites((main,), ())))
    with refused("hearing.no_place", RuleViolation) as without:
        Play(region.app, nowhere).schedule(case_id, starts_at=at(region, TUESDAY, 10))
    assert isinstance(without.value, RuleViolation)
    assert set(without.value.clauses) == {"federal:98.6", "federal:98.7"}
    # Nothing is half done: no time, no message.
    assert region.case(case_id).state is State.REGISTERED
    assert region.read(lambda s: s.scalars(select(Hearing).where(Hearing.case_id == case_id)).all()) == []
    region.drain()
    told = select(Notice).where(Notice.case_id == case_id, Notice.event == "hearing_scheduled")
    assert region.read(lambda s: s.scalars(told).all()) == []


@pytest.mark.clause("kbr:77.3")
def test_a_computer_exam_s_hearing_with_its_place_is_announced_the_working_day_before(play: StartPlay) -> None:
    region, case_id = ready_on_monday(play)
    hearing = region.schedule(case_id, starts_at=at(region, TUESDAY, 10))
    region.drain()
    notices = select(Notice.text).where(Notice.case_id == case_id, Notice.event == "hearing_scheduled")
    texts = region.read(lambda s: s.scalars(notices).all())
    assert texts
    for text in texts:
        assert hearing.place in text
        assert "вт 23.06.2026" in text
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.term == "hearing.announcement")
    clock = region.read(lambda s: s.scalars(query).one())
    assert clock.met_at is not None
    assert clock.met_at < clock.due_at
