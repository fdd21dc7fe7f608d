"""The states, actions and moves of a case: the core's, the same in every region (architecture rule 8)."""

from __future__ import annotations

import enum
from typing import Final

from apella.errors import Conflict


class AppealKind(enum.StrEnum):
    """Exactly two kinds exist (federal:96.2)."""

    SCORE = "score"
    PROCEDURE = "procedure"


class State(enum.StrEnum):
    """Where a case is."""

    IN_TRANSIT = "in_transit"
    REGISTERED = "registered"
    INCOMPLETE = "incomplete"
    SCHEDULED = "scheduled"
    HEARING = "hearing"
    DECIDED = "decided"
    IN_EXCHANGE = "in_exchange"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class Action(enum.StrEnum):
    """What moves a case."""

    FILE = "file"
    FORWARD = "forward"
    REGISTER = "register"
    ASK_COMPLETION = "ask_completion"
    COMPLETE = "complete"
    ADMIT_LATE = "admit_late"
    SCHEDULE = "schedule"
    RESCHEDULE = "reschedule"
    OPEN_HEARING = "open_hearing"
    ADJOURN = "adjourn"
    DECIDE = "decide"
    HAND_OVER = "hand_over"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    REFUSE = "refuse"
    DECLARE_MOOT = "declare_moot"
    SUSPEND = "suspend"
    RESUME = "resume"
    REOPEN = "reopen"
    CORRECT = "correct"


class Outcome(enum.StrEnum):
    """How a case ended."""

    REJECTED = "rejected"
    SATISFIED_UP = "satisfied_up"
    SATISFIED_DOWN = "satisfied_down"
    SATISFIED_UNCHANGED = "satisfied_unchanged"
    SATISFIED = "satisfied"
    REFERRED = "referred"
    WITHDRAWN = "withdrawn"
    INADMISSIBLE = "inadmissible"
    MOOT = "moot"


class SuspensionReason(enum.StrEnum):
    """Why a case stands still.

    investigation: the exam commission looks into it; federal_centre: it asked for documents, or stopped recalculating;
    annulment: a procedure appeal was satisfied, so that the disputed result is void (reading E6).
    """

    INVESTIGATION = "investigation"
    FEDERAL_CENTRE = "federal_centre"
    ANNULMENT = "annulment"


class Attendance(enum.StrEnum):
    """Who of the appellant's side was at the hearing; `represented` = a parent or proxy without the participant."""

    PRESENT = "present"
    REPRESENTED = "represented"
    ABSENT_BY_CHOICE = "absent_by_choice"
    NO_SHOW = "no_show"


class Return(enum.Enum):
    """A target that is not a state: the state stored when the case left it."""

    RETURN = "return"


RETURN: Final = Return.RETURN

_BEFORE_HEARING = (State.IN_TRANSIT, State.REGISTERED, State.INCOMPLETE, State.SCHEDULED)
_BEFORE_DECISION = (*_BEFORE_HEARING, State.HEARING)
_SUSPENDABLE = (State.REGISTERED, State.SCHEDULED, State.HEARING, State.DECIDED, State.IN_EXCHANGE, State.CLOSED)


def _moves() -> dict[tuple[State, Action], State | Return]:
    table: dict[tuple[State, Action], State | Return] = {
        (State.IN_TRANSIT, Action.FORWARD): State.IN_TRANSIT,
        (State.IN_TRANSIT, Action.REGISTER): State.REGISTERED,
        (State.REGISTERED, Action.ASK_COMPLETION): State.INCOMPLETE,
        (State.IN_TRANSIT, Action.ASK_COMPLETION): State.INCOMPLETE,
        (State.INCOMPLETE, Action.COMPLETE): RETURN,
        (State.REGISTERED, Action.ADMIT_LATE): State.REGISTERED,
        (State.REGISTERED, Action.SCHEDULE): State.SCHEDULED,
        (State.SCHEDULED, Action.RESCHEDULE): State.SCHEDULED,
        (State.SCHEDULED, Action.OPEN_HEARING): State.HEARING,
        (State.HEARING, Action.ADJOURN): State.SCHEDULED,
        (State.HEARING, Action.DECIDE): State.DECIDED,
        (State.DECIDED, Action.HAND_OVER): State.IN_EXCHANGE,
        (State.IN_EXCHANGE, Action.CLOSE): State.CLOSED,
        (State.SUSPENDED, Action.RESUME): RETURN,
        (State.SUSPENDED, Action.REOPEN): State.REGISTERED,
        (State.SUSPENDED, Action.DECLARE_MOOT): State.CLOSED,
        (State.SCHEDULED, Action.CORRECT): RETURN,
        (State.HEARING, Action.CORRECT): RETURN,
        (State.DECIDED, Action.CORRECT): RETURN,
    }
    for state in _BEFORE_HEARING:
        table[state, Action.WITHDRAW] = State.CLOSED
    for state in _BEFORE_DECISION:
        table[state, Action.REFUSE] = State.CLOSED
        table[state, Action.DECLARE_MOOT] = State.CLOSED
    for state in _SUSPENDABLE:
        table[state, Action.SUSPEND] = State.SUSPENDED
    return table


# Both kinds of appeal take the same moves; the key holds the kind, since rule 8 lets them part one day.
TRANSITIONS: Final[dict[tuple[AppealKind, State, Action], State | Return]] = {
    (kind, state, action): target for kind in AppealKind for (state, action), target in _moves().items()
}


class IllegalTransition(Conflict):
    """What was asked for does not fit the case's state; answers 409. `action` is a move or another verb on a case."""

    code = "appeal.illegal_transition"

    def __init__(self, state: State, action: str) -> None:
        super().__init__(
            "В нынешнем состоянии дела это действие невозможно: обновите страницу дела и посмотрите следующий шаг.",
            state=str(state),
            action=str(action),
        )
        self.state = state
        self.action = action


def target_of(kind: AppealKind, state: State, action: Action, returns_to: State | None) -> State:
    """The state that `action` leads to; raises IllegalTransition when the table has no such move."""
    target = TRANSITIONS.get((kind, state, action))
    if target is None:
        raise IllegalTransition(state, action)
    if isinstance(target, State):
        return target
    if returns_to is None:
        raise IllegalTransition(state, action)
    return returns_to


def consideration_term(kind: AppealKind, round_: int) -> str:
    """The id of the term by which a case of this kind must be decided.

    The law's days run once, from receipt; a case that came back has the platform's advice (reading A41).
    """
    return f"{kind}.consideration" if round_ == 1 else "reopened.consideration"
