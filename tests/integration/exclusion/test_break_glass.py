"""Emergency access: one case, for reading, half an hour, in one session; written down, told to the chair at once."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from apella.appeals import journal
from apella.appeals.conflicts import Excluded
from apella.appeals.desk import Desk
from apella.appeals.emergency import break_glass, close_glass, glasses, living_glasses
from apella.appeals.repository import JournalFilter, journal_page, visible_case
from apella.audit.model import AuditEvent
from apella.casework.reading import case_for
from apella.db.ids import new_id
from apella.errors import Forbidden, Malformed, NotFound
from apella.experts import conflicts
from apella.identity.actor import Actor
from apella.identity.break_glass import LIFE, BreakGlass
from apella.identity.model import Person
from apella.identity.roles import Role
from apella.notices.model import Notice, NoticeChannel, NoticeState, OutboxMessage
from apella.testing.expect import refused
from apella.testing.play import Play, Who
from apella.testing.plugin import StartPlay

pytestmark = pytest.mark.usefixtures("paperless")

REASON = "не открывается протокол, нужно проверить файл в деле"


def admin(play: Play) -> Actor:
    """A tenant's administrator in a session of theirs."""
    return replace(play.hire(Role.TENANT_ADMIN), session_id=new_id())


def opened(play: Play, who: Who, case_id: uuid.UUID, reason: str = REASON) -> BreakGlass:
    return play.do(who, break_glass, number=play.case(case_id).receipt_number, reason=reason)


def sees(play: Play, who: Who, case_id: uuid.UUID) -> bool:
    return play.do(who, lambda desk: visible_case(desk.session, desk.actor, case_id)) is not None


def events(play: Play, case_id: uuid.UUID) -> list[str]:
    query = (
        select(AuditEvent.tag)
        .where(AuditEvent.case_id == case_id, AuditEvent.tag.startswith("access:"))
        .order_by(AuditEvent.seq)
    )
    return play.read(lambda session: list(session.scalars(query)))


def notices(play: Play, case_id: uuid.UUID) -> Sequence[Notice]:
    query = select(Notice).where(Notice.case_id == case_id, Notice.event == "break_glass_opened")
    return play.read(lambda session: session.scalars(query).all())


def outlive(play: Play, glass: BreakGlass) -> None:
    """Let the half hour be over: the rows move back, nobody waits."""
    earlier = update(BreakGlass).where(BreakGlass.id == glass.id)
    play.read(
        lambda s: s.execute(
            earlier.values(opened_at=BreakGlass.opened_at - LIFE, expires_at=BreakGlass.expires_at - LIFE)
        )
    )


# --- What it opens ----------------------------------------------------------------------------------------------------


def test_it_opens_one_case_and_no_other(play: StartPlay) -> None:
    north = play()
    case_id, other = north.walk(north.file(), "registered"), north.file(1)
    reader = admin(north)
    assert not sees(north, reader, case_id)
    glass = opened(north, reader, case_id)
    assert glass.expires_at - glass.opened_at == timedelta(minutes=30)
    assert sees(north, reader, case_id)
    assert not sees(north, reader, other)


def test_the_number_of_the_journal_does_as_well(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(), "registered")
    number = north.case(case_id).journal_number
    assert north.do(admin(north), break_glass, number=f" {number} ", reason=REASON).case_id == case_id


def test_it_opens_no_list(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    reader = admin(north)
    opened(north, reader, case_id)
    lines = north.do(
        reader, lambda desk: journal_page(desk.session, desk.actor, JournalFilter(), cursor=None, limit=50)
    )
    assert lines == []


def test_it_opens_reading_alone(play: StartPlay) -> None:
    north = play()
    case_id = north.walk(north.file(channel="school_desk"), "forwarded")
    reader = admin(north)
    opened(north, reader, case_id)
    assert north.do(reader, case_for, case_id).id == case_id
    with refused("appeal.not_found", NotFound):
        north.act(reader, journal.register, case_id)
    # Not even for somebody whose roles give the deed: what is seen by emergency access is not acted on.
    both = replace(reader, roles=reader.roles | {Role.SCHOOL_OPERATOR}, organisation_id=new_id())
    assert sees(north, both, case_id)
    with refused("appeal.not_found", NotFound):
        north.act(both, journal.forward, case_id)


def test_it_lives_in_the_session_where_it_was_opened(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    reader = admin(north)
    opened(north, reader, case_id)
    assert not sees(north, replace(reader, session_id=new_id()), case_id)
    assert not sees(north, replace(admin(north), session_id=reader.session_id), case_id)
    with refused("break_glass.session", Forbidden):
        opened(north, replace(reader, session_id=None), case_id)


def test_it_ends_after_half_an_hour_of_machine_time(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    reader = admin(north)
    glass = opened(north, reader, case_id)
    north.clock(days=2)
    assert sees(north, reader, case_id)
    outlive(north, glass)
    assert not sees(north, reader, case_id)
    assert opened(north, reader, case_id).id != glass.id


def test_the_database_itself_holds_it_to_half_an_hour(play: StartPlay) -> None:
    north = play()
    glass = opened(north, admin(north), north.file())
    longer = (
        update(BreakGlass).where(BreakGlass.id == glass.id).values(expires_at=glass.expires_at + timedelta(seconds=1))
    )
    with pytest.raises(IntegrityError, match="ck_break_glass_life"):
        north.read(lambda s: s.execute(longer))


def test_opening_it_again_gives_the_one_that_lives(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    reader = admin(north)
    glass = opened(north, reader, case_id)
    assert opened(north, reader, case_id).id == glass.id
    assert events(north, case_id) == ["access:break_glass:opened"]


# --- Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "role", sorted(set(Role) - {Role.TENANT_ADMIN, Role.PARTICIPANT, Role.PARENT, Role.PROXY}, key=str)
)
def test_nobody_else_opens_it(play: StartPlay, role: Role) -> None:
    north = play()
    case_id = north.file()
    who = replace(north.hire(role), session_id=new_id())
    with refused("permission.role", Forbidden):
        opened(north, who, case_id)
    assert events(north, case_id) == []


@pytest.mark.parametrize(
    ("number", "reason", "fields"),
    [
        ("", REASON, {"number"}),
        ("нет-такого", REASON, {"number"}),
        ("0\0", REASON, {"number"}),
        (None, "посмотреть дело", {"reason"}),
        (None, " " * 40, {"reason"}),
        (None, "ы" * 2001, {"reason"}),
        ("", "", {"number", "reason"}),
    ],
)
def test_a_case_and_a_reason_are_asked_for(play: StartPlay, number: str | None, reason: str, fields: set[str]) -> None:
    north = play()
    case_id = north.file()
    reader = admin(north)
    wanted = north.case(case_id).receipt_number if number is None else number
    with refused("break_glass.fields", Malformed) as caught:
        north.do(reader, break_glass, number=wanted, reason=reason)
    assert isinstance(caught.value, Malformed)
    assert set(caught.value.fields) == fields
    assert not sees(north, reader, case_id)


def test_a_conflict_of_interest_beats_it(play: StartPlay) -> None:
    north = play()
    case_id, later = north.file(), north.file(1)
    reader = admin(north)
    north.act(reader, conflicts.declare, case_id, ground="апеллянт – мой племянник")
    with refused("conflict.excluded", Excluded):
        opened(north, reader, case_id)
    opened(north, reader, later)
    assert sees(north, reader, later)
    north.act(reader, conflicts.declare, later, ground="апеллянт – мой племянник")
    assert not sees(north, reader, later)


# --- Who learns of it -------------------------------------------------------------------------------------------------


def test_each_look_is_written_down(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    reader = admin(north)
    opened(north, reader, case_id)
    for _ in range(2):
        north.do(reader, case_for, case_id)
    north.do("chair", case_for, case_id)
    assert events(north, case_id) == ["access:break_glass:opened", "access:break_glass:seen", "access:break_glass:seen"]
    # Also of somebody who sees other cases by a role: it is this case that is seen by emergency access.
    both = replace(reader, roles=reader.roles | {Role.SCHOOL_OPERATOR}, organisation_id=new_id())
    north.do(both, case_for, case_id)
    assert events(north, case_id)[3:] == ["access:break_glass:seen"]


def test_the_chair_is_told_and_by_mail_where_there_is_an_address(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    second = north.hire(Role.CHAIR, commission_id=north.world.commission_id)

    def give_address(desk: Desk) -> None:
        person = desk.session.get_one(Person, (second.tenant_id, second.person_id))
        desk.vault.fill_person(person, document=None, email="chair@example.ru")

    north.do("secretary", give_address)
    opened(north, admin(north), case_id)
    north.drain()
    told = {(notice.person_id, notice.channel): notice for notice in notices(north, case_id)}
    assert told.keys() == {
        (north.actor("chair").person_id, NoticeChannel.CABINET),
        (second.person_id, NoticeChannel.CABINET),
        (second.person_id, NoticeChannel.EMAIL),
    }
    assert {notice.state for notice in told.values()} == {NoticeState.SENT}
    assert {REASON in notice.text for notice in told.values()} == {False}
    letters = select(OutboxMessage).where(
        OutboxMessage.season_id == north.world.season_id, OutboxMessage.channel == "email"
    )
    (letter,) = north.read(lambda s: s.scalars(letters).all())
    text = north.do(
        "chair",
        lambda desk: desk.vault.of_case(case_id).open("outbox_message.text", letter.id, letter.text_cipher),
    )
    assert str(north.case(case_id).journal_number) in text


def test_the_chair_sees_everybody_s_and_others_their_own(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    one, other = admin(north), admin(north)
    glass = opened(north, one, case_id)
    outlive(north, glass)
    opened(north, other, case_id)

    def listed(who: Who) -> list[uuid.UUID | None]:
        return [found.row.person_id for found in north.do(who, glasses, limit=10)]

    assert listed("chair") == [other.person_id, one.person_id]
    assert listed(one) == [one.person_id]
    assert [found.row.person_id for found in north.do("chair", living_glasses)] == [other.person_id]
    with refused("permission.role", Forbidden):
        listed("member-1")


def test_it_is_closed_early_by_its_reader_or_the_chair(play: StartPlay) -> None:
    north = play()
    case_id = north.file()
    for who in ("reader", "chair"):
        reader = admin(north)
        glass = opened(north, reader, case_id)
        with refused("break_glass.not_found", NotFound):
            north.do(admin(north), close_glass, glass_id=glass.id)
        with refused("permission.role", Forbidden):
            north.do("secretary", close_glass, glass_id=glass.id)
        assert sees(north, reader, case_id)
        closed = north.do(reader if who == "reader" else who, close_glass, glass_id=glass.id)
        assert closed.closed_at is not None
        assert not sees(north, reader, case_id)
        again = north.do("chair", close_glass, glass_id=glass.id)
        assert again.closed_at == closed.closed_at
    assert events(north, case_id) == ["access:break_glass:opened", "access:break_glass:closed"] * 2
