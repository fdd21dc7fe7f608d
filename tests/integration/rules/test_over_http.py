"""The web after a restart with changed files: a case of before by its own rules, a new one by the present ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event

from apella.bootstrap import App
from apella.testing.client import Client
from apella.testing.http_walk import HttpWalk
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay
from apella.web_app import create_app

SHORTER = '["score.consideration"]\nlength = 2\nclauses = ["federal:102.3"]\n'

Restart = Callable[..., App]
GoOn = Callable[[Play, App], Play]


@pytest.fixture
def client_of() -> Callable[[Play, str | int], Client]:
    """A client of the instance that the play goes on in."""

    def make(play: Play, who: str | int) -> Client:
        web = create_app(play.app)
        web.testing = True
        client = Client(web, "north")
        client.sign_in(play.app, play.actor(who))
        return client

    return make


def test_both_doors_of_the_case_count_by_its_own_version(
    play: StartPlay, restart: Restart, go_on: GoOn, client_of: Callable[[Play, str | int], Client]
) -> None:
    north = play()
    cases = [north.file(0, channel="school_desk")]
    after = go_on(north, restart({"north/terms.toml": SHORTER}))
    cases.append(after.file(1, channel="school_desk"))
    for case_id in cases:
        after.walk(case_id, "forwarded")
    secretary = client_of(after, "secretary")
    due = []
    for case_id in cases:
        version = secretary.get(f"appeals/{case_id}").get_json()["version"]
        answer = secretary.post(f"appeals/{case_id}/register", {"version": version})
        assert answer.status_code == 200, answer.get_json()
        clocks = {clock["term"]: clock["due"] for clock in secretary.get(f"appeals/{case_id}/deadlines").get_json()}
        due.append(datetime.fromisoformat(clocks["score.consideration"]))
        assert secretary.get(f"/north/cases/{case_id}").status_code == 200
    assert due[0] - due[1] == timedelta(days=2)
    assert secretary.get("/north/journal").status_code == 200


def test_the_cabinet_shows_a_case_of_before(
    play: StartPlay, restart: Restart, go_on: GoOn, client_of: Callable[[Play, str | int], Client]
) -> None:
    north = play()
    case_id = north.file(0)
    after = go_on(north, restart({"north/withdrawal.toml": 'allowed = false\nclauses = ["core:E17"]\n'}))
    participant = client_of(after, 0)
    own = participant.get(f"/north/cabinet/appeals/{case_id}")
    assert own.status_code == 200
    assert "тозвать" in own.get_data(as_text=True)


FILING = 19
"""SQL statements of a warm filing, sign-in, tenant, clock, the answer and the audit included."""


def test_a_warm_filing_asks_for_no_rules(play: StartPlay, app: App, client_for: ClientFor) -> None:
    """The rules of a season cost one statement, for the live calendar; the record of a version none once it stands."""
    north = HttpWalk(play(), client_for)
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    assert north.client(0).post("appeals", north.application(0), key=True).status_code == 201
    client = north.client(1)
    assert client.csrf
    event.listen(app.database.engine, "before_cursor_execute", note)
    try:
        assert client.post("appeals", north.application(1), key=True).status_code == 201
    finally:
        event.remove(app.database.engine, "before_cursor_execute", note)
    assert sum("FROM calendar_version" in one for one in statements) == 1
    assert not [one for one in statements if "rule_set" in one]
    assert len(statements) <= FILING, statements
