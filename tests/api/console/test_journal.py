"""The journal: filters in the address, pages by key, one search box."""

from __future__ import annotations

import uuid
from urllib.parse import unquote

import pytest

from apella.casework.pages import journal
from apella.db.unit_of_work import Database
from apella.identity.sealed import Seal
from apella.testing.console import Console, ConsoleFor, Page
from apella.testing.play import Play
from apella.testing.plugin import StartPlay
from apella.testing.visitor import counted_queries


def _search(console: Console, typed: str) -> Page:
    """What the search box of the start page leads to."""
    sent = console.submit(console.get(""), "journal", {"q": typed})
    assert sent.status == 303
    return console.get(sent.location)


def _numbers(run: Play, cases: list[uuid.UUID]) -> list[str]:
    return [run.case(case).journal_number or "" for case in cases]


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("secretary", 200),
        ("member-1", 200),
        ("data-centre-operator", 200),
        ("exam-commission-chair", 200),
        ("expert-1", 200),
        ("school-operator", 200),
        (0, 403),
    ],
)
def test_those_who_work_with_cases_read_the_journal(
    play: StartPlay, console_for: ConsoleFor, who: str, status: int
) -> None:
    assert console_for(play().actor(who)).get("journal").status == status


def test_a_line_says_what_comes_next_and_who_has_it(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    run.file()
    page = console_for(run.actor("secretary")).get("journal")
    for words in ("Примерова", "Тест Тестович", "Химия", "В журнале", "Запросить комплект", "ответственный секретарь"):
        assert words in page.text


def test_a_decided_case_shows_its_outcome(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    run.walk(run.file(), "decided", outcome="up")
    page = console_for(run.actor("secretary")).get("journal")
    assert "Удовлетворена" in page.text
    assert "Протокол не передан" in page.text


def test_filters_stand_in_the_address_and_come_off_one_by_one(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    first, second = run.file(0), run.file(1)
    run.walk(second, "scheduled")
    console = console_for(run.actor("secretary"))
    found = console.get("journal?state=scheduled&kind=score&subject=04")
    (shown, hidden) = _numbers(run, [second, first])
    assert shown in found.text
    assert hidden not in found.text
    for chip in ("Состояние: в графике", "Вид: о баллах", "Предмет: химия"):
        assert chip in found.text
    without_state = console.get(found.link("Состояние: в графике"))
    assert hidden in without_state.text
    assert "Вид: о баллах" in without_state.text
    assert console.get("journal?kind=procedure").text.count("07-") == 0


@pytest.mark.parametrize("query", ["state=nonsense", "kind=nonsense", "subject=99", "owed=nonsense", "q=%00"])
def test_a_filter_that_no_page_offers_filters_nothing(play: StartPlay, console_for: ConsoleFor, query: str) -> None:
    run = play()
    case = run.file()
    page = console_for(run.actor("secretary")).get(f"journal?{query}")
    assert page.status == 200
    assert str(run.case(case).journal_number) in page.text


@pytest.mark.parametrize(("typed", "found"), [("Примерова", 0), ("примеровБ", 1), (" ПРИМЕРОВа ", 0)])
def test_the_search_box_finds_a_surname(play: StartPlay, console_for: ConsoleFor, typed: str, found: int) -> None:
    run = play()
    numbers = _numbers(run, [run.file(0), run.file(1)])
    page = _search(console_for(run.actor("secretary")), typed)
    assert numbers[found] in page.text
    assert numbers[1 - found] not in page.text


def test_a_surname_stays_out_of_every_address(
    play: StartPlay, console_for: ConsoleFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "PAGE", 1)
    run = play(participants=5)
    for number in range(5):
        run.file(number)
    console = console_for(run.actor("secretary"))
    sent = console.submit(console.get("journal?state=registered"), "journal", {"q": "Пример", "kind": "score"})
    assert sent.status == 303
    page = console.get(sent.location)
    assert "Поиск: Пример" in page.text
    assert "Вид: о баллах" in page.text
    onward = console.get(page.link("Вперёд"))
    assert "Поиск: Пример" in onward.text
    addresses = [sent.location, *(url for shown in (page, onward) for _, url in shown.links)]
    assert len(addresses) > 10
    assert not [one for one in addresses if "Пример" in unquote(one)]
    assert "Поиск" not in console.get(page.link("Поиск: Пример")).text


def test_a_surname_in_an_address_finds_nobody(play: StartPlay, console_for: ConsoleFor) -> None:
    """An address that somebody wrote by hand is an address that somebody keeps."""
    run = play()
    numbers = _numbers(run, [run.file(0), run.file(1)])
    page = console_for(run.actor("secretary")).get("journal?q=Примерова")
    assert [number in page.text for number in numbers] == [True, True]


def test_a_concealed_surname_of_another_installation_filters_nothing(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    number = str(run.case(run.file()).journal_number)
    foreign = Seal(b"another secret", purpose="address").seal({"text": "Никто"})
    assert number in console_for(run.actor("secretary")).get(f"journal?q={foreign}").text


def test_who_may_not_read_the_journal_searches_it_neither(play: StartPlay, console_for: ConsoleFor) -> None:
    console = console_for(play().actor(0))
    assert console.post("journal", {"q": "Примерова", "csrf_token": console.client.csrf}).status == 403


@pytest.mark.parametrize("kind", ["journal_number", "receipt_number"])
def test_a_number_in_the_search_box_opens_its_case(play: StartPlay, console_for: ConsoleFor, kind: str) -> None:
    run = play()
    case = run.file()
    page = _search(console_for(run.actor("secretary")), f" {getattr(run.case(case), kind)} ")
    assert (page.status, page.location) == (303, f"/north/cases/{case}")


def test_a_number_that_is_no_case_s_stays_out_of_the_address(play: StartPlay, console_for: ConsoleFor) -> None:
    """A passport's number, typed where a case's is asked for."""
    console = console_for(play().actor("secretary"))
    sent = console.submit(console.get(""), "journal", {"q": "4509 123456"})
    assert sent.status == 303
    assert "4509" not in sent.location
    assert "Таких дел нет" in console.get(sent.location).text


def test_the_search_box_of_every_page_leads_here(play: StartPlay, console_for: ConsoleFor) -> None:
    page = console_for(play().actor("secretary")).get("")
    assert page.form("journal").method == "post"


def test_nothing_found_offers_to_take_the_filter_off(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    run.file()
    console = console_for(run.actor("secretary"))
    page = _search(console, "Никто")
    assert "Таких дел нет" in page.text
    assert "Примерова" in console.get(page.link("Снять отбор")).text


def test_an_empty_journal_says_so(play: StartPlay, console_for: ConsoleFor) -> None:
    assert "В журнале пока нет дел" in console_for(play().actor("secretary")).get("journal").text


def test_pages_go_on_and_back_by_key(play: StartPlay, console_for: ConsoleFor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "PAGE", 2)
    run = play(participants=5)
    numbers = _numbers(run, [run.file(number) for number in range(5)])[::-1]
    console = console_for(run.actor("secretary"))

    def shown(page: Page) -> list[str]:
        return [number for number in numbers if number in page.text]

    first = console.get("journal?kind=score")
    assert shown(first) == numbers[:2]
    assert not first.has_link("Назад")
    second = console.get(first.link("Вперёд"))
    assert shown(second) == numbers[2:4]
    third = console.get(second.link("Вперёд"))
    assert shown(third) == numbers[4:]
    assert not third.has_link("Вперёд")
    back = console.get(third.link("Назад"))
    assert shown(back) == numbers[2:4]
    assert "kind=score" in back.link("Назад")
    assert shown(console.get(back.link("Назад"))) == numbers[:2]


@pytest.mark.parametrize("cursor", ["after=zzz", "before=e30", "after=eyJhdCI6MSwiaWQiOjF9"])
def test_a_link_that_no_page_gave_is_explained(play: StartPlay, console_for: ConsoleFor, cursor: str) -> None:
    page = console_for(play().actor("secretary")).get(f"journal?{cursor}")
    assert page.status == 422
    assert "неверна" in page.text


def test_a_school_sees_what_it_took_in(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    own, other = run.file(0, channel="school_desk"), run.file(1)
    text = console_for(run.actor("school-operator")).get("journal").text
    assert run.case(own).receipt_number in text
    assert str(run.case(other).journal_number) not in text


def test_the_page_asks_no_more_of_the_database_for_more_cases(
    play: StartPlay, console_for: ConsoleFor, database: Database
) -> None:
    run = play(participants=6)
    run.file(0)
    console = console_for(run.actor("secretary"))
    with counted_queries(database.engine) as few:
        assert console.get("journal").status == 200
    for number in range(1, 6):
        run.file(number)
    with counted_queries(database.engine) as many:
        assert console.get("journal").status == 200
    assert many.number == few.number
    assert few.number <= 8
