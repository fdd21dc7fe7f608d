"""What every verb works with: who acts, in which transaction, at what time, by which rules."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from apella.appeals.model import Appeal
from apella.deadlines import service as deadlines
from apella.deadlines.explain import Explanation
from apella.deadlines.given import Published
from apella.deadlines.model import Deadline
from apella.identity.actor import Actor
from apella.identity.roles import Role
from apella.identity.vault import Vault
from apella.regions.book import rules_of_version
from apella.regions.rules import RegionRules


@dataclass(kw_only=True, eq=False)
class Desk:
    """One person's (or job's) work in one transaction.

    `now` is case time, `machine_now` machine time (both UTC); `vault` encrypts and finds personal data of the season.
    `rules` are the season's present ones, by which new cases are filed, until `turn_to` a case; nothing else at a desk
    ever changes.
    """

    session: Session
    actor: Actor
    now: datetime
    machine_now: datetime
    rules: RegionRules
    vault: Vault

    def __post_init__(self) -> None:
        """Remember the season's rules: cases may have others."""
        self._of_season = self.rules
        self._held: list[object] = []

    def hold(self, *rows: object) -> None:
        """Keep rows at hand for whoever asks for them next: a session forgets what nobody holds."""
        self._held.extend(rows)

    def turn_to(self, appeal: Appeal) -> None:
        """Go on by the rules that a case was opened under (architecture rule 7), counting by the live calendar.

        The one place where a desk's rules change; whoever takes or reads one case comes by here
        (`lifecycle.take`, `casework.reading.case_for`, the cabinet's `own_case`, `job_desk.desk_of`).
        """
        self.rules = rules_of_version(self.session, self._of_season, appeal.rule_version)

    def turn_to_season(self) -> None:
        """Go back to the season's present rules, for what is about no case or begins a new one."""
        self.rules = self._of_season

    def start_term(
        self,
        case_id: uuid.UUID,
        round_: int,
        term_id: str,
        events: Mapping[str, deadlines.Event],
        *,
        owed_by: Role | None = None,
        met: bool = False,
        counted: Explanation | None = None,
        published: Published | None = None,
    ) -> Deadline:
        """Begin a term on a case now; `met` when this actor has just done what it is about.

        `counted` is the count of these events where it was made before, `published` what an act says of the term.
        """
        if published is not None:
            counted = deadlines.explain(self.rules, term_id, events, published=published)
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
            met_by=self.actor.recorded_as if met else None,
            counted=counted,
        )

    def meet_term(self, case_id: uuid.UUID, term_id: str) -> Deadline | None:
        """End a term because this actor did now what was owed."""
        return deadlines.meet(self.session, case_id=case_id, term_id=term_id, at=self.now, by=self.actor.recorded_as)
