"""Who decides about a calendar, once and against what is in force; what ran out runs again by that decision alone."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from apella.appeals.filing import FilingRefused
from apella.appeals.withdrawal import withdraw
from apella.audit.model import AuditEvent
from apella.calendar import store
from apella.calendar.changes import ChangeRefused, NothingChanges
from apella.calendar.model import CalendarVersion, VersionState
from apella.deadlines import change
from apella.deadlines.applying import CannotApply
from apella.deadlines.change import AlreadyDecided, OwnProposal, StaleProposal
from apella.deadlines.model import Deadline, DeadlineState
from apella.errors import ApellaError, Malformed, NotFound
from apella.testing.calendars import FEAST, CalendarPlay, StartCalendar, day_off
from apella.testing.play import open_desk

pytestmark = pytest.mark.usefixtures("paperless")

WINDOW = "score.filing|2025-06-04"


def lapsed(calendar: StartCalendar) -> tuple[CalendarPlay, uuid.UUID, CalendarVersion]:
    """A case whose right to withdraw, and an exam whose filing window, ended on the day that became a day off."""
    north = calendar()
    case_id = north.play.file(0)
    north.play.clock_to(dt.datetime(2025, 6, 7, 9, tzinfo=north.rules.zone))
    north.sweep()
    if north.clock(case_id, "score.withdrawal").state is not DeadlineState.CANCELLED:
        raise LookupError("the window should have lapsed")
    return north, case_id, north.propose()


# --- What ran out -----------------------------------------------------------------------------------------------------


@pytest.mark.clause("federal:100.1", "core:E17")
def test_what_ran_out_is_listed_apart_and_stays_so_unless_a_person_decides_otherwise(calendar: StartCalendar) -> None:
    north, case_id, version = lapsed(calendar)
    found = north.difference(version)
    expired = {move.clock.term: move for move in found.expired.rows}
    assert expired.keys() == {"score.withdrawal", "kit.request"}
    assert expired["score.withdrawal"].limit.astimezone(north.rules.zone).isoformat()[:16] == "2025-06-10T00:00"
    assert [(window.key, window.expired) for window in found.windows] == [(WINDOW, True)]
    north.approve(version)
    for term, state in (("score.withdrawal", DeadlineState.CANCELLED), ("kit.request", DeadlineState.PASSED)):
        clock = north.clock(case_id, term)
        assert (clock.state, clock.calendar_version) == (state, "base")
        assert north.last_day(case_id, term) == "пт 06.06.2025"
    assert north.last_day(case_id, "score.consideration") == "пн 16.06.2025"
    with pytest.raises(FilingRefused) as refusal:
        north.play.file(1)
    assert refusal.value.error_code == "filing.too_late"
    assert refusal.value.explanation.calendar_version == "base"
    with pytest.raises(ApellaError):
        north.play.act(0, withdraw, case_id)


@pytest.mark.clause("federal:100.1", "core:E17")
def test_what_ran_out_runs_again_by_a_decision_with_its_reason(calendar: StartCalendar) -> None:
    north, case_id, version = lapsed(calendar)
    clock = north.clock(case_id, "score.withdrawal")
    with pytest.raises(Malformed) as missing:
        north.approve(version, reopen=[clock.id])
    assert missing.value.fields.keys() == {"reason"}
    with pytest.raises(CannotApply):
        north.approve(version, reopen=[uuid.uuid4()], reason="Указ")
    north.approve(version, reopen=[clock.id], reopen_windows=[WINDOW], reason="Указ вышел 1 июня")
    again = north.clock(case_id, "score.withdrawal")
    assert (again.state, again.closed_at, again.calendar_version) == (DeadlineState.RUNNING, None, "base+1")
    assert north.last_day(case_id, "score.withdrawal") == "пн 09.06.2025"
    assert again.warned == 0
    assert north.clock(case_id, "kit.request").state is DeadlineState.PASSED
    ((case, told),) = north.told_by_audit("deadline:calendar:reopened")
    assert (case, [move["term"] for move in told["moves"]]) == (case_id, ["score.withdrawal"])
    assert north.play.case(north.play.file(1)).filed_late is False
    north.play.act(0, withdraw, case_id)
    assert north.version(version).decision_reason == "Указ вышел 1 июня"


def test_a_duty_that_was_missed_may_run_again_too(calendar: StartCalendar) -> None:
    north, case_id, version = lapsed(calendar)
    clock = north.clock(case_id, "kit.request")
    north.approve(version, reopen=[clock.id], reason="Указ вышел 1 июня")
    assert north.clock(case_id, "kit.request").state is DeadlineState.RUNNING


def test_a_closed_case_is_not_offered(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.file(0)
    north.play.act(0, withdraw, case_id)
    north.play.clock_to(dt.datetime(2025, 6, 7, 9, tzinfo=north.rules.zone))
    north.sweep()
    assert north.difference(north.propose()).expired.total == 0


# --- Deciding once, against what is in force --------------------------------------------------------------------------


def test_a_proposal_is_decided_once(calendar: StartCalendar) -> None:
    north = calendar()
    version = north.propose()
    north.approve(version)
    with pytest.raises(AlreadyDecided):
        north.approve(version)
    with pytest.raises(AlreadyDecided):
        north.reject(version)


def test_a_refusal_has_a_reason_and_moves_nothing(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.file(0)
    version = north.propose()
    with pytest.raises(Malformed):
        north.reject(version, reason=" ")
    refused = north.reject(version)
    assert (refused.state, refused.decided_login) == (VersionState.REJECTED, north.play.actor("chair").login)
    assert north.last_day(case_id, "score.consideration") == "ср 11.06.2025"
    assert north.in_force() == north.base
    with pytest.raises(AlreadyDecided):
        north.approve(version)


def test_a_proposal_that_another_one_overtook_is_made_again_on_what_is_in_force(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.file(0)
    first, second = north.propose(), north.propose(day_off("2025-06-09"))
    north.approve(second)
    assert north.version(first).state is VersionState.SUPERSEDED
    with pytest.raises(StaleProposal):
        north.approve(first)
    again = north.play.do(
        "secretary",
        lambda desk: change.propose_again(
            desk.session, actor=desk.actor, role=None, base=north.base, version_id=first.id
        ),
    )
    assert (again.number, again.made_on, again.title) == (3, 2, first.title)
    north.approve(again)
    assert north.last_day(case_id, "score.consideration") == "вт 17.06.2025"
    assert north.clock(case_id, "score.consideration").calendar_version == "base+3"


def at_once(*acts: Callable[[], object]) -> list[ApellaError]:
    """Do things at the same time and give the refusals."""
    refusals: list[ApellaError] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        start.wait(10)
        try:
            act()
        except ApellaError as error:
            refusals.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return refusals


def test_two_who_approve_the_same_proposal_at_once_apply_it_once(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.file(0)
    version = north.propose()
    (refusal,) = at_once(lambda: north.approve(version), lambda: north.approve(version))
    assert isinstance(refusal, AlreadyDecided)
    assert len(north.told_by_audit("calendar:version:applied")) == 1
    assert len(north.told_by_audit("deadline:calendar:moved")) == 1
    assert north.last_day(case_id, "score.consideration") == "пн 16.06.2025"


def test_of_two_proposals_approved_at_once_one_is_overtaken(calendar: StartCalendar) -> None:
    north = calendar()
    one, other = north.propose(), north.propose(day_off("2025-06-09"))
    (refusal,) = at_once(lambda: north.approve(one), lambda: north.approve(other))
    assert isinstance(refusal, StaleProposal)
    assert {north.version(one).state, north.version(other).state} == {VersionState.APPLIED, VersionState.SUPERSEDED}


def test_the_sweep_steps_aside_while_a_calendar_is_put_in_force(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.file(0)
    north.play.clock_to(dt.datetime(2025, 6, 7, 9, tzinfo=north.rules.zone))
    version = north.propose()
    swept: list[int] = []
    sweep = threading.Thread(target=lambda: swept.append(north.sweep()))
    with open_desk(north.play.app, north.play.world, north.play.actor("chair")) as desk:
        change.approve(
            desk.session,
            actor=desk.actor,
            role=None,
            version_id=version.id,
            base=north.base,
            rules_for=lambda _: north.rules,
            machine_now=desk.machine_now,
        )
        sweep.start()
        sweep.join(10)
        assert swept == [0]
    assert north.clock(case_id, "kit.request").state is DeadlineState.RUNNING
    assert north.sweep() == 2


def test_what_the_sweep_has_not_seen_yet_has_run_out_all_the_same(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.file(0)
    north.play.clock_to(dt.datetime(2025, 6, 7, 9, tzinfo=north.rules.zone))
    version = north.propose()
    found = north.difference(version)
    assert {move.clock.term for move in found.expired.rows} == {"score.withdrawal", "kit.request"}
    assert {move.clock.term for move in found.later.rows} == {"hearing.schedule", "score.consideration"}
    north.approve(version, reopen=[north.clock(case_id, "score.withdrawal").id], reason="Указ вышел 1 июня")
    north.sweep()
    assert north.clock(case_id, "score.withdrawal").state is DeadlineState.RUNNING
    assert north.clock(case_id, "kit.request").state is DeadlineState.PASSED


# --- In the background, and afterwards --------------------------------------------------------------------------------


def test_where_many_clocks_run_a_job_applies_in_the_approver_s_name(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.file(0)
    version = north.propose()
    other = north.propose(day_off("2025-06-09"))
    assert north.approve(version, at_once=0).state is VersionState.APPROVED
    assert north.last_day(case_id, "score.consideration") == "ср 11.06.2025"
    with pytest.raises(StaleProposal):
        north.approve(other)
    north.play.drain()
    assert north.version(version).state is VersionState.APPLIED
    assert north.last_day(case_id, "score.consideration") == "пн 16.06.2025"
    events = north.play.read(
        lambda session: session.scalars(select(AuditEvent).where(AuditEvent.tag == "deadline:calendar:moved")).all()
    )
    assert {event.actor_login for event in events} == {north.play.actor("chair").login}


def test_a_clock_that_the_calendar_cannot_count_keeps_it_from_being_applied(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.file(0)
    clock = north.clock(case_id, "score.consideration")
    unknown = {**clock.explanation, "term": "score.unheard_of"}
    north.play.do(
        "secretary",
        lambda desk: desk.session.execute(update(Deadline).where(Deadline.id == clock.id).values(explanation=unknown)),
    )
    version = north.propose()
    (failure,) = north.difference(version).failures.rows
    assert (failure.clock.id, "score.unheard_of" in failure.message) == (clock.id, True)
    with pytest.raises(CannotApply, match="Рассмотрение апелляции"):
        north.approve(version)
    assert north.version(version).state is VersionState.PROPOSED
    north.approve(version, at_once=0)
    north.play.drain()
    back = north.version(version)
    assert (back.state, back.decided_at) == (VersionState.PROPOSED, None)
    assert "Не вступило в силу" in (back.decision_reason or "")
    assert north.last_day(case_id, "kit.request") == "пт 06.06.2025"


def test_what_work_begun_before_has_left_behind_is_settled(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.file(0)
    old = north.clock(case_id, "score.consideration")
    north.approve(north.propose())
    assert north.settle() == 0
    north.play.do(
        "secretary",
        lambda desk: desk.session.execute(
            update(Deadline)
            .where(Deadline.case_id == north.play.case(north.play.file(1)).id, Deadline.term == "score.consideration")
            .values(due_at=old.due_at, calendar_version="base", explanation=old.explanation)
        ),
    )
    assert north.settle() == 1
    assert north.settle() == 0


# --- Versions ---------------------------------------------------------------------------------------------------------


def test_another_tenant_neither_sees_a_version_nor_counts_by_it(calendar: StartCalendar) -> None:
    north = calendar()
    version = north.propose()
    north.approve(version)
    south = calendar(slug="south")
    assert south.in_force() == south.base
    assert south.play.read(store.versions) == []
    with pytest.raises(NotFound):
        south.version(version)
    with pytest.raises(NotFound):
        south.approve(version)
    assert south.propose().number == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (day_off("2031-06-06"), "календарь на 2031 год не загружен"),
        (FEAST + FEAST, "пт 06.06.2025 повторяется"),
        (FEAST.decode().encode("cp1251"), "Windows-1251"),
    ],
)
def test_a_faulty_file_leaves_nothing_behind(calendar: StartCalendar, data: bytes, sentence: str) -> None:
    north = calendar()
    with pytest.raises(ChangeRefused, match=sentence):
        north.propose(data)
    assert north.play.read(store.versions) == []


def test_what_is_in_force_already_is_not_proposed_again(calendar: StartCalendar) -> None:
    north = calendar()
    north.approve(north.propose())
    with pytest.raises(ChangeRefused, match="такой выходной уже есть"):
        north.propose()
    cancelled = (
        b'[[cancel]]\ndate = 2025-06-06\nact = { act = "\xd0\xa3\xd0\xba\xd0\xb0\xd0\xb7", date = 2025-06-03 }\n'
    )
    north.approve(north.propose(cancelled))
    assert north.in_force().regional == north.base.regional
    with pytest.raises(NothingChanges):
        north.play.do(
            "secretary",
            lambda desk: change.propose_shipped(desk.session, actor=desk.actor, role=None, base=north.base),
        )


def test_an_upgrade_of_the_product_adds_its_years_and_moves_nothing_by_itself(calendar: StartCalendar) -> None:
    north = calendar()
    version = north.propose()
    # As a product shipped it that knew neither 2027 nor a day off in 2026.
    years = version.content["federal"]["year"]
    older = {**version.content["federal"], "year": [{**years[-2], "moved": [], "shortened": []}, *years[:-2]][::-1]}
    older["year"] = sorted(older["year"], key=lambda year: year["year"])
    north.play.do(
        "secretary",
        lambda desk: desk.session.execute(
            update(CalendarVersion)
            .where(CalendarVersion.id == version.id)
            .values(content={**version.content, "federal": older})
        ),
    )
    north.approve(version)
    live = north.in_force()
    assert live.last == dt.date(2027, 12, 31)
    assert live.is_working(dt.date(2026, 1, 9), 5)
    assert not north.base.is_working(dt.date(2026, 1, 9), 5)
    behind = {day.date for day in north.play.read(lambda session: store.behind(session, north.base))}
    assert behind == {dt.date(2026, 1, 9), dt.date(2026, 12, 31), dt.date(2025, 6, 6)}
    shipped = north.play.do(
        "secretary",
        lambda desk: change.propose_shipped(desk.session, actor=desk.actor, role=None, base=north.base),
    )
    north.approve(shipped)
    assert not north.in_force().is_working(dt.date(2026, 1, 9), 5)


def test_who_proposed_a_change_does_not_approve_it(calendar: StartCalendar) -> None:
    north = calendar()
    version = north.propose()
    north.play.read(
        lambda s: s.execute(
            update(CalendarVersion)
            .where(CalendarVersion.id == version.id)
            .values(proposed_by=north.play.actor("chair").person_id)
        )
    )
    with pytest.raises(OwnProposal):
        north.approve(version)
    (kept,) = north.play.read(store.versions)
    assert kept.state is VersionState.PROPOSED
