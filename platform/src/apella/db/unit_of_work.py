"""One request or one job is one transaction: this module alone commits, and alone sets the tenant and the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from apella.db.engine import BEGAN_AT
from apella.db.tenant_context import working_for
from apella.tenancy.ids import TenantId

_LAST = "apella.before_commit.last"
_FIRST = "apella.before_commit.first"


class UnitOfWork:
    """An open transaction of one tenant.

    `machine_now` is SQL now(): leases, sessions, codes, signed links. `now` is case time, that is machine time plus
    the season's offset; it is known once `enter_season` was called. Both are read once and stay the same.
    """

    def __init__(self, session: Session, machine_now: datetime) -> None:
        self.session = session
        self.machine_now = machine_now
        self._offset: timedelta | None = None
        self.discarded = False

    def discard(self) -> None:
        """Undo everything at the end of the block although it ends well: the answer was a refusal."""
        self.discarded = True

    def enter_season(self, clock_offset: timedelta) -> None:
        """Fix the clock of the season that this work is about."""
        self._offset = clock_offset

    @property
    def now(self) -> datetime:
        """Case time (UTC). Raises RuntimeError before the season is known."""
        if self._offset is None:
            raise RuntimeError("case time was asked for before the season was known")
        return self.machine_now + self._offset


class Database:
    """Opens units of work on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False, autoflush=True)

    @contextmanager
    def unit_of_work(self, tenant_id: TenantId | None) -> Iterator[UnitOfWork]:
        """Begin a transaction of `tenant_id` (None: only global tables) and commit it if the block ends well.

        What `before_commit` collected runs just before COMMIT, the audit last: the lock on a tenant's chain is then
        held for the shortest time. Any exception rolls everything back.
        """
        with working_for(tenant_id), self._sessions() as session, session.begin():
            work = UnitOfWork(session, session.connection().info[BEGAN_AT])
            yield work
            if work.discarded:
                session.rollback()
                return
            session.flush()
            for check in _collected(session, _FIRST).values():
                check(session)
            session.flush()
            for write in _collected(session, _LAST).values():
                write(session)


def before_commit(session: Session, key: str, action: Callable[[Session], None], *, last: bool = False) -> None:
    """Run `action(session)` once at the end of this unit of work; a second call with the same key replaces it."""
    _collected(session, _LAST if last else _FIRST)[key] = action


def _collected(session: Session, which: str) -> dict[str, Callable[[Session], None]]:
    actions: dict[str, Callable[[Session], None]] = session.info.setdefault(which, {})
    return actions
