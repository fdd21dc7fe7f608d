"""Filing at every door: what is made, and what is refused with which code."""

from __future__ import annotations

import threading
import uuid
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from apella.appeals.application import Presence
from apella.appeals.filing import AlreadyFiled, FilingRefused, file_appeal
from apella.appeals.model import Appeal, AppealTransition, HearingMode
from apella.appeals.states import State
from apella.appeals.withdrawal import withdraw
from apella.deadlines.model import Deadline
from apella.errors import ApellaError, Forbidden, Malformed, NotFound, RuleViolation
from apella.identity.model import Category, Person
from apella.identity.roles import Role
from apella.jobs.model import Task
from apella.registry.model import Exam, Work
from apella.testing.expect import refused
from apella.testing.factories import actor_of
from apella.testing.play import Play
from apella.testing.plugin import StartPlay


def clocks(play: Play, case_id: uuid.UUID) -> dict[str, Deadline]:
    query = select(Deadline).where(Deadline.case_id == case_id)
    return {clock.term: clock for clock in play.read(lambda session: list(session.scalars(query)))}


def set_announced(play: Play, day: date | None) -> None:
    play.read(lambda s: s.execute(update(Exam).where(Exam.id == play.world.exam).values(announced_on=day)))


def last_day(play: Play) -> datetime:
    """The exclusive end of the window of score appeals."""
    return clocks(play, play.file(2))["score.filing"].due_at


def test_at_the_portal_filing_is_receipt(play: StartPlay) -> None:
    north = play()
    case = north.case(north.file())
    assert (case.state, case.filer_role, case.filed_late) == (State.REGISTERED, Role.PARTICIPANT, False)
    assert case.receipt_number
    assert (case.journal_seq, case.registered_at) == (1, case.filed_at)
    found = clocks(north, case.id)
    assert {term: str(clock.state) for term, clock in found.items()} == {
        "score.filing": "met",
        "score.withdrawal": "running",
        "score.consideration": "running",
        "kit.request": "running",
        "hearing.schedule": "running",
    }
    move = north.read(
        lambda s: s.execute(
            select(AppealTransition.action, AppealTransition.from_state, AppealTransition.to_state).where(
                AppealTransition.case_id == case.id
            )
        ).one()
    )
    assert tuple(move) == ("file", None, "registered")
    jobs = north.read(lambda s: set(s.scalars(select(Task.dedup_key).where(Task.args["case"].astext == str(case.id)))))
    assert {key.split(":", 2)[2] for key in jobs} == {"1-AP:1", "appeal_filed:1", "appeal_registered:1"}


def test_where_to_tell_the_appellant_is_sealed(play: StartPlay) -> None:
    north = play()
    case = north.case(north.file(phone="+7 911 222-33-44", email="told@example.ru"))
    assert case.contact_phone_cipher is not None
    assert b"911" not in case.contact_phone_cipher
    phone = north.do(
        "secretary",
        lambda desk: desk.vault.of_case(case.id).open("appeal.contact_phone", case.id, case.contact_phone_cipher),
    )
    assert "222" in phone


@pytest.mark.clause("federal:100.4", "federal:100.11", "federal:100.12", "core:E2")
def test_at_the_school_the_commission_s_terms_do_not_run_yet(play: StartPlay) -> None:
    north = play()
    case = north.case(north.file(channel="school_desk"))
    assert (case.state, case.registered_at, case.journal_number) == (State.IN_TRANSIT, None, None)
    assert (case.accepted_by, case.accepted_organisation_id) == (
        north.actor("school-operator").person_id,
        north.world.school,
    )
    # The application is the participant's own, whoever typed it in.
    assert (case.filed_by, case.filer_role) == (north.actor(0).person_id, Role.PARTICIPANT)
    found = clocks(north, case.id)
    assert "score.consideration" not in found
    assert found["score.forwarding"].owed_by is Role.SCHOOL_OPERATOR


def test_a_staff_door_without_forwarding_is_receipt_too(play: StartPlay) -> None:
    north = play()
    case = north.case(north.file(channel="queue_clerk"))
    assert (case.state, case.journal_seq) == (State.REGISTERED, 1)
    assert case.accepted_by == north.actor("queue-clerk").person_id


# --- The window -------------------------------------------------------------------------------------------------------


@pytest.mark.clause("federal:100.1", "federal:100.2", "core:E1")
def test_the_window_ends_with_the_second_working_day_after_the_announcement(play: StartPlay) -> None:
    north = play()
    end = last_day(north)
    # Announced on Thu 11.06.2026; the 12th is a holiday, so the working days are Mon 15.06 and Tue 16.06.
    assert end.astimezone(north.world.rules.zone) == datetime(2026, 6, 17, tzinfo=north.world.rules.zone)
    north.clock_to(end - timedelta(seconds=30))
    assert north.case(north.file(0)).filed_late is False
    north.clock_to(end)
    with refused("filing.too_late", FilingRefused) as caught:
        north.file(1)
    assert isinstance(caught.value, FilingRefused)
    assert caught.value.explanation.due == end
    assert "federal:100.1" in caught.value.clauses
    assert caught.value.attempt is not None


@pytest.mark.clause("federal:100.1")
@pytest.mark.parametrize("channel", ["school_desk", "queue_clerk"])
def test_a_staff_door_takes_a_late_paper_and_marks_it(play: StartPlay, channel: str) -> None:
    north = play()
    north.clock_to(last_day(north))
    case = north.case(north.file(0, channel=channel))
    assert case.filed_late is True
    assert case.receipt_number


@pytest.mark.clause("federal:100.2")
def test_nothing_is_filed_before_the_results_are_announced(play: StartPlay) -> None:
    north = play()
    announced = north.world.announced_on
    for day in (None, announced + timedelta(days=3)):
        set_announced(north, day)
        with refused("filing.too_early", FilingRefused):
            north.file()
    set_announced(north, announced)
    north.file()


@pytest.mark.clause("federal:99.1", "federal:99.2", "federal:99.3")
def test_a_procedure_appeal_is_taken_on_the_exam_day_at_the_exam_point(play: StartPlay) -> None:
    north = play(on_exam_day=True)
    case = north.case(north.file(channel="exam_point"))
    assert (case.state, case.filed_late) == (State.IN_TRANSIT, False)
    assert case.accepted_by == north.actor("exam-commission-member").person_id
    # A day early nothing has happened yet; a day late the paper is taken, for the commission to refuse.
    with refused("filing.too_early", FilingRefused):
        play(case_now=north.now() - timedelta(days=1)).file(channel="exam_point")
    late = play(case_now=north.now() + timedelta(hours=12))
    assert late.case(late.file(channel="exam_point")).filed_late is True


@pytest.mark.clause("federal:96.3")
def test_both_kinds_may_be_open_on_one_exam(play: StartPlay) -> None:
    north = play()
    score, procedure = north.file(), north.file(channel="exam_point")
    assert {north.case(case).kind for case in (score, procedure)} == {"score", "procedure"}
    assert north.case(score).exam_id == north.case(procedure).exam_id


# --- Refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.clause("federal:100.7")
def test_an_electronic_door_needs_the_exam_commission_s_decision(play: StartPlay) -> None:
    with refused("filing.no_decision", RuleViolation) as caught:
        play("south").file()
    assert isinstance(caught.value, RuleViolation)
    assert caught.value.clauses == ("federal:100.7",)


@pytest.mark.clause("federal:100.5")
def test_a_door_for_others_takes_no_appeal(play: StartPlay) -> None:
    north = play()
    with refused("filing.channel", RuleViolation):
        north.file(channel="municipal_desk", who=0)
    north.read(
        lambda s: s.execute(
            update(Person).where(Person.id == north.actor(0).person_id).values(category=Category.EARLIER_GRADUATE)
        )
    )
    with refused("filing.channel"):
        north.file()


def test_one_open_appeal_of_a_kind_on_an_exam(play: StartPlay) -> None:
    north = play()
    first = north.file()
    for channel in ("portal", "school_desk", "queue_clerk"):
        with refused("filing.already_filed", AlreadyFiled):
            north.file(channel=channel)
    north.act(0, withdraw, first)
    assert north.file() != first


def test_filing_twice_at_once_makes_one_case(play: StartPlay) -> None:
    north = play()
    ended: list[object] = []
    start = threading.Barrier(4)

    def file() -> None:
        start.wait(10)
        try:
            ended.append(north.file())
        except ApellaError as error:
            ended.append(error.error_code)

    threads = [threading.Thread(target=file) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended.count("filing.already_filed") == 3
    cases = north.read(lambda s: s.scalars(select(Appeal.id).where(Appeal.season_id == north.world.season_id)).all())
    assert len(cases) == 1


def test_nobody_files_on_another_s_work(play: StartPlay) -> None:
    north = play()
    with refused("filing.work", NotFound):
        north.file(1, who=0)
    # Nor does somebody who is more than a participant.
    both = north.read(
        lambda s: actor_of(
            north.world,
            s.get_one(Person, (north.world.rules.tenant.tenant_id, north.actor(0).person_id)),
            Role.PARTICIPANT,
            Role.MEMBER,
        )
    )
    with refused("filing.work", NotFound):
        north.file(1, who=both)
    north.file(0, who=both)


def test_a_stranger_s_work_does_not_exist(play: StartPlay) -> None:
    north, south = play(), play("south")
    for work_id in (south.world.works[0], play().world.works[0], uuid.uuid4()):
        with refused("filing.work", NotFound):
            north.do(0, file_appeal, north.application(work_id=work_id))


@pytest.mark.parametrize(("channel", "who"), [("school_desk", "school-operator"), ("queue_clerk", "queue-clerk")])
def test_an_operator_files_for_the_own_organisation_only(play: StartPlay, channel: str, who: str) -> None:
    north = play()
    north.read(
        lambda s: s.execute(
            update(Person).where(Person.id == north.actor(0).person_id).values(organisation_id=north.world.point)
        )
    )
    with refused("filing.work", NotFound):
        north.file(0, channel=channel, who=who)
    north.file(1, channel=channel, who=who)


@pytest.mark.clause("federal:100.5")
def test_an_earlier_graduate_files_where_the_registration_was(play: StartPlay) -> None:
    north = play()
    clerk = north.hire(Role.MUNICIPAL_OPERATOR, organisation_id=north.world.point)
    graduate = update(Person).where(Person.id == north.actor(0).person_id)
    north.read(lambda s: s.execute(graduate.values(category=Category.EARLIER_GRADUATE)))
    with refused("filing.work", NotFound):
        north.file(0, channel="municipal_desk", who=clerk)
    north.read(lambda s: s.execute(graduate.values(organisation_id=north.world.point)))
    case = north.case(north.file(0, channel="municipal_desk", who=clerk))
    assert (case.state, case.accepted_organisation_id) == (State.IN_TRANSIT, north.world.point)
    assert clocks(north, case.id)["score.forwarding"].owed_by is Role.MUNICIPAL_OPERATOR


def test_an_exam_commission_s_member_takes_papers_of_the_own_point_only(play: StartPlay) -> None:
    north = play()
    north.read(
        lambda s: s.execute(
            update(Work).where(Work.id == north.world.works[0]).values(exam_point_id=north.world.school)
        )
    )
    with refused("filing.work", NotFound):
        north.file(0, channel="exam_point")
    north.file(1, channel="exam_point")


@pytest.mark.parametrize(
    ("channel", "who"),
    [("school_desk", 0), ("queue_clerk", 0), ("portal", "school-operator"), ("portal", "secretary")],
)
def test_a_door_is_its_operator_s_alone(play: StartPlay, channel: str, who: int | str) -> None:
    with refused("filing.operator", Forbidden):
        play().file(0, channel=channel, who=who)


@pytest.mark.parametrize("who", ["chair", "expert-1", "member-1", "exam-commission-chair"])
def test_who_files_for_nobody_is_told_so(play: StartPlay, who: str) -> None:
    with refused("permission.role", Forbidden):
        play().file(0, who=who)


@pytest.mark.clause("federal:99.11")
def test_the_scores_of_an_annulled_result_are_not_disputed(play: StartPlay) -> None:
    north = play()
    north.read(lambda s: s.execute(update(Work).where(Work.id == north.world.works[0]).values(annulled_at=north.now())))
    with refused("filing.annulled", RuleViolation):
        north.file()
    north.file(channel="exam_point")


def test_an_unfinished_application_names_its_fields_and_leaves_nothing(play: StartPlay) -> None:
    north = play()
    with refused("filing.fields", Malformed) as caught:
        north.file(phone=None, forms_confirmed=None, disputed=("C99",))
    assert isinstance(caught.value, Malformed)
    assert set(caught.value.fields) == {"phone", "forms_confirmed", "disputed"}
    assert north.case(north.file()).receipt_number.endswith("000001")


def test_how_it_will_be_heard_is_kept_from_the_application(play: StartPlay) -> None:
    north = play()
    silent = north.case(north.file(0, presence=Presence()))
    assert (silent.hearing_mode, silent.attends_participant) == (HearingMode.IN_ABSENCE, False)
    remote = north.case(north.file(1, presence=Presence(parent=True), hearing_mode="remote"))
    assert (remote.hearing_mode, remote.attends_parent, remote.attends_participant) == ("remote", True, False)


# --- Numbers ----------------------------------------------------------------------------------------------------------


def test_numbers_have_no_gaps_although_filings_fail_and_run_at_once(play: StartPlay) -> None:
    north = play(participants=8)

    def file(number: int) -> None:
        for disputed in (("C99",), ("C1",)):
            try:
                north.file(number, disputed=disputed)
            except Malformed:
                continue

    threads = [threading.Thread(target=file, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    north.file(0, channel="exam_point")
    rows = north.read(
        lambda s: s.execute(
            select(Appeal.kind, Appeal.journal_seq, Appeal.receipt_number).where(
                Appeal.season_id == north.world.season_id
            )
        ).all()
    )
    assert sorted(int(row.receipt_number[-6:]) for row in rows) == list(range(1, 10))
    assert sorted(row.journal_seq for row in rows if row.kind == "score") == list(range(1, 9))
