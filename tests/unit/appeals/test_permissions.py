"""The one table of who may do what: it is the agreed one, names real roles and states, and fits the table of moves."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from apella.appeals.states import TRANSITIONS, Action, AppealKind, State
from apella.errors import Forbidden
from apella.identity.actor import Actor
from apella.identity.permissions import ANY, APPELLANT_SIDE, reaches, require, role_for, table
from apella.identity.roles import Role
from apella.regions.clauses import read_clauses
from apella.regions.loader import FEDERAL
from apella.tenancy.ids import TenantId
from apella.testing.permission_table import read_rights

RIGHTS = read_rights(Path(__file__).parents[2] / "data" / "permissions.toml")


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


# --- The table is what was agreed -------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", sorted(table().keys() | RIGHTS.keys()))
def test_an_action_is_permitted_to_whom_and_when_it_was_agreed_and_no_wider(action: str) -> None:
    assert dict(table().get(action, {})) == (dict(RIGHTS[action].states) if action in RIGHTS else {})


@pytest.mark.parametrize("action", sorted(RIGHTS))
def test_each_role_is_answered_as_agreed_in_each_state(action: str) -> None:
    cells = [(role, state) for role in Role for state in State]
    answered = {(role, state) for role, state in cells if role_for(somebody(role), action, state) is role}
    assert answered == {(role, state) for role, state in cells if RIGHTS[action].allows(role, state)}


def test_what_was_agreed_follows_from_statements_that_there_are() -> None:
    known = {clause.id for clause in read_clauses(FEDERAL)}
    assert {clause for right in RIGHTS.values() for clause in right.clauses} - known == set()


def test_who_opens_cases_may_have_an_interest_in_one() -> None:
    opens = {role for role in (*table()["see_case"], *table()["break_glass"]) if reaches()[role] not in APPELLANT_SIDE}
    assert table()["declare_conflict"].keys() == opens


def test_a_role_that_stands_twice_in_a_line_is_noticed(tmp_path: Path) -> None:
    twice = tmp_path / "permissions.toml"
    twice.write_text('[sets]\n[roles]\ndoors = ["secretary"]\n[close]\nclosed = ["doors", "secretary"]\n', "utf-8")
    with pytest.raises(ValueError, match="close: secretary stands twice"):
        read_rights(twice)


def test_who_sees_the_document_number_is_a_short_list() -> None:
    assert set(table()["see_document_number"]) == {Role.SECRETARY, Role.CHAIR, Role.DEPUTY_CHAIR}
