"""A participant's new phone: only in person, only by the code from it, and whoever had the old way in is put out."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session

from apella.bootstrap import App
from apella.errors import Conflict, Malformed, TooMany, Unauthenticated
from apella.identity.claims import DocumentClaim
from apella.identity.model import Person
from apella.identity.phone_binding import TELL_JOB, Bound
from apella.identity.sessions import live_session
from apella.identity.sms_codes import request_code, verify_code
from apella.testing.counter import MINUTES, NEW, OLD_SHOWN, SHOWN, Counter
from apella.testing.plugin import ClientFor, StartPlay


@pytest.fixture
def counter(play: StartPlay) -> Counter:
    return Counter(play())


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.mark.clause("core:B7")
def test_the_code_from_the_new_phone_binds_it(counter: Counter) -> None:
    asked = counter.ask()
    assert counter.phone() == OLD_SHOWN, "asking changes nothing"
    code = counter.code(asked)
    assert [message.address for message in counter.messages] == ["+79001112233"]
    assert counter.bind(asked, code) == Bound(before=OLD_SHOWN, after=SHOWN, ended_sessions=0)
    assert counter.phone() == SHOWN


@pytest.mark.clause("core:B7")
def test_nothing_changes_without_the_code_from_the_new_phone(counter: Counter) -> None:
    asked = counter.ask()
    wrong = other_than(counter.code(asked))
    assert counter.bind(asked, wrong) == "phone.code_wrong"
    assert counter.phone() == OLD_SHOWN
    assert counter.row(asked).used_at is None


@pytest.mark.clause("core:B7")
def test_from_then_on_the_way_in_is_the_new_phone(counter: Counter, app: App) -> None:
    asked = counter.ask()
    counter.bind(asked, counter.code(asked))

    def matches(phone: str) -> bool:
        def ask(session: Session) -> bool:
            claim = DocumentClaim.read(document="99 00 000000", phone=phone)
            found = claim.find(
                session,
                app.vaults.of_season(
                    session,
                    tenant_id=counter.play.world.rules.tenant.tenant_id,
                    season_id=counter.play.world.season_id,
                ),
            )
            return found is not None and found.id == counter.person_id

        return counter.play.read(ask)

    assert matches(NEW)
    assert not matches("+79000000000")


def test_the_participant_is_put_out_everywhere(counter: Counter, client_for: ClientFor, app: App) -> None:
    tokens = [client_for(counter.play.actor(0)).token for _ in range(2)]
    neighbour = client_for(counter.play.actor(1)).token
    asked = counter.ask()
    bound = counter.bind(asked, counter.code(asked))
    assert isinstance(bound, Bound)
    assert bound.ended_sessions == 2
    with app.database.unit_of_work(None) as work:
        for token in tokens:
            with pytest.raises(Unauthenticated):
                live_session(work.session, token=token, machine_now=work.machine_now)
        assert live_session(work.session, token=neighbour, machine_now=work.machine_now).revoked_at is None


def test_a_code_on_its_way_to_the_old_phone_opens_nothing_more(counter: Counter, app: App) -> None:
    with app.database.unit_of_work(counter.play.world.rules.tenant.tenant_id) as work:
        pending = request_code(
            work.session,
            tenant_id=counter.play.world.rules.tenant.tenant_id,
            vaults=app.vaults,
            claim=DocumentClaim.read(document="99 00 000000", phone="+79000000000"),
            machine_now=work.machine_now,
        )
    asked = counter.ask()
    counter.bind(asked, counter.code(asked))
    with app.database.unit_of_work(counter.play.world.rules.tenant.tenant_id) as work:
        refused = verify_code(
            work.session,
            tenant_id=counter.play.world.rules.tenant.tenant_id,
            vaults=app.vaults,
            request_id=pending.id,
            code="000000",
            machine_now=work.machine_now,
        )
    assert isinstance(refused, Malformed)
    assert refused.error_code == "sign_in.code_over"


def test_the_old_phone_is_told_once_and_forgotten(counter: Counter) -> None:
    asked = counter.ask()
    counter.bind(asked, counter.code(asked))
    assert counter.row(asked).phone_cipher is None
    assert counter.row(asked).old_phone_cipher is not None
    (message,) = counter.run(TELL_JOB, asked)
    assert message.address == "+79000000000"
    assert "записан другой телефон" in message.text
    assert "111" not in message.text, "the new number is nobody else's affair"
    assert counter.row(asked).old_phone_cipher is None
    assert counter.run(TELL_JOB, asked) == [], "a job done twice tells once"


def test_the_audit_says_that_the_phone_was_changed_and_no_digit_of_it(counter: Counter) -> None:
    asked = counter.ask()
    code = counter.code(asked)
    counter.bind(asked, other_than(code))
    counter.bind(asked, code)
    events = [event for event in counter.events() if event.tag.startswith("person:phone:")]
    assert [event.tag for event in events] == ["person:phone:asked", "person:phone:code_wrong", "person:phone:bound"]
    assert {event.actor_id for event in events} == {counter.play.actor("school-operator").person_id}
    said = [json.loads(event.changes) for event in events]
    assert said == [
        {"before": {}, "after": {}},
        {"before": {}, "after": {"try": 1}},
        {"before": {}, "after": {"sessions": 0}},
    ]


def test_a_code_works_once(counter: Counter) -> None:
    asked = counter.ask()
    code = counter.code(asked)
    assert isinstance(counter.bind(asked, code), Bound)
    assert counter.bind(asked, code) == "phone.code_over"


def test_a_code_lives_five_minutes_and_five_tries(counter: Counter) -> None:
    asked = counter.ask()
    code = counter.code(asked)
    assert [counter.bind(asked, other_than(code)) for _ in range(5)] == ["phone.code_wrong"] * 5
    assert counter.bind(asked, code) == "phone.code_over"
    late = counter.ask()
    code = counter.code(late)
    counter.age(5 * MINUTES)
    assert counter.bind(late, code) == "phone.code_over"
    assert counter.phone() == OLD_SHOWN


def test_of_two_new_phones_the_first_confirmed_ends_the_other(counter: Counter) -> None:
    first, second = counter.ask(), counter.ask("+7 900 444-55-66")
    codes = counter.code(first), counter.code(second)
    assert isinstance(counter.bind(second, codes[1]), Bound)
    assert counter.bind(first, codes[0]) == "phone.code_over"


def test_the_same_code_at_many_counters_at_once_binds_once(counter: Counter) -> None:
    asked = counter.ask()
    code = counter.code(asked)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: counter.bind(asked, code), range(12)))
    assert sum(isinstance(answer, Bound) for answer in answers) == 1
    assert [event.tag for event in counter.events()].count("person:phone:bound") == 1


def test_the_fourth_code_in_ten_minutes_is_refused(counter: Counter) -> None:
    for _ in range(3):
        counter.ask()
    with pytest.raises(TooMany) as refusal:
        counter.ask()
    assert (refusal.value.error_code, 0 < refusal.value.retry_after <= 600) == ("phone.too_many_codes", True)
    counter.age(11 * MINUTES)
    counter.ask()


def test_ten_wrong_codes_in_an_hour_close_the_counter(counter: Counter) -> None:
    for _ in range(2):
        asked = counter.ask()
        wrong = other_than(counter.code(asked))
        for _ in range(5):
            assert counter.bind(asked, wrong) == "phone.code_wrong"
    with pytest.raises(TooMany) as refusal:
        counter.ask()
    assert refusal.value.error_code == "phone.too_many_tries"


def test_the_phone_on_record_needs_no_change(counter: Counter) -> None:
    with pytest.raises(Conflict) as refusal:
        counter.ask("8 900 000 00 00")
    assert refusal.value.error_code == "phone.same"


def test_a_participant_without_a_phone_gets_one(counter: Counter) -> None:
    tenant_id = counter.play.world.rules.tenant.tenant_id

    def forget(session: Session) -> None:
        person = session.get_one(Person, (tenant_id, counter.person_id))
        person.phone_cipher = person.phone_index = None

    counter.play.read(forget)
    asked = counter.ask()
    assert counter.bind(asked, counter.code(asked)) == Bound(before=None, after=SHOWN, ended_sessions=0)
    assert counter.row(asked).old_phone_cipher is None, "there is nobody to tell"
