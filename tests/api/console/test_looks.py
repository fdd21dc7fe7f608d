"""Who opened a case, the marks of a work or somebody's record stands in the audit; what lists show does not."""

from __future__ import annotations

import io
import json
import logging
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from werkzeug.routing import Rule

from apella.appeals.conflicts import conflicts_of
from apella.audit import words
from apella.audit.model import AuditEvent, AuditView
from apella.audit.views import TAGS
from apella.db.unit_of_work import Database
from apella.experts import conflicts
from apella.logs import JsonFormatter
from apella.testing.client import Client
from apella.testing.console import ConsoleFor
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.visitor import counted_queries

STAFF = ("secretary", "chair", "school-operator")
SUBJECTS = {"case_id", "person_id", "work_id"}
OWN = "/<tenant>/cabinet/"


@pytest.fixture
def north(play: StartPlay) -> Play:
    return play()


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What the log of security says, as it is written."""
    stream, log = io.StringIO(), logging.getLogger("apella.security")
    handler, before = logging.StreamHandler(stream), log.level
    handler.setFormatter(JsonFormatter())
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    log.removeHandler(handler)
    log.setLevel(before)


def looks(play: Play, *tags: str) -> list[AuditEvent]:
    query = select(AuditEvent).where(
        AuditEvent.tag.in_(tags or TAGS.values()), AuditEvent.season_id == play.world.season_id
    )
    return play.read(lambda session: list(session.scalars(query.order_by(AuditEvent.seq))))


def later(play: Play) -> None:
    """Let nobody have looked at anything within the hour."""
    play.read(lambda session: session.execute(delete(AuditView)))


def test_every_address_of_a_case_a_work_or_a_person_leaves_a_look(
    north: Play, client_for: ClientFor, web: Flask
) -> None:
    case = north.walk(north.file(channel="school_desk"), "registered")
    north.act("member-2", conflicts.declare, case, ground="апеллянт – мой племянник")
    conflict = north.read(lambda session: conflicts_of(session, case)[0][0].id)
    filled = {
        "tenant": "north",
        "case_id": case,
        "work_id": north.world.works[1],
        "person_id": north.actor(0).person_id,
        "conflict_id": conflict,
        "binding_id": uuid.uuid4(),
        "action": "schedule",
        "kind": "parent",
    }
    silent = []
    for rule in web.url_map.iter_rules():
        if not rule.arguments & SUBJECTS or "GET" not in (rule.methods or ()) or rule.rule.startswith(OWN):
            continue
        later(north)
        before = len(looks(north))
        address = address_of(rule, filled)
        answers = {who: client_for(north.actor(who)).get(address) for who in STAFF}
        assert 200 in {answer.status_code for answer in answers.values()}, f"{rule.rule}: nobody is answered here"
        told = {north.actor(who).login for who, answer in answers.items() if answer.status_code == 200}
        if {look.actor_login for look in looks(north)[before:]} != told:
            silent.append(rule.rule)
    assert silent == []


def address_of(rule: Rule, filled: dict[str, Any]) -> str:
    built = rule.build({name: filled[name] for name in rule.arguments}, append_unknown=False)
    assert built is not None
    # The form of a door says in its query which one it is; others ask for none of this.
    return f"{built[1]}?kind=score&channel=school_desk"


def test_one_s_own_case_lists_and_deeds_leave_no_look(north: Play, client_for: ClientFor) -> None:
    case = north.file(channel="school_desk")
    participant, secretary = client_for(north.actor(0)), client_for(north.actor("secretary"))
    for address in (f"appeals/{case}", f"appeals/{case}/marks", "works", f"/north/cabinet/appeals/{case}"):
        assert participant.get(address).status_code == 200
    for address in ("appeals", "/north/journal", "/north/"):
        assert secretary.get(address).status_code == 200
    north.walk(case, "registered")
    version = {"version": north.case(case).version}
    assert secretary.post(f"appeals/{case}/request-kit", version).status_code == 200
    assert looks(north) == []


def test_the_marks_of_a_work_are_told_with_the_case(north: Play, client_for: ClientFor) -> None:
    case = north.file()
    for _ in range(2):
        assert client_for(north.actor("chair")).get(f"appeals/{case}/marks").status_code == 200
    found = looks(north)
    assert [(one.tag, one.subject_id, one.case_id, one.role) for one in found] == [
        ("work:marks:seen", north.world.works[0], case, "chair")
    ] * 2, "once for each sign-in"


@pytest.mark.parametrize(
    ("address", "who", "tag", "role"),
    [
        ("works/search", "school-operator", "person:works:seen", "school_operator"),
        ("works/search", "exam-commission-member", "person:works:seen", "exam_commission_member"),
        ("participants/search", "secretary", "person:record:seen", "secretary"),
    ],
)
def test_who_looks_somebody_up_is_told_once_an_hour(
    north: Play, client_for: ClientFor, address: str, who: str, tag: str, role: str
) -> None:
    sought = {"participant": north.actor(0).login}
    for _ in range(2):
        assert client_for(north.actor(who)).post(address, sought).status_code == 200
    (look,) = looks(north)
    assert (look.tag, look.subject_id, look.role) == (tag, north.actor(0).person_id, role)
    later(north)
    assert client_for(north.actor(who)).post(address, sought).status_code == 200
    assert len(looks(north)) == 2


@pytest.mark.parametrize("page", ["participants", "representatives", "file"])
def test_who_was_not_found_is_a_refusal_in_the_log(
    north: Play, console_for: ConsoleFor, lines: Callable[[], list[dict[str, Any]]], page: str
) -> None:
    assert console_for(north.actor("school-operator")).find(page, "99999999").status == 404
    (line,) = lines()
    assert (line["message"], line["status"], line["route"]) == ("refused", 404, f"/<tenant>/{page}")
    assert looks(north) == []


def test_many_people_looked_up_within_an_hour_are_a_warning_and_no_refusal(
    play: StartPlay, client_for: ClientFor, lines: Callable[[], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    north = play(participants=4)
    monkeypatch.setattr("apella.audit.views.MANY", 2)
    operator = north.actor("school-operator")

    def look_up(number: int, address: str = "works/search") -> None:
        # A sign-in for each: who signs in anew is the same person.
        answer = client_for(operator).post(address, {"participant": north.actor(number).login})
        assert answer.status_code == 200

    for number in (0, 1, 0):
        look_up(number)
    look_up(1, "participants/search")
    assert lines() == []
    look_up(2)
    look_up(2)
    (line,) = lines()
    told = {name: line[name] for name in ("level", "code", "count", "person_id", "tenant")}
    assert told == {
        "level": "WARNING",
        "code": "security.lookups",
        "count": 3,
        "person_id": str(operator.person_id),
        "tenant": "north",
    }
    later(north)
    look_up(3)
    assert len(lines()) == 1, "an hour later the count begins anew"


def test_the_case_answers_who_saw_it(north: Play, console_for: ConsoleFor, client_for: ClientFor) -> None:
    case = north.file()
    client_for(north.actor("member-1")).get(f"appeals/{case}/marks")
    client_for(north.actor("school-operator")).post("works/search", {"participant": north.actor(0).login})
    console = console_for(north.actor("chair"))
    page = console.get(console.get(f"cases/{case}").link("Кто смотрел документы"))
    for tag in ("work:marks:seen", "person:works:seen", "case:record:seen"):
        assert words.TAGS[tag].text in page.text, tag


def test_looking_again_is_one_statement_more(north: Play, client_for: ClientFor, database: Database) -> None:
    case = north.file()
    participant, chair = client_for(north.actor(0)), client_for(north.actor("chair"))
    assert (asked(database, participant, case), asked(database, chair, case)) == (6, 7)


def asked(database: Database, client: Client, case: uuid.UUID) -> int:
    address = f"appeals/{case}/deadlines"
    client.get(address)
    with counted_queries(database.engine) as count:
        assert client.get(address).status_code == 200
    return count.number
