"""Selects of sign-in: codes, people they belong to, accounts and what these may open."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func as sql
from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.db.tenant_context import tenant_of_new_rows
from apella.identity.model import Account, AccountTenant, Membership, Person, PersonKind, SmsCode
from apella.identity.roles import Role
from apella.tenancy.model import Season

SIGN_IN_BY_CODE = (PersonKind.PARTICIPANT, PersonKind.REPRESENTATIVE)
"""Who signs in by a code of this tenant, not at the provider of staff."""


def lock_claim(session: Session, claim_index: bytes) -> None:
    """Let nobody else count tries of this claim in this tenant until the transaction ends."""
    claim = hashlib.sha256(b"\0".join((str(tenant_of_new_rows()).encode(), claim_index))).digest()
    session.execute(select(sql.pg_advisory_xact_lock(int.from_bytes(claim[:8], signed=True))))


def codes_of_claim(session: Session, claim_index: bytes, *, since: datetime) -> Sequence[SmsCode]:
    """Codes asked for with this claim since then, oldest first."""
    return session.scalars(
        select(SmsCode)
        .where(SmsCode.claim_index == claim_index, SmsCode.created_at > since)
        .order_by(SmsCode.created_at, SmsCode.id)
    ).all()


def code_request(session: Session, request_id: uuid.UUID) -> SmsCode | None:
    """The request for a code with this id, if it is this tenant's."""
    return session.scalar(select(SmsCode).where(SmsCode.id == request_id))


def participant_registered_with(session: Session, *, document_index: bytes, phone_index: bytes) -> Person | None:
    """The participant, or a representative, on whose record both stand; of several seasons the newest."""
    return session.scalar(
        select(Person)
        .join(Season, (Season.tenant_id == Person.tenant_id) & (Season.id == Person.season_id))
        .where(
            Person.kind.in_(SIGN_IN_BY_CODE),
            Person.document_index == document_index,
            Person.phone_index == phone_index,
        )
        .order_by(Season.created_at.desc(), Season.id.desc())
        .limit(1)
    )


def participants_with_login(session: Session, login: str) -> Sequence[Person]:
    """The participants and representatives of this registration code, the newest season first."""
    return session.scalars(
        select(Person)
        .join(Season, (Season.tenant_id == Person.tenant_id) & (Season.id == Person.season_id))
        .where(Person.kind.in_(SIGN_IN_BY_CODE), Person.login == login)
        .order_by(Season.created_at.desc(), Season.id.desc())
    ).all()


def newest_season(session: Session) -> Season | None:
    """The season made last in this tenant."""
    return session.scalar(select(Season).order_by(Season.created_at.desc(), Season.id.desc()).limit(1))


def account_by_subject(session: Session, *, iss: str, sub: str) -> Account | None:
    """The account of this subject of this issuer."""
    return session.scalar(select(Account).where(Account.iss == iss, Account.sub == sub))


def openable_tenants(session: Session, account_id: uuid.UUID) -> frozenset[str]:
    """The slugs of the tenants that the account may open."""
    return frozenset(session.scalars(select(AccountTenant.slug).where(AccountTenant.account_id == account_id)))


def person(session: Session, person_id: uuid.UUID) -> Person:
    """The person of this tenant with this id."""
    return session.scalars(select(Person).where(Person.id == person_id)).one()


def participant_membership(session: Session, person_id: uuid.UUID) -> Membership | None:
    """The membership by which the participant was given an account, live or revoked."""
    return session.scalar(
        select(Membership)
        .where(Membership.person_id == person_id, Membership.role == Role.PARTICIPANT)
        .order_by(Membership.revoked_at.is_not(None), Membership.id)
        .limit(1)
    )


def self_service_account(session: Session, person_id: uuid.UUID) -> uuid.UUID | None:
    """The account that somebody who signs in by a code was given, in whichever role."""
    return session.scalar(
        select(Membership.account_id)
        .where(Membership.person_id == person_id, Membership.role.in_((Role.PARTICIPANT, Role.PARENT, Role.PROXY)))
        .order_by(Membership.revoked_at.is_not(None), Membership.id)
        .limit(1)
    )
