"""Sessions that stand for all, and the remote site of the appellant's territory."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import update

from apella.appeals import journal
from apella.appeals.application import Presence
from apella.appeals.states import Outcome
from apella.appeals.withdrawal import accept_withdrawal, withdraw
from apella.errors import Malformed, RuleViolation
from apella.hearings.model import Hearing
from apella.hearings.service import reschedule, schedule
from apella.registry.model import Organisation
from apella.testing.client import Client
from apella.testing.expect import refused


@pytest.fixture(autouse=True)
def monday(region: Any) -> None:
    """A working Monday inside the filing window."""
    region.play.clock_to(region.at("2026-06-15T10:00"))


def filed(region: Any, number: int = 0, **wishes: Any) -> uuid.UUID:
    """A case that the commission's own door took in."""
    case_id: uuid.UUID = region.play.file(number, channel="commission_desk", who="secretary", **wishes)
    return case_id


def appointed(region: Any, case_id: uuid.UUID, at: str, **wishes: Any) -> Hearing:
    """Give a case its time."""
    hearing: Hearing = region.play.act("secretary", schedule, case_id, starts_at=region.at(at), **wishes)
    return hearing


def test_everybody_comes_when_the_session_begins_and_has_a_place_in_the_queue(region: Any) -> None:
    hearings = [appointed(region, filed(region, number), "2026-06-18T15:00") for number in range(3)]
    assert {one.consultation_at for one in hearings} == {region.at("2026-06-18T15:00")}
    assert {one.starts_at for one in hearings} == {region.at("2026-06-18T15:15")}
    assert [one.queue_number for one in hearings] == [1, 2, 3]
    morning = appointed(region, filed(region, 3), "2026-06-18T10:00")
    assert morning.queue_number == 1


@pytest.mark.clause("core:A12")
def test_who_has_not_been_called_yet_may_still_take_the_appeal_back(region: Any) -> None:
    play = region.play
    first, second = (play.walk(filed(region, number), "concluded") for number in range(2))
    for case_id in (first, second):
        appointed(region, case_id, "2026-06-16T10:00")
    play.clock_to(region.at("2026-06-16T10:20"))
    play.open_hearing(first)
    with refused("withdrawal.begun", RuleViolation):
        play.act("secretary", accept_withdrawal, first)
    play.clock_to(region.at("2026-06-16T11:00"))
    play.act("secretary", accept_withdrawal, second)
    play.act("secretary", withdraw, second)
    assert play.case(second).outcome is Outcome.WITHDRAWN


def test_who_is_not_there_has_no_consultation_before(region: Any) -> None:
    hearing = appointed(region, filed(region, presence=Presence()), "2026-06-18T15:00")
    assert (hearing.consultation_at, hearing.starts_at) == (None, region.at("2026-06-18T15:00"))


def test_an_hour_at_which_no_session_begins_needs_a_reason(region: Any) -> None:
    case_id = filed(region)
    for at in ("2026-06-18T15:30", "2026-06-18T14:00"):
        with refused("hearing.no_session", RuleViolation):
            appointed(region, case_id, at)
    hearing = appointed(region, case_id, "2026-06-18T14:00", reason="выездное заседание")
    assert hearing.queue_number is None


def test_a_full_session_takes_nobody_else_without_a_reason(region: Any, app: Any) -> None:
    from apella.testing.factories import make_world
    from apella.testing.play import Play

    crowd = Play(app, make_world(app, "beloozero", participants=8))
    crowd.clock_to(region.at("2026-06-15T10:00"))
    cases = [crowd.file(number, channel="commission_desk", who="secretary") for number in range(8)]
    at = region.at("2026-06-18T15:00")
    # Three hours hold seven hearings of 25 minutes.
    for case_id in cases[:7]:
        crowd.act("secretary", schedule, case_id, starts_at=at)
    with refused("hearing.session_full", RuleViolation):
        crowd.act("secretary", schedule, cases[7], starts_at=at)
    late = crowd.act("secretary", schedule, cases[7], starts_at=at, reason="заседание продлят")
    assert late.queue_number == 8


def test_a_place_is_free_again_when_its_case_moves(region: Any) -> None:
    first, second = filed(region, 0), filed(region, 1)
    appointed(region, first, "2026-06-18T15:00")
    assert appointed(region, second, "2026-06-18T15:00").queue_number == 2
    moved = region.play.act(
        "secretary", reschedule, first, starts_at=region.at("2026-06-19T10:00"), reason="просьба апеллянта"
    )
    assert moved.queue_number == 1


def test_the_api_lists_the_sessions_that_can_still_be_announced(region: Any, web: Any, app: Any) -> None:
    region.play.clock_to(region.at("2026-06-17T10:00"))
    case_id = filed(region)
    secretary = Client(web, "beloozero")
    secretary.sign_in(app, region.play.actor("secretary"))
    times = secretary.get(f"appeals/{case_id}/hearing-times").get_json()
    assert (times["strategy"], times["minutes"], times["consultation_minutes"]) == ("session", 25, 15)
    starts = [one["starts_at"][:16] for one in times["sessions"]]
    # Not today; on Saturday in the morning only; neither on Sunday nor on the region's day off.
    days = ["18T10:00", "18T15:00", "19T10:00", "19T15:00", "20T10:00", "23T10:00"]
    assert starts[:6] == [f"2026-06-{day}" for day in days]
    assert times["suggested"] == times["sessions"][0]["starts_at"]
    assert {one["minutes_left"] for one in times["sessions"]} == {180}
    # On Saturday nobody can be told a working day before Tuesday's session: Monday is the day off.
    region.play.clock_to(region.at("2026-06-20T14:00"))
    later = secretary.get(f"appeals/{case_id}/hearing-times").get_json()
    assert later["sessions"][0]["starts_at"][:16] == "2026-06-24T10:00"
    school = Client(web, "beloozero")
    school.sign_in(app, region.play.actor("school-operator"))
    assert school.get(f"appeals/{case_id}/hearing-times").status_code == 404


def test_the_form_offers_sessions_and_takes_another_time_with_a_reason(region: Any, console: Any) -> None:
    secretary = console(region.play.actor("secretary"))
    first, second = filed(region, 0), filed(region, 1)
    page = secretary.get(f"cases/{first}/do/schedule")
    assert "ср 17.06.2026, 10:00–13:00, свободно 180 минут" in page.text.replace("\xa0", " ")
    assert secretary.submit(page, "/do/schedule").status == 303
    assert "свободно 155 минут" in secretary.get(f"cases/{second}/do/schedule").text.replace("\xa0", " ")
    typed = {"session": "", "day": "18.06.2026", "hour": "14:00"}
    refusal = secretary.act(second, "schedule", typed)
    assert refusal.status == 409
    assert "В это время заседание не начинается" in refusal.text
    assert secretary.act(second, "schedule", {**typed, "reason": "выездное заседание"}).status == 303


# --- The place --------------------------------------------------------------------------------------------------------


def test_a_remote_appellant_comes_to_the_site_of_the_territory(region: Any) -> None:
    hearing = appointed(region, filed(region), "2026-06-18T15:00")
    assert (hearing.mode, hearing.site_code) == ("remote", "sever")
    assert hearing.place == "Северная видеокомната, пос. Светлый Мыс, Озёрная ул., д. 8"


def test_another_spelling_of_the_territory_leads_there_too_and_who_is_from_elsewhere_is_placed_by_hand(
    region: Any,
) -> None:
    school = update(Organisation).where(Organisation.id == region.play.world.school)
    region.play.read(lambda s: s.execute(school.values(territory="г.о. тихая пристань")))
    assert appointed(region, filed(region, 0), "2026-06-18T15:00").site_code == "yug"
    region.play.read(lambda s: s.execute(school.values(territory="Дальний муниципальный округ")))
    with refused("hearing.site", Malformed):
        appointed(region, case_id := filed(region, 1), "2026-06-18T15:00")
    case_id = filed(region, 2)
    assert appointed(region, case_id, "2026-06-18T15:00", site_code="sever").site_code == "sever"


def test_on_site_the_place_is_the_commission_s_own(region: Any) -> None:
    hearing = appointed(region, filed(region, hearing_mode="on_site"), "2026-06-18T15:00")
    assert hearing.site_code == "sovet"


# --- Terms of the region ----------------------------------------------------------------------------------------------


def test_a_violation_appeal_is_heard_on_a_working_saturday_of_the_six_day_week(region: Any) -> None:
    play = region.play
    play.read(lambda s: _exam_on(s, region, "2026-06-18"))
    play.clock_to(region.at("2026-06-18T13:00"))
    case_id = play.file(channel="exam_point")
    play.act("exam-commission-member", journal.forward, case_id, check_conclusion="Учебная проверка")
    play.act("secretary", journal.register, case_id)
    hearing = appointed(region, case_id, "2026-06-20T10:00")
    assert (hearing.queue_number, hearing.consultation_at) == (1, None)


def _exam_on(session: Any, region: Any, day: str) -> None:
    from datetime import date

    from apella.registry.model import Exam

    session.execute(update(Exam).where(Exam.id == region.play.world.exam).values(exam_date=date.fromisoformat(day)))
