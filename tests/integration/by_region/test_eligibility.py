"""Who may appeal and on what, as each region's act says it, in the running product."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from apella.appeals.application import Presence
from apella.appeals.filing import FilingRefused, file_appeal
from apella.appeals.journal import REFUSAL_GROUNDS, refuse
from apella.appeals.model import AppealTransition
from apella.appeals.states import AppealKind, Attendance, IllegalTransition, Outcome, State
from apella.documents.model import Document
from apella.errors import Malformed, RuleViolation
from apella.identity.model import Category
from apella.registry.model import Exam
from apella.tenancy.model import SeasonDecision
from apella.testing.expect import refused
from apella.testing.plugin import StartPlay

REGIONS = ("kbr", "kuzbass", "moscow")
DOORS = {"kbr": "portal", "kuzbass": "school_desk", "moscow": "queue_clerk"}


@pytest.mark.parametrize(
    ("slug", "ground", "clause"),
    [
        pytest.param(slug, ground, clause, marks=pytest.mark.clause(f"{slug}:{point}", clause))
        for slug, points in (
            ("kbr", ("9.1", "9.2", "9.3", "9.4")),
            ("kuzbass", ("3.1", "3.2", "3.3", "3.4")),
            ("moscow", ("2.1", "2.2", "2.3", "2.4")),
        )
        for point, ground, clause in zip(
            points,
            ("task_content", "short_answer_scoring", "own_breach", "wrong_completion"),
            ("federal:97.1", "federal:97.2", "federal:97.3", "federal:97.4"),
            strict=True,
        )
    ],
)
def test_an_excluded_ground_closes_the_case_before_anything_is_scheduled(
    play: StartPlay, slug: str, ground: str, clause: str
) -> None:
    region = play(slug)
    case_id = region.walk(region.file(channel=DOORS[slug]), "registered")
    region.act("secretary", refuse, case_id, ground=ground)
    case = region.case(case_id)
    assert (case.state, case.outcome, case.close_reason) == (State.CLOSED, Outcome.INADMISSIBLE, ground)
    assert REFUSAL_GROUNDS[ground].clauses == (clause,)
    with refused("appeal.illegal_transition", IllegalTransition):
        region.schedule(case_id, starts_at=region.now() + timedelta(days=1))
    moves = region.read(
        lambda s: set(s.scalars(select(AppealTransition.to_state).where(AppealTransition.case_id == case_id)))
    )
    assert "scheduled" not in moves


@pytest.mark.parametrize("slug", REGIONS)
def test_a_ground_that_the_acts_do_not_name_is_no_ground(play: StartPlay, slug: str) -> None:
    region = play(slug)
    case_id = region.walk(region.file(channel=DOORS[slug]), "registered")
    with refused("refuse.ground", Malformed):
        region.act("secretary", refuse, case_id, ground="dislike")
    assert region.case(case_id).state is State.REGISTERED


@pytest.mark.clause("kbr:2.3", "kuzbass:1.3", "federal:96.2")
@pytest.mark.parametrize("slug", REGIONS)
def test_there_are_two_kinds_of_appeal_and_both_have_a_door(play: StartPlay, slug: str) -> None:
    rules = play(slug).world.rules
    assert {str(kind) for kind in AppealKind} == {"score", "procedure"}
    assert {channel.kind for channel in rules.channels} == {"score", "procedure"}
    for kind in AppealKind:
        for category in Category:
            assert rules.channels_for(kind=kind, category=category)


@pytest.mark.clause("kbr:12.3", "kuzbass:5.2", "moscow:3.5", "core:D10")
@pytest.mark.parametrize("slug", REGIONS)
def test_a_representative_may_come_alone(play: StartPlay, slug: str) -> None:
    region = play(slug)
    assert region.world.rules.presence.proxy.allowed
    case_id = region.file(channel=DOORS[slug], presence=Presence(proxy=True))
    case = region.case(case_id)
    assert (case.attends_participant, case.attends_parent, case.attends_proxy) == (False, False, True)
    region.walk(case_id, "scheduled")
    hearing = region.open_hearing(case_id, came=frozenset({"proxy"}))
    assert hearing.attendance is Attendance.REPRESENTED
    assert region.case(case_id).state is State.HEARING


@pytest.mark.clause("moscow:1.3")
@pytest.mark.parametrize("channel", ["portal", "queue_clerk"])
def test_without_a_result_there_is_nothing_to_appeal(play: StartPlay, channel: str) -> None:
    region = play("moscow")
    exam = update(Exam).where(Exam.id == region.world.exam)
    region.read(lambda s: s.execute(exam.values(announced_on=None)))
    with refused("filing.too_early", FilingRefused):
        region.file(channel=channel)
    region.read(lambda s: s.execute(exam.values(announced_on=region.world.announced_on)))
    without = region.unmarked_work(0)
    with refused("filing.no_result", RuleViolation):
        region.file(channel=channel, work_id=without)
    region.file(channel=channel)


@pytest.mark.clause("kuzbass:17.3", "federal:100.9", "core:C25")
def test_parents_of_an_earlier_graduate_are_not_shut_out(play: StartPlay) -> None:
    rules = play("kuzbass").world.rules
    for category in Category:
        for channel in rules.channels_for(kind="score", category=category):
            assert "parent" in channel.applicants, (category, channel.code)


@pytest.mark.clause("federal:96.3")
@pytest.mark.parametrize("slug", REGIONS)
def test_both_kinds_on_one_exam_are_two_cases_with_their_own_terms(play: StartPlay, slug: str) -> None:
    region = play(slug, on_exam_day=True)
    procedure = region.file(channel="exam_point")
    announced = region.world.announced_on
    days = (announced - region.now().astimezone(region.world.rules.zone).date()).days
    region.clock(days=days + 1)
    score = region.file(channel=DOORS[slug])
    assert (region.case(procedure).kind, region.case(score).kind) == (AppealKind.PROCEDURE, AppealKind.SCORE)
    assert region.case(procedure).state is not State.CLOSED


@pytest.mark.clause("federal:96.1", "federal:100.7", "kuzbass:1.2")
def test_without_the_exam_commissions_decision_an_appeal_is_a_paper(play: StartPlay) -> None:
    region = play("kuzbass")
    decisions = update(SeasonDecision).where(
        SeasonDecision.season_id == region.world.season_id, SeasonDecision.code == "electronic_filing"
    )
    region.read(lambda s: s.execute(decisions.values(code="another_matter")))
    rules = region.world.rules
    assert not any(channel.self_service for channel in rules.channels_for(kind="score", category="student"))
    with refused("filing.channel", RuleViolation):
        region.do(0, file_appeal, region.application(channel="portal"))
    case_id = region.file(channel="school_desk")
    region.drain()
    forms = region.read(lambda s: set(s.scalars(select(Document.form).where(Document.case_id == case_id))))
    assert "1-AP" in forms
