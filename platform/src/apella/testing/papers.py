"""Papers at a door, handled as people would: signed before they go on, taken in with their date."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from apella.appeals import journal, withdrawal
from apella.appeals.desk import Desk
from apella.appeals.model import Appeal, Applicant
from apella.appeals.route import channel_of, missing_certification

if TYPE_CHECKING:
    from apella.testing.play import Play, Who


def certify(play: Play, who: Who, case_id: uuid.UUID) -> None:
    """Sign every copy of a paper, where the region wants that done before it is handed on."""

    def sign(desk: Desk) -> None:
        case = desk.session.get_one(Appeal, (desk.actor.tenant_id, case_id))
        if missing_certification(desk.rules, case) is not None:
            journal.certify(desk, case_id=case_id, version=None, copies=channel_of(desk, case).copies)

    play.do(who, sign)


def take_in_withdrawal(play: Play, who: Who, case_id: uuid.UUID, **wishes: Any) -> Appeal:
    """Take in a withdrawal at a door, by an application of this day that the participant signed."""
    today = play.now().astimezone(play.world.rules.zone).date()
    paper = {"application_date": today, "application_by": Applicant.PARTICIPANT}
    return play.act(who, withdrawal.accept_withdrawal, case_id, **{**paper, **wishes})
