"""Counting votes; pure. Majority of those present, the chair's vote in a tie, a quorum by the tenant's share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apella.commissions.model import Ballot
from apella.errors import RuleViolation
from apella.regions.values.hearing import Votes


@dataclass(frozen=True, kw_only=True)
class Count:
    """The result of a vote; `casting_vote`: the chair's vote broke a tie."""

    satisfied: bool
    votes_for: int
    votes_against: int
    casting_vote: bool


def count(ballots: Mapping[str, Ballot], *, chair: str, members: int, rules: Votes) -> Count:
    """Count an open vote. Keys are the voters; a recused member is not present for this case.

    `chair` is who presides, the chair or whoever acts for the chair.

    Raises RuleViolation without a quorum of `members`, or when the chair has not voted and must break a tie.
    """
    present = {voter: ballot for voter, ballot in ballots.items() if ballot is not Ballot.RECUSED}
    needed = rules.quorum(members)
    if len(present) < needed:
        raise RuleViolation(
            f"Нет кворума: проголосовали {len(present)}, нужно не меньше {needed}.",
            code="vote.no_quorum",
            clauses=rules.clauses,
        )
    votes_for = sum(ballot is Ballot.SATISFY for ballot in present.values())
    votes_against = len(present) - votes_for
    casting = votes_for == votes_against and rules.tie == "chair"
    if casting and chair not in present:
        raise RuleViolation(
            "Голоса разделились поровну: решает голос председателя, а он не голосовал. "
            "Если его нет, сначала назначьте, кто его замещает.",
            code="vote.tie",
            clauses=rules.clauses,
        )
    satisfied = votes_for > votes_against or (casting and present[chair] is Ballot.SATISFY)
    return Count(satisfied=satisfied, votes_for=votes_for, votes_against=votes_against, casting_vote=casting)
