"""The page of one appeal through its whole course."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time

import pytest
from sqlalchemy import select

from apella.appeals.application import Presence
from apella.audit.model import AuditEvent
from apella.identity.actor import Actor
from apella.regions.rules import RegionRules
from apella.testing.plugin import StartPlay
from apella.testing.visitor import Visitor, counted_queries

Visit = Callable[[Actor], Visitor]
RegionWhere = Callable[[Callable[[RegionRules], bool]], str]

MOST_QUERIES = 28

pytestmark = pytest.mark.usefixtures("paperless")


@pytest.mark.parametrize(
    ("step", "here", "tag"),
    [
        ("filed", "Комиссия собирает материалы", "Комиссия готовит рассмотрение"),
        ("kit_received", "Вашу работу смотрит эксперт", "Комиссия готовит рассмотрение"),
        ("concluded", "Назначают день и время рассмотрения", "Комиссия готовит рассмотрение"),
        ("scheduled", "Рассмотрение", "Время рассмотрения назначено"),
        ("hearing", "Рассмотрение", "Комиссия рассматривает апелляцию"),
        ("decided", "Федеральный центр пересчитывает баллы", "Удовлетворена, балл повышен"),
        ("recalculated", "Экзаменационная комиссия утверждает результат", "Удовлетворена, балл повышен"),
        ("approved", "Комиссия оформляет документы", "Удовлетворена, балл повышен"),
        ("closed", None, "Удовлетворена, балл повышен"),
    ],
)
def test_the_course_says_what_goes_on(play: StartPlay, visit: Visit, step: str, here: str | None, tag: str) -> None:
    north = play()
    case_id = north.walk(north.file(), step, outcome="up")
    page = visit(north.world.participants[0]).open(f"appeals/{case_id}")
    assert page.status == 200
    assert tag in page.text
    assert page.text.count("Сейчас:") == (here is not None)
    if here is None:
        assert "Впереди:" not in page.text
        assert "Пройдено: Дело закрыто" in page.text
    else:
        assert f"Сейчас: {here}" in page.text


def test_a_paper_from_a_desk_is_followed_to_the_journal(play: StartPlay, visit: Visit) -> None:
    north = play()
    case_id = north.file(channel="school_desk")
    assert (
        "Сейчас: Апелляцию передают в комиссию до пн 15 июня"
        in visit(north.world.participants[0]).open(f"appeals/{case_id}").text
    )
    north.walk(case_id, "registered")
    assert (
        "Пройдено: Апелляция поступила в комиссию" in visit(north.world.participants[0]).open(f"appeals/{case_id}").text
    )


@pytest.mark.clause("federal:98.6")
def test_the_hearing_stands_with_day_hour_and_what_to_bring(play: StartPlay, visit: Visit) -> None:
    north = play()
    case_id = north.walk(
        north.file(presence=Presence(participant=True, parent=True), hearing_mode="remote"), "scheduled"
    )
    page = visit(north.world.participants[0]).open(f"appeals/{case_id}")
    assert "Рассмотрение по видеосвязи четверг, 18 июня, 10:00" in page.text
    assert "Связь: видеосвязь. Подключиться можно за 10 минут до начала." in page.text
    assert "Вам: документ, удостоверяющий личность" in page.text
    assert "Родителю или законному представителю: свой документ" in page.text
    assert "Если вас не будет, комиссия рассмотрит апелляцию без вас." in page.text


def test_a_hearing_at_a_site_says_where(play: StartPlay, visit: Visit) -> None:
    south = play("south")
    case_id = south.walk(south.file(channel="queue_clerk"), "scheduled")
    page = visit(south.world.participants[0]).open(f"appeals/{case_id}")
    site = south.world.rules.sites.all[-1]
    assert f"Место: {site.name}, {site.address}." in page.text


def test_a_consultation_before_the_hearing_has_its_own_hour(
    play: StartPlay, visit: Visit, region_where: RegionWhere
) -> None:
    region = play(region_where(lambda rules: rules.hearing.explanation.when == "before"))
    case_id = region.walk(region.file(channel="school_desk", hearing_mode="remote"), "scheduled")
    page = visit(region.world.participants[0]).open(f"appeals/{case_id}")
    assert re.search(r"Сначала консультация с экспертом, рассмотрение начнётся в \d\d:\d\d\.", page.text)


def test_a_case_heard_in_absence_asks_nothing_of_the_participant(play: StartPlay, visit: Visit) -> None:
    north = play()
    case_id = north.walk(north.file(presence=Presence()), "scheduled")
    page = visit(north.world.participants[0]).open(f"appeals/{case_id}")
    assert "Приходить и подключаться не нужно." in page.text
    assert "Что приготовить" not in page.text


def test_the_experts_conclusion_opens_after_the_decision(play: StartPlay, visit: Visit) -> None:
    north = play()
    case_id = north.walk(north.file(), "scheduled")
    before = visit(north.world.participants[0]).open(f"appeals/{case_id}")
    assert "Заключение эксперта Откроется после решения" in before.text
    assert "По критерию верно" not in before.response.text
    assert "Проверено" not in before.response.text

    decided = north.walk(north.file(1), "decided")
    after = visit(north.world.participants[1]).open(f"appeals/{decided}")
    assert "Заключение эксперта Проверено" in after.text
    assert "По критерию верно" in after.text
    assert "Откроется после решения" not in after.text


@pytest.mark.clause("federal:102.10")
@pytest.mark.parametrize(
    ("step", "words", "preliminary"),
    [
        ("decided", "Тестовый балл 50 пересчитает федеральный центр.", 1),
        ("recalculated", "Тестовый балл: был 50, стал 53 (предварительно, до утверждения).", 4),
        ("approved", "Тестовый балл: был 50, стал 53.", 0),
    ],
)
def test_scores_are_preliminary_until_they_are_approved(
    play: StartPlay, visit: Visit, step: str, words: str, preliminary: int
) -> None:
    north = play()
    case_id = north.walk(north.file(), step, outcome="up")
    page = visit(north.world.participants[0]).open(f"appeals/{case_id}")
    assert words in page.text
    assert page.text.count("предварительно") == preliminary
    assert "Учебное основание" in page.text
    assert "было 1 станет 2" in page.text


def test_a_rejected_appeal_keeps_its_scores(play: StartPlay, visit: Visit) -> None:
    north = play()
    case_id = north.walk(north.file(), "closed")
    page = visit(north.world.participants[0]).open(f"appeals/{case_id}")
    assert "Отклонена, баллы остались прежними." in page.text
    assert "предварительно" not in page.text
    assert "Федеральный центр" not in page.text


def test_a_procedure_appeal_has_its_own_course(play: StartPlay, visit: Visit) -> None:
    first = play().world
    north = play(case_now=datetime.combine(first.exam_day, time(12), tzinfo=first.rules.zone))
    case_id = north.walk(north.file(channel="exam_point"), "approved", outcome="satisfied")
    page = visit(north.world.participants[0]).open(f"appeals/{case_id}")
    assert "Апелляция о нарушении порядка" in page.text
    assert "Пройдено: Результат утверждён" in page.text
    assert "эксперт" not in page.text.lower()


def test_a_document_opens_by_a_link_of_its_own_that_is_kept_in_the_audit(play: StartPlay, visit: Visit) -> None:
    north = play()
    case_id = north.file()
    cabinet = visit(north.world.participants[0])
    assert "/documents/" not in cabinet.open(f"appeals/{case_id}").response.text, "it is not made yet"
    north.drain()
    page = cabinet.open(f"appeals/{case_id}")
    assert "Апелляция о несогласии с выставленными баллами PDF," in page.text

    answer = cabinet.send(next(form for form in page.forms if "/documents/" in form.action))

    assert answer.status == 303
    with cabinet.client.http.get(answer.response.location) as file:
        assert file.status_code == 200
        assert file.data.startswith(b"%PDF")
    query = select(AuditEvent.tag).where(AuditEvent.case_id == case_id)
    assert north.read(lambda session: list(session.scalars(query))).count("document:link:issued") == 1


def test_the_number_of_queries_is_bounded(play: StartPlay, visit: Visit) -> None:
    north = play()
    case_id = north.walk(north.file(), "closed", outcome="up")
    cabinet = visit(north.world.participants[0])
    with counted_queries(north.app.database.engine) as count:
        assert cabinet.open(f"appeals/{case_id}").status == 200
    assert count.number <= MOST_QUERIES
