"""The calendar's pages on PostgreSQL: a year to read, a file to propose, a difference to approve or refuse."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from apella.appeals.desk import Desk
from apella.calendar.model import CalendarVersion, VersionState
from apella.deadlines.model import Deadline
from apella.identity.roles import Role
from apella.sweeping import sweep_tenant
from apella.testing.calendars import CalendarPlay
from apella.testing.console import Console, ConsoleFor, Page
from apella.testing.play import Play, Who
from apella.testing.plugin import StartPlay

pytestmark = pytest.mark.usefixtures("paperless")

HEADER = "date;name;act;number;act_date;carry_over"


def csv(*days: date, name: str = "Праздник края") -> bytes:
    """A file of days off, as a clerk saves it."""
    rows = [f"{day:%d.%m.%Y};{name};Указ;00-УГ;{day - timedelta(days=5):%d.%m.%Y};нет" for day in days]
    return "\n".join([HEADER, *rows]).encode()


def upload(console: Console, data: bytes, *, name: str = "дни.csv", note: str = "") -> Page:
    """Send a file at the calendar's page, as its form does."""
    form = console.get("calendar").form("/calendar")
    fields = {**form.fields, "note": note, "file": (io.BytesIO(data), name)}
    return Page(console.client.http.post(form.action, data=fields, content_type="multipart/form-data"))


class Office:
    """A season with one registered case, and those who change calendars."""

    def __init__(self, run: Play, console_for: ConsoleFor) -> None:
        self.run = run
        self.case_id = run.walk(run.file(), "registered")
        self.secretary = console_for(run.actor("secretary"))
        self.chair = console_for(run.actor("chair"))

    def clock(self, term: str) -> Deadline:
        query = select(Deadline).where(Deadline.case_id == self.case_id, Deadline.term == term)
        return self.run.read(lambda session: session.scalars(query).one())

    def last_day(self, term: str) -> date:
        """The last day of a clock of the case."""
        due: datetime = self.clock(term).due_at
        return (due - timedelta(seconds=1)).astimezone(self.run.world.rules.zone).date()

    @property
    def due_day(self) -> date:
        """The last day of the consideration."""
        return self.last_day("score.consideration")

    def version(self) -> CalendarVersion:
        query = select(CalendarVersion).order_by(CalendarVersion.number.desc()).limit(1)
        return self.run.read(lambda session: session.scalars(query).one())


@pytest.fixture
def office(play: StartPlay, console_for: ConsoleFor) -> Office:
    return Office(play(), console_for)


# --- The year ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "status"), [("secretary", 200), ("member-1", 200), ("school-operator", 200), (0, 403)])
def test_everybody_who_works_reads_the_year(play: StartPlay, console_for: ConsoleFor, who: Who, status: int) -> None:
    assert console_for(play().actor(who)).get("calendar?year=2025").status == status


def test_the_year_tells_every_day_in_words(play: StartPlay, console_for: ConsoleFor) -> None:
    console = console_for(play().actor("member-1"))
    page = console.get("calendar?year=2025")
    assert "В году 247 рабочих дней" in page.text
    assert "четверг, 12 июня: День России" in page.text
    assert "пятница, 13 июня: выходной перенесён с сб 08.03.2025" in page.text
    assert "среда, 11 июня: рабочий день, короче на час" in page.text
    assert "постановление" in page.text.lower()
    assert "В году 299 рабочих дней" in console.get("calendar?year=2025&week=6").text
    assert not [form for form in page.forms if "calendar" in form.action]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("year=1999", "Календарь на 1999 год не загружен"),
        ("year=2029", "Календарь на 2029 год не загружен"),
        ("year=9999", "Календарь на 9999 год не загружен"),
        ("year=x&week=9", "Укажите год четырьмя цифрами"),
        ("year=20256", "Укажите год четырьмя цифрами"),
    ],
)
def test_of_a_year_that_there_is_not_it_is_said_above_one_that_there_is(
    play: StartPlay, console_for: ConsoleFor, query: str, said: str
) -> None:
    page = console_for(play().actor("secretary")).get(f"calendar?{query}")
    assert page.status == 422
    assert page.title.startswith("Ошибка:")
    assert said in page.text
    assert "рабочих дней" in page.text


def test_where_the_season_plays_another_day_the_history_says_whose_time_it_tells(office: Office, proposed: str) -> None:
    assert "Учебное время" in office.secretary.get("calendar").text
    assert "время настоящее, по часам региона" in office.secretary.get("calendar").text
    assert "Время внесения и решения настоящее" in office.secretary.get(proposed).text


# --- Proposing --------------------------------------------------------------------------------------------------------


def test_a_file_becomes_a_proposal_and_nothing_moves(office: Office) -> None:
    before = office.clock("score.consideration").due_at
    sent = upload(office.secretary, csv(office.due_day), note="газета")
    assert sent.status == 303
    page = office.secretary.get(sent.location)
    assert "Ждёт решения" in page.text
    assert "местный" not in page.text
    assert "Праздник края" in page.text
    assert office.clock("score.consideration").due_at == before
    assert not page.has_link("Отклонить")
    assert "Утверждает председатель комиссии" in page.text
    listed = office.secretary.get("calendar")
    assert listed.has_link("base+")
    assert "газета" in listed.text


def test_faults_of_the_file_are_told_row_by_row(office: Office) -> None:
    wrong = f"{HEADER}\n31.02.2026;Праздник;Указ;1;01.02.2026;нет\n05.06.2026;;Указ;1;01.02.2026;нет"
    page = upload(office.secretary, wrong.encode())
    assert page.status == 422
    assert page.title.startswith("Ошибка:")
    assert "строка 2" in page.text
    assert "строка 3" in page.text
    assert upload(office.secretary, "date;имя".encode("cp1251")).status == 422
    form = office.secretary.get("calendar").form("/calendar")
    missing = Page(office.secretary.client.http.post(form.action, data=form.fields))
    assert missing.status == 422
    assert "Выберите файл" in missing.text


@pytest.mark.parametrize("who", ["member-1", "expert-1", "chair"])
def test_who_may_not_propose_cannot(play: StartPlay, console_for: ConsoleFor, who: str) -> None:
    console = console_for(play().actor(who))
    answer = console.client.http.post(
        "/north/calendar",
        data={"csrf_token": console.client.csrf, "file": (io.BytesIO(csv(date(2026, 6, 5))), "x.csv")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 403


def test_a_form_without_its_token_is_refused(office: Office) -> None:
    answer = office.secretary.client.http.post("/north/calendar", data={"note": ""})
    assert answer.status_code == 403


# --- Deciding ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def proposed(office: Office) -> str:
    """The address of a proposal that takes the last day of the consideration away."""
    return upload(office.secretary, csv(office.due_day)).location


def test_the_difference_shows_whose_date_moves_from_when_to_when(office: Office, proposed: str) -> None:
    page = office.chair.get(proposed)
    case = office.run.case(office.case_id)
    assert (case.journal_number or case.receipt_number) in page.text
    assert "Станут позже" in page.text
    assert "было" in page.text
    assert "станет" in page.text
    assert "позже на" in page.text
    assert page.has_link(case.journal_number or case.receipt_number)


def test_terms_that_lose_time_stand_before_those_that_gain_it(office: Office) -> None:
    office.run.walk(office.case_id, "scheduled", after="registered")
    # Counted back from the hearing: a day off on its last day leaves less time.
    page = office.chair.get(upload(office.secretary, csv(office.last_day("hearing.announcement"))).location)
    earlier = page.text.index("Станут раньше сроков")
    assert earlier < page.text.index("Станут позже сроков")
    assert "раньше на" in page.text
    assert "срок считают назад" in page.text


def test_while_many_clocks_are_counted_the_page_says_so(office: Office, proposed: str) -> None:
    waiting = CalendarPlay(office.run).approve(office.version(), at_once=0)
    page = office.chair.get(proposed)
    assert "Календарь вводится в действие" in page.text
    assert page.has_link("Узнать, готово ли")
    assert not page.has_link("Отклонить")
    office.run.drain()
    assert "Введено в действие" in office.chair.get(proposed).text
    assert office.version().label == waiting.label == office.clock("score.consideration").calendar_version


def test_a_calendar_that_a_clock_cannot_be_counted_by_is_not_offered(office: Office, proposed: str) -> None:
    clock = office.clock("score.consideration")
    unknown = {**clock.explanation, "term": "score.unheard_of"}

    def break_(desk: Desk, explanation: dict[str, object]) -> None:
        desk.session.execute(update(Deadline).where(Deadline.id == clock.id).values(explanation=explanation))

    office.run.do("secretary", break_, unknown)
    try:
        page = office.chair.get(proposed)
        assert "Этот календарь нельзя ввести в действие" in page.text
        assert "score.unheard_of" in page.text
        assert not [form for form in page.forms if form.fields and "/approve" in form.action]
        assert "Перейти к утверждению" not in page.text
        # Whoever has the second step open is refused as well.
        sent = office.chair.post(f"{proposed}/approve", {"csrf_token": office.chair.client.csrf, "checked": "1"})
        assert sent.status == 409
        CalendarPlay(office.run).approve(office.version(), at_once=0)
        office.run.drain()
        assert "Ввести календарь в действие не удалось" in office.chair.get(proposed).text
    finally:
        office.run.do("secretary", break_, clock.explanation)


def test_those_who_decide_see_in_the_menu_that_something_waits(office: Office, proposed: str) -> None:
    waiting = re.compile(r"Календарь \d")
    assert waiting.search(office.chair.get("").text)
    assert not waiting.search(office.secretary.get("").text)


def test_approving_takes_two_steps_and_moves_the_dates(office: Office, proposed: str) -> None:
    before = office.clock("score.consideration").due_at
    page = office.chair.get(proposed)
    form = page.form("/approve")
    second = office.chair.get(f"{form.action}")
    assert "Отменить нельзя" in second.text
    unticked = office.chair.submit(second, "/approve")
    assert unticked.status == 422
    assert "Сверьте дни с текстом акта" in unticked.text
    assert office.clock("score.consideration").due_at == before
    done = office.chair.submit(second, "/approve", {"checked": "1"})
    assert done.status == 303
    shown = office.chair.get(done.location)
    assert "Календарь введён в действие" in shown.text
    assert "Что сдвинулось" in shown.text
    assert office.clock("score.consideration").due_at > before
    assert office.clock("score.consideration").calendar_version == office.version().label
    # The year's page has the day and the act now.
    assert "Праздник края" in office.chair.get(f"calendar?year={office.due_day.year}").text


def test_a_second_tab_learns_that_it_was_decided(office: Office, proposed: str) -> None:
    first = office.chair.get(f"{proposed}/approve")
    assert office.chair.submit(first, "/approve", {"checked": "1"}).status == 303
    late = office.chair.submit(first, "/approve", {"checked": "1"})
    assert late.status == 409
    assert "уже рассмотрено" in late.text
    # The second step's page itself leads back to what was decided.
    assert office.chair.get(f"{proposed}/approve").status == 303


def test_a_proposal_that_another_overtook_is_made_again(office: Office, proposed: str) -> None:
    other = upload(office.secretary, csv(office.due_day + timedelta(days=1), name="Другой день")).location
    stale = office.chair.get(f"{proposed}/approve")
    assert office.chair.submit(office.chair.get(f"{other}/approve"), "/approve", {"checked": "1"}).status == 303
    refused = office.chair.submit(stale, "/approve", {"checked": "1"})
    assert refused.status == 409
    assert "Это изменение устарело" in refused.text
    page = office.secretary.get(proposed)
    again = office.secretary.submit(page, "/again")
    assert again.status == 303
    assert again.location != proposed
    assert "Ждёт решения" in office.secretary.get(again.location).text


def test_refusing_needs_a_reason_and_moves_nothing(office: Office, proposed: str) -> None:
    before = office.clock("score.consideration").due_at
    page = office.chair.get(f"{proposed}/reject")
    assert office.chair.submit(page, "/reject").status == 422
    done = office.chair.submit(page, "/reject", {"reason": "Акт отменён"})
    assert done.status == 303
    shown = office.secretary.get(done.location)
    assert "Отклонено" in shown.text
    assert "Акт отменён" in shown.text
    assert office.version().state is VersionState.REJECTED
    assert office.clock("score.consideration").due_at == before


@pytest.mark.parametrize("path", ["", "/approve", "/reject"])
def test_others_do_not_see_a_change(office: Office, proposed: str, console_for: ConsoleFor, path: str) -> None:
    assert console_for(office.run.actor("member-1")).get(f"{proposed}{path}").status == 403
    if path:
        assert office.secretary.get(f"{proposed}{path}").status == 403


def test_a_change_of_another_tenant_is_nothing(
    office: Office, proposed: str, play: StartPlay, console_for: ConsoleFor
) -> None:
    stranger = console_for(play("south").actor("chair"))
    assert stranger.get(proposed.replace("/north/", "/south/")).status == 404
    assert office.chair.get(f"calendar/changes/{uuid.uuid4()}").status == 404


def test_a_tick_that_no_page_offers_is_refused(office: Office, proposed: str) -> None:
    assert office.chair.get(f"{proposed}/approve?reopen=all").status == 422


# --- What ran out -----------------------------------------------------------------------------------------------------


@pytest.fixture
def expired(office: Office) -> Callable[[], str]:
    """Let the consideration run out, then propose that its last day was a day off; the proposal's address."""

    def make() -> str:
        day = office.due_day
        office.run.clock_to(office.clock("score.consideration").due_at + timedelta(hours=2))
        sweep_tenant(office.run.app, office.run.world.rules)
        return upload(office.secretary, csv(day)).location

    return make


def test_what_ran_out_stays_so_unless_a_person_ticks_it(office: Office, expired: Callable[[], str]) -> None:
    proposed = expired()
    page = office.chair.get(proposed)
    assert "Истекли и по новому календарю продлились бы" in page.text
    before = office.clock("score.consideration").due_at
    done = office.chair.submit(office.chair.get(f"{proposed}/approve"), "/approve", {"checked": "1"})
    assert done.status == 303
    assert office.clock("score.consideration").due_at == before


def test_a_ticked_one_runs_again_with_a_reason(office: Office, expired: Callable[[], str]) -> None:
    proposed = expired()
    page = office.chair.get(proposed)
    clock = office.clock("score.consideration")
    assert f'value="{clock.id}"' in page.html
    second = office.chair.get(f"{page.form('/approve').action}?reopen={clock.id}")
    assert "Откроются вновь" in second.text
    without = office.chair.submit(second, "/approve", {"checked": "1"})
    assert without.status == 422
    assert "почему истёкшие сроки открываются заново" in without.text
    done = office.chair.submit(second, "/approve", {"checked": "1", "reason": "Акт вышел поздно"})
    assert done.status == 303
    again = office.clock("score.consideration")
    assert again.due_at > clock.due_at
    assert str(again.state) == "running"
    assert "открыт вновь" in office.chair.get(done.location).text


def test_a_role_that_approves_alone_reaches_the_page_without_cases(
    office: Office, proposed: str, console_for: ConsoleFor
) -> None:
    page = console_for(office.run.hire(Role.TENANT_ADMIN)).get(proposed)
    assert page.status == 200
    case = office.run.case(office.case_id)
    assert not page.has_link(case.journal_number or case.receipt_number)


def test_the_calendar_of_the_files_is_proposed_again(office: Office, proposed: str) -> None:
    second = office.chair.get(f"{proposed}/approve")
    assert office.chair.submit(second, "/approve", {"checked": "1"}).status == 303
    page = office.secretary.get("calendar")
    assert "Чем действующий календарь отличается" in page.text
    sent = office.secretary.submit(page, "/calendar/shipped")
    assert sent.status == 303
    assert "рабочий день" in office.secretary.get(sent.location).text
    assert office.secretary.submit(page, "/calendar/shipped").status == 303
