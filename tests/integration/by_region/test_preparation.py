"""How a case is prepared, as each region's act says it, in the running product."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select, update

from apella.appeals import journal
from apella.appeals.states import State
from apella.deadlines.model import Deadline
from apella.errors import Conflict, Forbidden, RuleViolation
from apella.experts import service as experts
from apella.experts.model import Expert, ExpertStatus
from apella.materials import service as materials
from apella.registry.model import WorkCheck
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

DOORS = {"kbr": "portal", "kuzbass": "school_desk", "moscow": "queue_clerk"}


def assign(region: Play, case_id: uuid.UUID, number: int = 1, *, named: bool = True) -> None:
    region.act(
        "secretary",
        experts.assign_expert,
        case_id,
        expert_id=region.world.experts[number],
        named_by_subject_chair=named,
    )


@pytest.mark.clause("kbr:8.2", "kbr:12.9", "kbr:13.2", "kbr:36.4", "core:A17")
@pytest.mark.parametrize("stage", [1, 2, 3])
def test_who_checked_this_paper_is_never_its_expert(play: StartPlay, stage: int) -> None:
    region = play("kbr")
    region.read(lambda s: s.add(WorkCheck(work_id=region.world.works[0], expert_code="E042", stage=stage)))
    case_id = region.walk(region.file(), "kit_received")
    with refused("expert.not_eligible", RuleViolation):
        assign(region, case_id)
    assert region.case(case_id).expert_person_id is None


@pytest.mark.clause("kbr:55.2", "kbr:38.4", "core:A14")
def test_an_expert_is_named_or_confirmed_by_the_subject_commissions_chair(play: StartPlay) -> None:
    region = play("kbr")
    case_id = region.walk(region.file(), "kit_received")
    with refused("expert.not_named"):
        assign(region, case_id, named=False)
    assign(region, case_id)


@pytest.mark.clause("moscow:0.29", "kuzbass:27.2", "core:C11")
@pytest.mark.parametrize("slug", ["moscow", "kuzbass"])
def test_the_expert_is_of_the_subject_and_needs_no_rank(play: StartPlay, slug: str) -> None:
    region = play(slug)
    case_id = region.walk(region.file(channel=DOORS[slug]), "kit_received")
    expert = update(Expert).where(Expert.id == region.world.experts[1])
    region.read(lambda s: s.execute(expert.values(subject_code="02", status=ExpertStatus.MAIN)))
    with refused("expert.not_eligible", RuleViolation):
        assign(region, case_id)
    region.read(lambda s: s.execute(expert.values(subject_code="04", status=ExpertStatus.MAIN)))
    assign(region, case_id)


@pytest.mark.clause("kbr:53.1")
def test_a_registered_score_case_owes_the_request_of_its_kit_and_records_its_arrival(play: StartPlay) -> None:
    region = play("kbr")
    case_id = region.file()
    owed = region.read(lambda s: set(s.scalars(select(Deadline.term).where(Deadline.case_id == case_id))))
    assert "kit.request" in owed
    region.act("secretary", materials.request_kit, case_id)
    kit = region.act("data-centre-operator", materials.receive_kit, case_id, absent_reason="учебный комплект")
    assert (kit.received_at is not None, kit.received_by) == (True, region.actor("data-centre-operator").person_id)


@pytest.mark.clause("kuzbass:27.1", "federal:101.8")
def test_without_the_experts_conclusion_no_hearing_begins(play: StartPlay) -> None:
    region = play("kuzbass")
    case_id = region.walk(region.file(channel="school_desk"), "assigned")
    region.schedule(case_id)
    with refused("hearing.no_conclusion", Conflict):
        region.open_hearing(case_id)
    assert region.case(case_id).state is State.SCHEDULED


@pytest.mark.clause("kbr:36.1", "kbr:52.1", "kbr:VIII-75.1", "kbr:77.1")
@pytest.mark.parametrize("subject_code", ["04", "25"])
def test_an_appeal_from_the_portal_is_in_the_journal_once_and_at_once(play: StartPlay, subject_code: str) -> None:
    region = play("kbr", subject_code=subject_code)
    case_id = region.file(disputed=("B1",))
    case = region.case(case_id)
    assert (case.state, case.journal_seq) == (State.REGISTERED, 1)
    assert case.journal_number
    with pytest.raises(Conflict):
        region.act("secretary", journal.register, case_id)
    assert region.case(region.file(1, disputed=("B1",))).journal_seq == 2


@pytest.mark.clause("kbr:23.6")
@pytest.mark.parametrize("who", ["chair", "member-1", "data-centre-operator", "exam-commission-chair"])
def test_the_secretary_alone_writes_in_the_journal(play: StartPlay, who: str) -> None:
    region = play("kbr", on_exam_day=True)
    case_id = region.walk(region.file(channel="exam_point"), "forwarded")
    with refused("permission.role", Forbidden):
        region.act(who, journal.register, case_id)
    region.act("secretary", journal.register, case_id)
    assert region.case(case_id).journal_seq == 1


@pytest.mark.clause("kuzbass:2.1", "kuzbass:20.1", "federal:100.11")
def test_a_paper_from_a_school_is_handed_on_by_that_school_and_stands_in_the_commissions_intake(
    play: StartPlay,
) -> None:
    region = play("kuzbass")
    case_id = region.file(channel="school_desk")
    query = select(Deadline.owed_by).where(Deadline.case_id == case_id, Deadline.term == "score.forwarding")
    assert region.read(lambda s: s.scalars(query).one()) == "school_operator"
    region.walk(case_id, "forwarded")
    query = select(Deadline.owed_by).where(Deadline.case_id == case_id, Deadline.term == "score.registration")
    assert region.read(lambda s: s.scalars(query).one()) == "secretary"
    region.walk(case_id, "registered", after="forwarded")
    assert region.case(case_id).state is State.REGISTERED
