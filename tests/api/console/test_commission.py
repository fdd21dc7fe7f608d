"""The page of the commission's composition, and the same in the API: who is in it, what was said, who enters it."""

from __future__ import annotations

from datetime import date

import pytest

from apella.identity.roles import Role
from apella.testing.console import ConsoleFor
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay
from apella.web.formatting import day as written

FORM = "/commission/statements"


@pytest.fixture
def south(play: StartPlay) -> Play:
    """A season of the tenant whose rules ask for statements; everybody has given one."""
    return play("south")


def test_a_member_says_that_there_is_a_conflict_and_that_it_is_over(south: Play, console_for: ConsoleFor) -> None:
    member = console_for(south.actor("member-1"))
    page = member.get(member.get("").link("Состав комиссии").partition("/south/")[2])
    assert page.text.count("Заявлено лично") == 4
    assert "Чьё заявление" not in page.text
    empty = member.submit(page, FORM)
    assert (empty.status, "Выберите, есть ли конфликт интересов" in empty.text) == (422, True)
    again = member.submit(empty, FORM, {"interests": "none"})
    assert (again.status, "уже записано" in again.text) == (409, True)
    done = member.submit(again, FORM, {"interests": "conflict"})
    assert done.status == 303
    page = member.get(done.location.partition("/south/")[2])
    assert "Заявление записано" in page.text
    assert "Есть: в работе не участвует" in page.text
    assert member.submit(page, FORM, {"interests": "none"}).status == 303


def test_the_secretary_enters_a_paper_with_its_date(south: Play, console_for: ConsoleFor) -> None:
    secretary = console_for(south.actor("secretary"))
    typed = {"person_id": str(south.actor("member-2").person_id), "interests": "conflict", "stated_on": "32.13.2026"}
    page = secretary.submit(secretary.get("commission"), FORM, typed)
    assert (page.status, "Укажите дату: день.месяц.год" in page.text) == (422, True)
    assert page.form(FORM).fields["stated_on"] == "32.13.2026"
    done = secretary.submit(page, FORM, {**typed, "stated_on": "01.06.2026"})
    assert done.status == 303, done.text
    assert (
        f"Заявление на бумаге от {written(date(2026, 6, 1))}".replace("\u00a0", " ") in secretary.get("commission").text
    )
    member = console_for(south.actor("member-1"))
    sent = {**member.get("commission").form(FORM).fields, **typed, "stated_on": "01.06.2026"}
    assert member.post("commission/statements", sent).status == 403


def test_the_api_lists_and_takes_statements(south: Play, client_for: ClientFor) -> None:
    secretary, member = (client_for(south.actor(who), slug="south") for who in ("secretary", "member-1"))
    listed = {seat["person_id"]: seat for seat in member.get("commission").get_json()}
    mine = listed[str(south.actor("member-1").person_id)]
    assert (mine["roles"], mine["may_sit"], mine["statement"]["free"]) == (["member"], True, True)
    answer = member.post("commission/statements", {"free": False})
    assert (answer.status_code, answer.get_json()["free"]) == (201, False)
    path = f"commission/members/{south.actor('member-1').person_id}/statements"
    paper = {"free": True, "stated_on": "2026-06-01"}
    assert member.post(path, paper).status_code == 403
    assert secretary.post(path, paper).get_json()["stated_on"] == "2026-06-01"
    assert member.post("commission/statements", {"free": True}).get_json()["code"] == "statement.standing"


def test_others_do_not_see_it_and_a_tenant_that_asks_for_nothing_has_no_form(
    south: Play, play: StartPlay, console_for: ConsoleFor
) -> None:
    for other in ("expert-1", "data-centre-operator", south.hire(Role.TENANT_ADMIN)):
        assert console_for(south.actor(other)).get("commission").status == 403
    north = play()
    secretary = console_for(north.actor("secretary"))
    assert not secretary.get("").has_link("Состав комиссии")
    page = secretary.get("commission")
    assert "Служебнов" in page.text
    assert "Записать заявление" not in page.text
