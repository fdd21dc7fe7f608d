"""One score appeal in each region, from filing to the notice, by the pages alone: every page scanned on the way.

Everybody signs in by clicking: the participant with the code that the outbox shows, staff at the embedded issuer's
page. One member votes by keyboard only, another without JavaScript.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apella.bootstrap import App
from apella.regions.codes import NoticeEvent
from apella.regions.registry import RegionRegistry
from apella.tenancy.files import tenant_directories
from apella.testing.pages_case import (
    MAIN_ACTS,
    WEEKDAY,
    Case,
    act,
    appellant,
    vote_by_keyboard,
    vote_without_javascript,
)
from apella.testing.pages_walk import PagesWalk, Someone, words

pytestmark = pytest.mark.browser

REGIONS = RegionRegistry.load(tenant_directories(None)).slugs
DOORS = {"kuzbass": "school_operator", "moscow": "queue_clerk"}
"""Who takes the application in; in the other regions the participant files in the cabinet."""
ENDINGS = {"kbr": 1, "kuzbass": -1, "moscow": 0}
"""By how much the commission changes the mark: up, down, not at all."""

MAIN_ROUTES = (
    "/<tenant>/sign-in",
    "/<tenant>/sign-in/code/<uuid:request_id>",
    "/embedded/issuer/authorize",
    "/embedded/outbox",
    "/<tenant>/",
    "/<tenant>/journal",
    "/<tenant>/cases/<uuid:case_id>",
    *(f"/<tenant>/cases/<uuid:case_id>/do/{verb}" for verb in MAIN_ACTS),
    "/<tenant>/cabinet",
    "/<tenant>/cabinet/appeals/<uuid:case_id>",
)
"""What must have been scanned on the way, whatever the region."""


@pytest.mark.parametrize("slug", REGIONS)
def test_a_score_appeal_walks_from_filing_to_the_notice_by_the_pages(
    slug: str, app: App, open_walk: Callable[..., PagesWalk]
) -> None:
    walk = open_walk(slug, part=REGIONS.index(slug), parts=len(REGIONS))
    secretary = walk.staff("secretary")
    expect(secretary.page.get_by_text("Сейчас от вас ничего не ждут")).to_be_visible()
    walk.look(secretary.page, "empty")
    walk.rest(minutes=30)

    case = file_at_the_door(walk, ENDINGS[slug]) if slug in DOORS else file_in_the_cabinet(walk, ENDINGS[slug])
    bring_in(case)
    prepare(case)
    hear(case)
    send_on(case)
    journal(case)
    cabinet_of_a_closed_case(case, app)

    assert walk.findings == []
    assert walk.complaints() == []
    assert set(MAIN_ROUTES) <= walk.routes


# --- Filing -----------------------------------------------------------------------------------------------------------


def file_in_the_cabinet(walk: PagesWalk, change: int) -> Case:
    """The participant files in the cabinet: the form, the answers to check, the number."""
    who = walk.participants[0]
    someone = walk.participant(who)
    page = someone.page
    walk.look(page, "before")
    work = fitting_work(someone.api("works"), walk.now())
    card = page.get_by_role("article").filter(has=page.get_by_role("heading", name=work["subject"], exact=True))
    assert re.search(r"Подать апелляцию можно до (пн|вт|ср|чт|пт|сб|вс) \d+ [а-я]+, 23:59", words(card))
    card.get_by_role("link", name="Подать апелляцию").click()
    expect(page.get_by_text("Шаг 1 из 2")).to_be_visible()
    walk.look(page, "new", shot="filing-form")
    page.get_by_role("button", name="Проверить ответы").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.title().startswith("Ошибка:")
    walk.look(page, "errors")
    arguable = r"ваш балл (\d) из (?!\1)" if change > 0 else r"ваш балл [1-9]"
    page.get_by_role("checkbox", name=re.compile(arguable)).last.check()
    page.get_by_role("radio", name="Да, это мои бланки").check()
    page.get_by_role("radio", name=re.compile("В моём присутствии")).check()
    page.get_by_role("checkbox", name="Буду участвовать лично").check()
    page.get_by_role("button", name="Проверить ответы").click()
    expect(page.get_by_role("heading", name="Проверьте и подайте")).to_be_visible()
    assert re.search(
        r"Комиссия рассмотрит апелляцию не позже этого дня: [а-я]+, \d+ [а-я]+\.", words(page.locator("main"))
    )
    walk.look(page, "check", shot="filing-check")
    page.get_by_role("checkbox", name="Я понимаю, что балл может снизиться").check()
    page.get_by_role("button", name="Подать апелляцию").click()
    expect(page.get_by_role("heading", name="Апелляция подана")).to_be_visible()
    walk.look(page, "filed")
    case = Case(walk=walk, who=who, work=work, change=change)
    return numbered(case, page)


def file_at_the_door(walk: PagesWalk, change: int) -> Case:
    """Somebody at a desk takes the paper in: the code, the work, the answers, the receipt."""
    clerk = walk.staff(DOORS[walk.slug])
    page = clerk.page
    who, work = next((who, work) for who in walk.participants for work in works_at(clerk, who["login"], walk.now()))
    page.get_by_role("link", name="Принять апелляцию").first.click()
    walk.look(page, "asks")
    page.get_by_label("Код регистрации участника").fill(who["login"])
    page.get_by_role("button", name="Найти работы").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=work["subject"], exact=True))
    assert re.search(rf"О несогласии с баллами: до {WEEKDAY}\.\d{{4}}, \d\d:\d\d", words(row))
    walk.look(page, "works")
    row.get_by_role("link", name="Принять о несогласии с баллами").click()
    walk.look(page, "new", shot="filing-form")
    page.get_by_label("Телефон", exact=True).fill("12")
    page.get_by_role("button", name="Принять апелляцию").click()
    expect(page.get_by_role("alert")).to_be_visible()
    walk.look(page, "errors")
    page.get_by_label("Телефон", exact=True).fill("+7 900 123-45-67")
    if page.get_by_label("Электронная почта").count():
        page.get_by_label("Электронная почта").fill("appellant@example.ru")
    if page.get_by_role("group", name="Как рассмотреть апелляцию").count():
        page.get_by_role("radio", name=re.compile("С участием апеллянта")).check()
    page.get_by_role("group", name="Кто будет на рассмотрении").get_by_role("checkbox").first.check()
    if page.get_by_role("group", name="Где рассмотреть").count():
        page.get_by_role("radio", name="Видеосвязь").check()
    page.get_by_role("button", name="Принять апелляцию").click()
    expect(page.get_by_role("status")).to_contain_text("Апелляция принята, номер")
    walk.look(page, "made")
    walk.rest()
    page.get_by_role("link", name="Проверить, готово ли").click()
    expect(page.get_by_role("button", name=re.compile("апелляц", re.IGNORECASE)).first).to_be_visible()
    walk.look(page, "with the paper", shot="receipt")
    case = Case(walk=walk, who=who, work=work, change=change)
    return numbered(case, page)


def numbered(case: Case, page: Page) -> Case:
    """Read the number that the page gives to the appellant."""
    found = re.search(r"/(?:appeals|receipt)/([0-9a-f-]{36})", page.url)
    assert found is not None
    case.id = found[1]
    case.number = str(case.read()["receipt_number"])
    assert case.number in words(page.locator("main"))
    case.walk.rest()
    return case


def works_at(clerk: Someone, code: str, now: datetime) -> list[dict[str, Any]]:
    """The works of a participant that this door takes an appeal on now."""
    return [work for work in clerk.search("works/search", {"participant": code}) or [] if fits(work, now)]


def fitting_work(works: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    """The work to appeal on: the window is open, and experts scored something in it."""
    return next(work for work in works if fits(work, now))


def fits(work: dict[str, Any], now: datetime) -> bool:
    """Whether an appeal on the work is in time and gives an expert something to look at."""
    if work["opens"] is None or work["due"] is None or not any(code[0] in "CD" for code in work["positions"]):
        return False
    return datetime.fromisoformat(work["opens"]) <= now < datetime.fromisoformat(work["due"])


# --- The walk ---------------------------------------------------------------------------------------------------------


def bring_in(case: Case) -> None:
    """From a door that forwards to the journal."""
    if case.read()["state"] == "in_transit":
        clerk = case.walk.staff(DOORS[case.walk.slug])
        if "certify" in clerk.api(f"appeals/{case.id}")["actions"]:
            act(
                case,
                clerk,
                "certify",
                "Заверить апелляцию подписью",
                "Подпись отмечена",
                "В пути в комиссию",
                fill=lambda page: page.get_by_label("Сколько экземпляров подписано").fill("2"),
            )
        act(
            case,
            clerk,
            "forward",
            "Передать апелляцию в комиссию",
            "Апелляция передана",
            "В пути в комиссию",
        )
        secretary = case.walk.staff("secretary")
        act(case, secretary, "register", "Внести апелляцию в журнал", "Апелляция внесена в журнал", "В журнале")
    read = case.read()
    case.number = str(read["journal_number"] or read["receipt_number"])


def prepare(case: Case) -> None:
    """The kit, the expert, the conclusion, the time."""
    walk = case.walk
    secretary, centre = walk.staff("secretary"), walk.staff("data_centre_operator")
    act(case, secretary, "request-kit", "Запросить комплект", "Комплект запрошен", "В журнале")
    act(case, centre, "receive-kit", "Передать комплект в комиссию", "Комплект передан", "В журнале")

    def choose(page: Page) -> None:
        chosen = page.get_by_role("row").filter(has=page.get_by_role("radio")).first
        chosen.get_by_role("radio").check()
        case.expert = words(chosen.locator("[data-l='Код'], td").first).removeprefix("Код").strip()

    act(case, secretary, "assign-expert", "Назначить эксперта", "Эксперт назначен", "В журнале", fill=choose)
    login = next(person["login"] for person in walk.cast if f"-expert-{case.expert}" in person["login"])
    act(
        case,
        walk.by_login(login),
        "conclude",
        "Сдать заключение",
        "Заключение сдано",
        "В журнале",
        fill=lambda page: conclude(case, page),
    )
    act(case, secretary, "schedule", "Назначить время", "Время назначено", "В графике", fill=schedule)
    assert re.search(rf"Рассмотрение {WEEKDAY}\.\d{{4}}, \d\d:\d\d", words(secretary.page.locator("dl.ap-facts")))
    walk.rest()
    appellant(case, "scheduled", "Время рассмотрения назначено")


def conclude(case: Case, page: Page) -> None:
    """Another mark with its reason, or none."""
    if case.change:
        for select in page.locator("select[name^='proposed-']").all():
            most = int(select.locator("option").last.get_attribute("value") or 0)
            becomes = int(select.input_value()) + case.change
            if 0 <= becomes <= most:
                case.mark = (select.get_attribute("name") or "").removeprefix("proposed-")
                select.select_option(str(becomes))
                break
        page.locator(f"textarea[name='argument-{case.mark}']").fill("Ответ оценён не по критерию.")
    page.get_by_label("Вывод заключения").fill("Работа посмотрена по критериям.")


def schedule(page: Page) -> None:
    """The earliest lawful time stands in the form; the site is chosen where no rule does."""
    assert re.search(rf"Рассмотреть до {WEEKDAY}\.\d{{4}}", words(page.locator("main")))
    assert re.search(rf"Самое раннее время {WEEKDAY}\.\d{{4}}", words(page.locator("main")))
    site = page.get_by_label("Пункт рассмотрения")
    if site.count():
        site.select_option(index=1)


def hear(case: Case) -> None:
    """The hearing opens at its time, four vote, the chair decides."""
    walk = case.walk
    starts_at = datetime.fromisoformat(case.read()["hearing"]["starts_at"])
    walk.clock_to(starts_at + timedelta(minutes=1))
    secretary, chair = walk.staff("secretary"), walk.staff("chair")
    secretary.open()
    expect(secretary.page.get_by_role("table", name="Рассмотрения сегодня")).to_contain_text(case.number)
    walk.look(secretary.page, "hearing today")

    def came(page: Page) -> None:
        page.get_by_role("checkbox", name=re.compile("^Апеллянт")).check()
        page.get_by_role("checkbox", name=re.compile("^Личность каждого")).check()
        page.get_by_role("radio", name="Подтвердил: это его работа").check()

    act(case, secretary, "open-hearing", "Открыть рассмотрение", "Рассмотрение открыто", "Рассматривается", fill=came)
    ballot = "Удовлетворить апелляцию" if case.change else "Отклонить апелляцию"
    act(
        case,
        chair,
        "vote",
        "Проголосовать",
        "Голос подан",
        "Рассматривается",
        fill=lambda page: page.get_by_role("radio", name=ballot).check(),
        shot="case-hearing",
    )
    vote_by_keyboard(case, walk.staff("member", 0))
    vote_without_javascript(case, walk.staff("member", 1, javascript=False), ballot)
    member = walk.staff("member", 2)
    act(
        case,
        member,
        "vote",
        "Проголосовать",
        "Голос подан",
        "Рассматривается",
        fill=lambda page: page.get_by_role("radio", name=ballot).check(),
    )

    def decide(page: Page) -> None:
        text = words(page.locator("main"))
        assert ("за 4 против 0" if case.change else "за 0 против 4") in text
        assert "Кворум есть" in text
        page.get_by_label("Основание решения").fill("Комиссия согласилась с экспертом.")

    act(case, chair, "decide", "Принять решение", "Решение принято", "Протокол не передан", fill=decide)
    outcome = {1: "Удовлетворена, балл выше", 0: "Отклонена", -1: "Удовлетворена, балл ниже"}[case.change]
    expect(chair.page.locator("main")).to_contain_text(outcome)
    walk.rest()


def send_on(case: Case) -> None:
    """The protocol goes to the data centre, the federal one and the exam commission; the case is closed."""
    walk = case.walk
    secretary, centre = walk.staff("secretary"), walk.staff("data_centre_operator")
    act(case, secretary, "hand-over", "Передать протокол", "Протокол передан", "Протокол передан")
    act(case, centre, "enter-packet", "Отметить внесение в РИС", "Внесение в РИС отмечено", "Протокол передан")
    act(
        case,
        centre,
        "dispatch-packet",
        "Отметить отправку в федеральный центр",
        "Отправка отмечена",
        "Протокол передан",
    )
    if case.change:
        walk.rest(hours=2)

        def scores(page: Page) -> None:
            page.get_by_label("Первичный балл").fill(str(case.work["primary_score"] + case.change))
            page.get_by_label("Тестовый балл").fill(str(case.work["test_score"] + 2 * case.change))

        act(
            case,
            centre,
            "enter-recalculation",
            "Внести пересчитанный результат",
            "Результат пересчёта внесён",
            "Протокол передан",
            fill=scores,
        )
        today = walk.now().astimezone(walk.zone())

        def approve(page: Page) -> None:
            page.get_by_label("Номер протокола").fill("учебный-1")
            page.get_by_label("Дата протокола").fill(f"{today:%d.%m.%Y}")

        chair = walk.staff("exam_commission_chair")
        act(case, chair, "approve", "Утвердить результат", "Результат утверждён", "Протокол передан", fill=approve)
    walk.rest(minutes=5)
    act(case, secretary, "close", "Закрыть дело", "Дело закрыто", "Дело закрыто", shot="case-closed")


def journal(case: Case) -> None:
    """The journal finds the case by the appellant's name."""
    secretary = case.walk.staff("secretary")
    page = secretary.open("journal")
    page.get_by_label("Номер или фамилия").fill(case.who["name"].split()[0])
    page.get_by_label("Номер или фамилия").press("Enter")
    row = page.get_by_role("row").filter(has_text=case.number)
    expect(row).to_contain_text("Удовлетворена" if case.change else "Отклонена")
    case.walk.look(page, "found", shot="journal")
    page.get_by_label("Номер или фамилия").fill("нет такого")
    page.get_by_label("Номер или фамилия").press("Enter")
    expect(page.get_by_role("link", name=case.number)).to_have_count(0)
    case.walk.look(page, "nothing")


def cabinet_of_a_closed_case(case: Case, app: App) -> None:
    """The participant reads how it ended, and what was sent about it."""
    walk, rules = case.walk, app.regions.get(case.walk.slug)
    outcome = {
        1: "Удовлетворена, балл повышен",
        0: "Отклонена, баллы остались прежними",
        -1: "Удовлетворена, балл понижен",
    }[case.change]
    someone = appellant(case, "closed", outcome, shot="appeal")
    main = words(someone.page.locator("main"))
    assert "Решение комиссии" in main
    assert "Комиссия согласилась с экспертом." in main
    assert "Дело закрыто" in main
    page = someone.open("cabinet")
    expect(page.get_by_role("region", name="Мои апелляции")).to_contain_text(outcome)
    walk.look(page, "told", shot="cabinet")
    told = rules.notice(NoticeEvent.DECISION_MADE, kind="score")
    assert told is not None
    if "cabinet" in told.channels:
        expect(page.get_by_role("region", name="Сообщения")).to_contain_text(told.title)
    assert any("решение" in text for __, text in walk.messages())
    page.get_by_role("link", name="Версия для слабовидящих").click()
    walk.look(page, "asks")
