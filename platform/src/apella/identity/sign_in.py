"""From a proof (the provider's answer, a code by SMS) to a session of an account, and out again."""

from __future__ import annotations

import uuid
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from apella.audit.trail import record
from apella.db.unit_of_work import UnitOfWork
from apella.errors import ApellaError, Conflict, Forbidden, Unauthenticated
from apella.identity import repository
from apella.identity.actors import Admitted, admit
from apella.identity.login_states import spent_id
from apella.identity.model import Account, AccountTenant, Membership, PersonKind
from apella.identity.oidc import Identity, LoginState
from apella.identity.roles import Role
from apella.identity.school_codes import try_school_code
from apella.identity.sessions import NewSession, create_session, forms_of, revoke_session
from apella.identity.sms_codes import verify_code
from apella.identity.spent_codes import spend_once
from apella.identity.vault import Vaults
from apella.regions.codes import SignInScheme
from apella.tenancy.ids import TenantId

PARTICIPANTS_ISSUER = "urn:apella:participant"
CODE_LOA = 1


def sign_in_staff(
    work: UnitOfWork,
    *,
    tenant_id: TenantId,
    slug: str,
    zone: ZoneInfo,
    state: LoginState,
    identity: Identity,
    refresh_cipher: bytes | None = None,
    present: str | None = None,
) -> NewSession:
    """Begin a session of the account that the provider has signed in; it ends the one of the token `present`.

    It opens the tenants that the provider's organization claim names and the account may open: no organization there,
    no entry here, whatever the memberships say. What the person may do is theirs to say at every request.
    Raises Unauthenticated (`sign_in.state`) for a sign-in that was finished before, and Forbidden
    (`sign_in.no_membership`) for somebody without a live membership in this tenant.
    """
    if not spend_once(work.session, code_id=spent_id(state), expires_at=state.expires_at, machine_now=work.machine_now):
        raise Unauthenticated("Этот вход уже завершён. Войдите ещё раз.", code="sign_in.state")
    account = repository.account_by_subject(work.session, iss=identity.iss, sub=identity.sub)
    admitted = None
    if account is not None and slug in identity.organizations:
        admitted = admit(work, tenant_id=tenant_id, slug=slug, zone=zone, account_id=account.id)
    if account is None or admitted is None:
        refused = Forbidden(
            "Вы вошли, но роли в этом регионе у вас нет. Попросите администратора региона назначить её.",
            code="sign_in.no_membership",
        )
        refused.whose = {} if account is None else {"account_id": account.id}
        raise refused
    ended = revoke_session(work.session, token=present, machine_now=work.machine_now) if present else None
    begun = create_session(
        work.session,
        account_id=account.id,
        tenants=identity.organizations & repository.openable_tenants(work.session, account.id),
        loa=identity.loa,
        loa_offered=identity.loa_offered,
        auth_time=identity.auth_time,
        machine_now=work.machine_now,
        sid=identity.sid,
        refresh_cipher=refresh_cipher,
        forms=forms_of(present) if present and ended is not None and ended.account_id == account.id else None,
    )
    _record(work, admitted, begun, way="oidc")
    return begun


def sign_in_by_code(
    work: UnitOfWork,
    *,
    tenant_id: TenantId,
    slug: str,
    zone: ZoneInfo,
    vaults: Vaults,
    request_id: uuid.UUID,
    code: str,
) -> NewSession | ApellaError:
    """Begin a session of the participant whose code this is; the first one gives the person an account.

    A refusal is returned, not raised, since the try that it counts must be committed before anybody is told of it.
    Raises NotFound for a request that is none of this tenant's, and Forbidden (`sign_in.no_membership`) when the
    participant's membership has been revoked or has run out.
    """
    checked = verify_code(
        work.session,
        tenant_id=tenant_id,
        vaults=vaults,
        request_id=request_id,
        code=code,
        machine_now=work.machine_now,
    )
    if isinstance(checked, ApellaError):
        return checked
    return _begin(work, tenant_id=tenant_id, slug=slug, zone=zone, person_id=checked, way="sms")


def sign_in_by_school_code(
    work: UnitOfWork, *, tenant_id: TenantId, slug: str, zone: ZoneInfo, vaults: Vaults, document: str, code: str
) -> NewSession | ApellaError:
    """Begin a session of the participant who has this document and this code on paper; as `sign_in_by_code`."""
    checked = try_school_code(
        work.session,
        tenant_id=tenant_id,
        vaults=vaults,
        document=document,
        code=code,
        machine_now=work.machine_now,
    )
    if isinstance(checked, ApellaError):
        return checked
    return _begin(work, tenant_id=tenant_id, slug=slug, zone=zone, person_id=checked, way="school_code")


def require_scheme(chosen: SignInScheme, *wanted: SignInScheme) -> None:
    """Refuse a way in that this tenant does not have. Raises Conflict (`sign_in.scheme`)."""
    if chosen not in wanted:
        raise Conflict(
            "В этом регионе участники входят иначе: откройте страницу входа.", code="sign_in.scheme", scheme=chosen
        )


def sign_out(work: UnitOfWork, *, token: str, admitted: Admitted | None) -> bool:
    """End the session of this token; the deed of somebody admitted to this tenant stands in its audit.

    True when the provider began it, and so has a session of its own to end.
    """
    ended = revoke_session(work.session, token=token, machine_now=work.machine_now)
    if ended is None:
        return False
    if admitted is not None:
        record(
            work.session,
            actor=admitted.actor,
            tag="session:person:signed_out",
            subject_type="session",
            subject_id=ended.id,
            case_at=work.now,
        )
    return ended.sid is not None


def _begin(
    work: UnitOfWork, *, tenant_id: TenantId, slug: str, zone: ZoneInfo, person_id: uuid.UUID, way: str
) -> NewSession:
    account_id = _account_of(work.session, slug=slug, person_id=person_id)
    admitted = admit(work, tenant_id=tenant_id, slug=slug, zone=zone, account_id=account_id)
    if admitted is None:
        refused = Forbidden(
            "Личный кабинет закрыт: регистрация участника отозвана. Обратитесь в комиссию.",
            code="sign_in.no_membership",
        )
        refused.whose = {"account_id": account_id, "person_id": person_id}
        raise refused
    begun = create_session(
        work.session,
        account_id=account_id,
        tenants=(slug,),
        loa=CODE_LOA,
        auth_time=work.machine_now,
        machine_now=work.machine_now,
    )
    _record(work, admitted, begun, way=way)
    return begun


def _account_of(session: Session, *, slug: str, person_id: uuid.UUID) -> uuid.UUID:
    known = repository.participant_membership(session, person_id)
    if known is not None:
        return known.account_id
    person = repository.person(session, person_id)
    account_id = own_account(session, slug=slug, person_id=person_id)
    if person.kind is PersonKind.PARTICIPANT:
        session.add(
            Membership(season_id=person.season_id, person_id=person_id, account_id=account_id, role=Role.PARTICIPANT)
        )
        session.flush()
    return account_id


def own_account(session: Session, *, slug: str, person_id: uuid.UUID) -> uuid.UUID:
    """The account of somebody who signs in by a code: a participant's, a representative's; made at the first need."""
    known = repository.self_service_account(session, person_id)
    if known is not None:
        return known
    account = Account(iss=PARTICIPANTS_ISSUER, sub=f"{slug}/{person_id}")
    session.add(account)
    session.flush()
    session.execute(insert(AccountTenant).values(account_id=account.id, slug=slug))
    return account.id


def _record(work: UnitOfWork, admitted: Admitted, begun: NewSession, *, way: str) -> None:
    record(
        work.session,
        actor=admitted.actor,
        tag="session:person:signed_in",
        subject_type="session",
        subject_id=begun.id,
        case_at=work.now,
        after={"way": way},
    )
