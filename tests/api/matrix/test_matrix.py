"""T7.1: role × address × situation, every cell asked of the application itself.

Each «cannot» has its twin on the same line: the roles that the line names pass with the very same request.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from apella.appeals.conflicts import ConflictOfInterest, ConflictReading, ConflictSource
from apella.appeals.emergency import break_glass, close_glass
from apella.appeals.model import Appeal
from apella.bootstrap import App
from apella.casework import reading
from apella.casework.offers import VERBS
from apella.db.ids import new_id
from apella.experts import conflicts
from apella.identity.actor import Actor
from apella.identity.model import Category, Person
from apella.identity.permissions import PERSON_ONLY, table
from apella.identity.roles import Role
from apella.testing.attachments import announce
from apella.testing.calendars import CalendarPlay
from apella.testing.counter import Counter as ServiceCounter
from apella.testing.factories import make_world
from apella.testing.play import Play
from apella.testing.program_gate import PROGRAMS, ProgramGate
from apella.testing.representatives import represent
from apella.testing.route_matrix import SELF_SERVICE, VERB, Cell, Gate, Route, Situation, keys_of, read_matrix, spread
from apella.testing.sizes import figure
from apella.testing.substitutes import Substitutes
from apella.web.public import PUBLIC

MATRIX = read_matrix(Path(__file__).with_name("endpoints.toml"))
ALWAYS = [Situation.OWN, Situation.OTHER, Situation.NOBODY, Situation.EXPIRED, Situation.LOW]
STATE = "decided"
"""The state of the case that everybody is asked about: it has an expert, a decision and documents."""

# The table gives them the filing; they have a door only where the region's data says so, and NORTH's does not.
WITHOUT_A_DOOR = {Role.SECRETARY, Role.DATA_CENTRE_OPERATOR}
# An action that is no verb -> the line that asks for it.
LINES = {
    "file": "POST /api/v1/<tenant>/appeals",
    "attach": "POST /api/v1/<tenant>/appeals/<uuid:case_id>/attachments",
    "see_case": "GET /api/v1/<tenant>/appeals/<uuid:case_id>",
    "see_journal": "GET /<tenant>/journal",
    "see_document_number": "POST /api/v1/<tenant>/appeals/<uuid:case_id>/document-number",
    "see_audit": "GET /<tenant>/audit",
    "bind_phone": "POST /api/v1/<tenant>/participants/<uuid:person_id>/phone-bindings",
    "link_representative": "POST /api/v1/<tenant>/participants/<uuid:person_id>/representatives",
    "issue_school_code": "POST /api/v1/<tenant>/participants/<uuid:person_id>/school-codes",
    "propose_calendar": "POST /<tenant>/calendar",
    "approve_calendar": "POST /<tenant>/calendar/changes/<uuid:change_id>/approve",
    "declare_conflict": "POST /api/v1/<tenant>/appeals/<uuid:case_id>/conflicts",
    "allocate_conflict": "GET /api/v1/<tenant>/appeals/<uuid:case_id>/conflicts",
    "lift_conflict": "POST /api/v1/<tenant>/appeals/<uuid:case_id>/conflicts/<uuid:conflict_id>/lift",
    "break_glass": "POST /api/v1/<tenant>/break-glass",
    "see_break_glass": "GET /<tenant>/break-glass",
    "see_commission": "GET /api/v1/<tenant>/commission",
    "record_interests": "POST /api/v1/<tenant>/commission/members/<uuid:person_id>/statements",
    "state_interests": "POST /api/v1/<tenant>/commission/statements",
    "appoint_substitute": "POST /api/v1/<tenant>/substitutions",
    "end_substitute": "POST /api/v1/<tenant>/substitutions/<uuid:substitution_id>/end",
    "end_sessions": "POST /api/v1/<tenant>/sessions/of-members/end",
}
# Who of staff opens a case, by a role or in an emergency; told apart from whom the table lets say of an interest.
INTERESTED = (MATRIX[LINES["see_case"]].may | MATRIX[LINES["break_glass"]].may) - SELF_SERVICE


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
    for role in (Role.PARENT, Role.PROXY):
        represent(play, actors[role], role)

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
        "number": str(play.case(case).journal_number),
        "receipt": play.case(case).receipt_number,
        "document_id": str(document),
        "attachment_id": str(announce(play, "secretary", case, b"unchecked", "x.pdf").id),
        "work_id": str(play.world.works[0]),
        "change_id": str(change.id),
        "conflict_id": str(standing_conflict(play, case)),
        "glass_id": str(closed_glass(play, case, actors[Role.TENANT_ADMIN])),
        "substitution_id": str(ended_substitution(play, actors[Role.DEPUTY_CHAIR])),
        "role": "chair",
        "chair": str(actors[Role.CHAIR].person_id),
        "request_id": str(new_id()),
        "person_id": str(play.world.participants[0].person_id),
        "binding_id": str(ServiceCounter(play).ask()),
        "code_id": str(ServiceCounter(play).paper_code()),
        "representation_id": str(represent(play, play.actor(1), Role.PARENT, ended=True)),
        "kind": "parent",
        "token": "unknown",
        "filename": "apella.css",
        "work": str(play.world.works[0]),
        "expert": str(play.world.experts[0]),
        "participant": play.world.participants[0].login,
        "another_case": str(another),
        "graduate_work": str(play.world.works[1]),
    }
    return Gate(app, web, actors, ids)


def standing_conflict(play: Play, case: uuid.UUID) -> uuid.UUID:
    """A conflict of interest of somebody who is asked nothing here."""
    somebody = play.hire(Role.MEMBER, commission_id=play.world.commission_id)
    return play.act(somebody, conflicts.declare, case, ground="апеллянт – мой племянник").id


def closed_glass(play: Play, case: uuid.UUID, admin: Actor) -> uuid.UUID:
    """An emergency access that was closed before its time."""
    reader = replace(admin, session_id=new_id())
    number = play.case(case).receipt_number
    glass = play.do(reader, break_glass, number=number, reason="не открывается протокол дела")
    return play.do(reader, close_glass, glass_id=glass.id).id


def ended_substitution(play: Play, deputy: Actor) -> uuid.UUID:
    """The deputy acted for the chair, and does no longer."""
    people = Substitutes(play, deputy=deputy)
    made = people.appoint()
    people.end(made.id)
    return made.id


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


@pytest.fixture(scope="module")
def programs(neighbours: Neighbours, app: App, web: Flask) -> Iterator[Neighbours]:
    both = Neighbours(north=ProgramGate(app, web, "north", ids=neighbours.north.ids), south=neighbours.south)
    yield both
    figure("cells of programs", sum(both.asked.values()))


@pytest.mark.proof("T7.1")
@pytest.mark.parametrize("situation", PROGRAMS)
@pytest.mark.parametrize("key", [key for key, route in MATRIX.items() if route.public is None])
def test_every_cell_answers_a_program_as_a_person_of_its_role_or_not_at_all(
    programs: Neighbours, key: str, situation: Situation
) -> None:
    wrong: list[Cell] = []
    for route in spread(MATRIX[key], MATRIX, state=STATE, situation=situation):
        wrong += programs.run(route, situation)
    assert not wrong, told(wrong)


@pytest.mark.proof("T7.1")
@pytest.mark.parametrize("key", [key for key in MATRIX if "<uuid:case_id>" in key])
def test_another_s_case_is_out_of_reach(neighbours: Neighbours, key: str) -> None:
    lines = spread(MATRIX[key], MATRIX, state=STATE, situation=Situation.BEYOND)
    wrong = [cell for route in lines for cell in neighbours.run(route, Situation.BEYOND)]
    assert not wrong, told(wrong)


# --- Conflict of interest ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def apart(app: App, web: Flask) -> Gate:
    """A season of NORTH where everybody who may have an interest has one in the decided case."""
    with pytest.MonkeyPatch.context() as paperless:
        paperless.setattr("apella.documents.jobs.render", lambda form, *_, **__: f"%PDF-1.7 {form}".encode())
        gate = gate_of(app, web, "north", door="school_desk")
    # Numbers begin anew in each season; here no other case may have the same.
    gate.ids = {**gate.ids, "number": "91-04-777777", "receipt": "91-2026-777777"}
    case_id = uuid.UUID(gate.ids["case_id"])
    with app.database.unit_of_work(gate.actors[Role.CHAIR].tenant_id) as work:
        renamed = update(Appeal).where(Appeal.id == case_id)
        work.session.execute(renamed.values(journal_number=gate.ids["number"], receipt_number=gate.ids["receipt"]))
        for role in INTERESTED:
            actor = gate.actors[role]
            work.session.add(
                ConflictOfInterest(
                    season_id=actor.season_id,
                    case_id=case_id,
                    person_id=actor.person_id,
                    source=ConflictSource.DECLARED,
                    ground="апеллянт – мой племянник",
                    reading=ConflictReading.CLOSED,
                    declared_by=actor.person_id,
                    declared_at=work.machine_now,
                )
            )
    return gate


@pytest.mark.proof("T7.1")
@pytest.mark.parametrize("key", [key for key in MATRIX if "<uuid:case_id>" in key])
def test_a_conflict_of_interest_closes_every_address_of_the_case(apart: Gate, key: str) -> None:
    """The twin is the cell of the same line in the situation «own tenant», where nobody has an interest."""
    lines = spread(MATRIX[key], MATRIX, state=STATE, situation=Situation.OWN)
    wrong = [
        cell
        for route in lines
        for cell in apart.mismatches(replace(route, may=route.may - INTERESTED), Situation.OWN, ids=apart.ids)
    ]
    assert not wrong, told(wrong)


@pytest.mark.proof("T7.1")
@pytest.mark.parametrize("key", [key for key in MATRIX if key.startswith("GET") and "<tenant>" in key])
def test_no_list_and_no_page_names_a_case_that_a_conflict_closes(apart: Gate, key: str) -> None:
    route = MATRIX[key]
    if route.public is not None or "<uuid:case_id>" in key or route.verbs:
        return
    named = []
    for role in sorted(route.may & INTERESTED):
        said = apart.ask(route, Situation.OWN, role, apart.ids).get_data(as_text=True)
        named += [f"{role}: {part}" for part in ("case_id", "number", "receipt") if apart.ids[part] in said]
    assert named == []


@pytest.mark.proof("T7.1")
@pytest.mark.parametrize("key", ["GET /<tenant>/journal", "GET /api/v1/<tenant>/appeals"])
def test_lists_do_name_a_case_that_nobody_has_an_interest_in(neighbours: Neighbours, key: str) -> None:
    gate = neighbours.north
    said = gate.ask(MATRIX[key], Situation.OWN, Role.CHAIR, gate.ids).get_data(as_text=True)
    assert gate.ids["case_id"] in said


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
    without = WITHOUT_A_DOOR if action == "file" else set()
    assert MATRIX[key].may == table()[action].keys() - without
    if action in PERSON_ONLY:
        assert MATRIX[key].person


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
