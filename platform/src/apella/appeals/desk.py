"""What every verb works with: who acts, in which transaction, at what time, by which rules."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from apella.deadlines import service as deadlines
from apella.deadlines.model import Deadline
from apella.identity.actor import Actor
from apella.identity.roles import Role
from apella.identity.vault import Vault
from apella.regions.rules import RegionRules


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One person's (or job's) work in one transaction.

    `now` is case time, `machine_now` machine time (both UTC); `rules` are the tenant's for the season; `vault`
    encrypts and finds personal data of the season.
    """

    session: Session
    actor: Actor
    now: datetime
    machine_now: datetime
    rules: RegionRules
    vault: Vault

    def start_term(
        self,
        case_id: uuid.UUID,
        round_: int,
        term_id: str,
        events: Mapping[str, deadlines.Event],
        *,
        owed_by: Role | None = None,
        met: bool = False,
    ) -> Deadline:
        """Begin a term on a case now; `met` when this actor has just done what it is about."""
        return deadlines.start(
            self.session,
            rules=self.rules,
            season_id=self.actor.season_id,
            case_id=case_id,
            round_=round_,
            term_id=term_id,
            events=events,
            at=self.now,
            owed_by=owed_by,
            met_by=self.actor.login if met else None,
        )

    def meet_term(self, case_id: uuid.UUID, term_id: str) -> Deadline | None:
        """End a term because this actor did now what was owed."""
        return deadlines.meet(self.session, case_id=case_id, term_id=term_id, at=self.now, by=self.actor.login)
