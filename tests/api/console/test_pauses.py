"""A case that stands still, and one that has no time to lose, on the console's pages and in the API."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest

from apella.appeals.states import State
from apella.casework import start
from apella.deadlines.sweep import sweep_season
from apella.testing.console import ConsoleFor
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay

pytestmark = pytest.mark.usefixtures("paperless")

BASIS = {"basis_number": "18-р", "basis_date": "01.06.2026"}
API_BASIS = {"basis_number": "18-р", "basis_date": "2026-06-01"}


def sweep(run: Play) -> None:
    run.do("secretary", lambda desk: sweep_season(desk.session, actor=desk.actor, now=desk.now))


def test_a_case_is_stopped_and_goes_on_by_forms(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "decided")
    chair, secretary = (console_for(run.actor(who)) for who in ("exam-commission-chair", "secretary"))
    assert chair.get(f"cases/{case}").has_link("Приостановить дело")
    assert not secretary.get(f"cases/{case}").has_link("Приостановить дело")
    form = chair.get(f"cases/{case}/do/suspend")
    assert "Служебное расследование" in form.text
    assert "аннулирован" not in form.text
    empty = chair.act(case, "suspend", {"basis_date": "01.06.2026", "reason": "investigation"})
    assert empty.status == 422
    assert "Укажите номер документа" in empty.text
    assert chair.act(case, "suspend", {**BASIS, "reason": "investigation"}).status == 303
    page = chair.get(f"cases/{case}")
    assert "Дело приостановлено: служебное расследование" in page.text
    assert "документ № 18-р от 01.06.2026" in page.text
    assert "пока без даты" in page.text
    assert "Посмотреть приостановленное дело до" in page.text
    assert "Дело приостановлено: служебное расследование. Документ № 18-р от 01.06.2026." in page.text
    assert page.has_link("Возобновить дело")
    assert page.has_link("Вернуть на новое рассмотрение")
    assert not page.has_link("Прекратить дело: результат аннулирован")
    # The commission's own people wait.
    waiting = secretary.get(f"cases/{case}")
    assert not waiting.has_link("Передать протокол")
    refused = chair.act(case, "resume", BASIS)
    assert refused.status == 422
    assert "Отметьте, что Рособрнадзор и федеральный центр знают результаты" in refused.text
    assert chair.act(case, "review-suspension").status == 303
    assert chair.act(case, "resume", {**BASIS, "outside_told": "1"}).status == 303
    page = chair.get(f"cases/{case}")
    assert "Дело возобновлено." in page.text
    assert "Приостановленное дело проверено" in page.text
    assert run.case(case).state is State.DECIDED


def test_the_api_tells_what_is_owed_by_whom_while_a_case_stands_still(play: StartPlay, client_for: ClientFor) -> None:
    run = play()
    case = run.walk(run.file(), "dispatched", outcome="up")
    centre, chair = (client_for(run.actor(who)) for who in ("data-centre-operator", "exam-commission-chair"))
    version = centre.get(f"appeals/{case}").get_json()["version"]
    wrong = centre.post(f"appeals/{case}/suspend", {"version": version, "reason": "weather", **API_BASIS})
    assert (wrong.status_code, set(wrong.get_json()["fields"])) == (422, {"reason"})
    foreign = centre.post(f"appeals/{case}/suspend", {"version": version, "reason": "investigation", **API_BASIS})
    assert (foreign.status_code, foreign.get_json()["code"]) == (403, "suspension.reason")
    answer = centre.post(
        f"appeals/{case}/suspend",
        {"version": version, "reason": "federal_centre", "documents_requested": True, **API_BASIS},
    ).get_json()
    assert (answer["state"], answer["suspended_for"], answer["plan"]) == ("suspended", "federal_centre", None)
    owed = {line["term"]: line["owed_by"] for line in answer["next"]}
    assert owed == {"federal_request.answer": "secretary", "suspension.review": "data_centre_operator"}
    assert set(answer["actions"]) == {"resume", "review_suspension"}
    assert set(chair.get(f"appeals/{case}").get_json()["actions"]) == {"resume", "reopen"}
    stopped = {clock["term"]: clock for clock in centre.get(f"appeals/{case}/deadlines").get_json()}
    federal = stopped["recalculation.federal"]
    assert (federal["state"], federal["explanation"]["due"]) == ("suspended", None)
    assert "приостановлен" in federal["explanation"]["summary"]


def registered_at(play: StartPlay, day: int, hour: int) -> tuple[Play, uuid.UUID]:
    """A score appeal that the commission has had since that hour of June 2026."""
    run = play()
    run.clock_to(datetime(2026, 6, day, hour, tzinfo=run.world.rules.zone))
    return run, run.file(channel="queue_clerk")


@pytest.mark.clause("core:E25")
def test_with_less_than_a_day_to_spare_the_page_says_what_has_to_begin(
    play: StartPlay, console_for: ConsoleFor
) -> None:
    run, case = registered_at(play, 15, 10)
    console = console_for(run.actor("secretary"))
    # Registered on Mon 15.06: the limit is Fri 19.06, the kit has to be asked for by the end of Tue 16.06.
    assert "Запаса меньше дня" not in console.get(f"cases/{case}").text
    run.clock_to(datetime(2026, 6, 16, 10, tzinfo=run.world.rules.zone))
    page = console.get(f"cases/{case}")
    assert "Запаса меньше дня: Запросить комплект до вт 16.06.2026" in page.text
    assert "Последние сроки оставшихся шагов" in page.text
    assert "Сдать заключение эксперта: начать до ср 17.06" in page.text
    run.clock_to(datetime(2026, 6, 17, 10, tzinfo=run.world.rules.zone))
    page = console.get(f"cases/{case}")
    assert "Рассмотреть в срок уже не получится: не хватает 1 рабочий день" in page.text
    assert "рассмотреть можно не раньше пн 22.06.2026" in page.text


@pytest.mark.clause("core:E25")
def test_the_api_gives_the_plan_of_a_case(play: StartPlay, client_for: ClientFor) -> None:
    run, case = registered_at(play, 15, 10)
    client = client_for(run.actor("secretary"))
    plan = client.get(f"appeals/{case}").get_json()["plan"]
    assert (plan["tight"], plan["broken"]) == (False, None)
    steps = {step["term"]: step for step in plan["steps"]}
    assert set(steps) == {
        "kit.request", "kit.receipt", "expert.assignment", "expert.conclusion", "hearing.schedule",
        "hearing.announcement",
    }  # fmt: skip
    zone = run.world.rules.zone
    assert datetime.fromisoformat(plan["next_by"]) == datetime(2026, 6, 17, tzinfo=zone)
    assert datetime.fromisoformat(plan["limit"]) == datetime(2026, 6, 20, tzinfo=zone)
    assert datetime.fromisoformat(steps["hearing.announcement"]["ends_by"]) == datetime(2026, 6, 19, tzinfo=zone)
    assert "core:E25" in steps["kit.request"]["clauses"]
    run.walk(case, "concluded", after="registered")
    run.schedule(case)
    run.drain()
    assert client.get(f"appeals/{case}").get_json()["plan"] is None


def test_what_presses_is_said_on_the_first_page_and_found_in_the_journal(
    play: StartPlay, console_for: ConsoleFor, client_for: ClientFor
) -> None:
    run, case = registered_at(play, 15, 10)
    console, client = console_for(run.actor("secretary")), client_for(run.actor("secretary"))
    sweep(run)
    assert "Скоро истекают" not in console.get("").text
    assert client.get("appeals?warned=80").get_json()["items"] == []
    run.clock_to(datetime(2026, 6, 16, 23, tzinfo=run.world.rules.zone) - timedelta(minutes=1))
    sweep(run)
    page = console.get("")
    assert f"Скоро истекают: 1 срок, прошло больше {start.PRESSING} % времени." in page.text
    assert "Прошло больше 95 % срока" in page.text
    assert [line["id"] for line in client.get("appeals?warned=80").get_json()["items"]] == [str(case)]
    assert client.get("appeals?warned=81").status_code == 422
