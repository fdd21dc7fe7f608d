"""Provisioning a real Keycloak: a second run writes nothing, a killed one is finished by the next (T2.4)."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from keycloak import KeycloakAdmin
from keycloak.openid_connection import KeycloakOpenIDConnection

from apella.errors import Conflict
from apella.identity.keycloak import STAFF_ROLES, MemberPlan, OrganizationPlan, Provisioning, RealmPlan
from apella.identity.keycloak_levels import ENTER_A_CODE, FLOW, OTP_POLICY
from apella.testing.keycloak import ADMIN, KeycloakAddress
from apella.testing.sizes import figure, size

pytestmark = pytest.mark.proof("T2.4")

ORGANIZATIONS = size("T2.4 organizations", small=4, full=85)
KILLS = size("T2.4 runs killed in a realm of their own", small=1, full=20)
ROLES = ("secretary", "chair", "deputy-chair", "member", "expert", "data-centre-operator")
PAIR = ("secretary", "chair")
Plans = tuple[OrganizationPlan, ...]


class Killed(BaseException):
    """The process died here: nothing catches it."""


class Counting(KeycloakOpenIDConnection):
    """A connection that counts what is written over it, and dies after a number of writes."""

    def __init__(self, address: KeycloakAddress) -> None:
        super().__init__(
            server_url=address.url,
            username=ADMIN,
            password=address.password,
            realm_name="master",
            user_realm_name="master",
        )
        self.writes = 0
        self.dies_after: int | None = None

    def raw_post(self, *args: Any, **more: Any) -> Any:
        """Count and pass on."""
        return self._count(super().raw_post(*args, **more))

    def raw_put(self, *args: Any, **more: Any) -> Any:
        """Count and pass on."""
        return self._count(super().raw_put(*args, **more))

    def raw_delete(self, *args: Any, **more: Any) -> Any:
        """Count and pass on."""
        return self._count(super().raw_delete(*args, **more))

    def _count(self, answer: Any) -> Any:
        self.writes += 1
        if self.writes == self.dies_after:
            raise Killed
        return answer


def plans(organizations: int, roles: tuple[str, ...] = ROLES) -> Plans:
    return tuple(
        OrganizationPlan(
            alias=f"region-{number}",
            name=f"Край {number}",
            domains=(f"region-{number}.example",),
            members=tuple(
                MemberPlan(
                    login=f"region-{number}-{role}",
                    given_name="Ирина Сергеевна",
                    surname="Лесная",
                    email=f"{role}@region-{number}.example" if role == "secretary" else None,
                )
                for role in roles
            ),
        )
        for number in range(1, organizations + 1)
    )


@dataclass(frozen=True, kw_only=True)
class Run:
    """Runs of the command, each a process of its own, over one counting connection."""

    connection: Counting

    def __call__(self, realm: str, wanted: Plans, *, dies_after: int | None = None) -> Mapping[str, str]:
        """Run against a realm; gives who is who. Raises Killed after so many writes."""
        self.connection.writes, self.connection.dies_after = 0, dies_after
        admin = self.admin("master")
        one = Provisioning(
            admin,
            plan=RealmPlan(realm=realm, client_id="apella", address="https://apella.example"),
            say=lambda _: None,
        )
        one.realm()
        found = {login: sub for plan in wanted for login, sub in one.organization(plan).items()}
        assert one.writes == self.writes
        return found

    @property
    def writes(self) -> int:
        """What the last run wrote."""
        return self.connection.writes

    def admin(self, realm: str) -> KeycloakAdmin:
        """The administrator at a realm."""
        admin = KeycloakAdmin(connection=self.connection)
        admin.change_current_realm(realm)
        return admin


@pytest.fixture(scope="module")
def run(keycloak: KeycloakAddress) -> Run:
    return Run(connection=Counting(keycloak))


@pytest.fixture
def settled(run: Run) -> tuple[str, Mapping[str, str]]:
    """A realm of the test's own after its first run with two regions and two people in each, and who is who there."""
    realm = new_realm()
    return realm, run(realm, plans(2, PAIR))


def new_realm() -> str:
    return f"provisioned-{secrets.token_hex(4)}"


def state_of(run: Run, realm: str) -> dict[str, Any]:
    """What is at the Keycloak, without what it makes up itself."""
    admin = run.admin(realm)
    client = admin.get_client(admin.get_client_id("apella") or "")
    scope = admin.get_client_scope_by_name("organization") or {}
    return {
        "realm": {
            name: admin.get_realm(realm)[name]
            for name in ("organizationsEnabled", "ssoSessionMaxLifespan", "browserFlow", "attributes")
        },
        "flow": [
            (line["level"], line["displayName"], line["requirement"], line["priority"], "authenticationConfig" in line)
            for line in admin.get_authentication_flow_executions(admin.get_realm(realm)["browserFlow"])
        ],
        "client": {
            name: client[name] for name in ("redirectUris", "attributes", "defaultClientScopes", "publicClient")
        },
        "mapper": scope["protocolMappers"][0]["config"],
        "roles": sorted(role["name"] for role in admin.get_client_roles(client["id"])),
        "organizations": {
            row["alias"]: (
                row["name"],
                sorted(domain["name"] for domain in row["domains"]),
                sorted(
                    (user["username"], user["lastName"], user["membershipType"])
                    for user in admin.get_organization_members(row["id"])
                ),
            )
            for row in admin.get_organizations()
        },
        "users": admin.users_count(),
    }


def test_the_realm_holds_the_client_the_catalogue_and_unmanaged_members(
    run: Run, settled: tuple[str, Mapping[str, str]]
) -> None:
    realm, subjects = settled
    found = state_of(run, realm)
    assert len(set(subjects.values())) == 4
    assert found["roles"] == sorted(STAFF_ROLES)
    assert found["client"]["attributes"]["pkce.code.challenge.method"] == "S256"
    assert found["client"]["attributes"]["backchannel.logout.url"] == (
        "https://apella.example/sign-in/back-channel-logout"
    )
    assert found["client"]["redirectUris"] == ["https://apella.example/sign-in/callback"]
    assert found["client"]["defaultClientScopes"] == ["acr", "basic"], "no scope that carries roles"
    assert found["organizations"]["region-1"] == (
        "Край 1",
        ["region-1.example"],
        [("region-1-chair", "Лесная", "UNMANAGED"), ("region-1-secretary", "Лесная", "UNMANAGED")],
    )


def test_a_second_run_writes_nothing(run: Run, settled: tuple[str, Mapping[str, str]]) -> None:
    realm, _ = settled
    wanted = plans(ORGANIZATIONS)
    began = time.perf_counter()
    first = run(realm, wanted)
    figure("T2.4 writes of the first run", run.writes)
    figure("T2.4 seconds of the first run", round(time.perf_counter() - began, 1))
    began = time.perf_counter()
    assert run(realm, wanted) == first
    figure("T2.4 writes of the second run", run.writes)
    figure("T2.4 seconds of the second run", round(time.perf_counter() - began, 1))
    assert run.writes == 0


def test_a_run_killed_after_each_of_its_writes_gets_there(run: Run) -> None:
    """Every process dies after its first write; the last one finds all done, and nothing was written twice."""
    whole, other = new_realm(), new_realm()
    wanted = plans(1, PAIR)
    run(whole, wanted)
    writes = run.writes
    for _ in range(writes):
        with pytest.raises(Killed):
            run(other, wanted, dies_after=1)
    run(other, wanted)
    assert run.writes == 0
    assert state_of(run, other) == state_of(run, whole)
    figure("T2.4 processes that died one after another", writes)


def test_a_run_killed_after_some_write_is_finished_by_the_next(run: Run) -> None:
    wanted = plans(1, PAIR)
    chance = random.Random(4)  # noqa: S311 a choice of trials
    for _ in range(KILLS):
        realm, kill = new_realm(), chance.randrange(2, len(STAFF_ROLES) + 27)
        with pytest.raises(Killed):
            run(realm, wanted, dies_after=kill)
        run(realm, wanted)
        # Realm, profile, claim; the flow, its eight lines, seven of them once more, two conditions; levels, client, the
        # roles, the organization, two users, two memberships.
        assert kill + run.writes == len(STAFF_ROLES) + 28
        run(realm, wanted)
        assert run.writes == 0


def test_a_changed_setting_is_put_right_by_one_write(run: Run, settled: tuple[str, Mapping[str, str]]) -> None:
    realm, _ = settled
    before = state_of(run, realm)["client"]
    admin = run.admin(realm)
    client = admin.get_client_id("apella") or ""
    admin.update_client(client, {"attributes": {"pkce.code.challenge.method": "plain"}})
    run(realm, ())
    assert run.writes == 1
    assert state_of(run, realm)["client"] == before


def test_a_deleted_organization_takes_nobody_s_account_with_it(
    run: Run, settled: tuple[str, Mapping[str, str]]
) -> None:
    realm, subjects = settled
    admin = run.admin(realm)
    gone = next(row for row in admin.get_organizations() if row["alias"] == "region-2")
    admin.delete_organization(gone["id"])
    assert admin.get_user(subjects["region-2-secretary"])["enabled"]
    found = run(realm, plans(2, PAIR))
    assert {login: sub for login, sub in found.items() if login in subjects} == subjects
    assert run.writes == 3, "the organization and the two memberships"


def test_a_bound_user_who_is_gone_is_never_replaced_by_a_namesake(
    run: Run, settled: tuple[str, Mapping[str, str]]
) -> None:
    realm, subjects = settled
    plan = plans(1, PAIR)[0]
    bound = replace(plan, members=tuple(replace(person, sub=subjects[person.login]) for person in plan.members))
    assert run(realm, (bound,)) == {person.login: subjects[person.login] for person in plan.members}
    assert run.writes == 0
    admin = run.admin(realm)
    admin.delete_user(subjects["region-1-chair"])
    users = admin.users_count()
    with pytest.raises(Conflict) as refusal:
        run(realm, (bound,))
    assert refusal.value.error_code == "keycloak.user_gone"
    assert admin.users_count() == users


def test_what_was_changed_in_the_way_of_signing_in_is_put_right_and_what_was_added_stays(
    run: Run, settled: tuple[str, Mapping[str, str]]
) -> None:
    realm, _ = settled
    before = state_of(run, realm)
    admin = run.admin(realm)
    lines = admin.get_authentication_flow_executions(FLOW)
    code = next(line for line in lines if line.get("providerId") == "auth-otp-form")
    admin.update_authentication_flow_executions({**code, "requirement": "DISABLED"}, FLOW)
    condition = [line for line in lines if line.get("providerId") == "conditional-level-of-authentication"][1]
    admin.update_authenticator_config({"alias": "weak", "config": {"loa-condition-level": "9"}}, config_of(condition))
    cookie = next(line for line in lines if line.get("providerId") == "auth-cookie")
    admin.delete_authentication_flow_execution(cookie["id"])
    admin.create_authentication_flow_execution({"provider": "identity-provider-redirector", "priority": 15}, FLOW)
    admin.update_realm(realm, {**OTP_POLICY, "otpPolicyCodeReusable": True, "otpPolicyDigits": 8})
    admin.update_required_action(ENTER_A_CODE, {**required(admin), "enabled": False})
    run(realm, ())
    assert run.writes == 6, "the policy, the action, the cookie twice, the code's step, the condition"
    found = state_of(run, realm)
    added = [line for line in found["flow"] if line[1] == "Identity Provider Redirector"]
    assert added
    assert [line for line in found["flow"] if line not in added] == before["flow"]
    assert {name: admin.get_realm(realm)[name] for name in OTP_POLICY} == OTP_POLICY
    assert required(admin)["enabled"]
    assert admin.get_authenticator_config(config_of(condition))["config"] == {
        "loa-condition-level": "2",
        "loa-max-age": "600",
    }
    run(realm, ())
    assert run.writes == 0


def test_a_way_of_signing_in_that_somebody_chose_is_left_alone(run: Run) -> None:
    realm = new_realm()
    admin = run.admin("master")
    admin.create_realm({"realm": realm, "enabled": True, "organizationsEnabled": True})
    admin.change_current_realm(realm)
    admin.copy_authentication_flow({"newName": "smart cards"}, "browser")
    admin.update_realm(realm, {"browserFlow": "smart cards"})
    run(realm, ())
    assert admin.get_realm(realm)["browserFlow"] == "smart cards"
    assert "acr.loa.map" not in admin.get_realm(realm)["attributes"]
    assert FLOW not in {flow["alias"] for flow in admin.get_authentication_flows()}


def config_of(line: Mapping[str, Any]) -> str:
    return str(line["authenticationConfig"])


def required(admin: KeycloakAdmin) -> dict[str, Any]:
    return dict(admin.get_required_action_by_alias(ENTER_A_CODE) or {})
