"""Sign-in of participants by SMS: a claim (`apella.identity.claims`), then a one-time code to the phone on record.

Whoever asks gets the same answer, whether or not the claim fits somebody. Codes are six random digits, live five
minutes, work once, at one request, and stand in the database as a keyed hash. What limits guessing and flooding is
counted in the database, under one lock for each claim.
"""

from __future__ import annotations

import hmac
import math
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from apella.db.ids import new_id
from apella.errors import Conflict, Malformed, NotFound, TooMany
from apella.identity import repository
from apella.identity.claims import Claim
from apella.identity.model import Person, SmsCode
from apella.identity.vault import Vault, Vaults
from apella.jobs import queue
from apella.tenancy.ids import TenantId

JOB = "identity.send_code"
DIGITS = 6
LIFE = timedelta(minutes=5)
TRIES = 5
SENDS = 3
SENDS_WITHIN = timedelta(minutes=10)
WRONG_TRIES = 10
WRONG_TRIES_WITHIN = timedelta(hours=1)
NOBODYS_PHONE = "+70000000000"


@dataclass(frozen=True, kw_only=True)
class CodeRequest:
    """A code was asked for; it may be typed at this request until `expires_at` (machine time)."""

    id: uuid.UUID
    expires_at: datetime


def request_code(
    session: Session, *, tenant_id: TenantId, vaults: Vaults, claim: Claim, machine_now: datetime
) -> CodeRequest:
    """Ask for a code for the participant whom the claim fits.

    Raises TooMany (`sign_in.too_many_codes`, `sign_in.too_many_tries`) over the limits, and Conflict
    (`sign_in.no_season`) in a tenant without a season.
    """
    newest = repository.newest_season(session)
    if newest is None:
        raise Conflict(
            "Апелляции в этом регионе пока не принимаются: сезон экзаменов не открыт.", code="sign_in.no_season"
        )
    vault = vaults.of_season(session, tenant_id=tenant_id, season_id=newest.id)
    claim_index = claim.index(vault)
    repository.lock_claim(session, claim_index)
    earlier = repository.codes_of_claim(session, claim_index, since=machine_now - WRONG_TRIES_WITHIN)
    _check_limits(earlier, machine_now)
    person = claim.find(session, vault)
    if person is not None and person.phone_cipher is None:
        # Nowhere to send it: the same as somebody unknown.
        person = None
    season_id = newest.id if person is None else person.season_id
    vault = vaults.of_season(session, tenant_id=tenant_id, season_id=season_id)
    row_id = new_id()
    code = new_code()
    # An unknown claim costs the same work as a known one, so that the time of the answer tells nothing.
    phone = NOBODYS_PHONE if person is None else phone_on_record(person, vault)
    code_cipher = phone_cipher = None
    # Of an erased season nobody is left: who asks there is told the same as everybody, and nothing is sealed.
    if not vault.is_erased:
        code_cipher = vault.seal("sms_code.code", row_id, code)
        phone_cipher = vault.seal("sms_code.phone", row_id, phone)
    session.add(
        SmsCode(
            id=row_id,
            season_id=season_id,
            person_id=None if person is None else person.id,
            claim_index=claim_index,
            code_hash=_code_hash(vault, row_id, code),
            code_cipher=None if person is None else code_cipher,
            phone_cipher=None if person is None else phone_cipher,
            created_at=machine_now,
            expires_at=machine_now + LIFE,
            tries=0,
            used_at=None,
        )
    )
    session.flush()
    queue.enqueue(session, season_id=season_id, job=JOB, args={"code_id": str(row_id)}, dedup_key=f"{JOB}:{row_id}")
    return CodeRequest(id=row_id, expires_at=machine_now + LIFE)


def new_code() -> str:
    """A code of six random digits."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def typed_code(text: str) -> str:
    """A code as it is compared: spaces and hyphens of a pasted one are ignored."""
    return "".join(character for character in text if not character.isspace() and character != "-")


def phone_on_record(person: Person, vault: Vault) -> str:
    """The phone that codes of this person go to. Raises ValueError for a person without one."""
    if person.phone_cipher is None:
        raise ValueError("no phone")
    return vault.open("person.phone", person.id, person.phone_cipher)


def verify_code(
    session: Session,
    *,
    tenant_id: TenantId,
    vaults: Vaults,
    request_id: uuid.UUID,
    code: str,
    machine_now: datetime,
) -> uuid.UUID | Malformed | TooMany:
    """Try a code at its request and give the person's id. Spaces and hyphens of a pasted code are ignored.

    A refusal (`sign_in.code_wrong`, `sign_in.code_over`, `sign_in.too_many_tries`) is returned, not raised, since the
    try that it counts must be committed. Raises NotFound for a request that is none of this tenant's. Of any number
    of tries at once with the right code, one signs in.
    """
    row = repository.code_request(session, request_id)
    if row is None:
        raise NotFound("Такого запроса кода нет. Запросите код ещё раз.", code="sign_in.code_request")
    repository.lock_claim(session, row.claim_index)
    session.refresh(row)
    refused = _refusal(session, row, tenant_id=tenant_id, vaults=vaults, code=code, machine_now=machine_now)
    if refused is not None:
        refused.whose = {} if row.person_id is None else {"person_id": row.person_id}
        return refused
    if row.person_id is None:
        raise RuntimeError("a code that fits is somebody's")
    row.used_at = machine_now
    row.code_cipher = row.phone_cipher = None
    return row.person_id


def _refusal(
    session: Session, row: SmsCode, *, tenant_id: TenantId, vaults: Vaults, code: str, machine_now: datetime
) -> Malformed | TooMany | None:
    """Count a try at a locked request; say why it fails, or None for the right code."""
    if row.used_at is not None or row.tries >= TRIES or machine_now >= row.expires_at:
        return Malformed(
            "Код больше не действует.",
            code="sign_in.code_over",
            fields={"code": "Код действует пять минут, один раз и пять попыток. Запросите новый код"},
        )
    within_an_hour = repository.codes_of_claim(session, row.claim_index, since=machine_now - WRONG_TRIES_WITHIN)
    if (wait := _wait_for_tries(within_an_hour, machine_now)) is not None:
        return _too_many_tries(wait)
    row.tries += 1
    vault = vaults.of_season(session, tenant_id=tenant_id, season_id=row.season_id)
    fits = hmac.compare_digest(row.code_hash, _code_hash(vault, row.id, typed_code(code)))
    if not fits or row.person_id is None:
        return Malformed(
            "Код не подошёл.",
            code="sign_in.code_wrong",
            fields={"code": "Проверьте код из последнего сообщения и введите шесть цифр ещё раз"},
        )
    return None


@dataclass(frozen=True, kw_only=True)
class OutgoingCode:
    """A code on its way to the phone on record."""

    phone: str = field(repr=False)
    code: str = field(repr=False)


def take_code_to_send(row: SmsCode, *, vault: Vault, machine_now: datetime) -> OutgoingCode | None:
    """Give the code of this request to the one who sends it, and wipe it from the row.

    None when there is nothing to send: nobody matched, it was taken before, or it would come too late.
    """
    if row.code_cipher is None or row.phone_cipher is None:
        return None
    outgoing = OutgoingCode(
        phone=vault.open("sms_code.phone", row.id, row.phone_cipher),
        code=vault.open("sms_code.code", row.id, row.code_cipher),
    )
    row.code_cipher = row.phone_cipher = None
    return outgoing if machine_now < row.expires_at else None


def _check_limits(earlier: Sequence[SmsCode], machine_now: datetime) -> None:
    sent = [row for row in earlier if row.created_at > machine_now - SENDS_WITHIN]
    if len(sent) >= SENDS:
        raise TooMany(
            "За десять минут можно запросить три кода. Введите последний полученный код или подождите.",
            code="sign_in.too_many_codes",
            retry_after=_seconds_until(sent[-SENDS].created_at + SENDS_WITHIN, machine_now),
        )
    if (wait := _wait_for_tries(earlier, machine_now)) is not None:
        raise _too_many_tries(wait)


def _too_many_tries(wait: int) -> TooMany:
    return TooMany(
        "Код введён неверно слишком много раз. Подождите и запросите новый код.",
        code="sign_in.too_many_tries",
        retry_after=wait,
    )


def _wait_for_tries(within_an_hour: Sequence[SmsCode], machine_now: datetime) -> int | None:
    wrong = 0
    for row in reversed(within_an_hour):
        wrong += row.tries - (row.used_at is not None)
        if wrong >= WRONG_TRIES:
            return _seconds_until(row.created_at + WRONG_TRIES_WITHIN, machine_now)
    return None


def _seconds_until(moment: datetime, machine_now: datetime) -> int:
    return max(1, math.ceil((moment - machine_now).total_seconds()))


def _code_hash(vault: Vault, row_id: uuid.UUID, code: str) -> bytes:
    return vault.index("sms_code.code", f"{row_id}:{code}")
