"""The API of cases."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Response, jsonify, make_response, request

from apella.appeals import repository
from apella.appeals.application import Presence
from apella.appeals.facts import exam_of
from apella.appeals.filing import Application, decisions_of, file_appeal
from apella.appeals.mandates import require_power
from apella.appeals.schemas import (
    ApplicationSchema,
    CaseSchema,
    ChannelSchema,
    ClockSchema,
    MeSchema,
    PositionSchema,
    TransitionSchema,
    WorkSchema,
    WorkSearchSchema,
)
from apella.appeals.states import AppealKind
from apella.appeals.verb import Verb
from apella.audit.trail import record
from apella.casework import reading
from apella.casework.idempotency import answered_before, remember
from apella.casework.offers import VERBS
from apella.casework.schemas import DocumentNumberSchema, DocumentSchema, ExpertSchema, LinkSchema
from apella.casework.timeline import orders_of_moves
from apella.casework.views import as_document, case_view
from apella.deadlines.explain import Explanation
from apella.errors import Malformed, NotFound
from apella.experts import service as experts
from apella.identity.permissions import may_ever, require
from apella.identity.step_up import DEEDS
from apella.regions.codes import PowerCode
from apella.storage.keys import Area, ObjectKey
from apella.web.api import PROBLEM, blueprint
from apella.web.requests import admitted, app_of, desk, require_fresh
from apella.web.security import current_csrf_token

api = blueprint("cases", __name__, "Cases: filing, journal, verbs, documents")
LINK_SECONDS = 120

_CASE = CaseSchema()


@api.route("/me")
@api.response(200, MeSchema)
def me(tenant: str) -> dict[str, Any]:  # noqa: ARG001 the address names the tenant
    """Who is signed in."""
    found = admitted()
    return {
        "login": found.actor.login,
        "roles": sorted(found.actor.roles),
        "acting_for": sorted(found.actor.acting_for),
        "season": found.season.code,
        "now": desk().now,
        "zone": desk().rules.tenant.zone,
        "csrf_token": current_csrf_token(),
    }


@api.route("/channels")
@api.response(200, ChannelSchema(many=True))
def channels(tenant: str) -> list[dict[str, Any]]:  # noqa: ARG001 the address names the tenant
    """The doors of this region; `open` says whether the exam commission's decision that a door needs is there."""
    at = desk()
    decisions = decisions_of(at)
    return [
        {
            "kind": AppealKind(channel.kind),
            "code": str(channel.code),
            "title": channel.title,
            "categories": list(channel.categories),
            "operator": str(channel.operator),
            "start_state": str(channel.start_state),
            "forwarded_by": [str(step.role) for step in channel.forwarding],
            "copies": channel.copies,
            "certified_by": [] if channel.certification is None else list(map(str, channel.certification.roles)),
            "dated": channel.dated,
            "required_fields": [str(name) for name in channel.required_fields],
            "open": channel.decision is None or channel.decision in decisions,
        }
        for channel in at.rules.channels
    ]


@api.route("/works")
@api.response(200, WorkSchema(many=True))
def works(tenant: str) -> list[dict[str, Any]]:  # noqa: ARG001 the address names the tenant
    """One's own exam works, or the principal's, that an appeal may be filed on."""
    return _works(None)


@api.post("/works/search")
@api.arguments(WorkSearchSchema)
@api.response(200, WorkSchema(many=True))
def search_works(body: Mapping[str, Any], tenant: str) -> list[dict[str, Any]]:  # noqa: ARG001 the same
    """Exam works of a participant whom this member of staff serves, by the registration code. Changes nothing."""
    return _works(" ".join(body["participant"].split()))


def _works(participant: str | None) -> list[dict[str, Any]]:
    at = desk()
    return [
        {
            "id": view.work.id,
            "subject_code": view.exam.subject_code,
            "subject": at.rules.subjects[view.exam.subject_code].name,
            "exam_date": view.exam.exam_date,
            "participant": view.person.login,
            "primary_score": None if view.result is None or not view.shows_score else view.result.primary_score,
            "test_score": None if view.result is None or not view.shows_score else view.result.test_score,
            "positions": [
                f"{position.task_type}{position.number}"
                for position in at.rules.subjects[view.exam.subject_code].positions
            ],
            "opens": view.opens,
            "due": view.due,
        }
        for view in reading.works_of(at, participant=participant)
    ]


@api.route("/appeals", methods=["POST"])
@api.arguments(ApplicationSchema)
@api.response(201, CaseSchema)
@api.doc(
    parameters=[
        {
            "in": "header",
            "name": "Idempotency-Key",
            "required": True,
            "schema": {"type": "string", "minLength": 8, "maxLength": 100, "pattern": "^[\\x21-\\x7e]+$"},
            "description": "The same key and body get the same answer again, so a retry never files twice.",
        }
    ]
)
def file(body: dict[str, Any], tenant: str) -> Response:  # noqa: ARG001 the address names the tenant
    """File an appeal."""
    at = desk()
    key = _idempotency_key()
    digest = hashlib.sha256(request.get_data()).digest()
    earlier = answered_before(at, key=key, digest=digest)
    if earlier is not None:
        return make_response(jsonify(earlier.answer), earlier.status)
    presence = Presence(**body.pop("presence"))
    appeal = file_appeal(at, Application(**{**body, "presence": presence, "disputed": tuple(body["disputed"])}))
    at.session.flush()
    answer = json.loads(json.dumps(_CASE.dump(as_document(case_view(at, appeal)))))
    remember(at, key=key, digest=digest, status=201, answer=answer)
    return make_response(jsonify(answer), 201)


@api.route("/appeals/<uuid:case_id>")
@api.response(200, CaseSchema)
def case(tenant: str, case_id: uuid.UUID) -> dict[str, Any]:  # noqa: ARG001 the address names the tenant
    """One case with what is owed to it and what the caller may do."""
    at = desk()
    return as_document(case_view(at, reading.case_to_read(at, case_id)))


@api.route("/appeals/<uuid:case_id>/history")
@api.response(200, TransitionSchema(many=True))
def history(tenant: str, case_id: uuid.UUID) -> list[dict[str, Any]]:  # noqa: ARG001 the address names the tenant
    """Every move of a case."""
    at = desk()
    appeal = reading.case_to_read(at, case_id)
    orders = orders_of_moves(at.session, appeal.id)
    return [
        {
            "seq": row.seq,
            "action": row.action,
            "from_state": row.from_state,
            "to_state": row.to_state,
            "actor": row.actor_login,
            "role": row.role,
            "acting": orders.get(row.seq),
            "at": row.case_at,
            "due": row.due_at,
        }
        for row in repository.history_of(at.session, appeal.id)
    ]


@api.route("/appeals/<uuid:case_id>/deadlines")
@api.response(200, ClockSchema(many=True))
def clocks(tenant: str, case_id: uuid.UUID) -> list[dict[str, Any]]:  # noqa: ARG001 the address names the tenant
    """Every clock of a case with its count: why this date."""
    at = desk()
    appeal = reading.case_to_read(at, case_id)
    counted = [
        (clock, Explanation.from_record(clock.explanation)) for clock in repository.clocks_of(at.session, appeal.id)
    ]
    return [
        {
            "term": clock.term,
            "title": clock.title,
            "state": clock.state,
            "owed_by": clock.owed_by,
            "action": clock.action,
            "clauses": clock.clauses,
            "due": clock.due_at,
            "federal_due": None if explanation.law is None else clock.federal_due_at,
            "met_at": clock.met_at,
            "explanation": explanation.as_json(),
        }
        for clock, explanation in counted
    ]


@api.route("/appeals/<uuid:case_id>/marks")
@api.response(200, PositionSchema(many=True))
def marks(tenant: str, case_id: uuid.UUID) -> list[Any]:  # noqa: ARG001 the address names the tenant
    """The scoring positions of the case's work with the marks in force."""
    at = desk()
    appeal = reading.case_for(at, case_id)
    require_power(at.actor, PowerCode.MATERIALS, exam_of(at, appeal), rules=at.rules)
    return list(reading.marks_of(at, appeal))


@api.route("/appeals/<uuid:case_id>/experts")
@api.response(200, ExpertSchema(many=True))
@api.alt_response(409, response=PROBLEM)
def expert_choices(tenant: str, case_id: uuid.UUID) -> list[dict[str, Any]]:  # noqa: ARG001 the address names the tenant
    """The experts of the subject: who may take the case, and what speaks against the others."""
    at = desk()
    appeal = reading.case_to_read(at, case_id)
    require(at.actor, "assign_expert", str(appeal.state))
    return [
        {
            "id": choice.expert.id,
            "code": choice.expert.code,
            "name": " ".join(
                part for part in (choice.person.surname, choice.person.given_name, choice.person.patronymic) if part
            ),
            "obstacles": list(choice.obstacles),
            "held": choice.load,
        }
        for choice in experts.choices(at, appeal)
    ]


@api.route("/appeals/<uuid:case_id>/documents")
@api.response(200, DocumentSchema(many=True))
def documents(tenant: str, case_id: uuid.UUID) -> list[dict[str, Any]]:  # noqa: ARG001 the address names the tenant
    """The documents of a case that are made."""
    at = desk()
    return [
        {
            "id": document.id,
            "form": document.form,
            "title": document.title,
            "version": document.version,
            "file_name": file.file_name,
            "size": file.size,
            "sha256": file.sha256.hex(),
            "made_at": document.made_at,
        }
        for document, file in reading.documents_of(at, reading.case_to_read(at, case_id))
    ]


@api.route("/appeals/<uuid:case_id>/documents/<uuid:document_id>/link", methods=["POST"])
@api.response(201, LinkSchema)
def document_link(tenant: str, case_id: uuid.UUID, document_id: uuid.UUID) -> dict[str, Any]:  # noqa: ARG001 the same
    """Make a short-lived link to a document; that it was made, and for whom, stands in the audit."""
    link = link_to_document(case_id, document_id)
    return {"url": link[0], "expires_at": link[1]}


@api.route("/appeals/<uuid:case_id>/document-number", methods=["POST"])
@api.response(200, DocumentNumberSchema)
def document_number(tenant: str, case_id: uuid.UUID) -> dict[str, Any]:  # noqa: ARG001 the address names the tenant
    """Show the appellant's identity document in full."""
    at = desk()
    return {"document": reading.document_number_of(at, reading.case_for(at, case_id))}


def link_to_document(case_id: uuid.UUID, document_id: uuid.UUID) -> tuple[str, datetime]:
    """A signed link to a document of a case that this request's person may see, and when it ends."""
    at = desk()
    appeal = reading.case_for(at, case_id)
    found = next(
        ((document, file) for document, file in reading.documents_of(at, appeal) if document.id == document_id), None
    )
    if found is None:
        raise NotFound("Такого документа в деле нет.", code="document.unknown")
    document, file = found
    record(
        at.session,
        actor=at.actor,
        tag="document:link:issued",
        subject_type="document",
        subject_id=document.id,
        case_id=appeal.id,
        case_at=at.now,
    )
    link = app_of().store.presign_get(
        ObjectKey.parse(file.key, area=Area.CLEAN),
        filename=f"{document.form}.pdf",
        content_type=file.content_type,
        seconds=LINK_SECONDS,
        now=at.machine_now,
    )
    return link.url, link.expires_at


def _idempotency_key() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not 8 <= len(key) <= 100 or not key.isascii() or not key.isprintable() or " " in key:
        raise Malformed(
            "Пришлите заголовок Idempotency-Key: от 8 до 100 знаков, свой для каждого заявления.",
            code="idempotency.missing",
            fields={"Idempotency-Key": "От 8 до 100 печатных знаков без пробелов"},
        )
    return key


def _add_verb(verb: Verb) -> Callable[..., Any]:
    def act(body: dict[str, Any], tenant: str, case_id: uuid.UUID) -> dict[str, Any]:  # noqa: ARG001 the same
        at = desk()
        version = body.pop("version")
        if verb.action in DEEDS and may_ever(at.actor, verb.action):
            require_fresh()
        verb.call(at, case_id, version, body)
        at.session.flush()
        return as_document(case_view(at, reading.case_for(at, case_id)))

    act.__name__ = verb.action
    act.__doc__ = f"{verb.title}."
    view = api.arguments(verb.schema)(api.response(200, CaseSchema)(act))
    api.route(f"/appeals/<uuid:case_id>/{verb.path}", methods=["POST"], endpoint=verb.action)(view)
    return act


for _verb in VERBS.values():
    _add_verb(_verb)
