"""The page of substitutions: who may open it, the form of an order, ending it, and what the deeds say afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from apella.commissions import service as commissions
from apella.commissions.model import Ballot
from apella.identity.model import SignInSession
from apella.identity.roles import Role
from apella.identity.step_up import FRESH
from apella.testing.console import Console, ConsoleFor, Page
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.substitutes import Substitutes
from apella.web.formatting import day as written

pytestmark = pytest.mark.usefixtures("paperless")


@pytest.fixture
def people(play: StartPlay) -> Substitutes:
    return Substitutes(play())


def typed(people: Substitutes, **wishes: str) -> dict[str, str]:
    """The form of an order for the secretary's member of today and tomorrow."""
    today, tomorrow = (f"{people.today(days=later):%d.%m.%Y}" for later in (0, 1))
    usual = {
        "substitute_id": str(people.id_of("member-1")),
        "first_day": today,
        "last_day": tomorrow,
        "act_number": "уч-12",
        "act_date": today,
    }
    return {**usual, **wishes}


def appoint(console: Console, people: Substitutes, *, role: str = "secretary", **wishes: str) -> Page:
    page = console.get(f"substitutions/new/{role}")
    assert page.status == 200, page.text
    return console.submit(page, f"/substitutions/new/{role}", typed(people, **wishes))


def test_who_may_appoint_finds_the_page_in_the_menu_and_others_do_not(
    people: Substitutes, console_for: ConsoleFor
) -> None:
    for who in ("chair", people.deputy, people.play.hire(Role.TENANT_ADMIN)):
        console = console_for(people.play.actor(who))
        assert console.get("").link("Замещения") == "/north/substitutions"
        assert "Сейчас никто никого не замещает" in console.get("substitutions").text
    for other in ("secretary", "member-1", "data-centre-operator"):
        console = console_for(people.play.actor(other))
        assert not console.get("").has_link("Замещения")
        assert console.get("substitutions").status == 403


@pytest.mark.clause("core:A5")
def test_a_member_appointed_for_the_secretary_works_as_one_until_it_is_ended(
    people: Substitutes, console_for: ConsoleFor
) -> None:
    case = people.play.file(channel="school_desk")
    people.play.walk(case, "forwarded")
    chair, member = (console_for(people.play.actor(who)) for who in ("chair", "member-1"))
    assert member.get(f"cases/{case}/do/register").status == 403
    page = appoint(chair, people)
    assert page.status == 303, page.text
    listed = chair.get(page.location)
    assert "Замещение назначено" in listed.text
    for said in ("вместо секретаря", "№ уч-12", "Действует", written(people.today()).replace("\u00a0", " ")):
        assert said in listed.text, said
    tomorrow = written(people.today(days=1)).replace("\u00a0", " ")
    assert f"исполняет обязанности секретаря по {tomorrow}" in member.get("").text
    assert member.act(case, "register").status == 303
    order = f"исполняет обязанности секретаря, распоряжение № уч-12 от {written(people.today())}".replace("\u00a0", " ")
    assert order in chair.get(f"cases/{case}").text
    assert "по замещению: акт уч-12" in chair.get(f"audit?case={case}").text
    ending = chair.get(listed.link("Завершить"))
    assert chair.submit(ending, "/end").status == 303
    past = chair.get("substitutions").text
    assert "Завершено раньше срока" in past
    assert f"Служебнов И. П., {written(people.today())}".replace("\u00a0", " ") in past
    assert member.get(f"cases/{case}/do/request-kit").status == 403
    assert "исполняет" not in member.get("").text


def test_what_was_typed_stays_when_a_field_is_wrong(people: Substitutes, console_for: ConsoleFor) -> None:
    chair = console_for(people.play.actor("chair"))
    page = appoint(chair, people, last_day="32.13.2026", act_number="", substitute_id="")
    assert page.status == 422
    assert "Выберите, кто замещает" in page.text
    assert "Укажите номер распоряжения" in page.text
    assert "Укажите дату: день.месяц.год" in page.text
    assert page.form("/substitutions/new/secretary").fields["last_day"] == "32.13.2026"
    again = chair.submit(page, "/substitutions/new", typed(people, last_day=f"{people.today(days=-3):%d.%m.%Y}"))
    assert (again.status, "Последний день раньше первого" in again.text) == (422, True)
    assert chair.submit(again, "/substitutions/new", typed(people)).status == 303


def test_a_rule_of_the_region_is_told_with_its_reason(people: Substitutes, console_for: ConsoleFor) -> None:
    deputy = console_for(people.deputy)
    assert appoint(deputy, people).status == 303
    page = appoint(deputy, people)
    assert (page.status, "эту роль уже замещают" in page.text) == (409, True)
    page = appoint(deputy, people, role="chair", substitute_id=str(people.id_of("member-2")))
    assert (page.status, "Замещать может заместитель председателя" in page.text) == (409, True)


def test_only_the_roles_of_the_region_have_a_form(people: Substitutes, console_for: ConsoleFor) -> None:
    chair = console_for(people.play.actor("chair"))
    for role in ("expert", "member", "nobody"):
        assert chair.get(f"substitutions/new/{role}").status == 404


def test_it_is_ended_once(people: Substitutes, console_for: ConsoleFor) -> None:
    chair = console_for(people.play.actor("chair"))
    made = people.appoint()
    ending = chair.get(f"substitutions/{made.id}/end")
    assert "Завершение" in ending.text
    people.end(made.id)
    page = chair.submit(ending, "/end")
    assert (page.status, "уже завершено" in page.text) == (409, True)
    forms = chair.get(f"substitutions/{made.id}/end").forms
    assert [form.action for form in forms if "/end" in form.action] == [], "nothing to end, nothing to press"


def test_who_signed_in_long_ago_signs_in_once_more(people: Substitutes, console_for: ConsoleFor) -> None:
    console = console_for(people.play.actor("chair"))
    made = people.appoint()

    ago = FRESH + timedelta(seconds=1)
    long_ago = update(SignInSession).values(auth_time=SignInSession.auth_time - ago)
    people.play.read(lambda session: session.execute(long_ago))
    for path in ("substitutions/new/chair", f"substitutions/{made.id}/end"):
        page = console.get(path)
        assert (page.status, "Подтвердите вход" in page.text) == (403, True)
    assert console.get("substitutions").status == 200
    assert people.admitted(people.deputy).acting_for == {Role.CHAIR}


@pytest.mark.clause("core:A5")
def test_in_a_tie_the_vote_s_page_names_who_breaks_it(people: Substitutes, console_for: ConsoleFor) -> None:
    play = people.play
    case = play.walk(play.file(), "hearing")
    play.act("member-1", commissions.cast_vote, case, ballot=Ballot.REJECT)
    play.act(people.deputy, commissions.cast_vote, case, ballot=Ballot.SATISFY)
    deputy = console_for(people.deputy)
    assert "Решает голос председателя." in deputy.get(f"cases/{case}/do/decide").text
    people.appoint()
    page = deputy.get(f"cases/{case}/do/decide")
    assert "Решает голос того, кто исполняет обязанности председателя: Новиков И. П." in page.text
    assert "becomes-C1" in page.html


# --- The API ----------------------------------------------------------------------------------------------------------


def body(people: Substitutes, **wishes: Any) -> dict[str, Any]:
    order = people.order(**wishes)
    return {name: None if value is None else str(value) for name, value in vars(order).items()}


def test_the_api_appoints_lists_and_ends(people: Substitutes, client_for: ClientFor) -> None:
    chair, deputy = client_for(people.play.actor("chair")), client_for(people.deputy)
    made = chair.post("substitutions", body(people))
    assert made.status_code == 201, made.get_json()
    told = made.get_json()
    assert (told["role"], told["substitute_role"], told["in_force"]) == ("chair", "deputy_chair", True)
    assert told["substitute"]["login"] == people.deputy.login
    assert told["decided_by"]["id"] == str(people.id_of("chair"))
    assert chair.get("substitutions").get_json() == [told]
    me = deputy.get("me").get_json()
    assert (me["roles"], me["acting_for"]) == (["chair", "deputy_chair"], ["chair"])
    ended = chair.post(f"substitutions/{told['id']}/end", {})
    assert (ended.status_code, ended.get_json()["in_force"]) == (200, False)
    assert ended.get_json()["ended_by"]["id"] == str(people.id_of("chair"))
    assert deputy.get("me").get_json()["acting_for"] == []


def test_the_api_refuses_with_a_code_and_the_clauses(people: Substitutes, client_for: ClientFor) -> None:
    chair = client_for(people.play.actor("chair"))
    refusals = {
        "substitution.not_eligible": body(people, substitute_id=people.id_of("member-1")),
        "substitution.self": body(people, substitute_id=people.id_of("chair")),
    }
    for code, sent in refusals.items():
        answer = chair.post("substitutions", sent)
        assert (answer.status_code, answer.get_json()["code"]) == (409, code)
        assert answer.get_json()["clauses"] == list(people.play.world.rules.commission.substitution.clauses)
    answer = chair.post("substitutions", body(people, last_day=people.today(days=-1)))
    assert (answer.status_code, answer.get_json()["code"]) == (422, "substitution.order")
    assert set(answer.get_json()["fields"]) == {"last_day"}
    answer = client_for(people.play.actor("secretary")).post("substitutions", body(people))
    assert (answer.status_code, answer.get_json()["code"]) == (403, "permission.role")
