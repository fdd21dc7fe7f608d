"""A code by SMS signs the right person in once, and tells an outsider nothing."""

from __future__ import annotations

import statistics
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.db.unit_of_work import Database
from apella.errors import Conflict, Malformed, NotFound, TooMany
from apella.identity.actor import Actor
from apella.identity.claims import DocumentClaim
from apella.identity.model import SmsCode
from apella.identity.send_code import CodeMessage, send_code
from apella.identity.sms_codes import JOB, LIFE, SENDS_WITHIN, WRONG_TRIES_WITHIN, request_code, verify_code
from apella.identity.vault import Vault, Vaults
from apella.jobs.model import Task
from apella.jobs.queue import JobContext
from apella.notices.gateways import EmbeddedOutbox
from apella.tenancy.ids import TenantId
from apella.testing.identity import Place, settle
from apella.testing.sizes import PROOF, figure, size

GUESSES = size("guesses", small=100, full=100_000)
PAIRS = size("pairs", small=5, full=1_000)
MOST_DIFFERENCE = 0.005
NO_TIME = timedelta(0)
A_SECOND = timedelta(seconds=1)


@dataclass
class Telephones:
    """The gateway of an embedded instance, which also keeps what it was given."""

    messages: list[CodeMessage] = field(default_factory=list)
    outbox: Any = field(default_factory=EmbeddedOutbox)

    def send(self, session: Session, vault: Vault, message: CodeMessage) -> None:
        self.outbox.send(session, vault, message)
        self.messages.append(message)


@dataclass
class Door:
    """The participant's door of one tenant."""

    database: Database
    vaults: Vaults
    place: Place
    telephones: Telephones = field(default_factory=Telephones)

    def ask(self, *, document: str | None = None, phone: str | None = None, later: timedelta = NO_TIME) -> uuid.UUID:
        with self.database.unit_of_work(self.place.tenant_id) as work:
            asked = request_code(
                work.session,
                tenant_id=self.place.tenant_id,
                vaults=self.vaults,
                claim=DocumentClaim.read(document=document or self.place.document, phone=phone or self.place.phone),
                machine_now=work.machine_now + later,
            )
            assert asked.expires_at == work.machine_now + later + LIFE
            return asked.id

    def send(self, request_id: uuid.UUID, *, later: timedelta = NO_TIME) -> None:
        with self.database.unit_of_work(self.place.tenant_id) as work:
            actor = Actor.system(tenant_id=self.place.tenant_id, slug=self.place.slug, season_id=self.place.season_id)
            send_code(
                JobContext(
                    session=work.session,
                    actor=actor,
                    now=work.machine_now,
                    machine_now=work.machine_now + later,
                    args={"code_id": str(request_id)},
                    parts=SimpleNamespace(vaults=self.vaults, gateways={"sms": self.telephones}),
                )
            )

    def code(self, request_id: uuid.UUID) -> str:
        """Send the code and read it off the telephone."""
        self.send(request_id)
        return self.telephones.messages[-1].text[:6]

    def enter(self, request_id: uuid.UUID, code: str, *, later: timedelta = NO_TIME) -> uuid.UUID | str:
        """Give the person, or the code of the refusal."""
        with self.database.unit_of_work(self.place.tenant_id) as work:
            found = verify_code(
                work.session,
                tenant_id=self.place.tenant_id,
                vaults=self.vaults,
                request_id=request_id,
                code=code,
                machine_now=work.machine_now + later,
            )
        return found if isinstance(found, uuid.UUID) else found.error_code

    def row(self, request_id: uuid.UUID) -> SmsCode:
        with self.database.unit_of_work(self.place.tenant_id) as work:
            return work.session.scalars(select(SmsCode).where(SmsCode.id == request_id)).one()


@pytest.fixture
def door(database: Database, vaults: Vaults, place: Place) -> Door:
    return Door(database, vaults, place)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.mark.clause("kbr_portal:I.2", "kbr_portal:II.2", "kbr_portal:II.3", "core:B7")
def test_the_right_document_and_phone_get_a_code_that_signs_in_once(door: Door) -> None:
    asked = door.ask()
    code = door.code(asked)
    assert len(code) == 6
    assert code.isdecimal()
    assert door.enter(asked, code) == door.place.participant_id
    assert door.enter(asked, code) == "sign_in.code_over"


def test_the_code_goes_to_the_phone_on_record_and_is_wiped(door: Door) -> None:
    asked = door.ask()
    assert door.row(asked).code_cipher is not None
    code = door.code(asked)
    (message,) = door.telephones.messages
    assert message.address == "+7" + "".join(filter(str.isdecimal, door.place.phone))[1:]
    row = door.row(asked)
    assert row.code_cipher is None
    assert row.phone_cipher is None
    assert code.encode() not in row.code_hash
    door.send(asked)
    assert len(door.telephones.messages) == 1, "a job done twice sends once"
    assert door.enter(asked, code) == door.place.participant_id


def test_a_code_that_would_come_too_late_is_wiped_unsent(door: Door) -> None:
    asked = door.ask()
    door.send(asked, later=LIFE)
    assert not door.telephones.messages
    assert door.row(asked).code_cipher is None


def test_the_task_carries_no_personal_data(door: Door) -> None:
    asked = door.ask()
    with door.database.unit_of_work(door.place.tenant_id) as work:
        task = work.session.scalars(select(Task).where(Task.dedup_key == f"{JOB}:{asked}")).one()
    assert task.job == JOB
    assert task.args == {"code_id": str(asked)}


@pytest.mark.clause("core:B7")
@pytest.mark.parametrize("unknown", ["document", "phone", "both"])
def test_nobody_s_document_or_phone_gets_the_same_answer_and_no_message(door: Door, unknown: str) -> None:
    document = "99 99 999999" if unknown in ("document", "both") else None
    phone = f"+7 999 {uuid.uuid4().int % 10**7:07}" if unknown in ("phone", "both") else None
    asked = door.ask(document=document, phone=phone)
    row = door.row(asked)
    assert row.person_id is None
    assert row.phone_cipher is None, "a stranger's phone is not kept"
    door.send(asked)
    assert not door.telephones.messages
    assert {door.enter(asked, f"{number:06}") for number in range(5)} == {"sign_in.code_wrong"}


def test_even_the_right_code_of_a_request_that_matched_nobody_signs_nobody_in(door: Door) -> None:
    asked = door.ask(document="99 99 999998")
    with door.database.unit_of_work(door.place.tenant_id) as work:
        row = work.session.scalars(select(SmsCode).where(SmsCode.id == asked)).one()
        vault = door.vaults.of_season(work.session, tenant_id=door.place.tenant_id, season_id=row.season_id)
        row.code_hash = vault.index("sms_code.code", f"{asked}:123456")
    assert door.enter(asked, "123456") == "sign_in.code_wrong"


def test_a_refusal_names_both_fields_at_once(door: Door) -> None:
    with pytest.raises(Malformed) as refusal:
        door.ask(document="12", phone="12")
    assert set(refusal.value.fields) == {"document", "phone"}


def test_the_document_may_be_typed_in_any_way(door: Door) -> None:
    digits = door.place.document.replace(" ", "")
    assert door.row(door.ask(document=digits, phone=door.place.phone.replace("+7", "8"))).person_id is not None


def test_a_pasted_code_may_hold_spaces(door: Door) -> None:
    asked = door.ask()
    code = door.code(asked)
    assert door.enter(asked, f" {code[:3]}\u00a0{code[3:]}\n") == door.place.participant_id


def test_a_code_lives_five_minutes(door: Door) -> None:
    asked = door.ask()
    code = door.code(asked)
    assert door.enter(asked, code, later=LIFE) == "sign_in.code_over"
    assert door.enter(asked, code, later=LIFE - A_SECOND) == door.place.participant_id


def test_a_code_works_at_its_own_request_only(door: Door) -> None:
    first, second = door.ask(), door.ask()
    code = door.code(first)
    if code != door.code(second):
        assert door.enter(second, code) == "sign_in.code_wrong"
    assert door.enter(first, code) == door.place.participant_id


def test_the_sixth_try_is_refused_even_with_the_right_code(door: Door) -> None:
    asked = door.ask()
    code = door.code(asked)
    assert [door.enter(asked, other_than(code)) for _ in range(5)] == ["sign_in.code_wrong"] * 5
    assert door.enter(asked, code) == "sign_in.code_over"
    assert door.row(asked).tries == 5


def test_the_fifth_try_may_be_the_right_one(door: Door) -> None:
    asked = door.ask()
    code = door.code(asked)
    for _ in range(4):
        door.enter(asked, other_than(code))
    assert door.enter(asked, code) == door.place.participant_id


@pytest.mark.proof("T6.6")
def test_ten_wrong_tries_in_an_hour_close_the_door_for_an_hour(door: Door) -> None:
    for _ in range(2):
        asked = door.ask()
        wrong = other_than(door.code(asked))
        for _ in range(5):
            assert door.enter(asked, wrong) == "sign_in.code_wrong"
    with pytest.raises(TooMany) as refusal:
        door.ask()
    assert refusal.value.error_code == "sign_in.too_many_tries"
    assert 0 < refusal.value.retry_after <= WRONG_TRIES_WITHIN.total_seconds()
    asked = door.ask(later=WRONG_TRIES_WITHIN)
    assert door.row(asked).person_id is not None


@pytest.mark.proof("T6.6")
def test_of_very_many_guesses_in_an_hour_ten_are_compared(door: Door) -> None:
    requests = [door.ask() for _ in range(3)]
    wrong = [other_than(door.code(asked)) for asked in requests]
    answers: Counter[uuid.UUID | str] = Counter()
    for number in range(GUESSES):
        answers[door.enter(requests[number % 3], wrong[number % 3])] += 1
    figure("compared", answers["sign_in.code_wrong"])
    assert answers.pop("sign_in.code_wrong") <= 10
    assert set(answers) <= {"sign_in.code_over", "sign_in.too_many_tries"}


@pytest.mark.proof("T6.6")
def test_an_answer_takes_as_long_whether_or_not_the_person_is_known(door: Door) -> None:
    took: dict[bool, list[float]] = {True: [], False: []}
    for number in range(PAIRS):
        # The limits forget a request after ten minutes, here by the time that the request is told.
        later = number * (SENDS_WITHIN + A_SECOND)
        for known in (True, False):
            began = time.perf_counter()
            door.ask(document=None if known else f"99 99 {number:06}", later=later)
            took[known].append(time.perf_counter() - began)
    difference = abs(statistics.median(took[True]) - statistics.median(took[False]))
    figure("difference of the medians, ms", 1000 * difference)
    # A busy machine is no fault of ours: the time is asked for in a proof only.
    assert not PROOF or difference < MOST_DIFFERENCE


@pytest.mark.proof("T6.6")
def test_the_limit_on_tries_holds_across_requests_made_before(door: Door) -> None:
    requests = [door.ask() for _ in range(3)]
    codes = [door.code(asked) for asked in requests]
    for asked, code in zip(requests[:2], codes[:2], strict=True):
        for _ in range(5):
            door.enter(asked, other_than(code))
    assert door.enter(requests[2], codes[2]) == "sign_in.too_many_tries"


@pytest.mark.proof("T6.6")
@pytest.mark.parametrize("known", [True, False])
def test_the_fourth_code_in_ten_minutes_is_refused_with_the_time_to_wait(door: Door, *, known: bool) -> None:
    phone = None if known else f"+7 999 {uuid.uuid4().int % 10**7:07}"
    for _ in range(3):
        door.ask(phone=phone)
    with pytest.raises(TooMany) as refusal:
        door.ask(phone=phone, later=60 * A_SECOND)
    assert refusal.value.error_code == "sign_in.too_many_codes"
    assert 530 <= refusal.value.retry_after <= 541
    door.ask(phone=phone, later=SENDS_WITHIN + A_SECOND)


def test_codes_of_others_do_not_count(door: Door) -> None:
    for _ in range(3):
        door.ask(document="99 99 999999")
    assert door.row(door.ask()).person_id == door.place.participant_id


def test_another_tenant_s_request_is_not_found(door: Door, other_place: Place) -> None:
    asked = door.ask()
    stranger = Door(door.database, door.vaults, other_place)
    with pytest.raises(NotFound):
        stranger.enter(asked, "000000")
    with pytest.raises(NotFound):
        stranger.enter(uuid.uuid4(), "000000")
    assert door.enter(asked, door.code(asked)) == door.place.participant_id


def test_a_participant_of_one_tenant_is_nobody_in_another(door: Door, other_place: Place) -> None:
    stranger = Door(door.database, door.vaults, other_place)
    asked = stranger.ask(document=door.place.document, phone=door.place.phone)
    assert stranger.row(asked).person_id is None


@pytest.mark.proof("T6.6")
def test_of_many_tries_at_once_one_signs_in(door: Door) -> None:
    asked = door.ask()
    code = door.code(asked)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: door.enter(asked, code), range(50)))
    assert answers.count(door.place.participant_id) == 1
    assert set(answers) == {door.place.participant_id, "sign_in.code_over"}


@pytest.mark.proof("T6.6")
def test_of_many_wrong_tries_at_once_five_are_compared(door: Door) -> None:
    asked = door.ask()
    wrong = other_than(door.code(asked))
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: door.enter(asked, wrong), range(30)))
    assert answers.count("sign_in.code_wrong") == 5
    assert door.row(asked).tries == 5


@pytest.mark.proof("T6.6")
def test_of_many_requests_at_once_three_are_taken(door: Door) -> None:
    def outcome(ask: Callable[[], uuid.UUID]) -> bool:
        try:
            ask()
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(outcome, [door.ask] * 24)) == 3


def test_the_newest_season_s_person_is_signed_in(door: Door) -> None:
    newer = settle(
        door.database,
        door.vaults,
        door.place.tenant_id,
        door.place.slug,
        document=door.place.document,
        phone=door.place.phone,
    )
    assert door.row(door.ask()).person_id == newer.participant_id


def test_a_tenant_without_a_season_says_so(database: Database, vaults: Vaults) -> None:
    with database.unit_of_work(TenantId(999)) as work, pytest.raises(Conflict) as refusal:
        request_code(
            work.session,
            tenant_id=TenantId(999),
            vaults=vaults,
            claim=DocumentClaim.read(document="83 04 123456", phone="+7 900 123-45-67"),
            machine_now=work.machine_now,
        )
    assert refusal.value.error_code == "sign_in.no_season"
