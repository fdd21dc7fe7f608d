"""Asking for the appeal kit and taking it in (federal:101.1 to 101.5)."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from apella.appeals import lifecycle
from apella.appeals.desk import Desk
from apella.appeals.facts import exam_of, facts_of
from apella.appeals.model import Appeal
from apella.appeals.states import AppealKind
from apella.errors import Conflict, Malformed, RuleViolation
from apella.materials.model import Kit, KitItem, KitState
from apella.registry.model import Work, WorkFile
from apella.registry.work_file_names import material_name

REQUIRED_KINDS = ("registration_form", "answer_form_1")
"""What every kit holds; answer forms 2, protocols and audio depend on the exam."""


def kit_of(desk: Desk, appeal: Appeal) -> Kit | None:
    """The kit of the case's present round."""
    return desk.session.scalars(select(Kit).where(Kit.case_id == appeal.id, Kit.round == appeal.round)).one_or_none()


def request_kit(desk: Desk, *, case_id: uuid.UUID, version: int | None) -> Kit:
    """Ask the data centre for the kit of a score appeal. Raises Conflict when it was asked for already."""
    appeal, role = lifecycle.take(desk, case_id, action="request_kit", version=version)
    if appeal.kind is not AppealKind.SCORE:
        raise RuleViolation("Комплект запрашивают для апелляций о баллах.", code="kit.kind")
    if kit_of(desk, appeal) is not None:
        raise Conflict("Комплект уже запрошен.", code="kit.requested")
    route = desk.rules.kit_route(facts_of(desk, appeal))
    kit = Kit(
        case_id=appeal.id,
        round=appeal.round,
        state=KitState.REQUESTED,
        requested_at=desk.now,
        requested_by=desk.actor.person_id,
        route=[f"{stop.role}:{stop.task}" for stop in route],
    )
    desk.session.add(kit)
    desk.meet_term(appeal.id, "kit.request")
    desk.start_term(appeal.id, appeal.round, "kit.receipt", {"kit_requested": desk.now})
    lifecycle.note(desk, appeal, tag="appeal:kit:requested", role=role, after={"kit": str(kit.id)})
    return kit


def receive_kit(desk: Desk, *, case_id: uuid.UUID, version: int | None, absent_reason: str | None = None) -> Kit:
    """Enter the kit: every file that the registry has of the work becomes an item.

    A missing required item is lawful only with a reason, which stands on the item (reading A21: a cross-checked work
    has no protocols). Raises Malformed naming what is missing.
    """
    appeal, role = lifecycle.take(desk, case_id, action="receive_kit", version=version)
    kit = kit_of(desk, appeal)
    if kit is None or kit.state is not KitState.REQUESTED:
        raise Conflict("Этот комплект не запрошен или уже получен.", code="kit.not_requested")
    if appeal.work_id is None:
        raise RuleViolation("У дела нет экзаменационной работы.", code="kit.no_work")
    files = desk.session.scalars(
        select(WorkFile).where(WorkFile.work_id == appeal.work_id).order_by(WorkFile.kind, WorkFile.page)
    ).all()
    for file in files:
        desk.session.add(KitItem(kit_id=kit.id, kind=file.kind, page=file.page, file_id=file.file_id))
    missing = _missing(desk, appeal, {file.kind for file in files})
    if missing and not (absent_reason or "").strip():
        raise Malformed(
            "В комплекте не всё: дополните его или укажите, почему материала нет.",
            code="kit.incomplete",
            fields={"absent_reason": f"Нет материалов: {', '.join(map(material_name, missing))}"},
        )
    for kind in missing:
        desk.session.add(KitItem(kit_id=kit.id, kind=kind, page=1, absent_reason=absent_reason))
    kit.state = KitState.RECEIVED
    kit.received_at = desk.now
    kit.received_by = desk.actor.person_id
    desk.meet_term(appeal.id, "kit.receipt")
    if desk.rules.needs_expert(exam_of(desk, appeal).subject_code):
        desk.start_term(appeal.id, appeal.round, "expert.assignment", {"registered": appeal.received_at or desk.now})
    lifecycle.note(
        desk, appeal, tag="appeal:kit:received", role=role, after={"items": len(files), "absent": len(missing)}
    )
    return kit


def _missing(desk: Desk, appeal: Appeal, present: set[str]) -> list[str]:
    subject = desk.rules.subjects[exam_of(desk, appeal).subject_code]
    wanted = ["audio"] if subject.oral else list(REQUIRED_KINDS)
    if subject.c:
        wanted.append("answer_form_2")
    work = desk.session.get_one(Work, (appeal.tenant_id, appeal.work_id))
    if subject.has_extended and not work.cross_checked:
        wanted.append("protocol")
    return [kind for kind in wanted if kind not in present]
