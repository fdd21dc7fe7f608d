"""What Apella needs at a Keycloak: one realm, one client, the roles as a catalogue, an organization for each tenant.

Every step looks first and writes only what is missing or different, so a run that was killed is finished by the next
one and a run on a finished realm writes nothing. Members are unmanaged: an organization that is deleted takes nobody's
account with it. A user is never deleted, renamed or given another password here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from keycloak import KeycloakAdmin
from keycloak.exceptions import (
    KeycloakAuthenticationError,
    KeycloakConnectionError,
    KeycloakError,
    KeycloakGetError,
)

from apella.errors import ConfigurationError, Conflict, Unavailable
from apella.identity.keycloak_levels import OTP_POLICY, provision_levels
from apella.identity.oidc import ORGANIZATION, SIGN_IN_AGE
from apella.identity.role_names import ROLE_NAMES
from apella.identity.roles import Role
from apella.identity.sessions import IDLE

STAFF_ROLES = tuple(role for role in Role if role not in {Role.PARTICIPANT, Role.PARENT, Role.PROXY})
CALLBACK = "/sign-in/callback"
LOGOUT = "/sign-in/back-channel-logout"
FAILED_TRIES = 10
"""After so many in half a day Keycloak locks the account for a minute, and longer with each further one; two within a
second are enough."""

_NOT_FOUND = 404
_UNAUTHORIZED = 401
# The claim as an object {alias: {"id": …}}, whatever groups and roles the organizations may get later.
_CLAIM = {"claim.name": ORGANIZATION, "jsonType.label": "JSON", "multivalued": "true", "addOrganizationId": "true"}


@dataclass(frozen=True, kw_only=True)
class RealmPlan:
    """The realm and Apella's client in it; `address` is Apella's own origin, without a slash at the end."""

    realm: str
    client_id: str
    address: str


@dataclass(frozen=True, kw_only=True)
class MemberPlan:
    """A member of staff. `sub` is the user whom the account is bound to for ever, None before that."""

    login: str
    given_name: str
    surname: str
    email: str | None = None
    sub: str | None = None


@dataclass(frozen=True, kw_only=True)
class OrganizationPlan:
    """A tenant: its slug is the alias, which never changes."""

    alias: str
    name: str
    domains: tuple[str, ...]
    members: tuple[MemberPlan, ...]


class Say(Protocol):
    """Tells whoever runs the command what was written; never a secret, never a person's name."""

    def __call__(self, line: str, /) -> object: ...


class Provisioning:
    """One run against a Keycloak; `writes` counts what it changed there.

    `initial_password` is given to users made in this run: for teaching. Without it a new user has none, and the
    administrator of the Keycloak sends them the letter with which they set it.
    """

    def __init__(self, admin: KeycloakAdmin, *, plan: RealmPlan, say: Say, initial_password: str | None = None) -> None:
        self._admin = admin
        self._plan = plan
        self._say = say
        self._password = initial_password
        self._organizations: dict[str, dict[str, Any]] = {}
        self.writes = 0

    def realm(self) -> None:
        """Bring the realm, its way of signing in, the claim, the client and the roles to what the plan says."""
        plan = self._plan
        wanted = _realm(plan)
        found = self._found(lambda: self._admin.get_realm(plan.realm))
        if found is None:
            self._write(f"раздел {plan.realm}", lambda: self._admin.create_realm(wanted))
        elif changes := _changes(found, wanted):
            if changes.keys() & OTP_POLICY.keys():
                # Keycloak takes this policy whole: of a part it makes zeros, or nothing.
                changes |= OTP_POLICY
            self._write(f"настройки раздела {plan.realm}", lambda: self._admin.update_realm(plan.realm, changes))
        self._admin.change_current_realm(plan.realm)
        self._profile()
        self._claim()
        provision_levels(self._admin, realm=plan.realm, write=self._write)
        client = self._client()
        known = {role["name"] for role in self._admin.get_client_roles(client)}
        for role in STAFF_ROLES:
            if role.value not in known:
                payload = {"name": role.value, "description": ROLE_NAMES[role]}
                self._write(f"роль {role}", partial(self._admin.create_client_role, client, payload))
        self._organizations = {row["alias"]: row for row in self._admin.get_organizations()}

    def organization(self, plan: OrganizationPlan) -> Mapping[str, str]:
        """Make the organization and its members; returns who is who there: login -> subject.

        Call `realm` first. Raises Conflict (`keycloak.user_gone`) for a bound user who is no longer there: a new user
        of that name would be somebody else.
        """
        organization = self._organization(plan)
        members = {user["id"]: user for user in self._admin.get_organization_members(organization)}
        by_login = {user["username"]: identifier for identifier, user in members.items()}
        subjects: dict[str, str] = {}
        for person in plan.members:
            subject = person.sub or by_login.get(person.login)
            if subject is None or subject not in members:
                subject = self._user(person)
                self._write(
                    "",
                    partial(self._admin.organization_user_add, subject, organization),
                )
            subjects[person.login] = subject
        return subjects

    def _profile(self) -> None:
        """Let people without an e-mail address in: staff have one only when the region gave it."""
        profile = self._admin.get_realm_users_profile()
        email = next(attribute for attribute in profile["attributes"] if attribute["name"] == "email")
        if email.pop("required", None) is not None:
            self._write("состав сведений о пользователе", lambda: self._admin.update_realm_users_profile(profile))

    def _claim(self) -> None:
        scope = self._admin.get_client_scope_by_name(ORGANIZATION)
        if scope is None:
            raise Conflict(
                "В Keycloak нет области organization: включите организации и повторите команду.",
                code="keycloak.organizations",
            )
        mapper = next(one for one in scope["protocolMappers"] if one["config"].get("claim.name") == ORGANIZATION)
        if _changes(mapper["config"], _CLAIM):
            wanted = {**mapper, "config": {**mapper["config"], **_CLAIM}}
            self._write(
                "вид сведений об организации",
                lambda: self._admin.update_mapper_in_client_scope(scope["id"], mapper["id"], wanted),
            )

    def _client(self) -> str:
        wanted = _client(self._plan)
        found = next(
            (client for client in self._admin.get_clients() if client["clientId"] == self._plan.client_id), None
        )
        if found is None:
            return str(self._write(f"клиент {self._plan.client_id}", lambda: self._admin.create_client(wanted)))
        if changes := _changes(found, wanted):
            attributes = {**found["attributes"], **wanted["attributes"]}
            self._write(
                f"настройки клиента {self._plan.client_id}",
                lambda: self._admin.update_client(found["id"], {**changes, "attributes": attributes}),
            )
        return str(found["id"])

    def _organization(self, plan: OrganizationPlan) -> str:
        wanted = {
            "name": plan.name,
            "alias": plan.alias,
            "enabled": True,
            "domains": [{"name": name, "verified": False} for name in plan.domains],
        }
        found = self._organizations.get(plan.alias)
        if found is None:
            return str(self._write(f"организация {plan.alias}", lambda: self._admin.create_organization(wanted)))
        names = {domain["name"] for domain in found.get("domains", ())}
        if found["name"] != plan.name or not found["enabled"] or names != set(plan.domains):
            self._write(
                f"организация {plan.alias}",
                lambda: self._admin.update_organization(found["id"], {**found, **wanted}),
            )
        return str(found["id"])

    def _user(self, person: MemberPlan) -> str:
        if person.sub is not None:
            subject = person.sub
            if self._found(lambda: self._admin.get_user(subject)) is None:
                raise Conflict(
                    f"Учётной записи сотрудника {person.login} в Keycloak больше нет. Восстановите её там или заведите "
                    "человека в Апелле заново: другая запись с тем же именем – другой человек.",
                    code="keycloak.user_gone",
                )
            return subject
        found = self._admin.get_users({"username": person.login, "exact": True})
        if found:
            return str(found[0]["id"])
        payload: dict[str, Any] = {
            "username": person.login,
            "enabled": True,
            "firstName": person.given_name,
            "lastName": person.surname,
        }
        if person.email is not None:
            payload |= {"email": person.email, "emailVerified": False}
        if self._password is not None:
            payload["credentials"] = [{"type": "password", "value": self._password, "temporary": False}]
        return str(self._write("", lambda: self._admin.create_user(payload)))

    def _write(self, what: str, deed: Callable[[], Any]) -> Any:
        """Do it and count it; what is written for each person has no line of its own."""
        result = deed()
        self.writes += 1
        if what:
            self._say(f"  записано: {what}")
        return result

    @staticmethod
    def _found(question: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        try:
            return question()
        except KeycloakGetError as error:
            if error.response_code != _NOT_FOUND:
                raise
            return None


def issuer_of(server: str, realm: str) -> str:
    """The issuer that tokens of the realm name."""
    return f"{server.rstrip('/')}/realms/{realm}"


@contextmanager
def keycloak_errors() -> Iterator[None]:
    """Turn what python-keycloak raises into our errors; the answer's body stays out of them.

    Raises Unavailable (`keycloak.down`), ConfigurationError (`keycloak.credentials`), Conflict (`keycloak.refused`).
    """
    try:
        yield
    except KeycloakConnectionError as error:
        raise Unavailable("Keycloak не отвечает: проверьте адрес и повторите команду.", code="keycloak.down") from error
    except KeycloakAuthenticationError as error:
        raise _bad_credentials() from error
    except KeycloakError as error:
        if error.response_code == _UNAUTHORIZED:
            raise _bad_credentials() from error
        raise Conflict(
            f"Keycloak отказал: ответ {error.response_code}. Повторите команду; если отказ остаётся, смотрите журнал "
            "Keycloak.",
            code="keycloak.refused",
        ) from error


def _bad_credentials() -> ConfigurationError:
    return ConfigurationError(
        "Keycloak не принял имя или пароль администратора: проверьте APELLA_KEYCLOAK_ADMIN и пароль.",
        code="keycloak.credentials",
    )


def _realm(plan: RealmPlan) -> dict[str, Any]:
    return {
        "realm": plan.realm,
        "displayName": "Апелла",
        "enabled": True,
        "organizationsEnabled": True,
        "registrationAllowed": False,
        "editUsernameAllowed": False,
        "bruteForceProtected": True,
        "failureFactor": FAILED_TRIES,
        "sslRequired": "external",
        "passwordPolicy": "length(12) and notUsername(undefined)",
        **OTP_POLICY,
        "ssoSessionIdleTimeout": int(IDLE.total_seconds()),
        "ssoSessionMaxLifespan": int(SIGN_IN_AGE.total_seconds()),
        "internationalizationEnabled": True,
        "supportedLocales": ["ru"],
        "defaultLocale": "ru",
    }


def _client(plan: RealmPlan) -> dict[str, Any]:
    return {
        "clientId": plan.client_id,
        "name": "Апелла",
        "enabled": True,
        "publicClient": True,
        "standardFlowEnabled": True,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": False,
        "fullScopeAllowed": False,
        "frontchannelLogout": False,
        "redirectUris": [plan.address + CALLBACK],
        "webOrigins": [],
        # No scope that carries roles: membership comes by the organization claim alone.
        "defaultClientScopes": ["acr", "basic"],
        "optionalClientScopes": [ORGANIZATION],
        "attributes": {
            "pkce.code.challenge.method": "S256",
            "backchannel.logout.url": plan.address + LOGOUT,
            "backchannel.logout.session.required": "true",
            "post.logout.redirect.uris": f"{plan.address}/*",
        },
    }


def _changes(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What of the wanted is not found so; lists are compared without their order."""
    return {name: value for name, value in wanted.items() if not _same(found.get(name), value)}


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and not _changes(found, wanted)
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        return sorted(found or ()) == sorted(wanted)
    return bool(found == wanted)
