"""Conflicts of interest in tests: said, allocated, lifted, and what is seen then."""

from __future__ import annotations

import uuid
from typing import Final

from apella.appeals.conflicts import ConflictOfInterest
from apella.appeals.repository import visible_case
from apella.experts import conflicts
from apella.testing.play import Play, Who

GROUND: Final = "апеллянт – сын моей сестры"


def declare(play: Play, who: Who, case_id: uuid.UUID, ground: str = GROUND) -> ConflictOfInterest:
    """Somebody says that they have a conflict of interest in a case."""
    return play.act(who, conflicts.declare, case_id, ground=ground)


def allocate(play: Play, who: Who, case_id: uuid.UUID, whom: Who, ground: str = GROUND) -> ConflictOfInterest:
    """Somebody says it of another."""
    return play.act(who, conflicts.allocate, case_id, person_id=play.actor(whom).person_id, ground=ground)


def lift(play: Play, who: Who, case_id: uuid.UUID, conflict: ConflictOfInterest) -> ConflictOfInterest:
    """Somebody lifts it."""
    return play.act(who, conflicts.lift, case_id, conflict_id=conflict.id, reason="однофамилец, не родственник")


def sees(play: Play, who: Who, case_id: uuid.UUID) -> bool:
    """Whether somebody may read a case."""
    return play.do(who, lambda desk: visible_case(desk.session, desk.actor, case_id)) is not None
