"""The kit and the expert's conclusion: what a case must have before it is heard."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from apella.appeals.model import Appeal
from apella.deadlines.model import Deadline, DeadlineState
from apella.errors import Conflict, Forbidden, Malformed, NotFound, RuleViolation
from apella.experts import service as experts
from apella.experts.model import Conclusion, ConclusionLine, Expert, ExpertStatus
from apella.experts.service import Proposal
from apella.materials import service as materials
from apella.materials.model import KitItem, KitState
from apella.registry.model import TaskType, Work, WorkCheck, WorkFile
from apella.storage.model import FileState, StoredFile
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

WRITTEN = {"registration_form", "answer_form_1", "answer_form_2", "protocol"}


def clock(play: Play, case_id: uuid.UUID, term: str) -> Deadline:
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.term == term)
    return play.read(lambda session: session.scalars(query).one())


def add_scan(play: Play, kind: str, *, page: int = 1) -> None:
    """Let the registry have a scan of the first work."""

    def add(session: Any) -> None:
        file = StoredFile(
            season_id=play.world.season_id,
            key=f"clean/{uuid.uuid4()}",
            kind="scan",
            file_name="scan.png",
            content_type="image/png",
            size=1,
            sha256=b"0" * 32,
            state=FileState.CLEAN,
        )
        session.add(file)
        session.flush()
        session.add(WorkFile(work_id=play.world.works[0], kind=kind, page=page, file_id=file.id))

    play.read(add)


def items(play: Play, kit_id: uuid.UUID) -> dict[str, str | None]:
    rows = play.read(lambda s: s.scalars(select(KitItem).where(KitItem.kit_id == kit_id)).all())
    return {row.kind: row.absent_reason for row in rows}


def assign(play: Play, case_id: uuid.UUID, number: int = 1) -> None:
    play.act(
        "secretary",
        experts.assign_expert,
        case_id,
        expert_id=play.world.experts[number],
        named_by_subject_chair=True,
    )


def proposal(**wishes: Any) -> Proposal:
    fields = {"task_type": TaskType.C, "position": 1, "proposed": 1, "criterion": None, "argument": "По критерию К1"}
    return Proposal(**{**fields, **wishes})


# --- The kit ----------------------------------------------------------------------------------------------------------


@pytest.mark.clause("federal:101.1", "federal:101.4")
def test_a_kit_is_asked_for_and_received_item_by_item(play: StartPlay) -> None:
    north = play()
    for kind in sorted(WRITTEN):
        add_scan(north, kind)
    case_id = north.file()
    kit = north.act("secretary", materials.request_kit, case_id)
    assert clock(north, case_id, "kit.request").state is DeadlineState.MET
    assert str(clock(north, case_id, "kit.receipt").owed_by) == "data_centre_operator"
    assert kit.route[0].startswith("data_centre_operator:")
    received = north.act("data-centre-operator", materials.receive_kit, case_id)
    assert (received.id, received.state, received.received_by) == (
        kit.id,
        "received",
        north.actor("data-centre-operator").person_id,
    )
    assert items(north, kit.id) == dict.fromkeys(WRITTEN)
    assert clock(north, case_id, "expert.assignment").state is DeadlineState.RUNNING


@pytest.mark.clause("core:A21", "federal:101.4")
def test_what_is_missing_is_lawful_only_with_a_reason(play: StartPlay) -> None:
    north = play()
    add_scan(north, "registration_form")
    case_id = north.file()
    kit = north.act("secretary", materials.request_kit, case_id)
    for reason in (None, "", "  "):
        with refused("kit.incomplete", Malformed) as caught:
            north.act("data-centre-operator", materials.receive_kit, case_id, absent_reason=reason)
        assert isinstance(caught.value, Malformed)
        assert caught.value.fields["absent_reason"] == (
            "Нет материалов: бланк ответов № 1, бланк ответов № 2, протокол проверки развёрнутых ответов"
        )
    assert items(north, kit.id) == {}
    north.act("data-centre-operator", materials.receive_kit, case_id, absent_reason="утрачено")
    assert items(north, kit.id) == {
        "registration_form": None,
        **dict.fromkeys(WRITTEN - {"registration_form"}, "утрачено"),
    }


@pytest.mark.clause("core:A21")
def test_a_cross_checked_work_has_no_protocol_to_miss(play: StartPlay) -> None:
    north = play()
    for kind in WRITTEN - {"protocol"}:
        add_scan(north, kind)
    north.read(lambda s: s.execute(update(Work).where(Work.id == north.world.works[0]).values(cross_checked=True)))
    case_id = north.file()
    north.act("secretary", materials.request_kit, case_id)
    kit = north.act("data-centre-operator", materials.receive_kit, case_id)
    assert kit.state is KitState.RECEIVED


def test_a_kit_is_asked_for_once_and_received_once(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    with refused("kit.not_requested", Conflict):
        north.act("data-centre-operator", materials.receive_kit, case_id)
    north.act("secretary", materials.request_kit, case_id)
    with refused("kit.requested", Conflict):
        north.act("secretary", materials.request_kit, case_id)
    north.act("data-centre-operator", materials.receive_kit, case_id, absent_reason="учебный")
    with refused("kit.not_requested", Conflict):
        north.act("data-centre-operator", materials.receive_kit, case_id)


def test_a_procedure_appeal_has_no_kit(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(channel="exam_point"), "registered")
    with refused("kit.kind", RuleViolation):
        north.act("secretary", materials.request_kit, case_id)


@pytest.mark.parametrize("who", ["chair", "expert-2", "data-centre-operator"])
def test_the_kit_is_asked_for_by_the_secretary_alone(play: StartPlay, who: str) -> None:
    north = play()
    case_id = north.file()
    with refused("appeal.not_found" if who == "expert-2" else "permission.role"):
        north.act(who, materials.request_kit, case_id)


# --- The expert -------------------------------------------------------------------------------------------------------


@pytest.mark.clause("federal:101.8")
def test_an_expert_is_taken_and_sees_the_case_from_then_on(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "kit_received")
    with refused("appeal.not_found", NotFound):
        north.act("expert-2", experts.conclude, case_id, summary="Вывод", proposals=[])
    assign(north, case_id)
    assert north.case(case_id).expert_person_id == north.actor("expert-2").person_id
    assert clock(north, case_id, "expert.assignment").state is DeadlineState.MET
    assert str(clock(north, case_id, "expert.conclusion").owed_by) == "expert"
    with refused("expert.assigned", Conflict):
        assign(north, case_id)


@pytest.mark.clause("federal:98.2", "federal:101.9", "core:A17")
@pytest.mark.parametrize("stage", [1, 2, 3])
def test_who_checked_the_work_at_any_stage_is_not_taken(play: StartPlay, stage: int) -> None:
    north = play()
    north.read(lambda s: s.add(WorkCheck(work_id=north.world.works[1], expert_code="E042", stage=stage)))
    case_id = north.walk(north.file(1), "kit_received")
    with refused("expert.not_eligible", RuleViolation) as caught:
        assign(north, case_id, 1)
    assert isinstance(caught.value, RuleViolation)
    assert caught.value.clauses == ("federal:98.2", "federal:101.9")
    assert north.case(case_id).expert_person_id is None
    # The same expert may take a case on a work that another checked.
    other = north.walk(north.file(2), "kit_received")
    assign(north, other, 1)


@pytest.mark.clause("core:A15")
def test_a_region_s_own_conditions_are_kept(play: StartPlay) -> None:
    south = play("south")
    case_id = south.walk(south.file(channel="queue_clerk"), "kit_received")
    expert = update(Expert).where(Expert.id == south.world.experts[1])
    south.read(lambda s: s.execute(expert.values(status=ExpertStatus.MAIN)))
    with refused("expert.not_eligible"):
        assign(south, case_id)
    south.read(lambda s: s.execute(expert.values(status=ExpertStatus.SENIOR)))
    assign(south, case_id)


def test_choices_show_every_expert_with_what_speaks_against(play: StartPlay) -> None:
    north = play()
    first, second = (north.walk(north.file(number), "kit_received") for number in (0, 1))
    assign(north, first)
    found = north.do(
        "secretary", lambda desk: experts.choices(desk, desk.session.get_one(Appeal, (desk.actor.tenant_id, second)))
    )
    assert [(choice.expert.code, bool(choice.obstacles), choice.load) for choice in found] == [
        ("E042", False, 1),
        ("E041", True, 0),
    ]


def test_an_expert_of_nowhere_is_not_taken(play: StartPlay) -> None:
    north, south = play(), play("south")
    case_id = north.walk(north.file(), "kit_received")
    for expert_id in (uuid.uuid4(), south.world.experts[1], play().world.experts[1]):
        with refused("expert.not_found", NotFound):
            north.act("secretary", experts.assign_expert, case_id, expert_id=expert_id, named_by_subject_chair=True)


@pytest.mark.clause("core:E11")
def test_a_case_without_extended_answers_takes_no_expert(play: StartPlay) -> None:
    north = play(subject_code="22")
    case_id = north.walk(north.file(disputed=("B1",)), "kit_received")
    with refused("expert.not_needed", RuleViolation):
        assign(north, case_id)
    procedure = north.walk(north.file(1, channel="exam_point", disputed=()), "registered")
    with refused("expert.not_needed", RuleViolation):
        assign(north, procedure)


# --- The conclusion ---------------------------------------------------------------------------------------------------


@pytest.mark.clause("federal:101.8")
def test_a_conclusion_stands_beside_the_marks_and_changes_none(play: StartPlay) -> None:
    north = play()
    before = {(mark.task_type, mark.position): mark.mark for mark in north.marks()}
    case_id = north.walk(north.file(), "assigned")
    north.clock(hours=2)
    conclusion = north.act("expert-2", experts.conclude, case_id, summary="Вывод", proposals=[proposal(proposed=0)])
    lines = north.read(
        lambda s: s.scalars(select(ConclusionLine).where(ConclusionLine.conclusion_id == conclusion.id)).all()
    )
    assert [(line.position, line.was, line.proposed) for line in lines] == [(1, before[TaskType.C, 1], 0)]
    assert {(mark.task_type, mark.position): mark.mark for mark in north.marks()} == before
    assert clock(north, case_id, "expert.conclusion").state is DeadlineState.MET
    with refused("conclusion.done", Conflict):
        north.act("expert-2", experts.conclude, case_id, summary="Вывод", proposals=[])
    written = select(Conclusion.id).where(Conclusion.case_id == case_id)
    assert len(north.read(lambda s: s.scalars(written).all())) == 1


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"task_type": TaskType.B}, "proposals.B1"),
        ({"position": 99}, "proposals.C99"),
        ({"proposed": 99}, "proposals.C1"),
        ({"proposed": -1}, "proposals.C1"),
        ({"argument": "  "}, "proposals.C1"),
    ],
)
@pytest.mark.clause("federal:97.2", "federal:101.8")
def test_a_line_that_does_not_fit_is_named(play: StartPlay, wishes: dict[str, Any], field: str) -> None:
    north = play()
    case_id = north.walk(north.file(), "assigned")
    with refused("conclusion.fields", Malformed) as caught:
        north.act("expert-2", experts.conclude, case_id, summary=" ", proposals=[proposal(**wishes)])
    assert isinstance(caught.value, Malformed)
    assert set(caught.value.fields) == {field, "summary"}
    north.act("expert-2", experts.conclude, case_id, summary="Вывод", proposals=[])


def test_a_position_is_judged_once(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "assigned")
    with refused("conclusion.fields", Malformed) as caught:
        north.act("expert-2", experts.conclude, case_id, summary="Вывод", proposals=[proposal(), proposal(proposed=0)])
    assert isinstance(caught.value, Malformed)
    assert set(caught.value.fields) == {"proposals.C1"}


def test_the_assigned_expert_alone_concludes(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "assigned")
    with refused("appeal.not_found", NotFound):
        north.act("expert-1", experts.conclude, case_id, summary="Вывод", proposals=[])
    with refused("permission.role", Forbidden):
        north.act("secretary", experts.conclude, case_id, summary="Вывод", proposals=[])


def test_a_conclusion_after_its_day_passes_over_advice_and_breaks_no_term(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "assigned")
    north.clock_to(clock(north, case_id, "expert.conclusion").due_at + timedelta(hours=1))
    north.act("expert-2", experts.conclude, case_id, summary="Вывод", proposals=[])
    assert clock(north, case_id, "expert.conclusion").state is DeadlineState.PASSED
