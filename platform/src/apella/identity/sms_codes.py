"""Sign-in of participants: document and phone as registered, then a one-time code by SMS.

Whoever asks gets the same answer, whether or not somebody is registered with this document and this phone. Codes are
six random digits, live five minutes, work once, at one request, and stand in the database as a keyed hash. What limits
guessing and flooding is counted in the database, under one lock for each pair of document and phone.
"""

from __future__ import annotations

import enum
import hmac
import math
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from apella.db.ids import new_id
from apella.errors import ApellaError, Conflict, Malformed, NotFound, TooMany
from apella.identity import repository
from apella.identity.model import SmsCode
from apella.identity.people import normal_document, normal_phone
from apella.jobs import queue

JOB = "identity.send_code"
DIGITS = 6
LIFE = timedelta(minutes=5)
TRIES = 5
SENDS = 3
SENDS_WITHIN = timedelta(minutes=10)
WRONG_TRIES = 10
WRONG_TRIES_WITHIN = timedelta(hours=1)


class PersonalKeys(Protocol):
    """The keys of one tenant's personal data (architecture rule 15)."""

    def index(self, column: str, value: str) -> bytes:
        """Give the keyed blind index of the value in this column."""

    def encrypt(self, session: Session, *, season_id: uuid.UUID, column: str, row_id: uuid.UUID, text: str) -> bytes:
        """Encrypt the text for this column of this row."""

    def decrypt(self, session: Session, *, season_id: uuid.UUID, column: str, row_id: uuid.UUID, cipher: bytes) -> str:
        """Give the text back."""


@dataclass(frozen=True, kw_only=True)
class CodeRequest:
    """A code was asked for; it may be typed at this request until `expires_at` (machine time)."""

    id: uuid.UUID
    expires_at: datetime


class CodeRefusal(enum.StrEnum):
    """Why a code does not sign in."""

    WRONG = "wrong"
    EXPIRED = "expired"
    TOO_MANY = "too_many"


@dataclass(frozen=True, kw_only=True)
class CodeAnswer:
    """Whom the code signs in, or why it does not. The try is counted either way, so the work must be committed."""

    person_id: uuid.UUID | None = None
    refusal: CodeRefusal | None = None
    retry_after: int = 0

    def error(self) -> ApellaError | None:
        """Give the refusal as an error to raise after the commit; None when somebody is signed in."""
        match self.refusal:
            case None:
                return None
            case CodeRefusal.WRONG:
                return Malformed(
                    "Код не подошёл.",
                    code="sign_in.code_wrong",
                    fields={"code": "Проверьте код из последнего сообщения и введите шесть цифр ещё раз"},
                )
            case CodeRefusal.EXPIRED:
                return Malformed(
                    "Код больше не действует.",
                    code="sign_in.code_expired",
                    fields={"code": "Код действует пять минут и только один раз. Запросите новый код"},
                )
            case CodeRefusal.TOO_MANY:
                return TooMany(
                    "Код введён неверно слишком много раз. Подождите и запросите новый код.",
                    code="sign_in.too_many_tries",
                    retry_after=self.retry_after,
                )


def request_code(
    session: Session, *, keys: PersonalKeys, document: str, phone: str, machine_now: datetime
) -> CodeRequest:
    """Ask for a code for the participant registered with this document and this phone.

    Raises Malformed for what is no document or phone, TooMany (`sign_in.too_many_codes`, `sign_in.too_many_tries`)
    over the limits, and Conflict (`sign_in.no_season`) in a tenant without a season.
    """
    fields: dict[str, str] = {}
    numbers: list[str] = []
    for normal, text in ((normal_document, document), (normal_phone, phone)):
        try:
            numbers.append(normal(text))
        except Malformed as error:
            fields.update(error.fields)
    if fields:
        raise Malformed("Проверьте документ и телефон.", code="sign_in.document_and_phone", fields=fields)
    document_index = keys.index("person.document", numbers[0])
    phone_index = keys.index("person.phone", numbers[1])
    repository.lock_code_pair(session, document_index=document_index, phone_index=phone_index)
    earlier = repository.codes_of_pair(
        session, document_index=document_index, phone_index=phone_index, since=machine_now - WRONG_TRIES_WITHIN
    )
    _check_limits(earlier, machine_now)
    person = repository.participant_registered_with(session, document_index=document_index, phone_index=phone_index)
    season_id = person.season_id if person is not None else repository.newest_season_id(session)
    if season_id is None:
        raise Conflict(
            "Апелляции в этом регионе пока не принимаются: сезон экзаменов не открыт.", code="sign_in.no_season"
        )
    row_id = new_id()
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    # An unknown pair costs the same work as a known one, so that the time of the answer tells nothing.
    code_cipher = keys.encrypt(session, season_id=season_id, column="sms_code.code", row_id=row_id, text=code)
    phone_cipher = keys.encrypt(session, season_id=season_id, column="sms_code.phone", row_id=row_id, text=numbers[1])
    known = person is not None
    session.add(
        SmsCode(
            id=row_id,
            season_id=season_id,
            person_id=person.id if person is not None else None,
            document_index=document_index,
            phone_index=phone_index,
            code_hash=_code_hash(keys, row_id, code),
            code_cipher=code_cipher if known else None,
            phone_cipher=phone_cipher if known else None,
            created_at=machine_now,
            expires_at=machine_now + LIFE,
            tries=0,
            used_at=None,
        )
    )
    session.flush()
    queue.enqueue(session, season_id=season_id, job=JOB, args={"code_id": str(row_id)}, dedup_key=f"{JOB}:{row_id}")
    return CodeRequest(id=row_id, expires_at=machine_now + LIFE)


def verify_code(
    session: Session, *, keys: PersonalKeys, request_id: uuid.UUID, code: str, machine_now: datetime
) -> CodeAnswer:
    """Try a code at its request. Spaces and hyphens, as pasted from a message, are ignored.

    Raises NotFound for a request that is none of this tenant's. A refusal is returned, not raised: the try it counts
    must be committed. Of any number of tries at once with the right code, one signs in.
    """
    row = repository.code_request(session, request_id)
    if row is None:
        raise NotFound("Такого запроса кода нет. Запросите код ещё раз.", code="sign_in.code_request")
    repository.lock_code_pair(session, document_index=row.document_index, phone_index=row.phone_index)
    session.refresh(row)
    if row.used_at is not None or machine_now >= row.expires_at:
        return CodeAnswer(refusal=CodeRefusal.EXPIRED)
    within_an_hour = repository.codes_of_pair(
        session,
        document_index=row.document_index,
        phone_index=row.phone_index,
        since=machine_now - WRONG_TRIES_WITHIN,
    )
    retry_after = _wait_for_tries(within_an_hour, machine_now)
    if retry_after is None and row.tries >= TRIES:
        retry_after = max(1, math.ceil((row.expires_at - machine_now).total_seconds()))
    if retry_after is not None:
        return CodeAnswer(refusal=CodeRefusal.TOO_MANY, retry_after=retry_after)
    row.tries += 1
    typed = "".join(character for character in code if not character.isspace() and character != "-")
    if not hmac.compare_digest(row.code_hash, _code_hash(keys, row.id, typed)) or row.person_id is None:
        return CodeAnswer(refusal=CodeRefusal.WRONG)
    row.used_at = machine_now
    row.code_cipher = row.phone_cipher = None
    return CodeAnswer(person_id=row.person_id)


def _check_limits(earlier: Sequence[SmsCode], machine_now: datetime) -> None:
    sent = [row for row in earlier if row.created_at > machine_now - SENDS_WITHIN]
    if len(sent) >= SENDS:
        raise TooMany(
            "За десять минут можно запросить три кода. Введите последний полученный код или подождите.",
            code="sign_in.too_many_codes",
            retry_after=_seconds_until(sent[-SENDS].created_at + SENDS_WITHIN, machine_now),
        )
    if (wait := _wait_for_tries(earlier, machine_now)) is not None:
        raise TooMany(
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


def _code_hash(keys: PersonalKeys, row_id: uuid.UUID, code: str) -> bytes:
    return keys.index("sms_code.code", f"{row_id}:{code}")
