"""T7.1: role × address × situation, every cell asked of the application itself.

Each «cannot» has its twin on the same line: the roles that the line names pass with the very same request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from apella.appeals.model import Appeal
from apella.bootstrap import App
from apella.casework import reading
from apella.casework.offers import VERBS
from apella.db.ids import new_id
from apella.identity.actor import Actor
from apella.identity.model import Category, Person
from apella.identity.permissions import table
from apella.identity.roles import Role
from apella.testing.calendars import CalendarPlay
from apella.testing.factories import make_world
from apella.testing.play import Play
from apella.testing.route_matrix import VERB, Cell, Gate, Route, Situation, keys_of, read_matrix, spread
from apella.testing.sizes import figure
from apella.web.public import PUBLIC

MATRIX = read_matrix(Path(__file__).with_name("endpoints.toml"))
ALWAYS = [Situation.OWN, Situation.OTHER, Situation.NOBODY, Situation.EXPIRED, Situation.LOW]
STATE = "decided"
"""The state of the case that everybody is asked about: it has an expert, a decision and documents."""

# The table gives them the action; there is no way yet for them to have a case before them.
WITHOUT_A_CASE = {Role.PARENT}
# The table gives them the filing; they have a door only where the region's data says so, and NORTH's does not.
WITHOUT_A_DOOR = {Role.PARENT, Role.SECRETARY, Role.DATA_CENTRE_OPERATOR}
# An action that is no verb -> the line that asks for it.
LINES = {
    "file": "POST /api/v1/<tenant>/appeals",
    "see_case": "GET /api/v1/<tenant>/appeals/<uuid:case_id>",
    "see_journal": "GET /<tenant>/journal",
    "see_document_number": "POST /api/v1/<tenant>/appeals/<uuid:case_id>/document-number",
    "see_audit": "GET /<tenant>/audit",
    "propose_calendar": "POST /<tenant>/calendar",
    "approve_calendar": "POST /<tenant>/calendar/changes/<uuid:change_id>/approve",
}


@dataclass
class Neighbours:
    """The people and things of two tenants."""

    north: Gate
    south: Gate
    asked: Counter[Situation] = field(default_factory=Counter)

    def run(self, route: Route, situation: Situation) -> list[Cell]:
        """Ask one line in one situation as everybody."""
        before = self.north.asked
        ids = self.south.ids if situation is Situation.OTHER else self.north.ids
        if situation is Situation.BEYOND:
            ids = {**ids, "case_id": ids["another_case"]}
        found = self.north.mismatches(route, situation, ids=ids)
        self.asked[situation] += self.north.asked - before
        return found


def gate_of(app: App, web: Flask, slug: str, *, door: str) -> Gate:
    """A season with a person of every role, a decided case within reach of all who may have one, and another case."""
    play = Play(app, make_world(app, slug))
    case, another = play.file(0, channel=door), play.file(2, channel="queue_clerk")
    play.walk(case, STATE)
    play.drain()
    actors = people(play)

    def within_reach(session: Session) -> None:
        taken_by = actors[Role.EXAM_COMMISSION_MEMBER].person_id
        session.execute(update(Appeal).where(Appeal.id == case).values(accepted_by=taken_by))
        session.execute(update(Appeal).where(Appeal.id == another).values(accepted_organisation_id=play.world.point))
        session.execute(
            update(Person)
            .where(Person.id == play.world.participants[1].person_id)
            .values(category=Category.EARLIER_GRADUATE)
        )

    play.read(within_reach)
    calendar = CalendarPlay(play)
    change = calendar.propose()
    document = play.do("secretary", lambda at: reading.documents_of(at, reading.case_for(at, case))[0][0].id)
    ids = {
        "tenant": slug,
        "case_id": str(case),
        "document_id": str(document),
        "work_id": str(play.world.works[0]),
        "change_id": str(change.id),
        "request_id": str(new_id()),
        "token": "unknown",
        "filename": "apella.css",
        "work": str(play.world.works[0]),
        "expert": str(play.world.experts[0]),
        "participant": play.world.participants[0].login,
        "another_case": str(another),
        "graduate": play.world.participants[1].login,
        "graduate_work": str(play.world.works[1]),
    }
    return Gate(app, web, actors, ids)


def people(play: Play) -> dict[Role, Actor]:
    """One person of each role, who has no other."""
    world = play.world
    actors = {Role.PARTICIPANT: world.participants[0], Role.EXPERT: world.staff["expert-2"]}
    for actor in world.staff.values():
        (role,) = actor.roles
        actors.setdefault(role, actor)
    at_school = {Role.MUNICIPAL_OPERATOR}
    in_commission = {Role.DEPUTY_CHAIR}
    for role in set(Role) - actors.keys():
        place: dict[str, object] = {}
        if role in at_school:
            place["organisation_id"] = world.school
        if role in in_commission:
            place["commission_id"] = world.commission_id
        actors[role] = play.hire(role, **place)
    return actors


@pytest.fixture(scope="module")
def neighbours(app: App, web: Flask) -> Iterator[Neighbours]:
    with pytest.MonkeyPatch.context() as paperless:
        paperless.setattr("apella.documents.jobs.render", lambda form, *_, **__: f"%PDF-1.7 {form}".encode())
        both = Neighbours(
            north=gate_of(app, web, "north", door="school_desk"), south=gate_of(app, web, "south", door="queue_clerk")
        )
        yield both
    figure("lines", len(MATRIX))
    for situation, number in both.asked.items():
        figure(f"cells, {situation}", number)
    figure("cells", sum(both.asked.values()))


def told(cells: list[Cell]) -> str:
    return "\n".join(
        f"{cell.route}: {cell.role or 'nobody'}, {cell.situation}: {cell.got} {cell.status}, not {cell.wanted}"
        for cell in cells
    )


@pytest.mark.proof("T7.1")
@pytest.mark.parametrize("situation", ALWAYS)
@pytest.mark.parametrize("key", MATRIX)
def test_every_cell_answers_as_its_line_says(neighbours: Neighbours, key: str, situation: Situation) -> None:
    wrong: list[Cell] = []
    for route in spread(MATRIX[key], MATRIX, state=STATE, situation=situation):
        wrong += neighbours.run(route, situation)
    assert not wrong, told(wrong)


@pytest.mark.proof("T7.1")
@pytest.mark.parametrize("key", [key for key, route in MATRIX.items() if route.fresh or route.verbs])
def test_a_deed_of_weight_needs_a_sign_in_of_the_last_minutes(neighbours: Neighbours, key: str) -> None:
    lines = spread(MATRIX[key], MATRIX, state=STATE, situation=Situation.OLD)
    routes = [route for route in lines if route.fresh]
    assert routes
    wrong = [cell for route in routes for cell in neighbours.run(route, Situation.OLD)]
    assert not wrong, told(wrong)


@pytest.mark.proof("T7.1")
@pytest.mark.parametrize("key", [key for key in MATRIX if "<uuid:case_id>" in key])
def test_another_s_case_is_out_of_reach(neighbours: Neighbours, key: str) -> None:
    lines = spread(MATRIX[key], MATRIX, state=STATE, situation=Situation.BEYOND)
    wrong = [cell for route in lines for cell in neighbours.run(route, Situation.BEYOND)]
    assert not wrong, told(wrong)


# --- The file is whole ------------------------------------------------------------------------------------------------


@pytest.mark.proof("T7.1")
def test_every_address_has_a_line_and_every_line_an_address(web: Flask) -> None:
    assert keys_of(web.url_map) - MATRIX.keys() == set(), "no line in endpoints.toml"
    assert MATRIX.keys() - keys_of(web.url_map) == set(), "a line without an address"


@pytest.mark.proof("T7.1")
def test_what_is_open_to_everybody_is_the_reviewed_list(web: Flask) -> None:
    endpoints = {
        f"{method} {rule.rule}": rule.endpoint for rule in web.url_map.iter_rules() for method in rule.methods or ()
    }
    assert {endpoints[key] for key, route in MATRIX.items() if route.public is not None} == PUBLIC
    assert [key for key, route in MATRIX.items() if route.public is None and endpoints[key] in PUBLIC] == []


@pytest.mark.proof("T7.1")
@pytest.mark.parametrize("action", sorted(table()))
def test_a_line_names_whom_the_table_of_permissions_names(action: str) -> None:
    key = VERB + VERBS[action].path if action in VERBS else LINES[action]
    without = WITHOUT_A_DOOR if action == "file" else WITHOUT_A_CASE
    assert MATRIX[key].may == table()[action].keys() - without


# --- The matrix notices -----------------------------------------------------------------------------------------------


@pytest.mark.proof("T7.1")
def test_an_address_without_a_line_is_noticed(app: App) -> None:
    from apella.web_app import create_app

    web = create_app(app)
    web.add_url_rule("/<tenant>/brand-new", "brand.new", lambda tenant: tenant)
    assert keys_of(web.url_map) - MATRIX.keys() == {"GET /<tenant>/brand-new"}


@pytest.mark.proof("T7.1")
@pytest.mark.parametrize(
    ("key", "changed", "situation"),
    [
        (LINES["see_audit"], {"may": frozenset({Role.CHAIR, Role.MEMBER})}, Situation.OWN),
        (LINES["see_audit"], {"may": frozenset(Role)}, Situation.LOW),
        (LINES["see_case"], {"public": frozenset({200})}, Situation.OTHER),
        (LINES["see_case"], {"public": frozenset({200})}, Situation.NOBODY),
        (LINES["see_case"], {"public": frozenset({200})}, Situation.EXPIRED),
        (VERB + "hand-over", {"fresh": False}, Situation.OLD),
        (VERB + "hand-over", {"fresh": False}, Situation.LOW),
        (VERB + "register", {"fresh": True}, Situation.LOW),
    ],
)
def test_a_line_that_says_otherwise_is_noticed(
    neighbours: Neighbours, key: str, changed: dict[str, object], situation: Situation
) -> None:
    assert neighbours.run(MATRIX[key], situation) == []
    assert neighbours.run(replace(MATRIX[key], **changed), situation)  # type: ignore[arg-type]  # fields of a Route


@pytest.mark.proof("T7.1")
def test_a_page_that_forgets_to_ask_the_table_is_noticed(
    neighbours: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apella.casework.pages.chain.require", lambda *_: None)
    through = {cell.role for cell in neighbours.run(MATRIX[LINES["see_audit"]], Situation.OWN)}
    assert through == set(Role) - MATRIX[LINES["see_audit"]].may
