"""What may be used only once is remembered until it would have expired anyway."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from apella.identity.model import UsedLoginCode


def spend_once(session: Session, *, code_id: str, expires_at: datetime, machine_now: datetime) -> bool:
    """Mark the code as used; False when it was used before, in this process or another.

    A second user of the same code waits for the first one's transaction. Codes past their time are forgotten here.
    """
    forgotten = (
        select(UsedLoginCode.id)
        .where(UsedLoginCode.expires_at < machine_now)
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    session.execute(delete(UsedLoginCode).where(UsedLoginCode.id.in_(forgotten)))
    marked = session.execute(
        insert(UsedLoginCode)
        .values(code_id=code_id, expires_at=expires_at)
        .on_conflict_do_nothing()
        .returning(UsedLoginCode.id)
    )
    return marked.first() is not None
