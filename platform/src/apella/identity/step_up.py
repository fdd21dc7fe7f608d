"""Deeds that nobody does by an unattended screen: they need a sign-in of the last minutes, at the level there is."""

from __future__ import annotations

from datetime import datetime, timedelta

from apella.errors import Forbidden
from apella.identity.model import SignInSession

FRESH = timedelta(minutes=10)
DEED_LOA = 2
DEEDS = frozenset({"decide", "hand_over", "approve"})
"""Verbs on a case by which a decision is made, made known or approved."""


class StepUpRequired(Forbidden):
    """The sign-in is too old, or too weak, for this deed. Nothing was done; a fresh sign-in helps."""

    code = "session.step_up"


def require_fresh(session: SignInSession, *, machine_now: datetime, loa: int = DEED_LOA) -> None:
    """Raise StepUpRequired unless the person proved who they are within ten minutes, at level `loa`.

    A provider that offers no such level is asked for the highest one that it offers.
    """
    if not is_fresh(session, machine_now=machine_now, loa=loa):
        raise StepUpRequired(
            "Для этого действия подтвердите, что это вы: войдите ещё раз. После входа вы вернётесь сюда. "
            "Ничего не изменилось."
        )


def is_fresh(session: SignInSession, *, machine_now: datetime, loa: int = DEED_LOA) -> bool:
    """Whether `require_fresh` would let this session pass."""
    return machine_now - session.auth_time <= FRESH and session.loa >= min(loa, session.loa_offered)
