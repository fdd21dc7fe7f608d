"""Which tenant code works for, and what a unit of work refuses to guess."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from apella.db.engine import DbRole, make_engine
from apella.db.tenant_context import tenant_of_new_rows, tenant_or_none, working_for
from apella.db.unit_of_work import UnitOfWork
from apella.tenancy.ids import TenantId
from apella.testing.database import DatabaseForbidden

NOW = datetime(2031, 6, 1, tzinfo=UTC)


def test_nobody_s_code_has_no_tenant_and_makes_no_rows() -> None:
    assert tenant_or_none() is None
    with pytest.raises(RuntimeError):
        tenant_of_new_rows()


def test_the_inner_tenant_ends_with_its_block_even_by_an_error() -> None:
    def fail_for_another() -> None:
        with working_for(TenantId(2)):
            raise ZeroDivisionError(str(tenant_of_new_rows()))

    with working_for(TenantId(1)):
        with pytest.raises(ZeroDivisionError, match="2"):
            fail_for_another()
        assert tenant_of_new_rows() == 1
    assert tenant_or_none() is None


def test_another_thread_has_a_tenant_of_its_own() -> None:
    seen: list[TenantId | None] = []
    with working_for(TenantId(1)):
        thread = threading.Thread(target=lambda: seen.append(tenant_or_none()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_case_time_is_machine_time_with_the_season_s_offset_and_unknown_before() -> None:
    work = UnitOfWork(cast("Session", None), NOW)
    with pytest.raises(RuntimeError):
        _ = work.now
    work.enter_season(timedelta(days=-3))
    assert work.now == NOW - timedelta(days=3)
    assert work.machine_now == NOW


@pytest.mark.parametrize("role", DbRole)
def test_an_engine_takes_its_role_s_name_and_shows_no_parameters(role: DbRole) -> None:
    engine = make_engine("postgresql://somebody:secret@db.example/apella", role)
    assert engine.url.username == role.value
    assert engine.url.drivername == "postgresql+psycopg"
    assert engine.hide_parameters


def test_a_unit_test_gets_no_connection() -> None:
    with pytest.raises(DatabaseForbidden):
        create_engine("sqlite://").connect()
