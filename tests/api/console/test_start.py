"""The first page: what to do, by when, why then."""

from __future__ import annotations

import pytest

from apella.casework.pages import start
from apella.db.unit_of_work import Database
from apella.identity.roles import Role
from apella.testing.console import ConsoleFor
from apella.testing.plugin import StartPlay
from apella.testing.visitor import counted_queries

WORKING = (
    "secretary",
    "chair",
    "member-1",
    "data-centre-operator",
    "exam-commission-chair",
    "exam-commission-member",
    "school-operator",
    "queue-clerk",
    "expert-1",
)


@pytest.mark.parametrize("who", WORKING)
def test_everybody_who_works_has_a_first_page(play: StartPlay, console_for: ConsoleFor, who: str) -> None:
    page = console_for(play().actor(who)).get("")
    assert page.status == 200
    assert "Что сделать" in page.text
    assert "Учебное время" in page.text


def test_a_participant_is_sent_to_the_cabinet(play: StartPlay, console_for: ConsoleFor) -> None:
    page = console_for(play().actor(0)).get("")
    assert (page.status, page.location) == (303, "/north/cabinet")


def test_a_stranger_is_asked_to_sign_in(console_for: ConsoleFor) -> None:
    answer = console_for().get("")
    assert answer.status == 303


def test_another_tenants_person_finds_nothing(play: StartPlay, console_for: ConsoleFor) -> None:
    console = console_for(play().actor("secretary"))
    assert console.get("/south/").status == 404


def test_an_obligation_names_its_term_and_leads_to_the_act(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.file()
    console = console_for(run.actor("secretary"))
    page = console.get("")
    number = run.case(case).journal_number
    assert f"Запросить комплект: {number}" in page.text
    assert "1 рабочий день (пятидневная неделя). Отсчёт: поступление апелляции в комиссию" in page.text
    assert "осталось" in page.text
    act = console.get(page.link(f"Запросить комплект, {number}"))
    assert act.status == 200
    assert act.form("/do/request-kit").fields["version"] == str(run.case(case).version)


def test_a_broken_term_comes_first_and_says_by_how_much(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    first, _ = run.file(0), run.file(1)
    run.walk(first, "decided")
    run.clock(days=3)
    page = console_for(run.actor("secretary")).get("")
    assert page.text.index("Просрочено") < page.text.index("Передать протокол в РЦОИ")
    assert "просрочено на" in page.text
    assert 'class="ap-todo__group ap-todo__group--over"' in page.html


def test_passed_advice_is_no_broken_term(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    run.file()
    run.clock(days=4)
    page = console_for(run.actor("secretary")).get("")
    assert "Пора сделать" in page.text
    assert "пора уже" in page.text
    assert "росрочено" not in page.text
    assert "ap-todo__group--over" not in page.html
    assert "ap-due--over" not in page.html


def test_a_member_is_asked_for_the_ballot_until_it_is_in(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "hearing")
    console = console_for(run.actor("member-1"))
    page = console.get("")
    assert f"Проголосовать: {run.case(case).journal_number}" in page.text
    voted = console.act(case, "vote", {"ballot": "satisfy"})
    assert voted.status == 303
    assert "Проголосовать" not in console.get("").text


def test_the_chair_waits_for_the_hearing(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    run.walk(run.file(), "scheduled")
    page = console_for(run.actor("chair")).get("")
    assert "Рассмотреть апелляцию" in page.text
    assert "в графике" in page.text
    assert not page.has_link("Решить")


def test_the_secretary_sees_todays_hearings(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "hearing")
    page = console_for(run.actor("secretary")).get("")
    assert "Рассмотрения сегодня" in page.text
    assert "идёт" in page.text
    assert page.link(run.case(case).journal_number or "").endswith(str(case))
    school = console_for(run.actor("school-operator")).get("")
    assert "Рассмотрения сегодня" not in school.text


def test_a_hearing_that_is_not_prepared_says_what_is_missing(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "kit_requested")
    hearing = run.schedule(case)
    run.clock_to(hearing.starts_at)
    assert "нет комплекта" in console_for(run.actor("secretary")).get("").text


def test_a_counter_leads_to_its_cases_in_the_journal(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    waiting, further = run.file(0), run.walk(run.file(1), "kit_requested")
    console = console_for(run.actor("secretary"))
    page = console.get("")
    url = page.link("ждут комплект")
    assert "owed=kit.receipt" in url
    journal = console.get(url)
    assert str(run.case(further).journal_number) in journal.text
    assert str(run.case(waiting).journal_number) not in journal.text


def test_only_the_earliest_are_listed_and_the_rest_is_counted(
    play: StartPlay, console_for: ConsoleFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "LIMIT", 2)
    run = play()
    for number in range(3):
        run.file(number)
    page = console_for(run.actor("secretary")).get("")
    assert page.html.count('class="ap-todo__what"') == 2
    assert "Ещё 4 срока" in page.text


def test_nothing_to_do_is_said(play: StartPlay, console_for: ConsoleFor) -> None:
    page = console_for(play().actor("expert-1")).get("")
    assert "Сейчас от вас ничего не ждут" in page.text
    assert "Новое дело появится здесь" in page.text


def test_who_has_no_cases_is_promised_none(play: StartPlay, console_for: ConsoleFor) -> None:
    page = console_for(play().hire(Role.TENANT_ADMIN)).get("")
    assert "Дел у вашей роли нет" in page.text
    assert "Новое дело появится здесь" not in page.text


def test_the_page_asks_no_more_of_the_database_for_more_cases(
    play: StartPlay, console_for: ConsoleFor, database: Database
) -> None:
    run = play(participants=6)
    console = console_for(run.actor("secretary"))
    run.walk(run.file(0), "scheduled")
    with counted_queries(database.engine) as few:
        assert console.get("").status == 200
    for number in range(1, 6):
        run.file(number)
    with counted_queries(database.engine) as many:
        assert console.get("").status == 200
    assert many.number == few.number
    assert few.number <= 12
