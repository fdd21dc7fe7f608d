"""Appeals that arrived before somebody entered them, and the commission's own door."""

from __future__ import annotations

import datetime as dt
import uuid
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from apella.appeals.filing import FilingRefused
from apella.appeals.states import State
from apella.audit.model import AuditEvent
from apella.bootstrap import App
from apella.deadlines.model import Deadline, DeadlineState
from apella.errors import Conflict, Forbidden, Malformed, RuleViolation
from apella.hearings.model import Hearing
from apella.identity.model import Category, Person
from apella.notices.model import Notice
from apella.testing.expect import refused
from apella.testing.factories import make_world
from apella.testing.play import Play
from apella.testing.rechecks import recheck


def clock(play: Play, case_id: uuid.UUID, term: str) -> Deadline:
    query = select(Deadline).where(Deadline.case_id == case_id, Deadline.term == term)
    return play.read(lambda session: session.scalars(query).one())


def by_mail(region: Any, arrived: str, *, number: int = 0) -> uuid.UUID:
    """Enter a mail that arrived then."""
    case_id: uuid.UUID = region.play.file(
        number, channel="email", who="data-centre-operator", filed_at=region.at(arrived), disputed=()
    )
    return case_id


@pytest.mark.clause("core:E2", "core:C5")
def test_a_mail_of_a_saturday_counts_as_that_day(region: Any) -> None:
    play = region.play
    play.clock_to(region.at("2026-06-15T11:00"))
    case = play.case(case_id := by_mail(region, "2026-06-13T22:40"))
    assert (case.state, case.filed_at, case.registered_at) == (
        State.REGISTERED,
        region.at("2026-06-13T22:40"),
        region.at("2026-06-13T22:40"),
    )
    assert case.accepted_at is not None
    assert case.accepted_at >= region.at("2026-06-15T11:00")
    assert case.filed_late is False
    # Four working days after the Saturday: 15, 16, 17, 18.
    assert clock(play, case_id, "score.consideration").due_at == region.at("2026-06-19T00:00")


@pytest.mark.clause("federal:100.3", "core:E2")
def test_a_mail_is_in_the_window_that_was_open_when_it_arrived(region: Any) -> None:
    play, rechecked_on = region.play, dt.date(2026, 6, 19)
    play.clock_to(region.at("2026-06-22T11:00"))
    for number in range(3):
        recheck(play, number, rechecked_on)
    # The region gives three working days: the first window ended with the 17th, the re-check's ends with the 24th.
    arrivals = "2026-06-15T09:00", "2026-06-18T09:00", "2026-06-19T09:00"
    found = [play.case(by_mail(region, at, number=number)) for number, at in enumerate(arrivals)]
    assert [(case.filed_late, case.rechecked_on) for case in found] == [
        (False, None),
        (True, None),
        (False, rechecked_on),
    ]


def test_both_times_stay_in_the_audit(region: Any) -> None:
    play = region.play
    play.clock_to(region.at("2026-06-15T11:00"))
    case_id = by_mail(region, "2026-06-13T22:40")
    query = select(AuditEvent).where(AuditEvent.case_id == case_id, AuditEvent.tag == "appeal:arrival:entered")
    event = play.read(lambda session: session.scalars(query).one())
    assert event.role == "data_centre_operator"
    assert "2026-06-13T" in event.changes
    assert "2026-06-15T" in event.changes


@pytest.mark.parametrize(
    ("arrived", "late", "state"),
    [("2026-06-17T23:59", False, DeadlineState.MET), ("2026-06-18T00:00", True, DeadlineState.BREACHED)],
)
def test_in_time_is_what_arrived_in_time_however_late_it_is_entered(
    region: Any, arrived: str, state: DeadlineState, *, late: bool
) -> None:
    region.play.clock_to(region.at("2026-06-24T09:00"))
    case_id = by_mail(region, arrived)
    assert region.play.case(case_id).filed_late is late
    assert clock(region.play, case_id, "score.filing").state is state


@pytest.mark.parametrize(
    ("channel", "wishes", "field"),
    [
        ("email", {"filed_at": "2026-06-15T11:01"}, "filed_at"),
        ("email", {"filed_at": None}, "filed_at"),
        ("email", {"filed_at": "2026-06-15T09:00", "outside_number": "1"}, "outside_number"),
        ("external_portal", {"filed_at": "2026-06-15T09:00"}, "outside_number"),
        ("external_portal", {"filed_at": "2026-06-15T09:00", "outside_number": "<b>"}, "outside_number"),
        ("commission_desk", {"filed_at": "2026-06-15T09:00"}, "filed_at"),
    ],
)
def test_a_time_and_a_number_are_given_where_an_appeal_arrived_and_nowhere_else(
    region: Any, channel: str, wishes: dict[str, Any], field: str
) -> None:
    region.play.clock_to(region.at("2026-06-15T11:00"))
    given = wishes["filed_at"] and region.at(wishes["filed_at"])
    who = "data-centre-operator" if channel == "email" else "secretary"
    with refused("filing.fields", Malformed) as caught:
        region.play.file(channel=channel, who=who, **{**wishes, "filed_at": given})
    assert isinstance(caught.value, Malformed)
    assert set(caught.value.fields) == {field}


def test_what_arrived_before_the_results_were_announced_is_refused(region: Any) -> None:
    with refused("filing.too_early", FilingRefused):
        by_mail(region, "2026-06-10T23:59")


def test_a_number_of_an_outside_portal_is_entered_once(region: Any) -> None:
    play = region.play
    play.clock_to(region.at("2026-06-15T11:00"))
    wishes = {"channel": "external_portal", "who": "secretary", "filed_at": region.at("2026-06-14T10:00")}
    case_id = play.file(0, outside_number="ВП-77/2", **wishes)
    assert play.case(case_id).outside_number == "ВП-77/2"
    with refused("filing.outside_number", Conflict):
        play.file(1, outside_number="ВП-77/2", **wishes)
    play.file(1, outside_number="ВП-78", **wishes)


def test_the_commission_s_door_serves_every_participant_and_is_its_operator_s_alone(region: Any) -> None:
    play = region.play
    case = play.case(play.file(channel="commission_desk", who="secretary"))
    assert (case.state, case.accepted_by) == (State.REGISTERED, play.actor("secretary").person_id)
    for who in ("school-operator", "data-centre-operator", region.authority):
        with refused("filing.operator", Forbidden):
            play.file(1, channel="commission_desk", who=who)


def _execute(change: Update, session: Session) -> None:
    session.execute(change)


@pytest.mark.clause("federal:100.6", "core:E9")
def test_an_earlier_graduate_files_at_another_place_where_the_region_lists_one_and_only_there(
    app: App, region: Any
) -> None:
    without = next(one.slug for one in app.regions if "commission_desk" not in {door.code for door in one.channels})
    elsewhere = Play(app, make_world(app, without))
    for play in (region.play, elsewhere):
        person = update(Person).where(Person.id == play.actor(0).person_id).values(category=Category.EARLIER_GRADUATE)
        play.read(partial(_execute, person))
    case = region.play.case(region.play.file(channel="commission_desk", who="secretary"))
    assert (case.category, case.channel, case.state) == (Category.EARLIER_GRADUATE, "commission_desk", State.REGISTERED)
    # The desk that does not list the place refuses it, whoever stands there.
    with refused("filing.channel", RuleViolation):
        elsewhere.file(channel="commission_desk", who="school-operator")


# --- No personal data by open mail ------------------------------------------------------------------------------------


@pytest.mark.clause("core:C5")
def test_the_mailbox_is_told_nothing_about_the_person_and_nothing_of_the_case(region: Any) -> None:
    play = region.play
    play.clock_to(region.at("2026-06-15T11:00"))
    case_id = by_mail(region, "2026-06-14T20:00")
    play.schedule(case_id, starts_at=region.at("2026-06-18T15:00"))
    play.drain()
    query = select(Notice).where(Notice.case_id == case_id)
    told = play.read(lambda session: session.scalars(query).all())
    mails = {one.text for one in told if one.channel == "email"}
    receipt = play.case(case_id).receipt_number
    reply = (
        f"апелляционный совет Белоозёрского края: письмо принято, номер {receipt}. Личных данных по почте не пишем и "
        "не ждём. Вопросы и дополнения – по телефону +7 (900) 000-00-93."
    )
    assert mails == {reply}
    assert any("15:15" in one.text for one in told if one.channel == "sms" and one.event == "hearing_scheduled")


@pytest.mark.clause("core:C5", "federal:98.6")
def test_a_mail_that_says_nothing_is_no_announcement(region: Any) -> None:
    play = region.play
    play.clock_to(region.at("2026-06-15T11:00"))
    told: dict[str, Any] = {}
    for channel, number in (("email", 0), ("commission_desk", 1)):
        wishes = {"filed_at": region.at("2026-06-14T20:00"), "disputed": ()} if channel == "email" else {}
        who = "data-centre-operator" if channel == "email" else "secretary"
        case_id = play.file(number, channel=channel, who=who, **wishes)
        play.schedule(case_id, starts_at=region.at("2026-06-18T15:00"))
        play.read(lambda session, of=case_id: _without_telephone(session, of))
        play.drain()
        hearing = select(Hearing.announced_at).where(Hearing.case_id == case_id)
        told[channel] = play.read(lambda session, query=hearing: session.scalars(query).one())
    assert told["email"] is None
    assert told["commission_desk"] is not None


def _without_telephone(session: Any, case_id: uuid.UUID) -> None:
    from apella.appeals.model import Appeal
    from apella.identity.model import Person

    case = session.scalars(select(Appeal).where(Appeal.id == case_id)).one()
    case.contact_phone_cipher = None
    session.get_one(Person, (case.tenant_id, case.person_id)).phone_cipher = None


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_the_secretary_chooses_between_the_doors_and_types_when_it_arrived(region: Any, console: Any) -> None:
    play = region.play
    play.clock_to(region.at("2026-06-15T11:00"))
    secretary = console(play.actor("secretary"))
    assert secretary.get("").has_link("Принять апелляцию")
    works = secretary.find("file", "00000000")
    form = secretary.get(works.link("Принять: внешний портал"))
    typed = {"comes": ["participant"], "disputed": ["C1"], "phone": "+7 900 123-45-67"}
    wrong = secretary.submit(form, "/file/", {**typed, "arrived_day": "14.06.2026", "arrived_hour": "25:00"})
    assert wrong.status == 422
    assert "Укажите время: часы и минуты" in wrong.text
    assert "Укажите номер заявления на внешнем портале" in wrong.text
    later = {"arrived_day": "16.06.2026", "arrived_hour": "10:00", "outside_number": "ВП-5"}
    assert "Это время ещё не наступило" in secretary.submit(form, "/file/", {**typed, **later}).text
    filed = secretary.submit(form, "/file/", {**typed, **later, "arrived_day": "13.06.2026"})
    assert filed.status == 303
    receipt = secretary.get(filed.location)
    assert "сб 13.06.2026, 10:00, внешний портал" in " ".join(receipt.text.split()).replace("\xa0", " ")
    case = secretary.get(receipt.link("Открыть дело"))
    assert "ВП-5" in case.text
    assert "Апелляция поступила" in case.text


def test_a_mail_need_not_state_everything(region: Any, console: Any) -> None:
    region.play.clock_to(region.at("2026-06-15T11:00"))
    centre = console(region.play.actor("data-centre-operator"))
    form = centre.get(centre.find("file", "00000000").link("Принять о несогласии"))
    assert "Телефон" in form.text
    typed = {"arrived_day": "14.06.2026", "arrived_hour": "9:05", "email": "ya@example.ru", "phone": None}
    assert centre.submit(form, "/file/", typed).status == 303


@pytest.mark.parametrize("who", ["chair", "queue-clerk", "expert-1"])
def test_who_keeps_no_door_of_the_region_takes_nothing(region: Any, console: Any, who: str) -> None:
    page = console(region.play.actor(who)).get("file")
    assert page.status == 403
    assert "У вас такого места нет" in page.text
