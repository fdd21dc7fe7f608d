"""A new phone of a participant or a representative, bound in person (reading B7).

Staff see the document, the code comes to the new phone.

Nothing changes until the code from the new phone is typed by the one who sees the participant: then the phone, and with
it the way in, is theirs. Everybody who was signed in as this participant is put out, and the old phone is told.
"""

from __future__ import annotations

import hmac
import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from apella.audit.trail import record
from apella.db.base import Base, TenantRow, tenant_fk
from apella.db.ids import new_id
from apella.db.masking import masked_phone
from apella.errors import Conflict, Malformed, NotFound, TooMany
from apella.identity import repository
from apella.identity.actor import Actor
from apella.identity.model import Person, SmsCode
from apella.identity.people import normal_phone
from apella.identity.roles import Role
from apella.identity.sessions import revoke_sessions_of
from apella.identity.sms_codes import (
    LIFE,
    SENDS,
    SENDS_WITHIN,
    TRIES,
    WRONG_TRIES,
    WRONG_TRIES_WITHIN,
    CodeRequest,
    OutgoingCode,
    new_code,
    phone_on_record,
    typed_code,
)
from apella.identity.vault import Vault
from apella.jobs import queue

SEND_JOB = "identity.send_binding_code"
TELL_JOB = "identity.tell_phone_changed"


class PhoneBinding(TenantRow, Base):
    """A new phone that waits for its code; times are machine time. `asked_by` is the person who saw the document.

    `code_cipher` is wiped once the message has gone, `phone_cipher` when the phone was bound; `old_phone_cipher` lives
    from then until the old phone has been told.
    """

    __tablename__ = "phone_binding"
    __table_args__ = (
        tenant_fk("season_id", "season"),
        tenant_fk("person_id", "person"),
        tenant_fk("asked_by", "person"),
        Index(None, "tenant_id", "person_id", "created_at"),
        Index(None, "tenant_id", "expires_at"),
    )

    season_id: Mapped[uuid.UUID]
    person_id: Mapped[uuid.UUID]
    asked_by: Mapped[uuid.UUID]
    phone_cipher: Mapped[bytes | None]
    old_phone_cipher: Mapped[bytes | None]
    code_hash: Mapped[bytes]
    code_cipher: Mapped[bytes | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


@dataclass(frozen=True, kw_only=True)
class Deed:
    """By whom, as what and when a phone is bound; `case_at` is case time."""

    actor: Actor
    role: Role
    vault: Vault
    case_at: datetime
    machine_now: datetime


@dataclass(frozen=True, kw_only=True)
class Bound:
    """A phone was bound: both as they may be shown, and how many sessions ended."""

    before: str | None
    after: str
    ended_sessions: int


def ask_to_bind(session: Session, *, deed: Deed, person: Person, phone: str) -> CodeRequest:
    """Send a code to the new phone of a participant whose document this actor has seen.

    Raises Malformed (`identity.phone`), Conflict (`phone.same`) for the phone that is on record already, and TooMany
    (`phone.too_many_codes`, `phone.too_many_tries`) over the limits, which are counted for each participant.
    """
    number = normal_phone(phone)
    session.refresh(person, with_for_update=True)
    if person.phone_cipher is not None and phone_on_record(person, deed.vault) == number:
        raise Conflict("Этот телефон уже записан: менять нечего.", code="phone.same")
    _check_limits(_earlier(session, person, deed.machine_now), deed.machine_now)
    row_id, code = new_id(), new_code()
    session.add(
        PhoneBinding(
            id=row_id,
            season_id=person.season_id,
            person_id=person.id,
            asked_by=deed.actor.person_id,
            phone_cipher=deed.vault.seal("phone_binding.phone", row_id, number),
            old_phone_cipher=None,
            code_hash=_code_hash(deed.vault, row_id, code),
            code_cipher=deed.vault.seal("phone_binding.code", row_id, code),
            created_at=deed.machine_now,
            expires_at=deed.machine_now + LIFE,
            tries=0,
            used_at=None,
        )
    )
    session.flush()
    _enqueue(session, SEND_JOB, person, row_id)
    _record(session, deed, person, "person:phone:asked")
    return CodeRequest(id=row_id, expires_at=deed.machine_now + LIFE)


def bind_phone(
    session: Session, *, deed: Deed, person: Person, binding_id: uuid.UUID, code: str
) -> Bound | Malformed | TooMany:
    """Try the code that the participant read off the new phone; the right one changes the phone on record.

    In one transaction: the phone, the audit, the end of the participant's sessions and codes, the message to the old
    phone. A refusal (`phone.code_wrong`, `phone.code_over`, `phone.too_many_tries`) is returned, not raised, since the
    try that it counts must be committed. Raises NotFound for a request that is none of this participant's.
    """
    session.refresh(person, with_for_update=True)
    row = session.scalar(select(PhoneBinding).where(PhoneBinding.id == binding_id, PhoneBinding.person_id == person.id))
    if row is None:
        raise NotFound("Такой смены телефона нет. Начните её заново.", code="phone.binding")
    now = deed.machine_now
    if row.used_at is not None or row.phone_cipher is None or row.tries >= TRIES or now >= row.expires_at:
        return Malformed(
            "Код больше не действует.",
            code="phone.code_over",
            fields={"code": "Код действует пять минут, один раз и пять попыток. Отправьте новый код"},
        )
    if (wait := _wait_for_tries(_earlier(session, person, now), now)) is not None:
        return _too_many_tries(wait)
    row.tries += 1
    if not hmac.compare_digest(row.code_hash, _code_hash(deed.vault, row.id, typed_code(code))):
        _record(session, deed, person, "person:phone:code_wrong", after={"try": row.tries})
        return Malformed(
            "Код не подошёл.",
            code="phone.code_wrong",
            fields={"code": "Попросите прочитать код из последнего сообщения и введите шесть цифр ещё раз"},
        )
    return _bind(session, deed, person, row, deed.vault.open("phone_binding.phone", row.id, row.phone_cipher))


def take_binding_code(row: PhoneBinding, *, vault: Vault, machine_now: datetime) -> OutgoingCode | None:
    """Give the code to the one who sends it to the new phone, and wipe it; None when there is nothing to send."""
    if row.code_cipher is None or row.phone_cipher is None:
        return None
    outgoing = OutgoingCode(
        phone=vault.open("phone_binding.phone", row.id, row.phone_cipher),
        code=vault.open("phone_binding.code", row.id, row.code_cipher),
    )
    row.code_cipher = None
    return outgoing if machine_now < row.expires_at else None


def take_old_phone(row: PhoneBinding, *, vault: Vault) -> str | None:
    """Give the old phone to the one who tells it, and wipe it; None when it was told already."""
    if row.old_phone_cipher is None:
        return None
    phone = vault.open("phone_binding.old_phone", row.id, row.old_phone_cipher)
    row.old_phone_cipher = None
    return phone


def binding(session: Session, binding_id: uuid.UUID) -> PhoneBinding | None:
    """The request with this id, if it is this tenant's."""
    return session.scalar(select(PhoneBinding).where(PhoneBinding.id == binding_id))


def _bind(session: Session, deed: Deed, person: Person, row: PhoneBinding, number: str) -> Bound:
    old = None if person.phone_cipher is None else phone_on_record(person, deed.vault)
    deed.vault.fill_person(person, document=None, phone=number)
    row.used_at = deed.machine_now
    row.phone_cipher = row.code_cipher = None
    if old is not None:
        row.old_phone_cipher = deed.vault.seal("phone_binding.old_phone", row.id, old)
        _enqueue(session, TELL_JOB, person, row.id)
    # What was under way with the old phone, or with another new one, ends here.
    for table in (SmsCode, PhoneBinding):
        session.execute(
            update(table)
            .where(table.person_id == person.id, table.used_at.is_(None), table.expires_at > deed.machine_now)
            .values(expires_at=deed.machine_now)
        )
    account_id = repository.self_service_account(session, person.id)
    ended = 0
    if account_id is not None:
        ended = revoke_sessions_of(session, account_id=account_id, machine_now=deed.machine_now)
    shown = Bound(before=None if old is None else masked_phone(old), after=masked_phone(number), ended_sessions=ended)
    # No digit of either: the event outlives the person's data.
    _record(session, deed, person, "person:phone:bound", after={"sessions": ended})
    return shown


def _earlier(session: Session, person: Person, machine_now: datetime) -> Sequence[PhoneBinding]:
    return session.scalars(
        select(PhoneBinding)
        .where(PhoneBinding.person_id == person.id, PhoneBinding.created_at > machine_now - WRONG_TRIES_WITHIN)
        .order_by(PhoneBinding.created_at, PhoneBinding.id)
    ).all()


def _check_limits(earlier: Sequence[PhoneBinding], machine_now: datetime) -> None:
    sent = [row for row in earlier if row.created_at > machine_now - SENDS_WITHIN]
    if len(sent) >= SENDS:
        raise TooMany(
            "За десять минут можно отправить три кода. Введите последний полученный код или подождите.",
            code="phone.too_many_codes",
            retry_after=_seconds_until(sent[-SENDS].created_at + SENDS_WITHIN, machine_now),
        )
    if (wait := _wait_for_tries(earlier, machine_now)) is not None:
        raise _too_many_tries(wait)


def _wait_for_tries(earlier: Sequence[PhoneBinding], machine_now: datetime) -> int | None:
    wrong = 0
    for row in reversed(earlier):
        wrong += row.tries - (row.used_at is not None)
        if wrong >= WRONG_TRIES:
            return _seconds_until(row.created_at + WRONG_TRIES_WITHIN, machine_now)
    return None


def _too_many_tries(wait: int) -> TooMany:
    return TooMany(
        "Код введён неверно слишком много раз. Подождите и начните смену телефона заново.",
        code="phone.too_many_tries",
        retry_after=wait,
    )


def _seconds_until(moment: datetime, machine_now: datetime) -> int:
    return max(1, math.ceil((moment - machine_now).total_seconds()))


def _enqueue(session: Session, job: str, person: Person, row_id: uuid.UUID) -> None:
    queue.enqueue(
        session, season_id=person.season_id, job=job, args={"binding_id": str(row_id)}, dedup_key=f"{job}:{row_id}"
    )


def _record(
    session: Session,
    deed: Deed,
    person: Person,
    tag: str,
    *,
    after: dict[str, object] | None = None,
) -> None:
    record(
        session,
        actor=deed.actor,
        tag=tag,
        subject_type="person",
        subject_id=person.id,
        case_at=deed.case_at,
        role=deed.role,
        after=after,
    )


def _code_hash(vault: Vault, row_id: uuid.UUID, code: str) -> bytes:
    return vault.index("phone_binding.code", f"{row_id}:{code}")
