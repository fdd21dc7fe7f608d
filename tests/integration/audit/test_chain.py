"""The chain of a tenant: whole after everything that people do, and without a word about them."""

from __future__ import annotations

import threading
import uuid

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from apella.appeals.desk import Desk
from apella.appeals.journal import register
from apella.appeals.model import AppealTransition
from apella.appeals.states import State
from apella.audit.model import AuditEvent
from apella.audit.trail import record
from apella.bootstrap import App
from apella.jobs.model import Task
from apella.testing.chain import chain_faults, faults_by_sql
from apella.testing.play import Play
from apella.testing.plugin import OpenDesk, StartPlay

WRITERS, TRANSACTIONS = 8, 12


def note(desk: Desk, *, subject: uuid.UUID, tag: str = "test:subject:noted") -> None:
    record(desk.session, actor=desk.actor, tag=tag, subject_type="test", subject_id=subject, case_at=desk.now)


def events_about(play: Play, subject: uuid.UUID) -> list[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.subject_id == subject).order_by(AuditEvent.seq)
    return play.read(lambda session: list(session.scalars(query)))


def test_it_is_whole_after_a_walk_by_both_counts(play: StartPlay, paperless: None) -> None:
    north = play()
    north.walk(north.file(), "closed", outcome="up")
    assert north.read(chain_faults) == []
    assert north.read(faults_by_sql) == []


def test_a_walk_leaves_an_event_for_each_deed_in_the_order_of_the_deeds(play: StartPlay, paperless: None) -> None:
    north = play()
    case_id = north.walk(north.file(), "closed", outcome="up")
    query = select(AuditEvent).where(AuditEvent.case_id == case_id).order_by(AuditEvent.seq)
    events = north.read(lambda session: list(session.scalars(query)))
    deeds = [event.tag for event in events if event.actor_login != "system"]
    moves = [f"appeal:state:{name}" for name in ("file", "schedule", "open_hearing", "decide", "hand_over", "close")]
    assert [tag for tag in deeds if tag.startswith("appeal:state:")] == moves
    assert deeds[1:4] == ["appeal:kit:requested", "appeal:kit:received", "appeal:expert:assigned"]
    assert deeds.count("appeal:vote:cast") == 3
    assert {event.season_id for event in events} == {north.world.season_id}
    # Both clocks: machine time grows along the chain, case time is the season's.
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert all(event.case_at is not None and event.case_at.year == north.world.exam_day.year for event in events)


def test_it_holds_no_word_about_people(play: StartPlay, paperless: None) -> None:
    north = play()
    case_id = north.file(
        phone="+7 911 222-33-44", email="canary@example.ru", statement="Канарейка", disputed=("C1", "C2")
    )
    north.walk(case_id, "closed", outcome="up")
    rows = north.read(lambda session: list(session.execute(text("select e::text from audit_event e")).scalars()))
    everything = "\n".join(rows)
    canaries = ("9112223344", "canary", "Канарейка", "Примеров", "Служебнов", "Знатоков", "9900000000", "обоснование")
    assert [canary for canary in canaries if canary in everything] == []
    assert str(case_id) in everything


def test_writers_at_once_leave_no_gap_and_no_fork(app: App, play: StartPlay) -> None:
    north, subject = play(participants=1), uuid.uuid4()

    def write() -> None:
        for _ in range(TRANSACTIONS):
            for _ in range(2):
                north.do("secretary", note, subject=subject)

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(events_about(north, subject)) == WRITERS * TRANSACTIONS * 2
    assert north.read(chain_faults) == []


def test_a_deed_undone_leaves_nothing(play: StartPlay, desk: OpenDesk) -> None:
    north, subject = play(participants=1), uuid.uuid4()

    def fail() -> None:
        with desk(north.world, "secretary") as at:
            note(at, subject=subject)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert events_about(north, subject) == []
    north.do("secretary", note, subject=subject)
    assert north.read(chain_faults) == []


@pytest.mark.proof("T5.3")
def test_a_deed_whose_event_cannot_be_written_is_not_done(play: StartPlay) -> None:
    north = play(participants=1)
    case_id = north.file(channel="school_desk")
    version = north.case(case_id).version

    def register_unheard(desk: Desk) -> None:
        register(desk, case_id=case_id, version=None)
        note(desk, subject=case_id, tag=None)  # type: ignore[arg-type]  # the column allows no null

    with pytest.raises(IntegrityError):
        north.do("secretary", register_unheard)
    case = north.case(case_id)
    assert (case.state, case.version, case.journal_number) == (State.IN_TRANSIT, version, None)
    moves = select(AppealTransition.action).where(AppealTransition.case_id == case_id)
    assert list(north.read(lambda session: session.scalars(moves).all())) == ["file"]
    asked = select(Task.dedup_key).where(
        Task.dedup_key.contains("appeal_registered"), Task.args["case"].astext == str(case_id)
    )
    assert north.read(lambda session: session.scalars(asked).all()) == []
    assert north.read(chain_faults) == []


def test_an_event_is_written_as_the_last_statement(app: App, play: StartPlay) -> None:
    north = play(participants=1)
    with app.database.unit_of_work(north.world.rules.tenant.tenant_id) as work:
        actor = north.actor("secretary")
        record(work.session, actor=actor, tag="test:a:b", subject_type="test", subject_id=uuid.uuid4())
        work.session.flush()
        # Not there yet, so the chain's lock is not held while the work goes on.
        held = work.session.execute(
            text("select count(*) from pg_locks where relation = 'audit_head'::regclass and pid = pg_backend_pid()")
        ).scalar_one()
        assert held == 0


@pytest.mark.parametrize(
    "statement", ["update audit_event set tag = tag", "delete from audit_event", "truncate audit_event"]
)
def test_even_a_superuser_s_plain_change_is_refused(superuser: Engine, play: StartPlay, statement: str) -> None:
    play(participants=1).file()
    with superuser.connect() as connection, pytest.raises(DBAPIError, match="never changed"):
        connection.execute(text(statement))
