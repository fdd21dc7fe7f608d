"""The table of moves against the glossary, and every move that it does not have."""

from __future__ import annotations

import pytest

from apella.appeals.states import RETURN, TRANSITIONS, Action, AppealKind, IllegalTransition, State, target_of

# As glossary.md tells it, written down apart from the code: state -> action -> target.
MOVES = """
in_transit:  forward=in_transit register=registered ask_completion=incomplete withdraw=closed refuse=closed
             declare_moot=closed
registered:  ask_completion=incomplete admit_late=registered schedule=scheduled withdraw=closed refuse=closed
             declare_moot=closed suspend=suspended
incomplete:  complete=RETURN withdraw=closed refuse=closed declare_moot=closed
scheduled:   reschedule=scheduled open_hearing=hearing withdraw=closed refuse=closed declare_moot=closed
             suspend=suspended correct=RETURN
hearing:     adjourn=scheduled decide=decided refuse=closed declare_moot=closed suspend=suspended correct=RETURN
decided:     hand_over=in_exchange suspend=suspended correct=RETURN
in_exchange: close=closed suspend=suspended
suspended:   resume=RETURN reopen=registered declare_moot=closed
closed:      suspend=suspended
"""
BEFORE_HEARING = {State.IN_TRANSIT, State.REGISTERED, State.INCOMPLETE, State.SCHEDULED}


def expected() -> dict[tuple[State, Action], str]:
    found: dict[tuple[State, Action], str] = {}
    state = State.CLOSED
    for word in MOVES.split():
        if word.endswith(":"):
            state = State(word[:-1])
        else:
            action, target = word.split("=")
            found[state, Action(action)] = target
    return found


def every_move() -> list[tuple[AppealKind, State, Action]]:
    return [(kind, state, action) for kind in AppealKind for state in State for action in Action]


@pytest.mark.parametrize(("kind", "state", "action"), every_move())
def test_a_move_leads_where_the_glossary_says_or_is_refused(kind: AppealKind, state: State, action: Action) -> None:
    wanted = expected().get((state, action))
    if wanted is None:
        with pytest.raises(IllegalTransition) as caught:
            target_of(kind, state, action, State.SCHEDULED)
        assert (caught.value.state, caught.value.action) == (state, action)
        assert caught.value.error_code == "appeal.illegal_transition"
        assert dict(caught.value.details) == {"state": str(state), "action": str(action)}
    elif wanted == "RETURN":
        assert target_of(kind, state, action, State.SCHEDULED) is State.SCHEDULED
        with pytest.raises(IllegalTransition):
            target_of(kind, state, action, None)
    else:
        assert target_of(kind, state, action, None) is State(wanted)


@pytest.mark.clause("federal:96.2")
def test_exactly_two_kinds_of_appeal_move() -> None:
    assert {kind for kind, _, _ in TRANSITIONS} == set(AppealKind) == {"score", "procedure"}


@pytest.mark.clause("core:A12")
@pytest.mark.parametrize("kind", AppealKind)
def test_nothing_is_withdrawn_once_its_hearing_has_begun(kind: AppealKind) -> None:
    assert {state for of, state, action in TRANSITIONS if of is kind and action is Action.WITHDRAW} == BEFORE_HEARING


@pytest.mark.parametrize("kind", AppealKind)
def test_every_state_is_reached_and_every_state_can_end_closed(kind: AppealKind) -> None:
    onward: dict[State, set[State]] = {state: set() for state in State}
    for (of, state, _), target in TRANSITIONS.items():
        if of is kind and target is not RETURN:
            onward[state].add(State(target))
    reached = {State.IN_TRANSIT}
    for _ in State:
        reached |= {target for state in reached for target in onward[state]}
    assert reached == set(State)
    ends = {State.CLOSED}
    for _ in State:
        ends |= {state for state in State if onward[state] & ends}
    assert ends == set(State)
