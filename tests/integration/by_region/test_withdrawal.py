"""Taking an appeal back as each region's act says it: until when, where, and what the journal keeps."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from apella.appeals.model import AppealTransition
from apella.appeals.states import Outcome, State
from apella.appeals.withdrawal import accept_withdrawal, withdraw
from apella.errors import Conflict, NotFound, RuleViolation
from apella.identity.model import Category, Person
from apella.identity.roles import Role
from apella.registry.model import Exam
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

FRIDAY = datetime(2026, 6, 19, 12)  # noqa: DTZ001 a wall clock: each region gives it its own zone
"""A working Friday with a working Monday after it, inside the filing window of an exam announced on Thursday."""


def filed_on_friday(play: StartPlay, slug: str, *, channel: str) -> tuple[Play, uuid.UUID]:
    """A region at noon of a Friday, with a score appeal just filed."""
    region = play(slug)
    announced = FRIDAY.date() - timedelta(days=1)
    region.read(lambda s: s.execute(update(Exam).where(Exam.id == region.world.exam).values(announced_on=announced)))
    region.clock_to(FRIDAY.replace(tzinfo=region.world.rules.zone))
    return region, region.file(channel=channel)


def closes_at(region: Play, day: int) -> datetime:
    """The first instant after a day of June in the region's zone."""
    return datetime(2026, 6, day, tzinfo=region.world.rules.zone) + timedelta(days=1)


@pytest.mark.clause("kbr:44.2", "kbr_portal:I.5", "core:A12")
def test_at_the_portal_friday_s_appeal_is_taken_back_until_monday_s_midnight(play: StartPlay) -> None:
    region, first = filed_on_friday(play, "kbr", channel="portal")
    second = region.file(1)
    region.clock_to(closes_at(region, 22) - timedelta(seconds=1))
    region.act(0, withdraw, first)
    assert region.case(first).outcome is Outcome.WITHDRAWN
    region.clock_to(closes_at(region, 22))
    with refused("withdrawal.too_late", RuleViolation):
        region.act(1, withdraw, second)
    assert region.case(second).state is State.REGISTERED


@pytest.mark.clause("kuzbass:78.2", "core:A12")
def test_at_the_school_friday_s_appeal_is_taken_back_until_monday_s_midnight(play: StartPlay) -> None:
    region, first = filed_on_friday(play, "kuzbass", channel="school_desk")
    second = region.file(1, channel="school_desk")
    region.clock_to(closes_at(region, 22) - timedelta(seconds=1))
    region.act("school-operator", accept_withdrawal, first)
    region.clock_to(closes_at(region, 22))
    with refused("withdrawal.too_late", RuleViolation):
        region.act("school-operator", accept_withdrawal, second)


@pytest.mark.parametrize(
    "slug",
    [
        pytest.param("kbr", marks=pytest.mark.clause("kbr:44.1", "core:A10")),
        pytest.param("kuzbass", marks=pytest.mark.clause("kuzbass:78.1", "core:C22")),
    ],
)
def test_a_violation_appeal_is_taken_back_on_its_day_through_the_exam_point(play: StartPlay, slug: str) -> None:
    region = play(slug, on_exam_day=True)
    first, second = region.file(0, channel="exam_point"), region.file(1, channel="exam_point")
    region.act("exam-commission-member", accept_withdrawal, first)
    assert region.case(first).withdrawal_accepted_at is not None
    region.clock(hours=12, minutes=1)
    with refused("withdrawal.too_late", RuleViolation):
        region.act("exam-commission-member", accept_withdrawal, second)


@pytest.mark.clause("kbr:44.1", "core:A10")
def test_a_paper_violation_appeal_is_also_taken_back_on_the_portal(play: StartPlay) -> None:
    region = play("kbr", on_exam_day=True)
    case_id = region.file(channel="exam_point")
    region.act(0, withdraw, case_id)
    assert region.case(case_id).outcome is Outcome.WITHDRAWN


@pytest.mark.parametrize(
    ("slug", "channel"),
    [
        pytest.param("kbr", "portal", marks=pytest.mark.clause("kbr:44.4")),
        pytest.param("kuzbass", "school_desk", marks=pytest.mark.clause("kuzbass:81.1")),
    ],
)
def test_the_journal_keeps_the_row_with_the_time_of_the_withdrawal(play: StartPlay, slug: str, channel: str) -> None:
    region = play(slug)
    case_id = region.walk(region.file(channel=channel), "registered")
    before = region.case(case_id)
    if channel == "portal":
        region.act(0, withdraw, case_id)
        taken_back = region.now()
    else:
        region.act("school-operator", accept_withdrawal, case_id)
        taken_back = region.now()
        region.act("secretary", withdraw, case_id)
    case = region.case(case_id)
    assert (case.journal_number, case.journal_seq) == (before.journal_number, before.journal_seq)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.WITHDRAWN)
    query = select(AppealTransition.case_at).where(
        AppealTransition.case_id == case_id, AppealTransition.action == "withdraw"
    )
    written = region.read(lambda s: s.scalars(query).one())
    assert abs(written - taken_back) < timedelta(minutes=1)


@pytest.mark.clause("kuzbass:79.2", "kuzbass:79.3")
@pytest.mark.parametrize(
    ("category", "channel", "role"),
    [
        (Category.STUDENT, "school_desk", Role.SCHOOL_OPERATOR),
        (Category.EARLIER_GRADUATE, "municipal_desk", Role.MUNICIPAL_OPERATOR),
    ],
)
def test_a_withdrawal_is_taken_where_the_appeal_was_and_nowhere_else(
    play: StartPlay, category: Category, channel: str, role: Role
) -> None:
    region = play("kuzbass")
    person = region.actor(0).person_id
    region.read(lambda s: s.execute(update(Person).where(Person.id == person).values(category=category)))
    own = region.hire(role, organisation_id=region.world.school)
    case_id = region.file(channel=channel, who=own)
    stranger = region.hire(role, organisation_id=region.world.point)
    with refused("appeal.not_found", NotFound):
        region.act(stranger, accept_withdrawal, case_id)
    region.act(own, accept_withdrawal, case_id)
    assert region.case(case_id).withdrawal_accepted_at is not None


@pytest.mark.clause("core:C3")
def test_the_secretary_enters_no_withdrawal_that_nobody_took_in(play: StartPlay) -> None:
    region = play("kuzbass")
    case_id = region.walk(region.file(channel="school_desk"), "registered")
    with refused("withdrawal.not_accepted", Conflict):
        region.act("secretary", withdraw, case_id)
    assert region.case(case_id).state is State.REGISTERED
