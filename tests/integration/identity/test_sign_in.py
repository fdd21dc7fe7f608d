"""From a proof to a session: only for somebody with a role in this tenant, once, and written in its audit."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from apella.audit.model import AuditEvent
from apella.db.unit_of_work import Database
from apella.errors import Forbidden, Malformed, Unauthenticated
from apella.identity.actors import admit
from apella.identity.claims import DocumentClaim
from apella.identity.model import Account, Membership, SignInSession, UsedLoginCode
from apella.identity.oidc import Identity, LoginState
from apella.identity.oidc_provider import EMBEDDED_ISSUER
from apella.identity.roles import Role
from apella.identity.sessions import NewSession, live_session
from apella.identity.sign_in import sign_in_by_code, sign_in_staff, sign_out
from apella.identity.sms_codes import request_code
from apella.identity.spent_codes import spend_once
from apella.identity.vault import Vaults
from apella.testing.identity import Place, code_on_its_way
from apella.testing.tenants import NORTH, SOUTH

ANYWHERE = (NORTH, SOUTH)


def begun_state(place: Place) -> LoginState:
    return LoginState(
        state=uuid.uuid4().hex,
        nonce="nonce",
        code_verifier="verifier",
        redirect_uri="https://apella.example/sign-in/callback",
        slug=place.slug,
        return_to=f"/{place.slug}/",
        expires_at=datetime(2100, 1, 1, tzinfo=UTC),
    )


def identity_of(login: str, *, iss: str = EMBEDDED_ISSUER, organizations: Iterable[str] = ANYWHERE) -> Identity:
    return Identity(
        iss=iss,
        sub=login,
        sid="sid-1",
        loa=1,
        auth_time=datetime(2031, 6, 16, 9, tzinfo=UTC),
        organizations=frozenset(organizations),
    )


def staff(database: Database, place: Place, identity: Identity, *, state: LoginState | None = None) -> NewSession:
    with database.unit_of_work(place.tenant_id) as work:
        return sign_in_staff(
            work,
            tenant_id=place.tenant_id,
            slug=place.slug,
            zone=place.zone,
            state=state or begun_state(place),
            identity=identity,
        )


def participant(database: Database, vaults: Vaults, place: Place, *, code: str | None = None) -> NewSession | object:
    """Ask for a code, take it from the way to the phone (or type another), and enter it."""
    with database.unit_of_work(place.tenant_id) as work:
        asked = request_code(
            work.session,
            tenant_id=place.tenant_id,
            vaults=vaults,
            claim=DocumentClaim.read(document=place.document, phone=place.phone),
            machine_now=work.machine_now,
        )
    if code is None:
        code = code_on_its_way(database, vaults, place, str(asked.id))
    with database.unit_of_work(place.tenant_id) as work:
        return sign_in_by_code(
            work,
            tenant_id=place.tenant_id,
            slug=place.slug,
            zone=place.zone,
            vaults=vaults,
            request_id=asked.id,
            code=code,
        )


def roles(database: Database, place: Place, begun: NewSession) -> frozenset[Role]:
    """What the session's person is in the tenant."""
    with database.unit_of_work(place.tenant_id) as work:
        row = live_session(work.session, token=begun.token, machine_now=work.machine_now)
        found = admit(work, tenant_id=place.tenant_id, slug=place.slug, zone=place.zone, account_id=row.account_id)
        return frozenset() if found is None else found.actor.roles


def events(database: Database, place: Place, session_id: uuid.UUID) -> list[tuple[str, str]]:
    with database.unit_of_work(place.tenant_id) as work:
        rows = work.session.scalars(
            select(AuditEvent).where(AuditEvent.subject_id == session_id).order_by(AuditEvent.seq)
        ).all()
        return [(row.tag, row.actor_login) for row in rows]


def test_a_secretary_gets_a_session_with_the_provider_s_marks(database: Database, place: Place) -> None:
    begun = staff(database, place, identity_of(place.secretary_login))
    assert roles(database, place, begun) == {Role.SECRETARY}
    with database.unit_of_work(None) as work:
        row = work.session.get_one(SignInSession, begun.id)
        assert (row.sid, row.loa, row.auth_time) == ("sid-1", 1, datetime(2031, 6, 16, 9, tzinfo=UTC))
    assert events(database, place, begun.id) == [("session:person:signed_in", "секретарь")]


def test_a_begun_sign_in_is_finished_once(database: Database, place: Place) -> None:
    state = begun_state(place)
    staff(database, place, identity_of(place.secretary_login), state=state)
    with pytest.raises(Unauthenticated) as refusal:
        staff(database, place, identity_of(place.secretary_login), state=state)
    assert refusal.value.error_code == "sign_in.state"


def test_somebody_without_an_account_is_refused(database: Database, place: Place) -> None:
    with pytest.raises(Forbidden) as refusal:
        staff(database, place, identity_of("nobody"))
    assert refusal.value.error_code == "sign_in.no_membership"


def test_a_session_opens_what_the_provider_confirmed_and_the_account_may_open(database: Database, place: Place) -> None:
    begun = staff(database, place, identity_of(place.secretary_login, organizations=(NORTH, SOUTH, "unknown")))
    with database.unit_of_work(None) as work:
        assert work.session.get_one(SignInSession, begun.id).tenants == [NORTH]


@pytest.mark.parametrize("organizations", [(), (SOUTH,), ("NORTH",)], ids=str)
def test_a_membership_without_the_provider_s_organization_is_no_entry(
    database: Database, place: Place, organizations: tuple[str, ...]
) -> None:
    with pytest.raises(Forbidden) as refusal:
        staff(database, place, identity_of(place.secretary_login, organizations=organizations))
    assert refusal.value.error_code == "sign_in.no_membership"


def test_the_same_subject_of_another_issuer_is_somebody_else(database: Database, place: Place) -> None:
    with pytest.raises(Forbidden):
        staff(database, place, identity_of(place.secretary_login, iss="https://sso.example"))


def test_a_secretary_elsewhere_is_refused_here(database: Database, place: Place, other_place: Place) -> None:
    with pytest.raises(Forbidden):
        staff(database, place, identity_of(other_place.secretary_login))
    assert staff(database, other_place, identity_of(other_place.secretary_login)).token


@pytest.mark.proof("T2.3")
def test_a_revoked_membership_refuses(database: Database, place: Place) -> None:
    begun = staff(database, place, identity_of(place.secretary_login))
    with database.unit_of_work(place.tenant_id) as work:
        membership = work.session.scalars(select(Membership).where(Membership.person_id == place.secretary_id)).one()
        membership.revoked_at = work.machine_now
    assert roles(database, place, begun) == frozenset(), "the session lives, but opens nothing here"
    with pytest.raises(Forbidden):
        staff(database, place, identity_of(place.secretary_login))


def test_a_participant_s_first_code_makes_the_account_and_the_second_finds_it(
    database: Database, vaults: Vaults, place: Place
) -> None:
    first = participant(database, vaults, place)
    second = participant(database, vaults, place)
    assert isinstance(first, NewSession)
    assert isinstance(second, NewSession)
    assert roles(database, place, first) == roles(database, place, second) == {Role.PARTICIPANT}
    with database.unit_of_work(place.tenant_id) as work:
        accounts = work.session.scalars(
            select(Account).where(Account.sub == f"{place.slug}/{place.participant_id}")
        ).all()
        assert len(accounts) == 1
    assert events(database, place, second.id) == [("session:person:signed_in", "participant")]


def test_a_wrong_code_gives_no_session_and_its_try_stays(database: Database, vaults: Vaults, place: Place) -> None:
    refusal = participant(database, vaults, place, code="not a code")
    assert isinstance(refusal, Malformed)
    assert refusal.error_code == "sign_in.code_wrong"
    assert set(refusal.fields) == {"code"}


def test_a_participant_whose_membership_was_revoked_is_refused(
    database: Database, vaults: Vaults, place: Place
) -> None:
    participant(database, vaults, place)
    with database.unit_of_work(place.tenant_id) as work:
        membership = work.session.scalars(select(Membership).where(Membership.person_id == place.participant_id)).one()
        membership.revoked_at = work.machine_now
    with pytest.raises(Forbidden):
        participant(database, vaults, place)


def test_signing_out_ends_the_session_and_says_whose_it_was(database: Database, vaults: Vaults, place: Place) -> None:
    by_code = participant(database, vaults, place)
    assert isinstance(by_code, NewSession)
    for begun, by_provider in ((staff(database, place, identity_of(place.secretary_login)), True), (by_code, False)):
        with database.unit_of_work(place.tenant_id) as work:
            row = live_session(work.session, token=begun.token, machine_now=work.machine_now)
            who = admit(work, tenant_id=place.tenant_id, slug=place.slug, zone=place.zone, account_id=row.account_id)
            assert sign_out(work, token=begun.token, admitted=who) is by_provider
        with database.unit_of_work(None) as work, pytest.raises(Unauthenticated):
            live_session(work.session, token=begun.token, machine_now=work.machine_now)
        assert [tag for tag, _ in events(database, place, begun.id)] == [
            "session:person:signed_in",
            "session:person:signed_out",
        ]


def test_of_many_at_once_one_spends_a_code(database: Database, place: Place) -> None:
    code_id = uuid.uuid4().hex

    def spend(_: int) -> bool:
        with database.unit_of_work(place.tenant_id) as work:
            return spend_once(
                work.session,
                code_id=code_id,
                expires_at=work.machine_now + timedelta(minutes=1),
                machine_now=work.machine_now,
            )

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(spend, range(30))) == 1


def test_a_code_spent_in_a_work_that_failed_is_not_spent(database: Database, place: Place) -> None:
    code_id = uuid.uuid4().hex

    def spend(*, fail: bool) -> bool:
        with database.unit_of_work(place.tenant_id) as work:
            spent = spend_once(work.session, code_id=code_id, expires_at=work.machine_now, machine_now=work.machine_now)
            if fail:
                raise LookupError
            return spent

    with pytest.raises(LookupError):
        spend(fail=True)
    assert spend(fail=False)


def test_codes_past_their_time_are_forgotten(database: Database, place: Place) -> None:
    def remembered() -> list[str]:
        with database.unit_of_work(place.tenant_id) as work:
            return list(work.session.scalars(select(UsedLoginCode.code_id)))

    for name, ahead in (("old", timedelta(0)), ("new", timedelta(hours=1))):
        with database.unit_of_work(place.tenant_id) as work:
            spend_once(
                work.session,
                code_id=f"{name}-{place.season_id}",
                expires_at=work.machine_now + ahead,
                machine_now=work.machine_now,
            )
    assert f"old-{place.season_id}" not in remembered()
    assert f"new-{place.season_id}" in remembered()
