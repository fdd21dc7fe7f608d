"""A form that is wrong or refused: a sentence for each field, nothing typed lost, nothing half done."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import func, select

from apella.appeals import lifecycle
from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.audit.model import AuditEvent
from apella.hearings.model import Hearing, HearingState
from apella.testing.console import ConsoleFor
from apella.testing.plugin import StartPlay

pytestmark = pytest.mark.usefixtures("paperless")


def test_each_wrong_field_has_its_sentence_and_keeps_what_was_typed(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "concluded")
    page = console_for(run.actor("secretary")).act(
        case, "schedule", {"day": "5 июня", "hour": "25:70", "reason": "Так договорились"}
    )
    assert page.status == 422
    assert page.title.startswith("Ошибка:")
    assert 'href="#f-day"' in page.html
    assert 'href="#f-hour"' in page.html
    fields = page.form("/do/schedule").fields
    assert (fields["day"], fields["hour"], fields["reason"]) == ("5 июня", "25:70", "Так договорились")
    assert run.case(case).state == "registered"


@pytest.mark.parametrize(
    ("step", "who", "verb", "typed", "field"),
    [
        ("filed", "secretary", "refuse", {}, "ground"),
        ("kit_requested", "data-centre-operator", "receive-kit", {}, "absent_reason"),
        ("kit_received", "secretary", "assign-expert", {}, "expert_id"),
        ("kit_received", "secretary", "assign-expert", {"expert_id": "нет"}, "expert_id"),
        ("assigned", "expert-2", "conclude", {}, "summary"),
        ("assigned", "expert-2", "conclude", {"summary": "в", "proposed-C1": "2"}, "argument-C1"),
        (
            "assigned",
            "expert-2",
            "conclude",
            {"summary": "в", "proposed-C1": "99", "argument-C1": "а"},
            "proposed-C1",
        ),
        (
            "assigned",
            "expert-2",
            "conclude",
            {"summary": "в", "argument-C1": "а" * 5001},
            "argument-C1",
        ),
        ("scheduled", "secretary", "reschedule", {"reason": ""}, "reason"),
        ("hearing", "member-1", "vote", {}, "ballot"),
        ("hearing", "member-1", "vote", {"ballot": "recused"}, "reason"),
        ("voted", "chair", "decide", {}, "reason"),
        ("voted", "chair", "decide", {"reason": "р", "becomes-C1": "2"}, "error_kind-C1"),
        (
            "voted",
            "chair",
            "decide",
            {"reason": "р", "becomes-C1": "2", "error_kind-C1": "scoring", "reason-C1": "п", "was-C1": "0"},
            "becomes-C1",
        ),
        (
            "voted",
            "chair",
            "decide",
            {"reason": "р", "becomes-C1": "2", "error_kind-C1": "scoring", "reason-C1": "п"},
            "changes",
        ),
    ],
)
def test_a_missing_or_wrong_answer_is_shown_at_its_field(
    play: StartPlay, console_for: ConsoleFor, step: str, who: str, verb: str, typed: dict[str, str], field: str
) -> None:
    run = play()
    case = run.walk(run.file(), step)
    version = run.case(case).version
    page = console_for(run.actor(who)).act(case, verb, typed)
    assert page.status == 422, page.text
    assert f'href="#f-{field}"' in page.html
    assert f'id="f-{field}' in page.html
    sent = page.form(f"/do/{verb}").fields
    for name, value in typed.items():
        if name in sent and not name.startswith(("was-", "proposed-")):
            assert sent[name] == value
    assert run.case(case).version == version


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"primary_score": "много", "test_score": "53"}, "primary_score"),
        ({"primary_score": "18", "test_score": "101"}, "test_score"),
        ({"primary_score": "17", "test_score": "53"}, "primary_score"),
    ],
)
def test_a_wrong_number_is_shown_at_its_field(
    play: StartPlay, console_for: ConsoleFor, typed: dict[str, str], field: str
) -> None:
    run = play()
    case = run.walk(run.file(), "dispatched", outcome="up")
    page = console_for(run.actor("data-centre-operator")).act(case, "enter-recalculation", typed)
    assert page.status == 422
    assert f'href="#f-{field}"' in page.html
    assert {**typed}.items() <= dict(page.form("/do/enter-recalculation").fields).items()


def test_somebody_elses_change_meanwhile_asks_to_look_again(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "concluded")
    console = console_for(run.actor("secretary"))
    page = console.get(f"cases/{case}/do/schedule")
    form = page.form("/do/schedule")
    run.act("secretary", _touch, case)
    stale = console.post(form.action, form.with_typed({"hour": "11:40"}))
    assert stale.status == 409
    assert "Дело изменилось, пока вы его смотрели" in stale.text
    assert stale.form("/do/schedule").fields["hour"] == "11:40"
    again = console.get(stale.link("Открыть форму заново"))
    assert again.form("/do/schedule").fields["version"] == str(run.case(case).version)


def _touch(desk: Desk, *, case_id: uuid.UUID, version: int | None) -> None:
    del version
    lifecycle.touch(desk, desk.session.get_one(Appeal, (desk.actor.tenant_id, case_id)))


def test_a_second_press_does_nothing_twice(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.file()
    console = console_for(run.actor("secretary"))
    form = console.get(f"cases/{case}/do/request-kit").form("/do/request-kit")
    assert console.post(form.action, form.fields).status == 303
    again = console.post(form.action, form.fields)
    assert again.status == 409
    assert again.has_link("Открыть дело")


def test_a_rule_says_why_not_and_by_which_clause(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "kit_received")
    page = console_for(run.actor("secretary")).act(case, "assign-expert", {"expert_id": str(run.world.experts[0])})
    assert page.status == 409
    assert "эксперт уже проверял эту работу" in page.text
    assert "Порядок, п. 98, 101" in page.text


def test_a_refused_form_leaves_nothing_half_done(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "scheduled")
    run.drain()

    def state() -> tuple[object, ...]:
        return run.read(
            lambda session: (
                session.scalar(select(func.count()).select_from(Hearing).where(Hearing.case_id == case)),
                session.scalar(
                    select(func.count()).where(Hearing.case_id == case, Hearing.state == HearingState.PLANNED)
                ),
                session.scalar(select(func.count()).select_from(AuditEvent)),
            )
        )

    console = console_for(run.actor("secretary"))
    # That the form was opened is an event of its own.
    console.get(f"cases/{case}/do/reschedule")
    before, version = state(), run.case(case).version
    page = console.act(case, "reschedule", {"day": "01.06.2020", "hour": "10:00", "reason": "Проба"})
    assert page.status == 422
    assert "Это время уже прошло" in page.text
    assert 'href="#f-day"' in page.html
    assert "Сейчас назначено" in page.text
    assert state() == before
    assert run.case(case).version == version


def test_a_form_without_its_token_does_nothing(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.file()
    console = console_for(run.actor("secretary"))
    form = console.get(f"cases/{case}/do/request-kit").form("/do/request-kit")
    page = console.post(form.action, form.with_typed({"csrf_token": None}))
    assert page.status == 403
    assert "Страница устарела" in page.text


def test_a_form_of_somebody_elses_deed_is_not_even_shown(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    case = run.walk(run.file(), "kit_received")
    member = console_for(run.actor("member-1"))
    token = member.get(f"cases/{case}").form("sign-out").fields["csrf_token"]
    answer = member.post(f"cases/{case}/do/assign-expert", {"csrf_token": token, "version": "1"})
    assert answer.status == 403
    assert "Знатоков" not in answer.text


@pytest.mark.parametrize("version", ["", "нет", "0", "99999999999"])
def test_a_form_that_is_none_of_ours_is_refused(play: StartPlay, console_for: ConsoleFor, version: str) -> None:
    run = play()
    page = console_for(run.actor("secretary")).act(run.file(), "request-kit", {"version": version})
    assert page.status == 422
    assert "откройте её со страницы дела" in page.text
