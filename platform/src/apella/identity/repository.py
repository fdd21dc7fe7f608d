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


def lock_code_pair(session: Session, *, document_index: bytes, phone_index: bytes) -> None:
    """Let nobody else count codes of this document and phone in this tenant until the transaction ends."""
    pair = hashlib.sha256(b"\0".join((str(tenant_of_new_rows()).encode(), document_index, phone_index))).digest()
    session.execute(select(sql.pg_advisory_xact_lock(int.from_bytes(pair[:8], signed=True))))


def codes_of_pair(session: Session, *, document_index: bytes, phone_index: bytes, since: datetime) -> Sequence[SmsCode]:
    """Codes asked for with this document and phone since then, oldest first."""
    return session.scalars(
        select(SmsCode)
        .where(SmsCode.document_index == document_index, SmsCode.phone_index == phone_index, SmsCode.created_at > since)
        .order_by(SmsCode.created_at, SmsCode.id)
    ).all()


def code_request(session: Session, request_id: uuid.UUID) -> SmsCode | None:
    """The request for a code with this id, if it is this tenant's."""
    return session.scalar(select(SmsCode).where(SmsCode.id == request_id))


def participant_registered_with(session: Session, *, document_index: bytes, phone_index: bytes) -> Person | None:
    """The participant whose registration holds both; of several seasons the newest."""
    return session.scalar(
        select(Person)
        .join(Season, (Season.tenant_id == Person.tenant_id) & (Season.id == Person.season_id))
        .where(
            Person.kind == PersonKind.PARTICIPANT,
            Person.document_index == document_index,
            Person.phone_index == phone_index,
        )
        .order_by(Season.created_at.desc(), Season.id.desc())
        .limit(1)
    )


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
