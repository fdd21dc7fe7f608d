"""Recounting many clocks: what is read of each is all that its trace holds, and people see how far the work is."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import insert, update

from apella.calendar import store
from apella.calendar.changes import changed_days
from apella.calendar.model import CalendarVersion, VersionState
from apella.db.ids import new_id
from apella.deadlines.clocks import running
from apella.deadlines.engine import compute
from apella.deadlines.explain import Explanation
from apella.deadlines.given import Intake, Pause, Published
from apella.deadlines.model import Deadline
from apella.deadlines.recount import Given
from apella.deadlines.terms import Combine, Direction, StartEvent, Term, Unit
from apella.jobs.queue import JobContext, handler_of
from apella.testing.calendars import CalendarPlay, StartCalendar
from apella.testing.play import open_desk
from apella.testing.plugin import ClientFor

pytestmark = pytest.mark.usefixtures("paperless")


def terms_of(model: Term) -> Mapping[str, Term]:
    """A term of every kind of count."""
    day = model.model_copy(update={"id": "any.day", "start_event": StartEvent.REGISTERED, "length": 3, "week": 5})
    back = day.model_copy(
        update={"id": "any.back", "direction": Direction.BACKWARD, "start_event": StartEvent.HEARING_DAY}
    )
    hour = day.model_copy(update={"id": "any.hour", "unit": Unit.HOUR, "length": 30, "week": None})
    plain = day.model_copy(update={"id": "any.plain", "unit": Unit.CALENDAR_DAY, "length": 4, "week": None})
    after = day.model_copy(update={"id": "any.after", "start_event": StartEvent.FILING_CLOSED, "event_from": "any.day"})
    both = day.model_copy(
        update={"id": "any.both", "unit": Unit.DATE, "length": None, "week": None, "combine": Combine.EARLIEST}
        | {"parts": (day.model_copy(update={"id": "any.both.one"}), back.model_copy(update={"id": "any.both.two"}))}
    )
    nested = both.model_copy(
        update={"id": "any.nested", "parts": (both, after.model_copy(update={"id": "any.nested.after"}))}
    )
    return {term.id: term for term in (day, back, hour, plain, after, both, nested)}


def explanations(north: CalendarPlay) -> Iterator[Explanation]:
    """Counts of every kind: days and instants, with and without a federal limit, pauses, an act, a door's hour."""
    zone = north.rules.zone
    terms = terms_of(north.rules.terms["score.consideration"])
    shorter = {name: term.model_copy(update={"title": "Иной"}) for name, term in terms.items()}
    act = Published(
        term="any.day",
        intake=(
            Intake(
                opens=dt.datetime(2025, 6, 6, 9, tzinfo=zone),
                closes=dt.datetime(2025, 6, 6, 18, tzinfo=zone),
            ),
        ),
        source="график",
        clauses=("core:E17",),
    )
    starts: tuple[dict[str, Any], ...] = (
        {
            "registered": dt.datetime(2025, 6, 5, 9, tzinfo=zone),
            "hearing_day": dt.datetime(2025, 6, 11, 10, tzinfo=zone),
        },
        {"registered": dt.date(2025, 6, 4), "hearing_day": dt.date(2025, 6, 16)},
        {"registered": dt.datetime(2025, 6, 20, 23, 30, tzinfo=zone), "hearing_day": dt.date(2025, 7, 1)},
    )
    pauses = ((), (Pause(dt.date(2025, 6, 9), dt.date(2025, 6, 10), "проверка"),))
    federals: tuple[Mapping[str, Term], ...] = (terms, shorter, {}, {"any.both": terms["any.day"]})
    for term, events, held, published, federal in itertools.product(
        terms.values(), starts, pauses, (None, act), federals
    ):
        counted = compute(
            term,
            events=events,
            calendar=north.base,
            zone=zone,
            federal=federal.get(term.id),
            terms=terms,
            pauses=held,
            published=published,
        )
        if counted.due is not None:
            yield counted
            yield counted.until_hour(dt.time(17), of="часы приёма")


def keep(north: CalendarPlay, case_id: uuid.UUID, found: list[Explanation]) -> dict[uuid.UUID, Explanation]:
    """Give the case a clock for each, beside those that it has."""
    pattern = north.clock(case_id, "score.consideration")
    copied = {column.name: getattr(pattern, column.name) for column in Deadline.__table__.columns}
    made = {new_id(): explanation for explanation in found}
    rows = [
        copied
        | {"id": clock_id, "round": 100 + number, "term": explanation.term, "explanation": explanation.to_record()}
        | {"starts_at": explanation.starts_at, "due_at": explanation.due, "federal_due_at": explanation.federal_due}
        for number, (clock_id, explanation) in enumerate(made.items())
    ]
    north.play.read(lambda session: session.execute(insert(Deadline), rows))
    return made


def days_of(explanation: Explanation) -> set[dt.date]:
    """Every day that a trace names."""
    found = {step.date for step in explanation.steps}
    inner = (*explanation.parts, explanation.origin, explanation.federal)
    return found.union(*(days_of(one) for one in inner if one is not None))


@pytest.mark.clause("federal:102.3")
def test_what_is_streamed_of_a_clock_is_all_that_its_trace_holds(calendar: StartCalendar) -> None:
    north = calendar()
    made = keep(north, north.play.file(0), list(explanations(north)))
    new = store_calendar(north)
    days = changed_days(north.base, new)
    with open_desk(north.play.app, north.play.world, north.play.actor("secretary")) as desk:
        found = {clock.id: clock for clock in running(desk.session, days=days) if clock.id in made}
    assert found.keys() == made.keys()
    assert len(found) > 300
    dates = {day.date for day in days}
    for clock_id, explanation in made.items():
        clock = found[clock_id]
        assert clock.given == Given.of(explanation.to_record())
        # A trace that names a changed day is written again, whether or not its end moves.
        assert clock.touched or not dates & days_of(explanation)
    assert not all(clock.touched for clock in found.values())


def store_calendar(north: CalendarPlay) -> Any:
    """The calendar that a proposal would put in force."""
    version = north.propose()
    return north.play.read(lambda session: store.calendar_of(session, north.version(version), north.base))


@pytest.mark.clause("federal:102.3")
def test_what_is_shown_is_what_is_done_for_every_kind_of_count(calendar: StartCalendar) -> None:
    north = calendar()
    made = keep(north, north.play.file(0), own_terms(north, first=6))
    version = north.propose()
    found = north.difference(version)
    assert found.failures.total == 0
    shown = {
        move.clock.id: (move.due, move.federal_due) for listed in (found.earlier, found.later) for move in listed.rows
    }
    north.approve(version)
    rows = north.play.read(lambda session: session.query(Deadline).filter(Deadline.id.in_(made)).all())
    done = {
        row.id: (row.due_at, row.federal_due_at)
        for row in rows
        if (row.due_at, row.federal_due_at) != (made[row.id].due, made[row.id].federal_due)
    }
    assert done
    assert done == {clock_id: ends for clock_id, ends in shown.items() if clock_id in made}
    assert {row.calendar_version for row in rows} == {"base+1"}
    for row in rows:
        explanation = Explanation.from_record(row.explanation)
        assert (explanation.due, explanation.federal_due) == (row.due_at, row.federal_due_at)


def own_terms(north: CalendarPlay, *, first: int) -> list[Explanation]:
    """Clocks of the region's own terms, begun on each of the days around the change."""
    begun = (
        ("score.consideration", "registered"),
        ("score.withdrawal", "filed"),
        ("hearing.announcement", "hearing_day"),
        ("protocol.handover", "decided"),
        ("decision.notice", "decided"),
    )
    return [
        compute(
            north.rules.terms[term],
            events={event: dt.datetime(2025, 6, day, 20, 30, tzinfo=north.rules.zone)},
            calendar=north.base,
            zone=north.rules.zone,
            federal=north.rules.federal_terms.get(term),
            terms=north.rules.terms,
        )
        for term, event in begun
        for day in range(first, 13)
    ]


# --- While a job is at work -------------------------------------------------------------------------------------------


def progress(north: CalendarPlay, version: CalendarVersion) -> tuple[int, int]:
    found = north.play.read(lambda session: store.progress_of(session, version.id))
    if found is None:
        raise LookupError("a job was asked for")
    return found.counted, found.total


def test_people_see_how_far_the_recount_is_before_it_ends(
    calendar: StartCalendar, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    north = calendar()
    for number in range(3):
        north.play.file(number)
    monkeypatch.setattr("apella.deadlines.applying.CLOCKS_AT_ONCE", 4)
    version = north.approve(north.propose(), at_once=0)
    assert progress(north, version) == (0, 12)
    chair = client_for(north.play.actor("chair"))
    seen: list[Mapping[str, Any]] = []
    pages: list[str] = []
    note = store.note_progress

    def look(session: Any, version_id: uuid.UUID, *, counted: int, total: int) -> None:
        note(session, version_id, counted=counted, total=total)
        session.commit()
        seen.append(chair.get(f"calendar/changes/{version_id}").get_json())
        pages.append(chair.get(f"/north/calendar/changes/{version_id}").text)

    monkeypatch.setattr(store, "note_progress", look)
    north.play.drain()
    assert [(one["state"], one["counted"], one["total"], one["moved"]) for one in seen] == [
        ("approved", counted, 12, 0) for counted in (0, 4, 8, 12)
    ]
    assert 'max="12" value="8"' in pages[2]
    assert "8 из 12" in pages[2].replace("\xa0", " ")
    done = chair.get(f"calendar/changes/{version.id}").get_json()
    assert (done["state"], done["moved"], done["calendar_version"]) == ("applied", 12, "base+1")
    assert client_for(north.play.actor(0)).get(f"calendar/changes/{version.id}").status_code == 403
    assert chair.get(f"calendar/changes/{new_id()}").status_code == 404


def test_a_worker_that_dies_in_the_middle_has_moved_nothing_and_the_next_one_does_all(
    calendar: StartCalendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    north = calendar()
    cases = [north.play.file(number) for number in range(3)]
    monkeypatch.setattr("apella.deadlines.applying.CLOCKS_AT_ONCE", 4)
    version = north.approve(north.propose(), at_once=0)
    job = handler_of("calendar.apply")
    if job is None:
        raise LookupError("the job is registered")
    note = store.note_progress

    def die(session: Any, version_id: uuid.UUID, *, counted: int, total: int) -> None:
        note(session, version_id, counted=counted, total=total)
        session.commit()
        if counted == 8:
            raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(store, "note_progress", die)
        with pytest.raises(SystemExit):
            run(north, job, version)
    assert progress(north, version) == (8, 12)
    assert north.version(version).state is VersionState.APPROVED
    assert {north.last_day(case_id, "score.consideration") for case_id in cases} == {"ср 11.06.2025"}
    assert north.told_by_audit("deadline:calendar:moved") == []
    north.play.drain()
    assert progress(north, version) == (12, 12)
    assert {north.last_day(case_id, "score.consideration") for case_id in cases} == {"пн 16.06.2025"}
    assert len(north.told_by_audit("deadline:calendar:moved")) == 3


def run(north: CalendarPlay, job: Callable[[JobContext], None], version: CalendarVersion) -> None:
    """Do the job once, as a worker does."""
    with open_desk(north.play.app, north.play.world, north.play.actor("chair")) as desk:
        job(
            JobContext(
                session=desk.session,
                actor=desk.actor,
                now=desk.now,
                machine_now=desk.machine_now,
                args={"version": str(version.id)},
                parts=north.play.app,
            )
        )


def test_a_clock_that_began_while_a_calendar_was_put_in_force_is_settled(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.file(0)
    # Work that began before, and ends after, writes its clocks by the old calendar, beside those that were counted.
    late = own_terms(north, first=3)[:5]
    version = north.approve(north.propose())
    made = keep(north, case_id, late)
    north.play.read(
        lambda session: session.execute(update(Deadline).where(Deadline.id.in_(made)).values(calendar_version="base"))
    )
    # Of the five, those that began before the new day off move.
    assert north.settle() == 3
    rows = north.play.read(lambda session: session.query(Deadline).filter(Deadline.id.in_(made)).all())
    assert {row.calendar_version for row in rows} == {version.label}
    assert all(row.explanation["calendar_version"] == version.label for row in rows)
    assert north.settle() == 0
