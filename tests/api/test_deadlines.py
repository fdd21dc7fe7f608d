"""The API of terms: public law, so it answers anybody, and the same answers as the command gives."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from apella.rulebook.asking import ask, document
from apella.rulebook.in_force import on_day
from apella.testing.plugin import ClientFor, MakeWorld
from apella.web.errors import PROBLEM_TYPE
from apella.web.requests import EXTENSION

SCHEMA = Path(__file__).parents[1] / "unit" / "deadlines" / "explain.schema.json"
FROM = "2025-06-04T12:00"


@pytest.mark.clause("federal:100.1")
def test_a_stranger_gets_what_the_command_says(web: Flask, client_for: ClientFor) -> None:
    answer = client_for().get("deadlines/explain", query_string={"term": "score.filing", "from": FROM})
    found = on_day(web.extensions[EXTENSION].regions, "north", date(2025, 6, 4))
    assert answer.status_code == 200
    said = answer.get_json()
    assert said == {**document(found, ask(found.rules, term_id="score.filing", start=FROM)), "rules": said["rules"]}
    assert said["rules"]["edition"]
    assert said["rules"]["season"] or said["rules"]["day"] == "2025-06-04"
    Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(answer.get_json())


def test_the_other_events_come_as_name_and_date(client_for: ClientFor) -> None:
    query = {"term": "score.withdrawal", "from": "2025-06-05", "event": ["hearing_opened=2025-06-06T10:00"]}
    answer = client_for().get("deadlines/explain", query_string=query).get_json()
    assert answer["due"][:16] == "2025-06-06T10:00"
    del query["event"]
    assert client_for().get("deadlines/explain", query_string=query).get_json()["parts"][1]["due"] is None


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"term": "score.filling", "from": FROM}, 404, "deadline.term"),
        ({"term": "score.filing", "from": "2029-06-04"}, 422, "calendar.range"),
        ({"term": "score.filing", "from": "9999-12-31"}, 422, "calendar.range"),
        ({"term": "score.filing", "from": "0001-01-01"}, 422, "calendar.range"),
        ({"term": "papers.retention", "from": "9999-01-01"}, 422, "calendar.range"),
        ({"term": "protocol.handover", "from": "9999-12-31"}, 422, "calendar.range"),
        ({"term": "procedure.filing", "from": "9999-12-31"}, 422, "calendar.range"),
        ({"term": "hearing.no_show", "from": "9999-12-31T23:59"}, 422, "calendar.range"),
        ({"term": "information.publication", "from": "0001-01-01"}, 422, "calendar.range"),
        ({"term": "score.filing", "from": "2025-02-30"}, 422, "deadline.date"),
        ({"term": "score.filing", "from": "04.06.2025"}, 422, "malformed"),
        ({"term": "score.filing"}, 422, "deadline.from"),
        ({"from": FROM}, 422, "malformed"),
        ({"term": "score.filing", "from": FROM, "event": "decided=2025-06-04"}, 422, "deadline.event"),
        ({"term": "score.filing", "from": FROM, "channel": "window"}, 422, "deadline.channel"),
        ({"term": "score.filing", "event": ["filed=2025-06-04"] * 21}, 422, "malformed"),
    ],
)
def test_a_wrong_question_is_a_problem_document(
    client_for: ClientFor, query: dict[str, str], status: int, code: str
) -> None:
    answer = client_for().get("deadlines/explain", query_string=query)
    assert (answer.status_code, answer.mimetype, answer.get_json()["code"]) == (status, PROBLEM_TYPE, code)


def test_the_terms_are_listed_with_clauses_and_who_owes_them(web: Flask, client_for: ClientFor) -> None:
    listed = client_for().get("deadlines/terms").get_json()
    rules = web.extensions[EXTENSION].regions.get("north")
    assert [term["term"] for term in listed["terms"]] == list(rules.terms)
    assert all(term["owed_by_title"] and (term["clauses"] or term["sources"]) for term in listed["terms"])
    assert listed["calendar_version"] == "base"


@pytest.mark.parametrize("path", ["deadlines/terms", "deadlines/explain?term=score.filing&from=2025-06-04"])
def test_an_unknown_tenant_is_nothing(client_for: ClientFor, path: str) -> None:
    assert client_for(slug="nowhere").get(path).status_code == 404


def test_somebody_of_another_tenant_reads_this_one_s_law_too(client_for: ClientFor, world: MakeWorld) -> None:
    someone = client_for(world("south", participants=1).staff["secretary"])
    assert someone.get("/api/v1/north/deadlines/terms").status_code == 200
