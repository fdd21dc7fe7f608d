"""Looking leaves an event once an hour, whoever races; what cannot be recorded is not shown."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine, event, select, text

from apella.appeals.desk import Desk
from apella.audit.model import AuditEvent, AuditView
from apella.audit.views import TAGS, forget_views, record_view
from apella.bootstrap import App
from apella.db.ids import new_id
from apella.identity.actor import Actor
from apella.identity.model import Person
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay


def look(desk: Desk, *, subject: uuid.UUID, session: uuid.UUID | None = None) -> bool:
    actor = replace(desk.actor, session_id=session) if session else desk.actor
    return record_view(desk.session, actor=actor, what="person", subject_id=subject, case_at=desk.now)


def seen(play: Play, subject: uuid.UUID) -> list[AuditEvent]:
    return play.read(lambda session: list(session.scalars(select(AuditEvent).where(AuditEvent.subject_id == subject))))


def an_hour_ago(play: Play, subject: uuid.UUID) -> None:
    with play.app.database.unit_of_work(play.world.rules.tenant.tenant_id) as work:
        statement = "update audit_view set seen_at = seen_at - interval '61 minutes' where subject_id = :id"
        work.session.execute(text(statement), {"id": subject})


def test_the_first_look_is_an_event_and_the_next_within_the_hour_is_none(play: StartPlay) -> None:
    north, subject = play(participants=1), new_id()
    assert north.do("secretary", look, subject=subject) is True
    assert north.do("secretary", look, subject=subject) is False
    (one,) = seen(north, subject)
    assert (one.tag, one.actor_login) == (TAGS["person"], north.actor("secretary").login)
    an_hour_ago(north, subject)
    assert north.do("secretary", look, subject=subject) is True
    assert len(seen(north, subject)) == 2


def test_another_session_person_or_subject_is_another_look(play: StartPlay) -> None:
    north, subject = play(participants=1), new_id()
    for session in (new_id(), new_id()):
        assert north.do("secretary", look, subject=subject, session=session) is True
    assert north.do("chair", look, subject=subject) is True
    assert north.do("secretary", look, subject=new_id()) is True
    assert len(seen(north, subject)) == 3


def test_of_many_at_once_exactly_one_is_recorded(play: StartPlay) -> None:
    north, subject, start = play(participants=1), new_id(), threading.Barrier(8)

    def go() -> bool:
        start.wait()
        return bool(north.do("secretary", look, subject=subject))

    with ThreadPoolExecutor(8) as pool:
        found = [done.result() for done in [pool.submit(go) for _ in range(8)]]
    assert sorted(found) == [False] * 7 + [True]
    assert len(seen(north, subject)) == 1


def test_a_look_that_was_undone_does_not_hold_back_the_next(play: StartPlay) -> None:
    north, subject = play(participants=1), new_id()

    def fail(desk: Desk) -> None:
        look(desk, subject=subject)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        north.do("secretary", fail)
    assert seen(north, subject) == []
    assert north.do("secretary", look, subject=subject) is True


def test_looking_again_costs_one_statement(app: App, play: StartPlay) -> None:
    north, subject = play(participants=1), new_id()
    north.do("secretary", look, subject=subject)
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    def again(desk: Desk) -> None:
        engine = desk.session.get_bind()
        assert isinstance(engine, Engine)
        event.listen(engine, "before_cursor_execute", note)
        try:
            look(desk, subject=subject)
        finally:
            event.remove(engine, "before_cursor_execute", note)

    north.do("secretary", again)
    assert len(statements) == 1
    assert "ON CONFLICT" in statements[0]


def test_the_system_looks_at_nothing(app: App, play: StartPlay) -> None:
    north = play(participants=1)
    tenant = north.world.rules.tenant
    system = Actor.system(tenant_id=tenant.tenant_id, slug="north", season_id=north.world.season_id)
    with app.database.unit_of_work(tenant.tenant_id) as work, pytest.raises(RuntimeError, match="only people"):
        record_view(work.session, actor=system, what="marks", subject_id=new_id())


def test_marks_are_forgotten_after_a_day(play: StartPlay) -> None:
    north, subject = play(participants=1), new_id()
    north.do("secretary", look, subject=subject)
    for days, left in ((0, 1), (2, 0)):
        with north.app.database.unit_of_work(north.world.rules.tenant.tenant_id) as work:
            work.session.execute(
                text("update audit_view set seen_at = now() - make_interval(days => :days) where subject_id = :id"),
                {"days": days, "id": subject},
            )
            forget_views(work.session, machine_now=work.machine_now)
            marks = work.session.scalars(select(AuditView.id).where(AuditView.subject_id == subject)).all()
            assert len(marks) == left


def test_each_browser_s_look_at_a_document_is_recorded_once(play: StartPlay, client_for: ClientFor) -> None:
    north = play()
    case = north.file()
    person = north.actor(0).person_id
    assert person is not None
    chair = north.actor("chair")
    for browser in (client_for(chair), client_for(chair)):
        for _ in range(3):
            assert browser.post(f"appeals/{case}/document-number").status_code == 200
    found = seen(north, person)
    assert [one.tag for one in found] == ["person:document:seen"] * 2
    assert {str(one.case_id) for one in found} == {str(case)}


@pytest.mark.parametrize("address", ["/north/cases/{case}/document-number", "appeals/{case}/document-number"])
def test_what_cannot_be_recorded_is_not_shown(
    play: StartPlay, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    north = play()
    client, path = client_for(north.actor("chair")), address.format(case=north.file())
    shown = north.do("chair", document_of)
    # NUL is what PostgreSQL's text cannot hold, so that the chain's row is refused by the database.
    monkeypatch.setattr("apella.audit.trail.canonical", lambda _: "\x00")
    answer = client.post(path)
    assert answer.status_code == 500
    assert shown not in answer.get_data(as_text=True).replace("\u00a0", "")
    monkeypatch.undo()
    answer = client.post(path)
    assert answer.status_code == 200
    assert shown in answer.get_data(as_text=True).replace("\u00a0", "")


def document_of(desk: Desk) -> str:
    """The document of the season's first participant, as the vault has it."""
    query = select(Person).where(Person.season_id == desk.actor.season_id, Person.document_cipher.is_not(None))
    person = desk.session.scalars(query.order_by(Person.login)).first()
    assert person is not None
    assert person.document_cipher is not None
    return desk.vault.open("person.document", person.id, person.document_cipher)
