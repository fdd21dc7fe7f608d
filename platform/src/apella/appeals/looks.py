"""That staff opened a case: whoever asks later who saw it finds them in the audit."""

from __future__ import annotations

import uuid

from apella.appeals.desk import Desk
from apella.appeals.repository import OWN_SIDE
from apella.audit.views import record_view
from apella.identity.permissions import table
from apella.identity.roles import Role


def reading_role(desk: Desk) -> Role | None:
    """The role by which staff read cases; None for the appellant's side and for emergency access."""
    staff = desk.actor.roles - OWN_SIDE
    return next((role for role in table()["see_case"] if role in staff), None)


def record_look(desk: Desk, case_id: uuid.UUID) -> None:
    """Record that staff read this case now, once an hour; call it before the answer, for what changes nothing.

    The appellant's side reads its own case, which is nobody's business; emergency access leaves an event each time
    (`record_glass_view`).
    """
    role = reading_role(desk)
    if role is not None:
        record_view(
            desk.session,
            actor=desk.actor,
            what="case",
            subject_id=case_id,
            case_id=case_id,
            case_at=desk.now,
            role=role,
        )
