"""T7.3: schemathesis over the whole document, in every role: no 5xx, no undocumented answer, no ignored sign-in."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from apella.db.ids import new_id
from apella.identity.actor import Actor
from apella.identity.api_clients import ApiClient, revoke_tokens
from apella.identity.roles import Role
from apella.identity.sessions import COOKIE, revoke_session
from apella.testing.calendars import CalendarPlay
from apella.testing.client import Client
from apella.testing.http_walk import HttpWalk
from apella.testing.play import STEPS as WAY
from apella.testing.play import Play, Who
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.programs import Program
from apella.testing.sizes import PROOF, figure, size
from apella.web.security import HEADER

Operation = APIOperation[Any, Any, Any, Any]
Case = schemathesis.Case[Operation]

SEED: Final = 20260618
EXAMPLES: Final = size("requests per operation and role", small=4, full=200)
WRONG: Final = EXAMPLES * 2 // 5
PROGRAM: Final = "program"
ASKING: Final = (*map(str, Role), PROGRAM)
"""Every role of the table of permissions, and a data centre's program; nobody at all is asked for with each request."""
PEOPLE: Final[Mapping[Role, Who]] = {
    Role.PARTICIPANT: 0,
    Role.SECRETARY: "secretary",
    Role.CHAIR: "chair",
    Role.MEMBER: "member-1",
    Role.EXPERT: "expert-2",
    Role.DATA_CENTRE_OPERATOR: "data-centre-operator",
    Role.EXAM_COMMISSION_CHAIR: "exam-commission-chair",
    Role.EXAM_COMMISSION_MEMBER: "exam-commission-member",
    Role.SCHOOL_OPERATOR: "school-operator",
    Role.QUEUE_CLERK: "queue-clerk",
}
"""Who has the role in a season of the tests; the others are hired."""
TURNS: Final = 1 if PROOF else EXAMPLES
"""In how many turns everybody has asked: in a proof each request is everybody's."""
# `positive_data_acceptance` is not among them: whether a right request is taken depends on the case's state.
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
STEPS: Final = ("filed", "registered", "kit_requested", "assigned", "scheduled", "hearing", "decided", "entered")
OPEN_TO_ALL: Final = {
    "GET /api/v1/{tenant}/deadlines/explain",
    "GET /api/v1/{tenant}/deadlines/terms",
    "GET /api/v1/{tenant}/rules",
    "GET /api/v1/{tenant}/sign-in",
    "POST /api/v1/{tenant}/sign-in/application-code-requests",
    "POST /api/v1/{tenant}/sign-in/code-requests",
    "POST /api/v1/{tenant}/sign-in/codes",
    "POST /api/v1/{tenant}/sign-in/school-codes",
    "POST /api/v1/{tenant}/token",
}
AS_GENERATED: Final = "as generated"


@dataclass
class Ground:
    """A season with a case of one participant in each of several states, and its people at the API.

    `documents` has one document of each case, `known` what bodies may name, `change` is a change of the calendar that
    was refused, `askers` are those of `ASKING`, `gone` is somebody who has signed out, `ended` a program whose token
    was ended.
    """

    walk: HttpWalk
    cases: list[str]
    documents: Mapping[str, str]
    known: Mapping[str, Sequence[Any]]
    change: str
    askers: Mapping[str, Client | Program]
    gone: Client
    ended: Program

    @classmethod
    def prepare(cls, play: StartPlay, client_for: ClientFor, web: Flask) -> Ground:
        """Take the cases to their states; the first hearing moves the clock, so all is made ready before it."""
        north = play(participants=len(STEPS) + 1)
        ids = [
            north.file(number, channel="school_desk" if step == "filed" else "portal")
            for number, step in enumerate(STEPS)
        ]
        for case_id, step in zip(ids, STEPS, strict=True):
            north.walk(case_id, min(step, "scheduled", key=WAY.index))
        for case_id, step in zip(ids, STEPS, strict=True):
            if WAY.index(step) > WAY.index("scheduled"):
                north.walk(case_id, step, after="scheduled")
        north.drain()
        moment = north.now().astimezone(north.world.rules.zone).replace(hour=11, minute=0, second=0, microsecond=0)
        known: dict[str, Sequence[Any]] = {
            "work_id": [str(work) for work in north.world.works],
            "expert_id": [str(expert) for expert in north.world.experts],
            "channel": [channel.code for channel in north.world.rules.channels],
            "starts_at": [(moment + timedelta(days=days)).isoformat() for days in (1, 2, 3)],
            "site_code": [None],
            "term": ["score.filing", "score.consideration"],
            "from": ["2025-06-04", "2025-06-04T12:00"],
            "event": [[]],
            "participant": [person.login for person in north.world.participants],
            "person_id": [str(person.person_id) for person in north.world.participants],
        }
        # Whose session is over: their form token still fits their cookie.
        gone = client_for(north.actor("member-2"))
        assert gone.csrf
        with north.app.database.unit_of_work(north.world.rules.tenant.tenant_id) as work:
            revoke_session(work.session, token=gone.token, machine_now=work.machine_now)
        walk, cases = HttpWalk(north, client_for), [str(case_id) for case_id in ids]
        papers = {case: walk.client("secretary").get(f"appeals/{case}/documents").get_json() for case in cases}
        documents = {case: made[0]["id"] for case, made in papers.items() if made}
        calendar = CalendarPlay(north)
        change = str(calendar.reject(calendar.propose()).id)
        askers: dict[str, Client | Program] = {role: client_for(cls._person(north, role)) for role in Role}
        askers[PROGRAM], ended = (Program(north.app, web, north.actor("secretary")) for _ in range(2))
        assert ended.token
        with north.app.database.unit_of_work(north.world.rules.tenant.tenant_id) as work:
            row = work.session.get_one(ApiClient, (north.world.rules.tenant.tenant_id, ended.row_id))
            revoke_tokens(work.session, row, machine_now=work.machine_now)
        return cls(
            walk=walk,
            cases=cases,
            documents=documents,
            known=known,
            change=change,
            askers=askers,
            gone=gone,
            ended=ended,
        )

    @staticmethod
    def _person(north: Play, role: Role) -> Actor:
        if role in PEOPLE:
            return north.actor(PEOPLE[role])
        place: dict[Role, dict[str, Any]] = {
            Role.MUNICIPAL_OPERATOR: {"organisation_id": north.world.school},
            Role.DEPUTY_CHAIR: {"commission_id": north.world.commission_id},
        }
        return north.hire(role, **place.get(role, {}))

    def version(self, case_id: str) -> int:
        """The version of a case at this moment."""
        return self.walk.play.case(uuid.UUID(case_id)).version


@dataclass
class Tally:
    """What came of the requests."""

    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    turns: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    without_a_wrong_way: list[str] = field(default_factory=list)


@pytest.fixture
def schema(web: Flask) -> BaseSchema:
    document = web.test_client().get("/api/openapi.json").get_json()
    schemes = document["components"]["securitySchemes"]
    assert {scheme["name"] for scheme in schemes.values() if "name" in scheme} == {COOKIE, HEADER}
    assert document["security"] == [{"session": [], "csrf": []}, {"program": []}]
    assert "clientCredentials" in schemes["program"]["flows"]
    unlocked = {
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in {"get", "post", "put", "patch", "delete"} and operation.get("security", document["security"]) == []
    }
    assert unlocked == OPEN_TO_ALL
    # Who is asking is the test's affair: credentials are neither made up nor left out by the generator.
    del document["security"], document["components"]["securitySchemes"]
    for methods in document["paths"].values():
        for operation in methods.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
    loaded = schemathesis.openapi.from_dict(document)
    loaded.app = web
    return loaded


def operations(schema: BaseSchema) -> Iterator[Operation]:
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        yield result.ok()


def fit(case: Case, ground: Ground, case_id: str | None, drawn: Mapping[str, Any]) -> None:
    """Let a right request speak of what there is, so that it reaches the verb behind the checks of its form."""
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(new_id())
    # A question about the law knows nothing but its own words: one made-up word more, and it asks about nothing.
    for name in drawn.keys() & (case.query or {}).keys():
        case.query[name] = ground.known[name][0] if drawn[name] == AS_GENERATED else drawn[name]
    if not isinstance(case.body, dict):
        return
    if case_id is not None and "version" in case.body:
        case.body["version"] = ground.version(case_id)
    for name, value in drawn.items():
        if name in case.body and value != AS_GENERATED:
            case.body[name] = value


def send(case: Case, client: Client | Program, **credentials: str | None) -> Response:
    """Ask with the client's session and form token, or with others, None leaves one out; or with a program's token."""
    if isinstance(client, Program):
        case.cookies.clear()
        case.headers.pop(HEADER, None)
        return case.call(headers={"Authorization": f"Bearer {client.token}"})
    sent = {COOKIE: client.token, HEADER: client.csrf, **credentials}
    case.cookies.clear()
    case.headers.pop(HEADER, None)
    headers = {HEADER: sent[HEADER]} if sent[HEADER] is not None else {}
    cookies = {COOKIE: sent[COOKIE]} if sent[COOKIE] is not None else {}
    return case.call(headers=headers, cookies=cookies)


def expect_closed(case: Case, ground: Ground) -> None:
    """Nobody, a session that is over, an ended token and a session without its form token are refused everything."""
    client = ground.walk.client("secretary")
    if case.operation.label in OPEN_TO_ALL:
        answer = send(case, client, **{COOKIE: None, HEADER: None})
        case.validate_response(answer, checks=CHECKS)
        return
    # Where the path itself is wrong there is no operation to close.
    elsewhere = {HTTPStatus.NOT_FOUND} if case.meta and case.meta.is_negative_at(ParameterLocation.PATH) else set()
    for answer in (
        send(case, client, **{COOKIE: None, HEADER: None}),
        send(case, ground.gone),
        send(case, ground.ended),
    ):
        assert answer.status_code in {HTTPStatus.UNAUTHORIZED, *elsewhere}, f"not signed in: {answer.status_code}"
        case.validate_response(answer, checks=CHECKS)
    if case.method != "GET":
        answer = send(case, client, **{HEADER: None})
        assert answer.status_code in {HTTPStatus.FORBIDDEN, *elsewhere}, f"without the form token: {answer.status_code}"
        case.validate_response(answer, checks=CHECKS)


def probe(operation: Operation, mode: GenerationMode, examples: int, ground: Ground, tally: Tally) -> None:
    """Ask with generated data, in every role or in its turn, in a drawn order, mostly about a case that there is.

    Raises Unsatisfiable when there is no wrong way to ask.
    """
    facts = {name: st.sampled_from([*values, AS_GENERATED]) for name, values in ground.known.items()}

    @seed(SEED)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(generation_mode=mode),
        case_id=st.sampled_from([*ground.cases, None]),
        drawn=st.fixed_dictionaries(facts),
        order=st.permutations(ASKING),
    )
    def ask(case: Case, case_id: str | None, drawn: dict[str, Any], order: list[str]) -> None:
        case.path_parameters["tenant"] = "north"
        if case_id is not None and "case_id" in case.path_parameters:
            case.path_parameters["case_id"] = case_id
            if "document_id" in case.path_parameters and case_id in ground.documents:
                case.path_parameters["document_id"] = ground.documents[case_id]
        if case_id is not None and "change_id" in case.path_parameters:
            case.path_parameters["change_id"] = ground.change
        if "person_id" in case.path_parameters and drawn["person_id"] != AS_GENERATED:
            case.path_parameters["person_id"] = drawn["person_id"]
        expect_closed(case, ground)
        turn = set(ASKING[tally.turns[operation.label] % TURNS :: TURNS])
        tally.turns[operation.label] += 1
        for who in (one for one in order if one in turn):
            if mode is GenerationMode.POSITIVE:
                fit(case, ground, case_id if case_id in case.path_parameters.values() else None, drawn)
            answer = send(case, ground.askers[who])
            tally.asked[operation.label, who] += 1
            tally.answers[operation.label, answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

    ask()


@pytest.mark.proof("T7.3")
def test_generated_requests_get_documented_answers_and_never_a_5xx(
    schema: BaseSchema, play: StartPlay, client_for: ClientFor, web: Flask, paperless: None
) -> None:
    random.seed(SEED)
    tally = Tally()
    ground = Ground.prepare(play, client_for, web)
    for number, operation in enumerate(operations(schema)):
        if PROOF and number:
            # So many requests leave no case as it was.
            ground = Ground.prepare(play, client_for, web)
        try:
            right = EXAMPLES - WRONG
            try:
                probe(operation, GenerationMode.NEGATIVE, WRONG, ground, tally)
            except Unsatisfiable:
                right = EXAMPLES
                tally.without_a_wrong_way.append(operation.label)
            probe(operation, GenerationMode.POSITIVE, right, ground, tally)
        except FailureGroup as group:
            tally.failures.append(f"{operation.label}: {group.exceptions}")
    assert not tally.failures, "\n".join(tally.failures)
    # Only what takes nothing but a tenant's name cannot be asked wrongly.
    assert sorted(tally.without_a_wrong_way) == sorted(
        operation.label
        for operation in operations(schema)
        if not operation.body and [parameter.name for parameter in operation.iter_parameters()] == ["tenant"]
    )
    labels = {operation.label for operation in operations(schema)}
    assert all(tally.asked[label, who] >= EXAMPLES // TURNS for label in labels for who in ASKING)
    taken = {label for label, status in tally.answers if status < HTTPStatus.MULTIPLE_CHOICES}
    figure("roles", len(ASKING))
    figure("requests", tally.asked.total())
    figure("operations that took a request", f"{len(taken)} of {len(labels)}")
    # Were nothing ever taken, nothing behind the door would have been tried.
    assert taken >= {label for label in labels if label.startswith("GET") and not label.endswith("/experts")}
