"""What a superuser without triggers does to the chain is found, with its place (T5.1)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from apella.testing.chain import chain_faults, faults_by_sql
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

pytestmark = pytest.mark.proof("T5.1")


@pytest.fixture(scope="module")
def middle() -> int:
    """The number of an event with others before and after it."""
    return 3


@pytest.fixture
def chained(play: StartPlay, tamperer: Session) -> Play:
    """A tenant with a chain of some events, which the tamperer's session now works for."""
    north = play(participants=1)
    north.walk(north.file(), "concluded")
    tamperer.execute(text("set local role app_owner"))
    tamperer.execute(text("select set_config('app.tenant', :id, true)"), {"id": str(north.world.rules.tenant.id)})
    return north


EDITS = {
    "actor_login": "'another'",
    "role": "coalesce(role, '') || '1'",
    "tag": "tag || '1'",
    "subject_type": "'other'",
    "subject_id": "gen_random_uuid()",
    "case_id": "gen_random_uuid()",
    "season_id": "gen_random_uuid()",
    "actor_id": "gen_random_uuid()",
    "changes": "changes || ' '",
    "reason": "'given!'",
    "at": "at + interval '1 microsecond'",
    "case_at": "coalesce(case_at, at) - interval '1 day'",
    "hash": "sha256(hash)",
    "prev_hash": "sha256(prev_hash)",
}


@pytest.mark.parametrize("column", EDITS)
def test_a_changed_column_is_found_at_its_event(chained: Play, tamperer: Session, middle: int, column: str) -> None:
    tamperer.execute(text(f"update audit_event set {column} = {EDITS[column]} where seq = :seq"), {"seq": middle})  # noqa: S608 a fixed list
    assert any(fault.startswith(f"{middle} ") for fault in chain_faults(tamperer))
    assert middle in faults_by_sql(tamperer)


REWORK = {
    "deleted": "delete from audit_event where seq = :seq",
    "moved": "update audit_event set seq = seq + 1000000 where seq = :seq",
    "doubled": (
        "insert into audit_event select (jsonb_populate_record(e, jsonb_build_object('seq', 2000000, 'id',"
        " gen_random_uuid()))).* from audit_event e where seq = :seq"
    ),
}


@pytest.mark.parametrize("rework", REWORK)
def test_a_reworked_chain_is_found(chained: Play, tamperer: Session, middle: int, rework: str) -> None:
    tamperer.execute(text(REWORK[rework]), {"seq": middle})
    assert chain_faults(tamperer)
    assert faults_by_sql(tamperer)


def test_two_events_swapped_are_found(chained: Play, tamperer: Session, middle: int) -> None:
    for seq, to in ((middle, 3_000_000), (middle + 1, middle), (3_000_000, middle + 1)):
        tamperer.execute(text("update audit_event set seq = :to where seq = :seq"), {"seq": seq, "to": to})
    assert chain_faults(tamperer)
    assert middle in faults_by_sql(tamperer)


def test_a_cut_tail_does_not_fit_the_head(chained: Play, tamperer: Session) -> None:
    tamperer.execute(text("delete from audit_event where seq = (select max(seq) from audit_event)"))
    assert chain_faults(tamperer) == ["the head is not the last event"]


def test_a_head_set_back_is_found(chained: Play, tamperer: Session) -> None:
    tamperer.execute(text("update audit_head set hash = sha256(hash)"))
    assert chain_faults(tamperer) == ["the head is not the last event"]


def test_left_alone_it_is_whole(chained: Play, tamperer: Session) -> None:
    whole: list[Callable[[Session], object]] = [chain_faults, faults_by_sql]
    assert [look(tamperer) for look in whole] == [[], []]
