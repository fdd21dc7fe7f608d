"""The one table of who may do what: it names real roles, states and verbs, and fits the table of moves."""

from __future__ import annotations

import uuid

import pytest

from apella.appeals.states import TRANSITIONS, Action, AppealKind, State
from apella.errors import Forbidden
from apella.identity.actor import Actor
from apella.identity.permissions import ANY, require, role_for, table
from apella.identity.roles import Role
from apella.tenancy.ids import TenantId


def somebody(*roles: Role) -> Actor:
    return Actor(
        tenant_id=TenantId(1),
        slug="north",
        season_id=uuid.uuid4(),
        person_id=uuid.uuid4(),
        login="somebody",
        recorded_as="somebody",
        roles=frozenset(roles),
    )


def test_it_names_states_that_there_are() -> None:
    named = {state for roles in table().values() for states in roles.values() for state in states}
    assert named <= {*State, ANY}


@pytest.mark.parametrize("action", sorted(set(table()) & set(Action) - {"file"}))
def test_it_permits_no_move_that_the_table_of_moves_does_not_have(action: str) -> None:
    permitted = {state for states in table()[action].values() for state in states}
    legal = {str(state) for kind, state, of in TRANSITIONS if of == action and kind is AppealKind.SCORE}
    assert permitted <= legal


def test_a_role_acts_in_its_states_only() -> None:
    secretary = somebody(Role.SECRETARY)
    assert require(secretary, "schedule", State.REGISTERED) is Role.SECRETARY
    assert role_for(secretary, "schedule", State.HEARING) is None
    assert role_for(somebody(Role.CHAIR), "decide", State.HEARING) is Role.CHAIR
    assert role_for(somebody(Role.CHAIR), "decide", State.DECIDED) is None
    assert role_for(secretary, "decide", State.HEARING) is None


def test_a_stranger_is_told_that_it_is_another_s_deed() -> None:
    with pytest.raises(Forbidden) as caught:
        require(somebody(Role.EXPERT), "decide", State.HEARING)
    assert caught.value.error_code == "permission.role"


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.CHAIR, Role.DEPUTY_CHAIR}])
@pytest.mark.parametrize("state", State)
def test_nobody_but_the_chairs_decides(role: Role, state: State) -> None:
    assert role_for(somebody(role), "decide", state) is None


def test_who_sees_the_document_number_is_a_short_list() -> None:
    assert set(table()["see_document_number"]) == {Role.SECRETARY, Role.CHAIR, Role.DEPUTY_CHAIR}
