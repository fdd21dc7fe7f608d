"""Whether a participant may take an appeal back now, where, and until when; pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from apella.appeals.model import Appeal
from apella.appeals.states import Outcome, State
from apella.appeals.withdrawal import window_term
from apella.deadlines.explain import Explanation
from apella.deadlines.model import Deadline
from apella.identity.actor import Actor
from apella.identity.permissions import role_for
from apella.regions.rules import RegionRules

OWN_DOOR = "portal"


class WithdrawalState(enum.StrEnum):
    """here: by a button of the cabinet; desk: on paper, where the appeal was filed; accepted: the paper was taken in;

    begun: the commission has begun to consider the case; over: the window has closed; closed: there is nothing to
    withdraw any more; never: the region has no withdrawal.
    """

    HERE = "here"
    DESK = "desk"
    ACCEPTED = "accepted"
    BEGUN = "begun"
    OVER = "over"
    CLOSED = "closed"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """What may be done. `due` is the window's exclusive end, `window` its count, `desk` the door for a paper.

    Of a window that ended because the consideration began, `due` is that instant.
    """

    state: WithdrawalState
    due: datetime | None = None
    window: Explanation | None = None
    desk: str | None = None


def withdrawal_of(
    rules: RegionRules,
    actor: Actor,
    appeal: Appeal,
    clocks: Mapping[str, Deadline],
    *,
    opened_at: datetime | None,
    now: datetime,
) -> Withdrawal:
    """Say whether and where this case may be withdrawn. `clocks` are its clocks of any state, by term.

    `opened_at` is when its consideration began.
    """
    if appeal.state is State.CLOSED:
        return Withdrawal(state=WithdrawalState.CLOSED)
    if not rules.withdrawal.allowed:
        return Withdrawal(state=WithdrawalState.NEVER)
    clock = clocks.get(window_term(appeal))
    due = None if clock is None else clock.limit_at
    window = None if clock is None else Explanation.from_record(clock.explanation)
    if appeal.withdrawal_accepted_at is not None:
        return Withdrawal(state=WithdrawalState.ACCEPTED, due=due, window=window)
    if opened_at is not None and due is not None and opened_at <= due:
        return Withdrawal(state=WithdrawalState.BEGUN, due=opened_at, window=window)
    may = role_for(actor, "withdraw", str(appeal.state)) is not None
    if due is None or now >= due or not may:
        return Withdrawal(state=WithdrawalState.OVER, due=due, window=window)
    doors = rules.withdrawal.doors(appeal.kind)
    if OWN_DOOR in doors:
        return Withdrawal(state=WithdrawalState.HERE, due=due, window=window)
    return Withdrawal(state=WithdrawalState.DESK, due=due, window=window, desk=_title(rules, appeal))


def is_withdrawn(appeal: Appeal) -> bool:
    """Whether the case is closed because it was withdrawn."""
    return appeal.state is State.CLOSED and appeal.outcome is Outcome.WITHDRAWN


def _title(rules: RegionRules, appeal: Appeal) -> str | None:
    """The door by which the case came, which alone takes its withdrawal on paper."""
    channel = rules.channel(kind=appeal.kind, category=appeal.category, code=appeal.channel)
    return None if channel is None else channel.title
