"""A session lives as long as it is used, never longer than half a day, and not a moment after it is ended."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from apella.db.unit_of_work import Database
from apella.errors import Unauthenticated
from apella.identity.model import Account, SignInSession
from apella.identity.sessions import ABSOLUTE, IDLE, TOUCH_GAP, create_session, live_session, revoke_session

A_SECOND = timedelta(seconds=1)


@pytest.fixture
def account_id(database: Database) -> uuid.UUID:
    with database.unit_of_work(None) as work:
        account = Account(iss="https://sso.example", sub=str(uuid.uuid4()))
        work.session.add(account)
        work.session.flush()
        return account.id


@pytest.fixture
def begun(database: Database, account_id: uuid.UUID) -> tuple[str, datetime]:
    """A session's token and when it began."""
    with database.unit_of_work(None) as work:
        new = create_session(
            work.session,
            account_id=account_id,
            tenants=(),
            loa=1,
            auth_time=work.machine_now,
            machine_now=work.machine_now,
        )
        return new.token, work.machine_now


def seen(database: Database, token: str | None, at: datetime) -> uuid.UUID:
    with database.unit_of_work(None) as work:
        return live_session(work.session, token=token, machine_now=at).account_id


def refusal(database: Database, token: str | None, at: datetime) -> str:
    with pytest.raises(Unauthenticated) as refused:
        seen(database, token, at)
    return refused.value.error_code


def test_the_token_opens_the_account_and_is_not_kept(
    database: Database, begun: tuple[str, datetime], account_id: uuid.UUID
) -> None:
    token, at = begun
    assert len(token) >= 43, "256 bits"
    assert seen(database, token, at) == account_id
    with database.unit_of_work(None) as work:
        row = work.session.scalars(select(SignInSession).where(SignInSession.account_id == account_id)).one()
        assert token.encode() not in row.token_hash
        assert len(row.token_hash) == 32


@pytest.mark.parametrize("token", [None, "", "somebody-else-s"])
def test_no_token_of_ours_opens_nothing(database: Database, begun: tuple[str, datetime], token: str | None) -> None:
    assert refusal(database, token, begun[1]) == "session.none"


def test_a_session_ends_after_half_an_hour_without_use(database: Database, begun: tuple[str, datetime]) -> None:
    token, at = begun
    seen(database, token, at + IDLE - A_SECOND)
    seen(database, token, at + 2 * IDLE - 2 * A_SECOND)  # the use before counts
    assert refusal(database, token, at + 3 * IDLE) == "session.ended"


def test_a_session_ends_after_twelve_hours_of_use(database: Database, begun: tuple[str, datetime]) -> None:
    token, at = begun
    step = IDLE - A_SECOND
    moment = at
    while moment + step < at + ABSOLUTE:
        moment += step
        seen(database, token, moment)
    assert refusal(database, token, at + ABSOLUTE) == "session.ended"


def test_use_is_written_once_a_minute(database: Database, begun: tuple[str, datetime], account_id: uuid.UUID) -> None:
    token, at = begun

    def last_seen() -> datetime:
        with database.unit_of_work(None) as work:
            return work.session.scalars(
                select(SignInSession.last_seen_at).where(SignInSession.account_id == account_id)
            ).one()

    seen(database, token, at + TOUCH_GAP - A_SECOND)
    assert last_seen() == at
    seen(database, token, at + TOUCH_GAP)
    assert last_seen() == at + TOUCH_GAP
    seen(database, token, at + A_SECOND)
    assert last_seen() == at + TOUCH_GAP, "a slower request does not set it back"


def test_a_request_never_waits_for_another_of_the_same_session(database: Database, begun: tuple[str, datetime]) -> None:
    token, at = begun
    with database.unit_of_work(None) as slow, database.unit_of_work(None) as quick:
        quick.session.execute(text("set local lock_timeout = '1s'"))
        for work in (slow, quick):
            live_session(work.session, token=token, machine_now=at + TOUCH_GAP)


@pytest.mark.proof("T2.3")
def test_a_revoked_session_is_dead_at_once(database: Database, begun: tuple[str, datetime]) -> None:
    token, at = begun
    with database.unit_of_work(None) as work:
        assert revoke_session(work.session, token=token, machine_now=at) is not None
    assert refusal(database, token, at) == "session.none"
    with database.unit_of_work(None) as work:
        assert revoke_session(work.session, token=token, machine_now=at) is None
        assert revoke_session(work.session, token="unknown", machine_now=at) is None
