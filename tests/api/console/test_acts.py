"""Every verb by its page: a score appeal and a procedure appeal walk from filing to closing without a script."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from apella.appeals.states import Attendance, Outcome, State
from apella.bootstrap import App
from apella.casework.offers import VERBS
from apella.casework.pages.acts.plain import PlainForm
from apella.casework.pages.acts.registry import form_of
from apella.casework.pages.acts.words import FIELDS
from apella.casework.pages.done import sentences
from apella.hearings.model import Hearing, HearingState
from apella.testing.console import ConsoleFor, Page, Typed
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

pytestmark = pytest.mark.usefixtures("paperless")


def _value(page: Page, name: str) -> str:
    """The value of the first choice of that name."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page.html)
    assert found is not None
    return found[1]


def _begins(run: Play, case: uuid.UUID) -> datetime:
    """When the appointed hearing of a case begins, and a minute more."""
    query = select(Hearing.starts_at).where(Hearing.case_id == case, Hearing.state != HearingState.REPLACED)
    return run.read(lambda session: session.scalars(query).one()) + timedelta(minutes=1)


def test_every_verb_has_words_for_its_fields_and_for_what_was_done(app: App) -> None:
    bodies = next(iter(app.regions)).bodies
    for action, verb in VERBS.items():
        assert action in sentences(bodies)
        if isinstance(form_of(action), PlainForm):
            assert set(verb.schema().fields) - {"version"} <= set(FIELDS)


def test_a_score_appeal_walks_by_forms(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.file(channel="school_desk")
    people = {
        name: console_for(run.actor(name))
        for name in (
            "school-operator",
            "secretary",
            "data-centre-operator",
            "expert-2",
            "chair",
            "member-1",
            "exam-commission-chair",
        )
    }

    def act(who: str, verb: str, typed: Typed | None = None) -> None:
        done = people[who].act(case, verb, typed)
        assert done.status == 303, done.text
        back = people[who].get(done.location)
        assert back.status == 200
        assert f"done={verb.replace('-', '_')}" in done.location
        assert 'role="status"' in back.html

    act("school-operator", "forward")
    act("secretary", "register")
    act("secretary", "request-kit")
    act("data-centre-operator", "receive-kit", {"absent_reason": "учебный комплект"})
    choice = people["secretary"].get(f"cases/{case}/do/assign-expert")
    assert "эксперт уже проверял эту работу" in choice.text
    act("secretary", "assign-expert", {"expert_id": _value(choice, "expert_id")})
    act("expert-2", "conclude", {"summary": "Ошибка оценивания", "proposed-C1": "2", "argument-C1": "Уравнение верно"})
    act("secretary", "schedule")
    run.drain()
    act("secretary", "reschedule", {"hour": "15:30", "reason": "Заболел председатель"})
    run.clock_to(_begins(run, case))
    act("secretary", "open-hearing", {"came": ["participant"], "identity_checked": "1", "materials_confirmed": "yes"})
    assert run.case(case).attendance is Attendance.PRESENT
    act("chair", "vote", {"ballot": "satisfy"})
    act("member-1", "vote", {"ballot": "recused", "reason": "Учил апеллянта"})
    decision = people["chair"].get(f"cases/{case}/do/decide").form("/do/decide").fields
    assert (decision["becomes-C1"], decision["error_kind-C1"], decision["reason-C1"]) == (
        "2",
        "scoring",
        "Уравнение верно",
    )
    act("chair", "decide", {"reason": "Согласились с экспертом"})
    assert run.case(case).outcome is Outcome.SATISFIED_UP
    run.drain()
    act("secretary", "hand-over")
    act("data-centre-operator", "enter-packet")
    act("data-centre-operator", "dispatch-packet")
    act("data-centre-operator", "enter-recalculation", {"primary_score": "18", "test_score": "53"})
    act("exam-commission-chair", "approve", {"act_number": "17-ГЭК", "act_date": "01.06.2026"})
    run.drain()
    act("secretary", "close")
    assert run.case(case).state is State.CLOSED


def test_a_procedure_appeal_walks_by_forms(app: App, play: StartPlay, console_for: ConsoleFor) -> None:
    rules = app.regions.get("north")
    exam_day = next(day.date for day in rules.exams if "04" in day.subjects and day.wave == 2)
    run = play(case_now=datetime.combine(exam_day, time(15), tzinfo=rules.zone))
    case = run.file(channel="exam_point")
    names = (
        "secretary",
        "exam-commission-member",
        "chair",
        "member-1",
        "data-centre-operator",
        "exam-commission-chair",
    )
    people = {name: console_for(run.actor(name)) for name in names}
    empty = people["exam-commission-member"].act(case, "forward")
    assert empty.status == 422
    assert "Изложите, что показала проверка" in empty.text

    def act(who: str, verb: str, typed: Typed | None = None) -> None:
        assert people[who].act(case, verb, typed).status == 303

    act("exam-commission-member", "forward", {"check_conclusion": "Нарушение было"})
    act("secretary", "register")
    act("secretary", "schedule")
    run.drain()
    run.clock_to(_begins(run, case))
    assert people["secretary"].act(case, "open-hearing").status == 409
    run.clock(minutes=20)
    act("secretary", "open-hearing")
    assert run.case(case).attendance is Attendance.NO_SHOW
    act("chair", "vote", {"ballot": "satisfy"})
    act("member-1", "vote", {"ballot": "satisfy"})
    assert "becomes-C1" not in people["chair"].get(f"cases/{case}/do/decide").form("/do/decide").fields
    act("chair", "decide", {"reason": "Нарушение подтвердилось"})
    run.drain()
    act("secretary", "hand-over")
    act("data-centre-operator", "enter-packet")
    act("exam-commission-chair", "approve", {"act_number": "18-ГЭК", "act_date": "01.06.2026"})
    act("secretary", "close")
    assert (run.case(case).state, run.case(case).outcome) == (State.CLOSED, Outcome.SATISFIED)


def test_a_late_paper_is_admitted_by_the_chair_or_refused_by_the_secretary(
    play: StartPlay, console_for: ConsoleFor
) -> None:
    run = play()
    run.clock(days=6)
    admitted, refused = (run.walk(run.file(number, channel="school_desk"), "registered") for number in (0, 1))
    chair, secretary = console_for(run.actor("chair")), console_for(run.actor("secretary"))
    assert chair.act(admitted, "admit-late", {"reason": "Результаты объявили с опозданием"}).status == 303
    assert "допущена к рассмотрению. Причина: Результаты" in chair.get(f"cases/{admitted}").text
    assert "Апелляция подана после окончания срока" in secretary.get(f"cases/{refused}/do/refuse").text
    assert secretary.act(refused, "refuse", {"ground": "filed_late"}).status == 303
    assert run.case(refused).outcome is Outcome.INADMISSIBLE


def test_a_paper_withdrawal_goes_from_the_door_to_the_journal(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.file(channel="school_desk")
    school, secretary = console_for(run.actor("school-operator")), console_for(run.actor("secretary"))
    assert not secretary.get(f"cases/{case}").has_link("Отозвать апелляцию")
    assert school.act(case, "accept-withdrawal").status == 303
    assert "Отзыв в пути" in secretary.get(f"cases/{case}").text
    assert secretary.act(case, "withdraw").status == 303
    assert run.case(case).outcome is Outcome.WITHDRAWN


@pytest.mark.parametrize(
    ("who", "verb", "status"),
    [
        ("secretary", "request-kit", 200),
        ("secretary", "refuse", 200),
        ("chair", "request-kit", 403),
        ("data-centre-operator", "request-kit", 403),
        ("secretary", "vote", 403),
        ("secretary", "open-hearing", 409),
        ("secretary", "no-such-verb", 404),
        ("school-operator", "forward", 404),
        (0, "withdraw", 403),
    ],
)
def test_the_page_of_a_verb_is_for_whom_it_is(
    play: StartPlay, console_for: ConsoleFor, who: str, verb: str, status: int
) -> None:
    run = play()
    case = run.file()
    assert console_for(run.actor(who)).get(f"cases/{case}/do/{verb}").status == status


def test_an_act_says_what_cannot_be_undone_before_it_is_done(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    page = console_for(run.actor("secretary")).get(f"cases/{run.file()}/do/refuse")
    assert "Дело закроется без рассмотрения. Отменить это нельзя." in page.text
    assert "btn-danger" in page.html
    assert page.link("Вернуться к делу")


def test_the_earliest_lawful_time_is_proposed_and_accepted(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    first, second = run.file(0), run.file(1)
    console = console_for(run.actor("secretary"))
    page = console.get(f"cases/{first}/do/schedule")
    assert "Рассмотреть до" in page.text
    assert "Самое раннее время" in page.text
    proposed = page.form("/do/schedule").fields
    assert console.act(first, "schedule").status == 303
    following = console.get(f"cases/{second}/do/schedule").form("/do/schedule").fields
    assert following["day"] == proposed["day"]
    assert following["hour"] > proposed["hour"]


def test_the_secretary_chooses_the_site_only_where_no_rule_does(play: StartPlay, console_for: ConsoleFor) -> None:
    south = play("south")
    case = south.file(channel="queue_clerk")
    console = console_for(south.actor("secretary"), slug="south")
    page = console.get(f"cases/{case}/do/schedule")
    assert "г. Восточный" in page.text
    refused = console.act(case, "schedule")
    assert refused.status == 422
    assert 'href="#f-site_code"' in refused.html
    assert console.act(case, "schedule", {"site_code": "east"}).status == 303
    north = play()
    page = console_for(north.actor("secretary")).get(f"cases/{north.file()}/do/schedule")
    assert "site_code" not in page.form("/do/schedule").fields


def test_a_rejecting_majority_leaves_the_marks_as_they_are(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "voted")
    console = console_for(run.actor("chair"))
    page = console.get(f"cases/{case}/do/decide")
    assert "Большинство не за удовлетворение" in page.text
    fields = page.form("/do/decide").fields
    assert fields["becomes-C1"] == fields["was-C1"]
    assert console.act(case, "decide", {"reason": "Баллы выставлены верно"}).status == 303
    assert run.case(case).outcome is Outcome.REJECTED


def test_a_technical_error_changes_a_short_answer(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "voted", outcome="up")
    changes = {"becomes-B1": "1", "error_kind-B1": "technical", "reason-B1": "Написано 7, распознано 1"}
    console = console_for(run.actor("chair"))
    kept = {name: None for name in console.get(f"cases/{case}/do/decide").form("/do/decide").fields if "C1" in name}
    assert console.act(case, "decide", {**kept, **changes, "reason": "Техническая ошибка"}).status == 303
    assert run.case(case).outcome is Outcome.SATISFIED_UP


@pytest.mark.parametrize("typed", ["9" * 5_000, "два", "²"], ids=["endless", "a word", "no digit"])
def test_a_mark_that_is_no_number_is_refused_at_its_field(play: StartPlay, console_for: ConsoleFor, typed: str) -> None:
    run = play()
    case = run.walk(run.file(), "voted", outcome="up")
    console = console_for(run.actor("chair"))
    row = {"becomes-C1": typed, "error_kind-C1": "scoring", "reason-C1": "Уравнение верно"}
    refused = console.act(case, "decide", {**row, "reason": "Согласились с экспертом"})
    assert refused.status == 422
    assert 'href="#f-becomes-C1"' in refused.html
    before = run.case(case).version
    page = console.get(f"cases/{case}/do/decide")
    assert console.submit(page, "/do/decide", {"version": typed, "reason": "Техническая ошибка"}).status == 422
    assert run.case(case).version == before


def test_the_panel_shows_ballots_quorum_and_a_tie(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "hearing")
    chair, member = console_for(run.actor("chair")), console_for(run.actor("member-1"))
    page = chair.get(f"cases/{case}/do/vote")
    assert "Кворума пока нет" in page.text
    assert page.text.count("голоса ещё нет") == 3
    chair.act(case, "vote", {"ballot": "satisfy"})
    member.act(case, "vote", {"ballot": "reject"})
    page = chair.get(f"cases/{case}/do/decide")
    for words in ("за 1", "против 1", "Голоса поровну", "Решает голос председателя", "Кворум есть"):
        assert words in page.text
