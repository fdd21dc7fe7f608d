"""The pages of conflicts of interest: saying that one has one, putting another out of a case, lifting it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy import and_, select
from werkzeug.wrappers import Response

from apella.appeals.conflicts import conflicts_of, people_out_of
from apella.appeals.desk import Desk
from apella.appeals.looks import record_look
from apella.appeals.model import Appeal
from apella.appeals.repository import visible_case
from apella.casework import reading
from apella.casework.pages import labels
from apella.casework.pages.acts.base import typed_version
from apella.casework.pages.case import case_title
from apella.casework.pages.exclusions import line_of
from apella.casework.pages.frame import console_frame, full_name, office_of, staff_desk
from apella.casework.start import VOTING
from apella.casework.timeline import case_head
from apella.errors import ApellaError, Conflict, Malformed, NotFound
from apella.experts import conflicts
from apella.identity.model import Membership, Person
from apella.identity.permissions import may_ever, require, role_for
from apella.identity.roles import Role
from apella.web import formatting
from apella.web.components import Alert, Choice, FieldError, Link, Tone
from apella.web.errors import status_of
from apella.web.i18n import gettext as _
from apella.web.layout import Crumb, PageFrame

LONGEST = 2000

Page = Callable[..., str]
"""Draws a form again: what was typed, and what was wrong with it."""

blueprint = Blueprint("console_conflicts", __name__)


@blueprint.get("/<tenant>/cases/<uuid:case_id>/conflict")
def ask(tenant: str, case_id: uuid.UUID) -> str:  # noqa: ARG001 the address names the tenant
    """Ask what the conflict consists in, and say what will follow."""
    at = staff_desk()
    require(at.actor, "declare_conflict")
    appeal = _case_of_oneself(at, case_id)
    record_look(at, appeal.id)
    return _declaring(at, appeal, version=str(appeal.version))


@blueprint.post("/<tenant>/cases/<uuid:case_id>/conflict")
def declare(tenant: str, case_id: uuid.UUID) -> Response:
    """Put the person out of the case, and lead to where they may still be."""
    at = staff_desk()
    require(at.actor, "declare_conflict")
    appeal = _case_of_oneself(at, case_id)
    try:
        version, ground = typed_version(request.form), _typed("ground")
        at.session.expire_all()
        with at.session.begin_nested():
            conflicts.declare(at, case_id=case_id, version=version, ground=ground)
            at.session.flush()
    except (Malformed, Conflict) as error:
        return _refused(_declaring, at, appeal, error)
    if _sees(at, appeal):
        return redirect(url_for("console_case.show", tenant=tenant, case_id=case_id, done="declare_conflict"), code=303)
    return redirect(_beside(at, done="declare_conflict").url, code=303)


@blueprint.get("/<tenant>/cases/<uuid:case_id>/conflicts")
def show(tenant: str, case_id: uuid.UUID) -> str:  # noqa: ARG001 the address names the tenant
    """Show who is out of a case and why; ask whom else to put out."""
    at = staff_desk()
    appeal = reading.case_to_read(at, case_id)
    require(at.actor, "allocate_conflict")
    return _allocating(at, appeal, version=str(appeal.version))


@blueprint.post("/<tenant>/cases/<uuid:case_id>/conflicts")
def allocate(tenant: str, case_id: uuid.UUID) -> Response:
    """Put another person out of the case."""
    at = staff_desk()
    require(at.actor, "allocate_conflict")
    appeal = reading.case_for(at, case_id)
    try:
        version, ground, person_id = typed_version(request.form), _typed("ground"), _chosen()
        at.session.expire_all()
        with at.session.begin_nested():
            conflicts.allocate(at, case_id=case_id, version=version, person_id=person_id, ground=ground)
            at.session.flush()
    except (Malformed, Conflict, NotFound) as error:
        return _refused(_allocating, at, appeal, error)
    return redirect(url_for("console_case.show", tenant=tenant, case_id=case_id, done="allocate_conflict"), code=303)


@blueprint.get("/<tenant>/cases/<uuid:case_id>/conflicts/<uuid:conflict_id>/lift")
def ask_lifting(tenant: str, case_id: uuid.UUID, conflict_id: uuid.UUID) -> str:  # noqa: ARG001 the same
    """Ask why there is no conflict of interest after all."""
    at = staff_desk()
    appeal = reading.case_to_read(at, case_id)
    require(at.actor, "lift_conflict")
    return _lifting(at, appeal, conflict_id, version=str(appeal.version))


@blueprint.post("/<tenant>/cases/<uuid:case_id>/conflicts/<uuid:conflict_id>/lift")
def lift(tenant: str, case_id: uuid.UUID, conflict_id: uuid.UUID) -> Response:
    """Let the person take part in the case again."""
    at = staff_desk()
    require(at.actor, "lift_conflict")
    appeal = reading.case_for(at, case_id)
    try:
        version, reason = typed_version(request.form), _typed("reason")
        at.session.expire_all()
        with at.session.begin_nested():
            conflicts.lift(at, case_id=case_id, version=version, conflict_id=conflict_id, reason=reason)
            at.session.flush()
    except (Malformed, Conflict) as error:
        return _refused(lambda at, appeal, **more: _lifting(at, appeal, conflict_id, **more), at, appeal, error)
    return redirect(url_for("console_case.show", tenant=tenant, case_id=case_id, done="lift_conflict"), code=303)


# --- Who has not opened the case --------------------------------------------------------------------------------------


def _case_of_oneself(at: Desk, case_id: uuid.UUID) -> Appeal:
    """Return a case that somebody speaks of oneself about: who would open it in an emergency need not open it first."""
    if may_ever(at.actor, "break_glass") and visible_case(at.session, at.actor, case_id) is None:
        return conflicts.unseen_case(at, case_id)
    return reading.case_for(at, case_id)


def _sees(at: Desk, appeal: Appeal) -> bool:
    return visible_case(at.session, at.actor, appeal.id) is not None


def _beside(at: Desk, *, done: str | None = None) -> Link:
    """Return where somebody is led who does not have the case before them: their list of cases, or what opens one."""
    tenant = at.rules.slug
    if role_for(at.actor, "see_journal") is not None:
        return Link(label=_("Журнал"), url=url_for("console_journal.show", tenant=tenant, done=done))
    return Link(label=_("Аварийный доступ"), url=url_for("console_break_glass.show", tenant=tenant, done=done))


# --- Forms ------------------------------------------------------------------------------------------------------------


def _typed(name: str) -> str:
    text = request.form.get(name, "").replace("\0", "").strip()
    if len(text) > LONGEST:
        raise Malformed(
            _("Слишком длинно."),
            code="form.fields",
            fields={name: _("Сократите до %(number)s знаков", number=formatting.whole(LONGEST))},
        )
    return text


def _chosen() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get("person_id", ""))
    except ValueError as error:
        said = {"person_id": _("Выберите человека из списка")}
        raise Malformed(_("Выберите, кого отстранить."), code="form.fields", fields=said) from error


def _refused(page: Page, at: Desk, appeal: Appeal, error: ApellaError) -> Response:
    version = request.form.get("version", "")
    if isinstance(error, Malformed) and error.fields:
        errors = tuple(FieldError(name=name, message=message) for name, message in error.fields.items())
        return make_response(page(at, appeal, version=version, errors=errors), status_of(error))
    actions = (Link(label=_("Открыть дело"), url=_case_url(at, appeal)),) if _sees(at, appeal) else ()
    alert = Alert(title=error.message, tone=Tone.BAD, actions=actions)
    return make_response(page(at, appeal, version=version, alert=alert), status_of(error))


def _declaring(
    at: Desk, appeal: Appeal, *, version: str, errors: tuple[FieldError, ...] = (), alert: Alert | None = None
) -> str:
    closed = at.rules.commission.conflict.reading == "closed"
    after = (
        _("Дело перестанет вам показываться, действий по нему вы совершать не сможете.")
        if closed
        else _("Действий по делу вы совершать не сможете, читать его сможете.")
    )
    relatives = at.rules.commission.composition.relatives
    return render_template(
        "casework/conflict.html",
        frame=_frame(at, appeal, _("Конфликт интересов"), errors=errors, alert=alert),
        about=_about(at, appeal),
        title=_("Вы отказываетесь от участия в деле"),
        consequences=" ".join(part for part in (after, *_later(at, appeal)) if part),
        action_url=url_for("console_conflicts.declare", tenant=at.rules.slug, case_id=appeal.id),
        name="ground",
        label=_("В чём конфликт интересов"),
        hint=_("Например: апеллянт – ваш близкий родственник")
        if relatives
        else _("Например: вы лично заинтересованы в исходе дела"),
        verb=_("Сообщить и выйти из дела"),
        hidden={"version": version},
        typed=request.form.get("ground", ""),
        cancel=Link(label=_("Вернуться к делу"), url=_case_url(at, appeal)) if _sees(at, appeal) else _beside(at),
    )


def _later(at: Desk, appeal: Appeal) -> Iterator[str]:
    """Say what else follows for this person, and who goes on with a paper that nobody else has in their hands."""
    if not at.actor.roles.isdisjoint(VOTING):
        yield _("Ваш голос, если он подан, учитываться не будет.")
    out = people_out_of(at.session, appeal.id)
    mine = out | ({at.actor.person_id} if at.actor.person_id is not None else set())
    if not conflicts.left_to_nobody(at, appeal, without=out) and conflicts.left_to_nobody(at, appeal, without=mine):
        yield _("Передать бумагу дальше, кроме вас, некому: отдайте её секретарю комиссии, он внесёт её в журнал сам.")
    yield _("Вернуть вас в дело может только председатель.")


def _lifting(
    at: Desk,
    appeal: Appeal,
    conflict_id: uuid.UUID,
    *,
    version: str,
    errors: tuple[FieldError, ...] = (),
    alert: Alert | None = None,
) -> str:
    found = next((pair for pair in conflicts_of(at.session, appeal.id) if pair[0].id == conflict_id), None)
    if found is None:
        raise NotFound(_("Такой записи о конфликте интересов в деле нет."), code="conflict.not_found")
    name = full_name(found[1])
    return render_template(
        "casework/conflict.html",
        frame=_frame(at, appeal, _("Снять конфликт интересов"), errors=errors, alert=alert),
        about=_about(at, appeal),
        title=name,
        consequences=_(
            "Дело снова станет доступно: %(name)s. Запись о конфликте и причина снятия останутся в деле. "
            "Заявлено было: %(ground)s",
            name=name,
            ground=found[0].ground,
        ),
        action_url=url_for("console_conflicts.lift", tenant=at.rules.slug, case_id=appeal.id, conflict_id=conflict_id),
        name="reason",
        label=_("Почему конфликта интересов нет"),
        hint="",
        verb=_("Снять конфликт интересов"),
        hidden={"version": version},
        typed=request.form.get("reason", ""),
        cancel=Link(label=_("Вернуться к делу"), url=_case_url(at, appeal)),
    )


def _allocating(
    at: Desk, appeal: Appeal, *, version: str, errors: tuple[FieldError, ...] = (), alert: Alert | None = None
) -> str:
    found = conflicts_of(at.session, appeal.id)
    out = {person.id for conflict, person in found if conflict.lifted_at is None}
    return render_template(
        "casework/conflicts.html",
        frame=_frame(at, appeal, _("Кто отстранён от дела"), errors=errors, alert=alert),
        about=_about(at, appeal),
        conflicts=[line_of(at, conflict, person) for conflict, person in found],
        people=_people(at, appeal, without={*out, at.actor.person_id}),
        person_id=request.form.get("person_id", ""),
        typed=request.form.get("ground", ""),
        action_url=url_for("console_conflicts.allocate", tenant=at.rules.slug, case_id=appeal.id),
        hidden={"version": version},
        cancel=Link(label=_("Вернуться к делу"), url=_case_url(at, appeal)),
    )


def _people(at: Desk, appeal: Appeal, *, without: set[uuid.UUID | None]) -> list[Choice]:
    """Everybody who has this case before them, or may yet get it, by name; of other schools and points nobody has."""
    rows = at.session.execute(
        select(Person, Membership.role)
        .join(Membership, and_(Membership.tenant_id == Person.tenant_id, Membership.person_id == Person.id))
        .where(conflicts.concerned(appeal))
        .order_by(Person.sort_key, Person.id)
    )
    roles: dict[uuid.UUID, tuple[Person, set[Role]]] = {}
    for person, role in rows:
        roles.setdefault(person.id, (person, set()))[1].add(role)
    return [
        Choice(
            value=str(person.id),
            label=f"{full_name(person)}, {labels.role_name(office_of(frozenset(held)), at.rules.bodies)}",
        )
        for person, held in roles.values()
        if person.id not in without
    ]


def _about(at: Desk, appeal: Appeal) -> str:
    if not _sees(at, appeal):
        return labels.case_number(appeal)
    head = case_head(at, appeal)
    return f"{labels.case_number(appeal)} · {full_name(head.person)} · {case_title(at, head)}"


def _frame(at: Desk, appeal: Appeal, title: str, *, errors: tuple[FieldError, ...], alert: Alert | None) -> PageFrame:
    beside = _beside(at)
    return console_frame(
        title,
        section="break_glass" if role_for(at.actor, "see_journal") is None else "journal",
        crumbs=(
            Crumb(label=beside.label, url=beside.url),
            Crumb(label=labels.case_number(appeal), url=_case_url(at, appeal) if _sees(at, appeal) else None),
            Crumb(label=title),
        ),
        errors=errors,
        notices=() if alert is None else (alert,),
    )


def _case_url(at: Desk, appeal: Appeal) -> str:
    return url_for("console_case.show", tenant=at.rules.slug, case_id=appeal.id)
