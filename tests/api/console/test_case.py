"""The page of a case."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from apella.audit.model import AuditEvent
from apella.bootstrap import App
from apella.commissions import service as commissions
from apella.commissions.model import Ballot
from apella.db.unit_of_work import Database
from apella.exchange import service as exchange
from apella.testing.console import ConsoleFor
from apella.testing.plugin import StartPlay
from apella.testing.visitor import counted_queries

pytestmark = pytest.mark.usefixtures("paperless")


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("secretary", 200),
        ("chair", 200),
        ("member-1", 200),
        ("data-centre-operator", 200),
        ("exam-commission-chair", 200),
        ("expert-2", 200),
        ("expert-1", 404),
        ("school-operator", 404),
        ("exam-commission-member", 404),
        (0, 303),
    ],
)
def test_a_case_is_open_to_those_concerned(play: StartPlay, console_for: ConsoleFor, who: str, status: int) -> None:
    run = play()
    case = run.walk(run.file(), "assigned")
    assert console_for(run.actor(who)).get(f"cases/{case}").status == status


def test_a_foreign_tenants_case_does_not_exist(play: StartPlay, console_for: ConsoleFor) -> None:
    north, south = play(), play("south")
    case = south.file(channel="queue_clerk")
    console = console_for(north.actor("secretary"))
    for path in (f"cases/{case}", f"cases/{case}/do/request-kit", f"file/receipt/{case}"):
        assert console.get(path).status == 404
    assert console.get(f"/south/cases/{case}").status == 404


def test_the_next_step_has_its_button_for_whom_it_is(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "kit_requested")
    owed = console_for(run.actor("data-centre-operator")).get(f"cases/{case}")
    assert "Передать комплект в комиссию до" in owed.text
    assert owed.link("Передать комплект в комиссию").endswith("/do/receive-kit")
    watching = console_for(run.actor("member-1")).get(f"cases/{case}")
    assert "Это делает специалист РЦОИ." in watching.text
    assert not watching.has_link("Передать комплект в комиссию")


def test_other_actions_of_this_person_stand_beside(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.file()
    page = console_for(run.actor("secretary")).get(f"cases/{case}")
    assert page.link("Назначить время").endswith("/do/schedule")
    assert page.link("Отказать в рассмотрении").endswith("/do/refuse")
    assert not page.has_link("Назначить эксперта")
    assert not page.has_link("Открыть рассмотрение")


def test_the_hearing_is_opened_when_its_time_has_come(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "scheduled")
    run.drain()
    console = console_for(run.actor("secretary"))
    early = console.get(f"cases/{case}")
    assert "Рассмотрение назначено на" in early.text
    assert not early.has_link("Открыть рассмотрение")
    run.clock(days=8)
    assert console.get(f"cases/{case}").has_link("Открыть рассмотрение")


def test_the_course_tells_done_present_and_ahead(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "concluded")
    text = console_for(run.actor("secretary")).get(f"cases/{case}").text
    for words in (
        "Пройдено: Подана",
        "Пройдено: Комплект получен",
        "Пройдено: Заключение готово",
        "Сейчас: Назначить время рассмотрения",
        "Впереди: Передать протокол в РЦОИ",
    ):
        assert words in text
    assert "Утвердить результат" not in text


def test_scores_stand_side_by_side_and_the_test_score_waits_for_the_federal_centre(
    play: StartPlay, console_for: ConsoleFor
) -> None:
    run = play()
    case = run.walk(run.file(), "decided", outcome="up")
    console = console_for(run.actor("secretary"))
    text = console.get(f"cases/{case}").text
    assert "Учебное обоснование" in text
    assert "предварительно: балл установит ФЦТ" in text
    run.drain()
    run.act("secretary", exchange.hand_over, case)
    run.act("data-centre-operator", exchange.enter_packet, case)
    run.act("data-centre-operator", exchange.dispatch_packet, case)
    run.act("data-centre-operator", exchange.enter_recalculation, case, primary_score=18, test_score=53)
    text = console.get(f"cases/{case}").text
    assert "предварительно" not in text
    assert "установил ФЦТ" in text


@pytest.mark.clause("federal:102.3")
def test_a_deadline_shows_its_days_its_clause_and_who_owes_it(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    page = console_for(run.actor("secretary")).get(f"cases/{run.file()}")
    assert "Порядок, п. 102" in page.text
    assert "Как посчитано" in page.text
    assert 'class="ap-days"' in page.html
    assert "поступление апелляции в комиссию, не считается" in page.text
    assert "Срок советует платформа" in page.text


def test_a_region_that_is_stricter_shows_the_federal_limit_beside(
    app: App, play: StartPlay, console_for: ConsoleFor
) -> None:
    term = "score.consideration"
    slug = next(rules.slug for rules in app.regions if rules.terms[term].week != rules.federal_terms[term].week)
    run = play(slug)
    text = console_for(run.actor("secretary"), slug=slug).get(f"cases/{run.file()}").text
    assert "Регион: до" in text
    assert "шестидневная неделя" in text
    assert "Федеральный предел: до" in text
    assert "Порядок, п. 102" in text


def test_a_closed_case_says_how_it_ended_and_asks_nothing(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "closed")
    page = console_for(run.actor("secretary")).get(f"cases/{case}")
    assert "Дело закрыто: отклонена" in page.text
    assert "Следующий шаг" not in page.text
    assert "Пройдено: Дело закрыто" in page.text


def test_history_is_told_in_sentences_with_who(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "decided", outcome="down")
    run.drain()
    text = console_for(run.actor("secretary")).get(f"cases/{case}").text
    for words in (
        "Апелляция подана: личный кабинет.",
        "Назначен эксперт, который не проверял эту работу: Знатоков П. И.",
        "Подан голос: удовлетворить апелляцию.",
        "Апелляция удовлетворена, балл понижен. Первичный балл 17, стал 16. За 3, против 0.",
        "Председатель комиссии Служебнов И. П.",
        "Апеллянту сообщено: решение принято. Кабинет",
        "Готов документ 2-АП.",
    ):
        assert words in text


def test_what_was_just_done_is_said_by_a_fixed_sentence(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    console = console_for(run.actor("secretary"))
    case = run.file()
    assert "Комплект запрошен Его передаст РЦОИ." in console.get(f"cases/{case}?done=request_kit").text
    assert "взлом" not in console.get(f"cases/{case}?done=взлом").text


def test_the_document_number_is_masked_until_somebody_asks_and_that_is_recorded(
    play: StartPlay, console_for: ConsoleFor
) -> None:
    run = play()
    case = run.file()
    console = console_for(run.actor("secretary"))
    page = console.get(f"cases/{case}")
    assert "9900" not in page.text
    assert "•••" in page.text
    shown = console.submit(page, "/document-number")
    assert shown.status == 200
    assert "9900 000000" in shown.text
    assert "9900 000000" not in console.get(f"cases/{case}").text
    tags = run.read(lambda session: session.scalars(select(AuditEvent.tag).where(AuditEvent.case_id == case)).all())
    assert "person:document:seen" in tags
    assert "Открыт номер документа апеллянта." in console.get(f"cases/{case}").text


@pytest.mark.parametrize("who", ["member-1", "expert-2", "data-centre-operator"])
def test_others_see_no_document_number_at_all(play: StartPlay, console_for: ConsoleFor, who: str) -> None:
    run = play()
    case = run.walk(run.file(), "assigned")
    console = console_for(run.actor(who))
    page = console.get(f"cases/{case}")
    assert "Документ, просмотр" not in page.text
    token = page.form("sign-out").fields["csrf_token"]
    assert console.post(f"cases/{case}/document-number", {"csrf_token": token}).status == 403


def test_a_document_opens_by_a_link_of_minutes_that_is_recorded(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.file()
    run.drain()
    console = console_for(run.actor("secretary"))
    page = console.get(f"cases/{case}")
    assert "1-АП" in page.text
    opened = console.submit(page, "/documents/")
    assert opened.status == 303
    with console.client.http.get(opened.location) as file:
        assert file.data.startswith(b"%PDF")
    tags = run.read(lambda session: session.scalars(select(AuditEvent.tag).where(AuditEvent.case_id == case)).all())
    assert "document:link:issued" in tags


def test_a_procedure_appeal_shows_what_happened_instead_of_scores(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(channel="exam_point"), "registered")
    page = console_for(run.actor("secretary")).get(f"cases/{case}")
    assert "Что случилось Учебное нарушение" in page.text
    assert "Учебная проверка" in page.text
    assert "Баллы по позициям" not in page.text


def test_a_late_paper_and_a_withdrawal_on_its_way_are_marked(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    run.clock(days=6)
    case = run.file(channel="school_desk")
    page = console_for(run.actor("secretary")).get(f"cases/{case}")
    assert "Подана поздно" in page.text


def test_the_page_asks_no_more_of_the_database_for_more_deeds(
    play: StartPlay, console_for: ConsoleFor, database: Database
) -> None:
    run = play(participants=4)
    case = run.walk(run.file(0), "hearing")
    console = console_for(run.actor("secretary"))
    # The first look within the hour is an event more.
    console.get(f"cases/{case}")
    with counted_queries(database.engine) as before:
        assert console.get(f"cases/{case}").status == 200
    run.drain()
    for voter in ("chair", "member-1", "member-2"):
        run.act(voter, commissions.cast_vote, case, ballot=Ballot.REJECT)
    with counted_queries(database.engine) as after:
        assert console.get(f"cases/{case}").status == 200
    assert after.number == before.number
    assert after.number <= 30
