"""Codes on paper sign the right person in once and tell an outsider nothing; each tenant has one way in."""

from __future__ import annotations

import re
import statistics
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from apella.audit.model import AuditEvent
from apella.bootstrap import App
from apella.errors import ApellaError, Conflict, NotFound
from apella.identity.actor import Actor
from apella.identity.model import Person
from apella.identity.roles import Role
from apella.identity.school_codes import (
    ALPHABET,
    IssuedCode,
    SchoolCode,
    issue_school_code,
    live_school_code,
    revoke_school_code,
    try_school_code,
)
from apella.testing.identity import Place, settle
from apella.testing.sizes import PROOF, figure, size
from apella.testing.tenants import NORTH, SOUTH

GUESSES = size("guesses of a code on paper", small=60, full=100_000)
PAIRS = size("pairs of documents", small=5, full=1_000)
MOST_DIFFERENCE = 0.005
NO_TIME = timedelta(0)
A_DAY = timedelta(days=1)
DAYS = 7
CodeAt = Callable[[str], str]


# --- A code on paper --------------------------------------------------------------------------------------------------


@dataclass
class PaperDoor:
    """Codes on paper of one participant in SOUTH."""

    app: App
    place: Place

    def staff(self) -> Actor:
        place = self.place
        return Actor(
            tenant_id=place.tenant_id,
            slug=place.slug,
            season_id=place.season_id,
            person_id=place.secretary_id,
            login="секретарь",
            recorded_as="секретарь",
            roles=frozenset({Role.SECRETARY}),
        )

    def issue(self, *, later: timedelta = NO_TIME) -> IssuedCode:
        with self.app.database.unit_of_work(self.place.tenant_id) as work:
            return issue_school_code(
                work.session,
                actor=self.staff(),
                role=Role.SECRETARY,
                person=work.session.get_one(Person, (self.place.tenant_id, self.place.participant_id)),
                vault=self.app.vaults.of_season(
                    work.session, tenant_id=self.place.tenant_id, season_id=self.place.season_id
                ),
                days=DAYS,
                case_at=work.machine_now,
                machine_now=work.machine_now + later,
            )

    def revoke(self, code_id: uuid.UUID) -> None:
        with self.app.database.unit_of_work(self.place.tenant_id) as work:
            revoke_school_code(
                work.session,
                actor=self.staff(),
                role=Role.SECRETARY,
                person=work.session.get_one(Person, (self.place.tenant_id, self.place.participant_id)),
                code_id=code_id,
                case_at=work.machine_now,
                machine_now=work.machine_now,
            )

    def enter(self, code: str, *, document: str | None = None, later: timedelta = NO_TIME) -> uuid.UUID | str:
        with self.app.database.unit_of_work(self.place.tenant_id) as work:
            found = try_school_code(
                work.session,
                tenant_id=self.place.tenant_id,
                vaults=self.app.vaults,
                document=document or self.place.document,
                code=code,
                machine_now=work.machine_now + later,
            )
        return found.error_code if isinstance(found, ApellaError) else found

    def row(self, code_id: uuid.UUID) -> SchoolCode:
        with self.app.database.unit_of_work(self.place.tenant_id) as work:
            return work.session.get_one(SchoolCode, (self.place.tenant_id, code_id))


@pytest.fixture
def paper(app: App, other_place: Place) -> PaperDoor:
    return PaperDoor(app, other_place)


def wrong_of(code: str) -> str:
    return f"{'A' if code[0] != 'A' else 'B'}{code[1:]}"


@pytest.mark.clause("core:B7")
def test_document_and_code_on_paper_sign_in_once(paper: PaperDoor) -> None:
    issued = paper.issue()
    assert paper.enter(issued.code) == paper.place.participant_id
    assert paper.enter(issued.code) == "sign_in.school_code_wrong"


def test_a_code_on_paper_is_long_random_and_kept_as_a_hash(paper: PaperDoor) -> None:
    codes = [paper.issue() for _ in range(20)]
    texts = [issued.code.replace("-", "") for issued in codes]
    assert len(set(texts)) == 20
    assert {len(text) for text in texts} == {12}
    assert set("".join(texts)) <= set(ALPHABET)
    assert not set("01OIЗL8BB") - {"B"} & set(ALPHABET)
    assert len(ALPHABET) ** 12 > 2**50
    row = paper.row(codes[-1].id)
    assert len(row.code_hash) == 16
    assert texts[-1].encode() not in row.code_hash


@pytest.mark.parametrize("written", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code}\n"])
def test_a_code_may_be_typed_in_any_way(paper: PaperDoor, written: Callable[[str], str]) -> None:
    assert paper.enter(written(paper.issue().code)) == paper.place.participant_id


def test_a_code_may_be_typed_on_a_russian_keyboard(paper: PaperDoor) -> None:
    cyrillic = paper.issue().code.translate(str.maketrans("ABCEHKMPTXY", "АВСЕНКМРТХУ"))
    assert paper.enter(cyrillic.lower()) == paper.place.participant_id


def test_a_code_works_with_its_own_document_only(paper: PaperDoor, app: App) -> None:
    issued = paper.issue()
    neighbour = settle(app.database, app.vaults, paper.place.tenant_id, SOUTH)
    assert paper.enter(issued.code, document=neighbour.document) == "sign_in.school_code_wrong"
    assert paper.enter(issued.code) == paper.place.participant_id


def test_a_code_lives_for_the_days_of_the_tenant(paper: PaperDoor) -> None:
    issued = paper.issue()
    assert paper.enter(issued.code, later=DAYS * A_DAY) == "sign_in.school_code_wrong"
    assert paper.enter(issued.code, later=DAYS * A_DAY - timedelta(minutes=1)) == paper.place.participant_id


def test_a_new_code_ends_the_one_before(paper: PaperDoor) -> None:
    first, second = paper.issue(), paper.issue()
    assert paper.enter(first.code) == "sign_in.school_code_wrong"
    assert paper.enter(second.code) == paper.place.participant_id


def test_a_code_that_was_revoked_signs_nobody_in(paper: PaperDoor) -> None:
    issued = paper.issue()
    paper.revoke(issued.id)
    assert paper.enter(issued.code) == "sign_in.school_code_wrong"
    with pytest.raises(Conflict) as refusal:
        paper.revoke(issued.id)
    assert refusal.value.error_code == "school_code.over"
    with pytest.raises(NotFound):
        paper.revoke(uuid.uuid4())
    with paper.app.database.unit_of_work(paper.place.tenant_id) as work:
        assert live_school_code(work.session, paper.place.participant_id, machine_now=work.machine_now) is None


def test_after_five_wrong_tries_even_the_right_code_is_refused(paper: PaperDoor) -> None:
    issued = paper.issue()
    assert {paper.enter(wrong_of(issued.code)) for _ in range(5)} == {"sign_in.school_code_wrong"}
    assert paper.enter(issued.code) == "sign_in.school_code_wrong"
    assert paper.row(issued.id).tries >= 5
    assert paper.row(issued.id).used_at is None


def test_issuing_and_revoking_stand_in_the_audit_without_the_code(paper: PaperDoor) -> None:
    issued = paper.issue()
    paper.revoke(issued.id)
    with paper.app.database.unit_of_work(paper.place.tenant_id) as work:
        events = work.session.scalars(
            select(AuditEvent).where(AuditEvent.subject_id == paper.place.participant_id).order_by(AuditEvent.seq)
        ).all()
    assert [event.tag for event in events] == ["person:code:issued", "person:code:revoked"]
    assert {event.actor_id for event in events} == {paper.place.secretary_id}
    assert not any(issued.code in event.changes for event in events)


@pytest.mark.proof("T6.6")
@pytest.mark.parametrize("known", [True, False])
def test_of_very_many_guesses_of_a_code_ten_are_compared(paper: PaperDoor, *, known: bool) -> None:
    issued = paper.issue()
    document = None if known else f"98 {uuid.uuid4().int % 10**8:08}"
    answers = Counter(paper.enter(wrong_of(issued.code), document=document) for _ in range(GUESSES))
    assert answers == {"sign_in.school_code_wrong": 10, "sign_in.too_many_tries": GUESSES - 10}
    figure("compared, code on paper", answers["sign_in.school_code_wrong"])


@pytest.mark.proof("T6.6")
def test_of_many_tries_at_once_with_the_right_code_one_signs_in(paper: PaperDoor) -> None:
    issued = paper.issue()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: paper.enter(issued.code), range(50)))
    assert answers.count(paper.place.participant_id) == 1


@pytest.mark.proof("T6.6")
def test_a_document_is_answered_as_fast_whether_or_not_it_has_a_code(paper: PaperDoor) -> None:
    took: dict[bool, list[float]] = {True: [], False: []}
    issued = paper.issue()
    for number in range(PAIRS):
        later = number * timedelta(hours=2)
        for known in (True, False):
            began = time.perf_counter()
            paper.enter(wrong_of(issued.code), document=None if known else f"98 {number:08}", later=later)
            took[known].append(time.perf_counter() - began)
    difference = abs(statistics.median(took[True]) - statistics.median(took[False]))
    figure("difference of the medians, code on paper, ms", 1000 * difference)
    assert not PROOF or difference < MOST_DIFFERENCE


# --- Over HTTP --------------------------------------------------------------------------------------------------------


@pytest.fixture
def browser(web: Flask, place: Place, other_place: Place) -> FlaskClient:
    """A browser in front of two regions with people in them."""
    return web.test_client()


def text(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def test_the_page_shows_the_form_of_the_tenant_s_way(browser: FlaskClient) -> None:
    north, south = text(browser.get("/north/sign-in")), text(browser.get("/south/sign-in"))
    assert 'name="phone"' in north
    assert 'name="phone"' not in south
    assert "Код с листа" in south
    assert 'action="/south/sign-in/school-code"' in south


def test_a_participant_signs_in_by_a_code_on_paper(browser: FlaskClient, paper: PaperDoor) -> None:
    issued = paper.issue()
    form = {"document": paper.place.document, "code": issued.code, "next": "/south/"}
    done = browser.post("/south/sign-in/school-code", data=form)
    assert (done.status_code, done.location) == (303, "/south/")
    assert "HttpOnly" in done.headers["Set-Cookie"]
    assert browser.get("/api/v1/south/me").get_json()["login"] == "участник"
    with paper.app.database.unit_of_work(paper.place.tenant_id) as work:
        (event,) = work.session.scalars(
            select(AuditEvent).where(
                AuditEvent.actor_id == paper.place.participant_id, AuditEvent.tag == "session:person:signed_in"
            )
        )
    assert '"way":"school_code"' in event.changes


@pytest.mark.proof("T6.6")
def test_a_known_and_an_unknown_document_get_the_same_page(browser: FlaskClient, paper: PaperDoor) -> None:
    issued = paper.issue()
    pages = []
    for document in (paper.place.document, "98 00 000007"):
        answer = browser.post("/south/sign-in/school-code", data={"document": document, "code": wrong_of(issued.code)})
        assert answer.status_code == 422
        pages.append(re.sub(re.escape(document), "", text(answer)))
    assert pages[0] == pages[1]
    assert "Документ или код не подошли" in pages[0] or "Проверьте номер документа и код" in pages[0]


def test_a_wrong_document_is_named_at_its_field_and_costs_no_try(browser: FlaskClient, paper: PaperDoor) -> None:
    answer = browser.post("/south/sign-in/school-code", data={"document": "1", "code": "x"})
    assert answer.status_code == 422
    assert 'href="#f-document"' in text(answer)


def test_another_tenant_s_way_in_is_refused(browser: FlaskClient, place: Place) -> None:
    paper_form = {"document": place.document, "code": "ABCE-ABCE-ABCE"}
    assert browser.post("/north/sign-in/school-code", data=paper_form).status_code == 409
    sms_form = {"document": place.document, "phone": place.phone}
    assert browser.post("/south/sign-in/code", data=sms_form).status_code == 409
    for slug, path, body in (
        (NORTH, "school-codes", paper_form),
        (NORTH, "application-code-requests", {"surname": "Лесная", "application": "участник"}),
        (SOUTH, "code-requests", sms_form),
    ):
        answer = browser.post(f"/api/v1/{slug}/sign-in/{path}", json=body)
        assert answer.json is not None
        assert (answer.status_code, answer.json["code"]) == (409, "sign_in.scheme")


def test_a_program_asks_which_way_in_there_is(browser: FlaskClient) -> None:
    found = {slug: browser.get(f"/api/v1/{slug}/sign-in").json for slug in (NORTH, SOUTH)}
    assert found == {NORTH: {"participants": "document_sms"}, SOUTH: {"participants": "school_code"}}


def test_a_program_signs_in_by_a_code_on_paper(browser: FlaskClient, paper: PaperDoor) -> None:
    body = {"document": paper.place.document, "code": paper.issue().code}
    wrong = browser.post("/api/v1/south/sign-in/school-codes", json={**body, "code": "ABCE"})
    assert wrong.json is not None
    assert (wrong.status_code, wrong.json["code"]) == (422, "sign_in.school_code_wrong")
    right = browser.post("/api/v1/south/sign-in/school-codes", json=body)
    assert right.status_code == 200
    assert browser.get("/api/v1/south/me").get_json()["login"] == "участник"


@pytest.mark.proof("T6.6")
def test_the_eleventh_wrong_code_on_paper_is_429_with_the_wait(browser: FlaskClient, paper: PaperDoor) -> None:
    form = {"document": paper.place.document, "code": "ABCE"}
    for _ in range(10):
        assert browser.post("/south/sign-in/school-code", data=form).status_code == 422
    answer = browser.post("/south/sign-in/school-code", data=form)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert "Повторить можно через" in text(answer)
