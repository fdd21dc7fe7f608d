"""What the pages and the API of sign-ins share: what is to be ended. Who asks has signed in within ten minutes."""

from __future__ import annotations

import uuid

from apella.appeals.desk import Desk
from apella.errors import Malformed
from apella.identity import own_sessions
from apella.identity.model import SignInSession


def end_own(at: Desk, present: SignInSession, *, session_id: uuid.UUID | None, others: bool) -> int:
    """End one own sign-in, or all but the present one; say how many.

    Raises Malformed (`session.which`) unless one of the two is asked for, and what `own_sessions.end_session` raises.
    """
    if others == (session_id is not None):
        raise Malformed("Укажите, какой вход завершить, или завершите все остальные.", code="session.which")
    if session_id is None:
        return own_sessions.end_other_sessions(
            at.session, present=present, actor=at.actor, machine_now=at.machine_now, now=at.now
        )
    own_sessions.end_session(
        at.session, session_id, present=present, actor=at.actor, machine_now=at.machine_now, now=at.now
    )
    return 1


def end_of_member(at: Desk, *, login: str) -> int:
    """End every sign-in of a person of the tenant; say how many.

    Raises what `own_sessions.member_of` and `own_sessions.end_sessions_of_member` raise.
    """
    person = own_sessions.member_of(at.session, login, actor=at.actor)
    return own_sessions.end_sessions_of_member(
        at.session, person, actor=at.actor, machine_now=at.machine_now, now=at.now
    )
