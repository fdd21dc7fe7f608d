"""Advice of the platform whose time is over: an own state in the API, and nowhere a broken term."""

from __future__ import annotations

import uuid

import pytest

from apella.deadlines.sweep import sweep_season
from apella.testing.console import ConsoleFor
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay

pytestmark = [pytest.mark.usefixtures("paperless"), pytest.mark.clause("core:E25")]


@pytest.fixture
def passed(play: StartPlay) -> tuple[Play, uuid.UUID]:
    """A case whose kit is asked for later than the platform advises, and swept."""
    run = play()
    case_id = run.file()
    run.clock(days=4)
    run.do("secretary", lambda desk: sweep_season(desk.session, actor=desk.actor, now=desk.now))
    return run, case_id


def test_the_api_says_that_advice_has_passed_not_that_a_term_is_broken(
    passed: tuple[Play, uuid.UUID], client_for: ClientFor
) -> None:
    run, case_id = passed
    client = client_for(run.actor("secretary"))
    clocks = {clock["term"]: clock for clock in client.get(f"appeals/{case_id}/deadlines").get_json()}
    assert (clocks["kit.request"]["state"], clocks["score.consideration"]["state"]) == ("passed", "running")
    owed = {one["term"]: one for one in client.get(f"appeals/{case_id}").get_json()["next"]}
    assert (owed["kit.request"]["breached"], owed["kit.request"]["warned"]) == (False, 100)
    listed = client.get("appeals", query_string={"owed": "kit.request"}).get_json()
    assert [one["id"] for one in listed["items"]] == [str(case_id)], "what was advised is still to be done"


def test_the_page_of_the_case_asks_for_it_and_later_says_that_it_was_done(
    passed: tuple[Play, uuid.UUID], console_for: ConsoleFor
) -> None:
    run, case_id = passed
    console = console_for(run.actor("secretary"))
    page = console.get(f"cases/{case_id}")
    assert "Пора уже" in page.text
    assert "росрочено" not in page.text
    assert "Срок нарушен" not in page.text
    assert console.act(case_id, "request-kit").status == 303
    assert "Выполнено позже срока" not in console.get(f"cases/{case_id}").text
