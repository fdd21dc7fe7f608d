"""Taking an appeal back as each region's act says it: until when, where, and what the journal keeps."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import and_, select, update

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal, AppealTransition, Applicant
from apella.appeals.states import Outcome, State
from apella.appeals.withdrawal import accept_withdrawal, withdraw
from apella.deadlines.model import Deadline, DeadlineState
from apella.documents.filling import fill
from apella.documents.forms import FormCode, FormData, WithdrawalForm
from apella.documents.model import Document
from apella.errors import Conflict, Malformed, NotFound, RuleViolation
from apella.identity.model import Category, Person
from apella.identity.roles import Role
from apella.registry.model import Exam
from apella.storage.model import StoredFile
from apella.testing.console import Console
from apella.testing.expect import refused
from apella.testing.papers import take_in_withdrawal
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay

FRIDAY = datetime(2026, 6, 19, 12)  # noqa: DTZ001 a wall clock: each region gives it its own zone
"""A working Friday with a working Monday after it, inside the filing window of an exam announced on Thursday."""


def filed_on_friday(play: StartPlay, slug: str, *, channel: str) -> tuple[Play, uuid.UUID]:
    """A region at noon of a Friday, with a score appeal just filed."""
    region = play(slug)
    announced = FRIDAY.date() - timedelta(days=1)
    region.read(lambda s: s.execute(update(Exam).where(Exam.id == region.world.exam).values(announced_on=announced)))
    region.clock_to(FRIDAY.replace(tzinfo=region.world.rules.zone))
    return region, region.file(channel=channel)


def closes_at(region: Play, day: int) -> datetime:
    """The first instant after a day of June in the region's zone."""
    return datetime(2026, 6, day, tzinfo=region.world.rules.zone) + timedelta(days=1)


@pytest.mark.clause("kbr:44.2", "kbr_portal:I.5", "core:A12")
def test_at_the_portal_friday_s_appeal_is_taken_back_until_monday_s_midnight(play: StartPlay) -> None:
    region, first = filed_on_friday(play, "kbr", channel="portal")
    second = region.file(1)
    region.clock_to(closes_at(region, 22) - timedelta(seconds=1))
    region.act(0, withdraw, first)
    assert region.case(first).outcome is Outcome.WITHDRAWN
    region.clock_to(closes_at(region, 22))
    with refused("withdrawal.too_late", RuleViolation):
        region.act(1, withdraw, second)
    assert region.case(second).state is State.REGISTERED


def heard_on_friday(play: StartPlay, *, at: str) -> tuple[Play, uuid.UUID]:
    """A case filed on Thursday, at an hour of Friday; its hearing was appointed for that Friday, 14:00."""
    region = play("kbr")
    zone = region.world.rules.zone
    announced = FRIDAY.date() - timedelta(days=2)
    region.read(lambda s: s.execute(update(Exam).where(Exam.id == region.world.exam).values(announced_on=announced)))
    region.clock_to(FRIDAY.replace(tzinfo=zone) - timedelta(days=1))
    case_id = region.walk(region.file(), "concluded")
    region.schedule(case_id, starts_at=FRIDAY.replace(hour=14, tzinfo=zone), reason="учебный день")
    region.clock_to(datetime.fromisoformat(f"{FRIDAY:%Y-%m-%d}T{at}").replace(tzinfo=zone))
    return region, case_id


@pytest.mark.clause("kbr:44.2", "core:A12")
@pytest.mark.parametrize("at", ["14:10", "23:59"])
def test_on_the_day_of_the_sitting_an_appeal_is_taken_back_until_its_case_is_called(
    play: StartPlay, client_for: ClientFor, at: str
) -> None:
    region, case_id = heard_on_friday(play, at=at)
    client = client_for(region.actor(0), slug="kbr")
    seen = client.get(f"appeals/{case_id}").get_json()
    assert "withdraw" in seen["actions"]
    done = client.act(case_id, "withdraw")
    assert (done.status_code, region.case(case_id).outcome) == (200, Outcome.WITHDRAWN)


@pytest.mark.clause("kbr:44.2", "core:A12")
def test_once_its_case_is_called_an_appeal_is_not_taken_back(play: StartPlay, client_for: ClientFor) -> None:
    region, case_id = heard_on_friday(play, at="14:10")
    client = client_for(region.actor(0), slug="kbr")
    seen = client.get(f"appeals/{case_id}").get_json()
    region.open_hearing(case_id)
    late = client.act(case_id, "withdraw", version=seen["version"])
    assert (late.status_code, late.get_json()["code"]) == (409, "withdrawal.begun")
    assert client.get(f"appeals/{case_id}").get_json()["actions"] == []


@pytest.mark.clause("kbr:44.2")
def test_the_day_after_the_sitting_is_too_late_even_if_nobody_was_called(play: StartPlay) -> None:
    region, case_id = heard_on_friday(play, at="14:10")
    region.clock_to(closes_at(region, 19))
    with refused("withdrawal.too_late", RuleViolation):
        region.act(0, withdraw, case_id)


@pytest.mark.clause("kuzbass:78.2", "core:A12")
def test_at_the_school_friday_s_appeal_is_taken_back_until_monday_s_midnight(play: StartPlay) -> None:
    region, first = filed_on_friday(play, "kuzbass", channel="school_desk")
    second = region.file(1, channel="school_desk")
    region.clock_to(closes_at(region, 22) - timedelta(seconds=1))
    take_in_withdrawal(region, "school-operator", first)
    region.clock_to(closes_at(region, 22))
    with refused("withdrawal.too_late", RuleViolation):
        take_in_withdrawal(region, "school-operator", second)


@pytest.mark.parametrize(
    "slug",
    [
        pytest.param("kbr", marks=pytest.mark.clause("kbr:44.1", "core:A10")),
        pytest.param("kuzbass", marks=pytest.mark.clause("kuzbass:78.1", "core:C22")),
    ],
)
def test_a_violation_appeal_is_taken_back_on_its_day_through_the_exam_point(play: StartPlay, slug: str) -> None:
    region = play(slug, on_exam_day=True)
    first, second = region.file(0, channel="exam_point"), region.file(1, channel="exam_point")
    take_in_withdrawal(region, "exam-commission-member", first)
    assert region.case(first).withdrawal_accepted_at is not None
    region.clock(hours=12, minutes=1)
    with refused("withdrawal.too_late", RuleViolation):
        take_in_withdrawal(region, "exam-commission-member", second)


@pytest.mark.clause("kbr:44.1", "core:A10")
def test_a_paper_violation_appeal_is_also_taken_back_on_the_portal(play: StartPlay) -> None:
    region = play("kbr", on_exam_day=True)
    case_id = region.file(channel="exam_point")
    region.act(0, withdraw, case_id)
    assert region.case(case_id).outcome is Outcome.WITHDRAWN


@pytest.mark.parametrize(
    ("slug", "channel"),
    [
        pytest.param("kbr", "portal", marks=pytest.mark.clause("kbr:44.4")),
        pytest.param("kuzbass", "school_desk", marks=pytest.mark.clause("kuzbass:81.1")),
    ],
)
def test_the_journal_keeps_the_row_with_the_time_of_the_withdrawal(play: StartPlay, slug: str, channel: str) -> None:
    region = play(slug)
    case_id = region.walk(region.file(channel=channel), "registered")
    before = region.case(case_id)
    if channel == "portal":
        region.act(0, withdraw, case_id)
        taken_back = region.now()
    else:
        take_in_withdrawal(region, "school-operator", case_id)
        taken_back = region.now()
        region.act("secretary", withdraw, case_id)
    case = region.case(case_id)
    assert (case.journal_number, case.journal_seq) == (before.journal_number, before.journal_seq)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.WITHDRAWN)
    query = select(AppealTransition.case_at).where(
        AppealTransition.case_id == case_id, AppealTransition.action == "withdraw"
    )
    written = region.read(lambda s: s.scalars(query).one())
    assert abs(written - taken_back) < timedelta(minutes=1)


@pytest.mark.clause("kuzbass:79.2", "kuzbass:79.3")
@pytest.mark.parametrize(
    ("category", "channel", "role"),
    [
        (Category.STUDENT, "school_desk", Role.SCHOOL_OPERATOR),
        (Category.EARLIER_GRADUATE, "municipal_desk", Role.MUNICIPAL_OPERATOR),
    ],
)
def test_a_withdrawal_is_taken_where_the_appeal_was_and_nowhere_else(
    play: StartPlay, category: Category, channel: str, role: Role
) -> None:
    region = play("kuzbass")
    person = region.actor(0).person_id
    region.read(lambda s: s.execute(update(Person).where(Person.id == person).values(category=category)))
    own = region.hire(role, organisation_id=region.world.school)
    case_id = region.file(channel=channel, who=own)
    stranger = region.hire(role, organisation_id=region.world.point)
    with refused("appeal.not_found", NotFound):
        take_in_withdrawal(region, stranger, case_id)
    take_in_withdrawal(region, own, case_id)
    assert region.case(case_id).withdrawal_accepted_at is not None


@pytest.mark.clause("kuzbass:79.1")
@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, {"application_date", "application_by"}),
        ({"application_by": Applicant.PARTICIPANT}, {"application_date"}),
        ({"application_date": FRIDAY.date()}, {"application_by"}),
    ],
)
def test_a_withdrawal_without_its_written_application_is_not_taken_in(
    play: StartPlay, given: dict[str, Any], wrong: set[str]
) -> None:
    region, case_id = filed_on_friday(play, "kuzbass", channel="school_desk")
    before = region.case(case_id)
    with refused("withdrawal.no_application", Malformed) as missing:
        region.act("school-operator", accept_withdrawal, case_id, **given)
    assert isinstance(missing.value, Malformed)
    assert set(missing.value.fields) == wrong
    case = region.case(case_id)
    assert (case.withdrawal_accepted_at, case.version) == (None, before.version)
    query = select(Deadline.state).where(Deadline.case_id == case_id, Deadline.term == "score.withdrawal")
    assert region.read(lambda s: s.scalars(query).one()) is DeadlineState.RUNNING


@pytest.mark.clause("kuzbass:79.1")
def test_the_application_s_day_and_signer_stand_in_the_case(play: StartPlay) -> None:
    region, case_id = filed_on_friday(play, "kuzbass", channel="school_desk")
    take_in_withdrawal(region, "school-operator", case_id, application_by=Applicant.PARENT)
    case = region.case(case_id)
    assert (case.withdrawal_application_date, case.withdrawal_application_by) == (FRIDAY.date(), Applicant.PARENT)
    assert case.withdrawal_accepted_at is not None


@pytest.mark.parametrize("days", [-1, 1])
def test_an_application_is_of_a_day_between_the_filing_and_now(play: StartPlay, days: int) -> None:
    region, case_id = filed_on_friday(play, "kuzbass", channel="school_desk")
    day = FRIDAY.date() + timedelta(days=days)
    with refused("withdrawal.application_date", Malformed):
        take_in_withdrawal(region, "school-operator", case_id, application_date=day)
    assert region.case(case_id).withdrawal_accepted_at is None


@pytest.mark.clause("kuzbass:79.1")
def test_the_page_and_the_api_ask_for_the_application(play: StartPlay, client_for: ClientFor) -> None:
    region, case_id = filed_on_friday(play, "kuzbass", channel="school_desk")
    client = client_for(region.actor("school-operator"), slug="kuzbass")
    without = client.act(case_id, "accept-withdrawal")
    assert (without.status_code, without.get_json()["code"]) == (422, "withdrawal.no_application")
    school = Console(client)
    empty = school.act(case_id, "accept-withdrawal")
    assert (empty.status, "Укажите дату письменного заявления об отзыве" in empty.text) == (422, True)
    assert "Отметьте, кто подписал заявление" in empty.text
    typed = {"application_date": f"{FRIDAY:%d.%m.%Y}", "application_by": "participant"}
    assert school.act(case_id, "accept-withdrawal", typed).status == 303
    shown = " ".join(school.get(f"cases/{case_id}").text.split())
    assert "Принято письменное заявление об отзыве от пт 19.06.2026, подписал апеллянт." in shown
    assert client.get(f"appeals/{case_id}").get_json()["withdrawal_application_date"] == "2026-06-19"


@pytest.mark.clause("kbr:44.3")
def test_a_withdrawal_at_the_portal_becomes_a_document_of_the_case(play: StartPlay, client_for: ClientFor) -> None:
    region = play("kbr")
    case_id = region.file()
    region.drain()
    region.act(0, withdraw, case_id)
    before = region.read(lambda s: s.scalars(select(Document.form).where(Document.case_id == case_id)).all())
    assert "WITHDRAWAL" not in before
    region.drain()
    query = select(Document, StoredFile).join(
        StoredFile, and_(StoredFile.tenant_id == Document.tenant_id, StoredFile.id == Document.file_id)
    )
    document, file = region.read(
        lambda s: s.execute(query.where(Document.case_id == case_id, Document.form == "WITHDRAWAL")).one()
    )
    assert (document.title, document.version, document.sha256) == ("Заявление об отзыве апелляции", 1, file.sha256)
    assert file.file_name.startswith("Отзыв ")
    assert (file.content_type, file.size > 10_000) == ("application/pdf", True)
    for who in ("secretary", 0):
        client = client_for(region.actor(who), slug="kbr")
        listed = {paper["form"]: paper for paper in client.get(f"appeals/{case_id}/documents").get_json()}
        assert "WITHDRAWAL" in listed
        link = client.post(f"appeals/{case_id}/documents/{listed['WITHDRAWAL']['id']}/link").get_json()
        with client.http.get(link["url"]) as answer:
            assert answer.data.startswith(b"%PDF")
    for path, who in ((f"/kbr/cases/{case_id}", "secretary"), (f"/kbr/cabinet/appeals/{case_id}", 0)):
        page = client_for(region.actor(who), slug="kbr").http.get(path).get_data(as_text=True)
        assert "Заявление об отзыве апелляции" in page


@pytest.mark.clause("kbr:44.3")
def test_what_the_document_of_a_withdrawal_says_is_what_was_done(play: StartPlay) -> None:
    region = play("kbr")
    case_id = region.file()
    region.act(0, withdraw, case_id)
    case = region.case(case_id)

    def said(desk: Desk) -> FormData:
        desk.turn_to(case)
        return fill(desk, desk.session.get_one(Appeal, (case.tenant_id, case_id)), FormCode.WITHDRAWAL)

    form = region.do("secretary", said)
    assert isinstance(form, WithdrawalForm)
    assert (form.receipt_number, form.journal_number) == (case.receipt_number, case.journal_number)
    assert form.commission.nominative == region.world.rules.bodies.commission.full.nominative
    assert (form.appellant.surname, form.about) == ("Примерова", "о несогласии с выставленными баллами")
    assert form.submitted_at == case.closed_at
    assert (form.login, form.submitted_by) == (region.actor(0).login, "участник экзамена")
    assert (form.signature.mark, form.signature.name != "") == ("подано в личном кабинете", True)


def test_a_region_without_the_form_makes_none(play: StartPlay) -> None:
    region = play()
    assert region.world.rules.withdrawal.form is None
    case_id = region.file()
    region.act(0, withdraw, case_id)
    region.drain()
    made = region.read(lambda s: set(s.scalars(select(Document.form).where(Document.case_id == case_id))))
    assert made == {"1-AP"}


@pytest.mark.parametrize("slug", ["kbr", "moscow"])
def test_where_no_act_asks_for_the_paper_s_particulars_none_are_asked(play: StartPlay, slug: str) -> None:
    region = play(slug, on_exam_day=True)
    case_id = region.file(channel="exam_point")
    region.act("exam-commission-member", accept_withdrawal, case_id)
    assert region.case(case_id).withdrawal_accepted_at is not None


@pytest.mark.clause("core:C3")
def test_the_secretary_enters_no_withdrawal_that_nobody_took_in(play: StartPlay) -> None:
    region = play("kuzbass")
    case_id = region.walk(region.file(channel="school_desk"), "registered")
    with refused("withdrawal.not_accepted", Conflict):
        region.act("secretary", withdraw, case_id)
    assert region.case(case_id).state is State.REGISTERED
