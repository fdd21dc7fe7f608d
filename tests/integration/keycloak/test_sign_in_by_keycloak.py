"""Staff sign in at a real Keycloak: accounts bound for ever, entry by the claim, sign-out and a disabled user."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.serving import make_server

from apella.bootstrap import App
from apella.casework.offers import VERBS
from apella.identity.actor import Actor
from apella.identity.keycloak import FAILED_TRIES, OrganizationPlan
from apella.identity.model import Account, Membership, SignInSession
from apella.identity.oidc import OidcClient
from apella.identity.oidc_provider import Provider
from apella.identity.permissions import table
from apella.identity.roles import Role
from apella.onboarding.people import Post, give_posts
from apella.onboarding.staff_accounts import bind_staff, staff_plan
from apella.testing.client import Client
from apella.testing.embedded import wait_until
from apella.testing.factories import World
from apella.testing.keycloak import KeycloakAddress, KeycloakUnderTest, realm_under_test
from apella.testing.play import Play
from apella.testing.sign_in_pages import walk
from apella.testing.sizes import figure, size
from apella.web_app import create_app

PATIENCE = size("T2.3 seconds to wait for the end", small=60, full=2)


@dataclass(frozen=True, kw_only=True)
class House:
    """An Apella on the loopback whose staff sign in at Keycloak, with a season in each of two regions."""

    app: App
    web: Flask
    north: World
    south: World
    realm: KeycloakUnderTest

    def client(self, slug: str) -> Client:
        """Somebody who has not signed in."""
        return Client(self.web, slug)

    def sign_in(
        self, actor: Actor, *, slug: str | None = None, fresh: bool = False, code: str | None = None
    ) -> tuple[Client, int]:
        """Go the whole way by the pages; gives the client and the status of the way back."""
        client = self.client(slug or actor.slug)
        query = urlencode({"next": f"/{client.slug}/", **({"fresh": 1} if fresh else {})})
        begun = client.get(f"/{client.slug}/sign-in/staff?{query}")
        assert begun.status_code == 303, begun.get_data(as_text=True)
        answer = walk(begun.headers["Location"], login=actor.login, phone=self.realm.phone, code=code)
        return client, client.get(f"/sign-in/callback?{urlencode(answer)}").status_code


@pytest.fixture(scope="module")
def house(app: App, keycloak: KeycloakAddress) -> Iterator[House]:
    """Provision both regions' staff: the chair of the one is an observer in the other."""
    from apella.testing.factories import make_world

    north, south = make_world(app, "north"), make_world(app, "south")
    parts = replace(app)
    vars(parts)["database"] = app.database
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    origin = f"http://127.0.0.1:{server.server_port}"
    plans = []
    for world in (north, south):
        tenant_id = world.rules.tenant.tenant_id
        with app.database.unit_of_work(tenant_id) as work:
            members = staff_plan(work.session, tenant_id=tenant_id, vaults=app.vaults, iss="none yet")
        wanted = {world.staff["chair"].login, world.staff["secretary"].login}
        plans.append(
            OrganizationPlan(
                alias=world.rules.slug,
                name=world.rules.tenant.title.nominative,
                domains=(),
                members=tuple(member for member in members if member.login in wanted),
            )
        )
    realm = realm_under_test(keycloak, apella=origin, organizations=tuple(plans))
    admin = realm.admin()
    # The test client is at home at this address; Keycloak itself speaks to the server's.
    admin.update_client(admin.get_client_id("apella") or "", {"redirectUris": ["http://localhost/sign-in/callback"]})
    vars(parts)["oidc"] = OidcClient(Provider(realm.configuration))
    for world in (north, south):
        bind(app, world, realm)
    web = create_app(parts)
    server.app = web
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield House(app=parts, web=web, north=north, south=south, realm=realm)
    server.shutdown()
    thread.join(timeout=5)
    server.server_close()


def bind(app: App, world: World, realm: KeycloakUnderTest) -> int:
    mine = {world.staff[name].login for name in ("chair", "secretary")}
    with app.database.unit_of_work(world.rules.tenant.tenant_id) as work:
        return bind_staff(
            work,
            tenant_id=world.rules.tenant.tenant_id,
            slug=world.rules.slug,
            iss=realm.configuration.issuer,
            subjects={login: sub for login, sub in realm.subjects.items() if login in mine},
        )


def session_of(house: House, client: Client) -> SignInSession:
    from apella.identity.sessions import token_hash

    with house.app.database.unit_of_work(None) as work:
        return work.session.scalars(
            select(SignInSession).where(SignInSession.token_hash == token_hash(client.token))
        ).one()


@pytest.mark.proof("T2.4")
def test_an_account_is_bound_once_and_for_ever(house: House) -> None:
    assert bind(house.app, house.north, house.realm) == 0, "a second binding changes nothing"
    chair = house.north.staff["chair"]
    with house.app.database.unit_of_work(chair.tenant_id) as work:
        account = work.session.scalars(
            select(Account)
            .join(Membership, Membership.account_id == Account.id)
            .where(Membership.person_id == chair.person_id)
        ).one()
        assert (account.iss, account.sub) == (house.realm.configuration.issuer, house.realm.subjects[chair.login])


def test_a_secretary_signs_in_by_the_pages_and_opens_the_confirmed_tenant_only(house: House) -> None:
    secretary = house.north.staff["secretary"]
    client, status = house.sign_in(secretary)
    assert status == 303
    assert client.get("me").get_json()["login"] == secretary.login
    row = session_of(house, client)
    assert (row.tenants, row.loa, row.loa_offered) == (["north"], 1, 2)
    assert row.refresh_cipher is not None
    assert client.get("/api/v1/south/me").status_code == 404


def test_no_organization_at_the_provider_is_no_entry_whatever_the_memberships_say(house: House) -> None:
    """The secretary of the one region gets a role in the other's table; the provider knows nothing of it."""
    secretary, other = house.north.staff["secretary"], house.south
    give(house, secretary, other, Role.CHAIR)
    _, status = house.sign_in(secretary, slug="south")
    assert status == 403
    client, _ = house.sign_in(secretary)
    assert client.get("/api/v1/south/me").status_code == 404
    admin = house.realm.admin()
    organization = next(row for row in admin.get_organizations() if row["alias"] == "south")
    admin.organization_user_add(house.realm.subjects[secretary.login], organization["id"])
    assert client.get("/api/v1/south/me").status_code == 404, "the session keeps what was confirmed at its beginning"
    client, status = house.sign_in(secretary, slug="south")
    assert status == 303
    assert client.get("/api/v1/south/me").get_json()["roles"] == ["chair"]
    assert client.get("/api/v1/north/me").get_json()["roles"] == ["secretary"]


@pytest.mark.proof("T2.6")
def test_a_chair_here_who_observes_there_is_refused_every_chair_s_deed_there(house: House) -> None:
    """At Keycloak the person even bears the client role of a chair: it says nothing."""
    chair, south = house.north.staff["chair"], Play(house.app, house.south)
    give(house, chair, house.south, Role.OBSERVER)
    admin = house.realm.admin()
    client_id = admin.get_client_id("apella") or ""
    admin.assign_client_role(house.realm.subjects[chair.login], client_id, [admin.get_client_role(client_id, "chair")])
    organization = next(row for row in admin.get_organizations() if row["alias"] == "south")
    admin.organization_user_add(house.realm.subjects[chair.login], organization["id"])
    client, status = house.sign_in(chair)
    assert status == 303
    assert [client.get(f"/api/v1/{slug}/me").get_json()["roles"] for slug in ("north", "south")] == [
        ["chair"],
        ["observer"],
    ]
    case = south.file(channel="queue_clerk")
    rights = table()
    deeds = [verb for verb in VERBS.values() if Role.CHAIR in rights[verb.action]]
    for verb in deeds:
        answer = client.post(f"/api/v1/south/appeals/{case}/{verb.path}", {"version": 1})
        assert answer.status_code in {403, 404, 422}, (verb.path, answer.status_code)
    figure("routes tried by the chair of another region", len(deeds))


def test_a_deed_of_weight_takes_a_one_time_code(house: House) -> None:
    """A password opens the console; handing a decision over takes the second factor, entered at the first need."""
    secretary, north = house.north.staff["secretary"], Play(house.app, house.north)
    case = north.walk(north.file(), "decided")
    north.drain()
    client, _ = house.sign_in(secretary)
    answer = client.act(case, "hand-over")
    assert (answer.status_code, answer.get_json()["code"]) == (403, "session.step_up")
    assert secretary.login not in house.realm.phone.apps, "nobody has asked for a code yet"
    before = client
    client, status = house.sign_in(secretary, fresh=True)
    row = session_of(house, client)
    assert (status, row.loa, row.loa_offered) == (303, 2, 2)
    assert row.created_at - row.auth_time < timedelta(seconds=10)
    assert secretary.login in house.realm.phone.apps
    wait_until(lambda: before.get("me").status_code == 401, seconds=60)
    assert client.act(case, "hand-over").status_code == 200
    client, _ = house.sign_in(secretary)
    assert session_of(house, client).loa == 1, "the day's sign-in goes on with the password alone"


def test_a_wrong_code_a_used_one_and_an_old_one_are_refused(house: House) -> None:
    chair = house.north.staff["chair"]
    phone = house.realm.phone
    assert house.sign_in(chair, fresh=True)[1] == 303
    with pytest.raises(LookupError):
        house.sign_in(chair, fresh=True, code=phone.wrong(chair.login))
    used = phone.code(chair.login)
    assert house.sign_in(chair, fresh=True, code=used)[1] == 303
    for code in (used, phone.stale(chair.login)):
        with pytest.raises(LookupError):
            house.sign_in(chair, fresh=True, code=code)
    house.realm.admin().clear_bruteforce_attempts_for_user(house.realm.subjects[chair.login])
    assert house.sign_in(chair, fresh=True)[1] == 303


def test_who_guesses_is_locked_out_for_a_while(house: House) -> None:
    """Two guesses within a second or ten in all; then the right code is of no use either until the lock ends."""
    chair, phone = house.north.staff["chair"], house.realm.phone
    admin, subject = house.realm.admin(), house.realm.subjects[chair.login]
    assert house.sign_in(chair, fresh=True)[1] == 303
    guesses = 0
    while not admin.get_bruteforce_detection_status(subject)["disabled"]:
        # Keycloak counts a failure after it has answered: the last one may not be in the count yet.
        assert guesses <= FAILED_TRIES
        with pytest.raises(LookupError):
            house.sign_in(chair, fresh=True, code=phone.wrong(chair.login))
        guesses += 1
    assert guesses > 0
    with pytest.raises(LookupError):
        house.sign_in(chair, fresh=True)
    admin.clear_bruteforce_attempts_for_user(subject)
    assert house.sign_in(chair, fresh=True)[1] == 303


def test_who_has_codes_enters_another_application_with_a_code_only(house: House) -> None:
    """Else a stolen password would be enough: the thief would enter a phone of their own."""
    chair = house.south.staff["chair"]
    assert house.sign_in(chair, fresh=True)[1] == 303
    admin, subject = house.realm.admin(), house.realm.subjects[chair.login]
    before = admin.get_credentials(subject)
    begun = house.client("south").get("/south/sign-in/staff").headers["Location"]
    with pytest.raises(LookupError):
        walk(f"{begun}&kc_action=CONFIGURE_TOTP", login=chair.login, code=house.realm.phone.wrong(chair.login))
    assert admin.get_credentials(subject) == before
    assert [one["type"] for one in before] == ["password", "otp"]


def test_a_lost_application_is_removed_and_another_is_entered(house: House) -> None:
    secretary = house.south.staff["secretary"]
    admin, subject = house.realm.admin(), house.realm.subjects[secretary.login]
    assert house.sign_in(secretary, fresh=True)[1] == 303
    lost = house.realm.phone.apps[secretary.login]
    (credential,) = (one["id"] for one in admin.get_credentials(subject) if one["type"] == "otp")
    admin.delete_credential(subject, credential)
    assert house.sign_in(secretary, fresh=True)[1] == 303
    assert house.realm.phone.apps[secretary.login].secret != lost.secret
    with pytest.raises(LookupError):
        house.sign_in(secretary, fresh=True, code=lost.unused(seconds=int(house.realm.now().timestamp())))


@pytest.mark.proof("T2.3")
def test_signing_out_at_keycloak_ends_every_session(house: House) -> None:
    secretary = house.north.staff["secretary"]
    clients = [house.sign_in(secretary)[0] for _ in range(3)]
    assert [client.get("me").status_code for client in clients] == [200, 200, 200]
    began = time.monotonic()
    house.realm.admin().user_logout(house.realm.subjects[secretary.login])
    wait_until(lambda: [client.get("me").status_code for client in clients] == [401, 401, 401], seconds=PATIENCE)
    figure("T2.3 seconds from sign-out to the end of three sessions", round(time.monotonic() - began, 2))
    assert house.sign_in(secretary)[1] == 303


@pytest.mark.proof("T2.3")
def test_a_disabled_user_is_out_within_a_minute(house: House) -> None:
    chair = house.south.staff["chair"]
    client, _ = house.sign_in(chair)
    admin = house.realm.admin()
    admin.update_user(house.realm.subjects[chair.login], {"enabled": False})
    try:
        assert client.get("me").status_code == 200, "within 45 seconds of the last look"
        age(house, client)
        assert client.get("me").status_code == 401
        assert session_of(house, client).revoked_at is not None
        with pytest.raises(LookupError):
            house.sign_in(chair)
    finally:
        admin.update_user(house.realm.subjects[chair.login], {"enabled": True})


def test_a_known_user_goes_on_and_is_asked_after_once_in_a_while(house: House) -> None:
    client, _ = house.sign_in(house.south.staff["chair"])
    before = session_of(house, client)
    age(house, client)
    assert client.get("me").status_code == 200
    after = session_of(house, client)
    assert after.checked_at is not None
    assert before.checked_at is not None
    assert after.checked_at >= before.checked_at
    assert after.refresh_cipher != before.refresh_cipher


@pytest.mark.proof("T2.5")
def test_a_dead_provider_ends_no_session(house: House) -> None:
    client, _ = house.sign_in(house.south.staff["secretary"])
    age(house, client)
    alive, parts = house.app.oidc, vars(house.app)
    nowhere = replace(house.realm.configuration, issuer="http://127.0.0.1:1/realms/gone")
    sessions = vars(house.app)["provider_sessions"]
    parts["oidc"] = OidcClient(Provider(nowhere))
    del parts["provider_sessions"]
    try:
        assert client.get("me").status_code == 200
        assert house.client("south").get("/south/sign-in/staff").status_code == 503
    finally:
        parts.update(oidc=alive, provider_sessions=sessions)


def age(house: House, client: Client) -> None:
    """Make the session look as if the provider had last been asked a minute ago."""
    with house.app.database.unit_of_work(None) as work:
        row = session_of(house, client)
        work.session.execute(
            update(SignInSession)
            .where(SignInSession.id == row.id)
            .values(checked_at=SignInSession.checked_at - timedelta(minutes=1))
        )


def give(house: House, actor: Actor, world: World, role: Role) -> None:
    """Give the actor's account a membership in another region's season."""
    from apella.identity.model import AccountTenant, Person, PersonKind
    from apella.identity.people import sort_key

    with house.app.database.unit_of_work(None) as work:
        account_id = work.session.scalars(
            select(Account.id).where(Account.sub == house.realm.subjects[actor.login])
        ).one()
    with house.app.database.unit_of_work(world.rules.tenant.tenant_id) as work:
        name = ("Служебнов", "Иван", "Петрович")
        person = Person(
            season_id=world.season_id,
            kind=PersonKind.STAFF,
            login=f"{actor.login}-there",
            surname=name[0],
            given_name=name[1],
            patronymic=name[2],
            sort_key=sort_key(*name),
        )
        work.session.add_all([person, AccountTenant(account_id=account_id, slug=world.rules.slug)])
        work.session.flush()
        give_posts(
            work.session,
            season_id=world.season_id,
            person=person,
            account_id=account_id,
            posts=(Post(role=role, commission_id=world.commission_id),),
        )
