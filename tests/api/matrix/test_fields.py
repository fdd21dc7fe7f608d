"""Role × field (ASVS 8.2.3): of the answers about a case, the journal and people, who is given what.

Each line of fields.toml is asked as every role that sees cases; the answer must hold exactly what the line says. The
season's participant has a name, a document, a phone, an address and words of her own that stand in nobody else's rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.test import TestResponse

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.bootstrap import App
from apella.identity.actor import Actor
from apella.identity.model import Person
from apella.identity.permissions import table
from apella.identity.roles import Role
from apella.testing.attachments import announce
from apella.testing.factories import make_world
from apella.testing.field_matrix import Line, given_fields, given_secrets, read_fields
from apella.testing.play import Play
from apella.testing.representatives import represent
from apella.testing.route_matrix import Gate, Situation, read_matrix
from apella.testing.sizes import figure

FILE: Final = Path(__file__).with_name("fields.toml")
FIELDS: Final = read_fields(FILE)
ROUTES: Final = read_matrix(FILE.with_name("endpoints.toml"))
SEES_CASES: Final = frozenset(table()["see_case"])
SECRETS: Final = {
    "name": "Канарейкина",
    "document": "4599 112233",
    "phone": "+7 900 777-12-34",
    "email": "canary@example.ru",
    "statement": "Канареечное заявление",
    "expert": "Экспертова-Птицына",
    "argument": "По критерию верно",
    "reason": "Учебное основание",
}
"""What is sought in every answer, and how it stands where it was written."""


@dataclass
class Ground:
    """A decided case within reach of every role, and the answers that were asked for."""

    gate: Gate

    def ask(self, key: str, role: Role) -> TestResponse:
        return self.gate.ask(ROUTES[key], Situation.OWN, role, self.gate.ids)

    def given(self, key: str, role: Role) -> tuple[frozenset[str], frozenset[str]] | None:
        """The fields and secrets that a role is given at an address; None when it is turned away."""
        answer = self.ask(key, role)
        if answer.status_code != 200:
            return None
        fields = frozenset(given_fields(answer.get_json())) if answer.is_json else frozenset()
        return fields, given_secrets(answer.get_data(as_text=True), SECRETS)


def prepared(app: App, web: Flask) -> Ground:
    play = Play(app, make_world(app, "north"))
    case = play.file(
        0,
        channel="school_desk",
        statement=SECRETS["statement"],
        phone=SECRETS["phone"],
        email=SECRETS["email"],
    )
    play.walk(case, "decided")
    play.drain()
    actors = people(play)
    for role in (Role.PARENT, Role.PROXY):
        represent(play, actors[role], role)

    def make_hers(desk: Desk) -> None:
        participant, expert = play.world.participants[0], play.world.staff["expert-2"]
        person = desk.session.get_one(Person, (participant.tenant_id, participant.person_id))
        person.surname = SECRETS["name"]
        person.document_cipher = desk.vault.seal("person.document", person.id, SECRETS["document"].replace(" ", ""))
        desk.session.get_one(Person, (expert.tenant_id, expert.person_id)).surname = SECRETS["expert"]
        taken_by = actors[Role.EXAM_COMMISSION_MEMBER].person_id
        desk.session.execute(update(Appeal).where(Appeal.id == case).values(accepted_by=taken_by))

    play.do("secretary", make_hers)
    announce(play, 0, case, b"unchecked", "x.pdf")
    ids = {
        "tenant": "north",
        "case_id": str(case),
        "number": str(play.case(case).journal_number),
        "receipt": play.case(case).receipt_number,
        "work_id": str(play.world.works[0]),
        "person_id": str(play.world.participants[0].person_id),
        "participant": play.world.participants[0].login,
    }
    return Ground(Gate(app, web, actors, ids))


def people(play: Play) -> dict[Role, Actor]:
    """One person of each role that sees cases; who sees those of an organisation is of the participant's school."""
    world = play.world
    actors = {Role.PARTICIPANT: world.participants[0], Role.EXPERT: world.staff["expert-2"]}
    at_school = {Role.MUNICIPAL_OPERATOR, Role.QUEUE_CLERK}
    for actor in world.staff.values():
        (role,) = actor.roles
        if role not in at_school:
            actors.setdefault(role, actor)
    for role in SEES_CASES - actors.keys():
        place: dict[str, object] = {}
        if role in at_school:
            place["organisation_id"] = world.school
        if role is Role.DEPUTY_CHAIR:
            place["commission_id"] = world.commission_id
        actors[role] = play.hire(role, **place)
    return actors


@pytest.fixture(scope="module")
def ground(app: App, web: Flask) -> Iterator[Ground]:
    with pytest.MonkeyPatch.context() as paperless:
        paperless.setattr("apella.documents.jobs.render", lambda form, *_, **__: f"%PDF-1.7 {form}".encode())
        yield prepared(app, web)
    figure("addresses", len(FIELDS))
    figure("cells", len(FIELDS) * len(SEES_CASES))


def wrong(line: Line, role: Role, found: tuple[frozenset[str], frozenset[str]] | None) -> list[str]:
    """What a role is given that the line does not say, and what it is not given that the line does."""
    if (found is not None) != (role in line.roles):
        return [f"{role}: {'turned away' if found is None else 'let in'}"]
    if found is None:
        return []
    return [
        f"{role}: {what} {sorted(given - said)} too much, {sorted(said - given)} missing"
        for what, given, said in (
            ("fields", found[0], line.fields_of(role)),
            ("secrets", found[1], line.secrets_of(role)),
        )
        if given != said
    ]


@pytest.mark.parametrize("key", FIELDS)
def test_everybody_is_given_what_the_line_says_and_nothing_else(ground: Ground, key: str) -> None:
    found = [one for role in sorted(SEES_CASES) for one in wrong(FIELDS[key], role, ground.given(key, role))]
    assert found == []


def test_every_role_that_sees_a_case_is_in_the_matrix() -> None:
    assert FIELDS["GET /api/v1/<tenant>/appeals/<uuid:case_id>"].roles == SEES_CASES


def test_each_secret_is_given_to_somebody_or_to_nobody_by_decision() -> None:
    said = {name for line in FIELDS.values() for name in line.secrets}
    assert SECRETS.keys() - said == {"phone", "email"}, "whoever is given these in full is to stand in fields.toml"


@pytest.mark.parametrize("secret", ["name", "statement"])
def test_a_secret_that_a_line_does_not_name_is_noticed(ground: Ground, secret: str) -> None:
    key = "GET /<tenant>/cases/<uuid:case_id>"
    line = FIELDS[key]
    others: Mapping[str, frozenset[Role]] = {name: roles for name, roles in line.secrets.items() if name != secret}
    assert wrong(replace(line, secrets=others), Role.CHAIR, ground.given(key, Role.CHAIR))
