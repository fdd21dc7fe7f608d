"""Sign-in by surname and number of the application: the right person gets the code, an outsider learns nothing."""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from apella.bootstrap import App
from apella.errors import TooMany
from apella.identity.claims import ApplicationClaim
from apella.identity.model import Person, SmsCode
from apella.identity.sms_codes import request_code, verify_code
from apella.testing.identity import Place, code_on_its_way
from apella.testing.sizes import PROOF, figure, size

PAIRS = size("pairs of applications", small=5, full=1_000)
MOST_DIFFERENCE = 0.005
NO_TIME = timedelta(0)
CodeAt = Callable[[str], str]


@dataclass
class ApplicationDoor:
    """Sign-in by surname and number of the application, at the participant's own phone."""

    app: App
    place: Place
    application: str

    def ask(self, surname: str = "Лесная", application: str | None = None, *, later: timedelta = NO_TIME) -> uuid.UUID:
        application = application or self.application
        with self.app.database.unit_of_work(self.place.tenant_id) as work:
            return request_code(
                work.session,
                tenant_id=self.place.tenant_id,
                vaults=self.app.vaults,
                claim=ApplicationClaim.read(surname=surname, application=application),
                machine_now=work.machine_now + later,
            ).id

    def person_of(self, request_id: uuid.UUID) -> uuid.UUID | None:
        with self.app.database.unit_of_work(self.place.tenant_id) as work:
            return work.session.scalars(select(SmsCode.person_id).where(SmsCode.id == request_id)).one()

    def enter(self, request_id: uuid.UUID, code: str) -> uuid.UUID | str:
        with self.app.database.unit_of_work(self.place.tenant_id) as work:
            found = verify_code(
                work.session,
                tenant_id=self.place.tenant_id,
                vaults=self.app.vaults,
                request_id=request_id,
                code=code,
                machine_now=work.machine_now,
            )
        return found if isinstance(found, uuid.UUID) else found.error_code


@pytest.fixture
def door(app: App, place: Place) -> ApplicationDoor:
    # A number of its own: in the seasons of other tests everybody has the same one.
    number = uuid.uuid4().hex[:8]
    with app.database.unit_of_work(place.tenant_id) as work:
        work.session.get_one(Person, (place.tenant_id, place.participant_id)).login = number
    return ApplicationDoor(app, place, number)


@pytest.mark.clause("core:B7")
@pytest.mark.parametrize("surname", ["Лесная", "лесная ", "ЛЕСНАЯ"])
def test_surname_and_application_get_a_code_to_the_phone_on_record(
    door: ApplicationDoor, code_at: CodeAt, surname: str
) -> None:
    asked = door.ask(surname)
    assert door.person_of(asked) == door.place.participant_id
    code = code_at(str(asked))
    assert door.enter(asked, code) == door.place.participant_id
    assert door.enter(asked, code) == "sign_in.code_over"


@pytest.mark.parametrize(
    ("surname", "application"),
    [("Лесной", None), ("Лесная", "00000000000"), ("Лесная Ирина", None), ("Лес", None)],
)
def test_another_surname_or_application_matches_nobody(
    door: ApplicationDoor, code_at: CodeAt, surname: str, application: str | None
) -> None:
    asked = door.ask(surname, application)
    assert door.person_of(asked) is None
    with pytest.raises(LookupError):
        code_at(str(asked))
    assert {door.enter(asked, f"{number:06}") for number in range(5)} == {"sign_in.code_wrong"}


def test_a_member_of_staff_has_no_application(door: ApplicationDoor) -> None:
    assert door.person_of(door.ask("Лесная", "секретарь")) is None


def test_a_participant_without_a_phone_gets_the_same_answer(door: ApplicationDoor) -> None:
    with door.app.database.unit_of_work(door.place.tenant_id) as work:
        person = work.session.get_one(Person, (door.place.tenant_id, door.place.participant_id))
        person.phone_cipher = person.phone_index = None
    assert door.person_of(door.ask()) is None


@pytest.mark.proof("T6.6")
@pytest.mark.parametrize("known", [True, False])
def test_the_limits_of_an_application_are_those_of_a_document(door: ApplicationDoor, *, known: bool) -> None:
    application = None if known else uuid.uuid4().hex
    for _ in range(3):
        assert (door.person_of(door.ask(application=application)) is not None) == known
    with pytest.raises(TooMany) as refusal:
        door.ask(application=application)
    assert refusal.value.error_code == "sign_in.too_many_codes"
    assert 0 < refusal.value.retry_after <= 600


@pytest.mark.proof("T6.6")
def test_an_application_is_answered_as_fast_whether_or_not_it_is_known(door: ApplicationDoor) -> None:
    took: dict[bool, list[float]] = {True: [], False: []}
    for number in range(PAIRS):
        later = (number + 1) * timedelta(minutes=11)
        for known in (True, False):
            began = time.perf_counter()
            door.ask(application=None if known else f"нет-{number}", later=later)
            took[known].append(time.perf_counter() - began)
    difference = abs(statistics.median(took[True]) - statistics.median(took[False]))
    figure("difference of the medians, application, ms", 1000 * difference)
    assert not PROOF or difference < MOST_DIFFERENCE


def test_the_code_of_an_application_is_on_its_way_as_any_other(app: App, door: ApplicationDoor) -> None:
    code = code_on_its_way(app.database, app.vaults, door.place, str(door.ask()))
    assert len(code) == 6
