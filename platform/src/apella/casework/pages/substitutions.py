"""Who acts for an absent chair or secretary: the list, the form of an order, ending it before its time."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.casework.pages import labels
from apella.casework.pages.counting import READINGS, clause_names
from apella.casework.pages.frame import console_frame, full_name, short_name, staff_desk
from apella.errors import Conflict, Malformed, NotFound, RuleViolation
from apella.identity import substitution
from apella.identity.model import Person
from apella.identity.permissions import require
from apella.identity.roles import Role
from apella.identity.substitution import Order
from apella.identity.substitution_reading import Named, holders, substitution_of, substitutions
from apella.web import formatting
from apella.web.components import Alert, Choice, Column, Fact, FieldError, Link, Tag, Tone
from apella.web.errors import status_of
from apella.web.i18n import gettext as _
from apella.web.layout import Crumb
from apella.web.requests import require_fresh

blueprint = Blueprint("console_substitutions", __name__)

TITLES: Final[Mapping[Role, str]] = {Role.CHAIR: _("Заместить председателя"), Role.SECRETARY: _("Заместить секретаря")}
ABSENT: Final[Mapping[Role, str]] = {Role.CHAIR: _("вместо председателя"), Role.SECRETARY: _("вместо секретаря")}
FIELDS: Final = (
    "person_id", "substitute_id", "first_day", "last_day", "act_number", "act_date", "reason", "decided_by",
)  # fmt: skip
LONGEST: Final = 2000
DONE: Final[Mapping[str, str]] = {
    "appointed": _("Замещение назначено. Новые обязанности появятся, когда начнётся первый день."),
    "ended": _("Замещение завершено. Замещавший больше не исполняет чужие обязанности."),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A substitution in the list; `end_url` is empty where there is nothing to end."""

    who: str
    whom: str
    days: str
    act: str
    decided: str
    reason: str
    tag: Tag
    ended: str
    end_url: str


@blueprint.get("/<tenant>/substitutions")
def show(tenant: str) -> str:
    """Show who acts for whom, now and later, and who did."""
    at = staff_desk()
    require(at.actor, "appoint_substitute")
    found = substitutions(at.session, at.actor.season_id, day=_today(at))
    done = DONE.get(request.args.get("done", ""))
    return render_template(
        "casework/substitutions.html",
        frame=console_frame(
            _("Замещения"),
            section="substitutions",
            notices=() if done is None else (Alert(title=done, tone=Tone.OK),),
            here=url_for(".show", tenant=tenant),
        ),
        rule=_rule(at),
        appoint=[
            Link(label=title, url=url_for(".ask", tenant=tenant, role=role))
            for role, title in TITLES.items()
            if at.rules.commission.substitution.substitutes_of(role)
        ],
        present=[_line(at, one) for one in reversed(found) if not _is_over(at, one)],
        past=[_line(at, one) for one in found if _is_over(at, one)],
        columns=[
            Column(label=_("Кто замещает")),
            Column(label=_("Срок")),
            Column(label=_("Распоряжение")),
            Column(label=_("Состояние")),
        ],
    )


@blueprint.get("/<tenant>/substitutions/new/<role>")
def ask(tenant: str, role: str) -> str:  # noqa: ARG001 the address names the tenant
    """Ask for the order."""
    at = staff_desk()
    require(at.actor, "appoint_substitute")
    require_fresh()
    return _form(at, _role(at, role))


@blueprint.post("/<tenant>/substitutions/new/<role>")
def appoint(tenant: str, role: str) -> Response:
    """Appoint somebody; a refusal shows the form again with all that was typed."""
    at = staff_desk()
    require(at.actor, "appoint_substitute")
    require_fresh()
    substituted = _role(at, role)
    try:
        order = _order(substituted)
        with at.session.begin_nested():
            substitution.appoint(
                at.session,
                order,
                actor=at.actor,
                rules=at.rules.commission.substitution,
                zone=at.rules.zone,
                now=at.now,
            )
    except Malformed as error:
        errors = [FieldError(name=name, message=text) for name, text in error.fields.items()]
        return make_response(_form(at, substituted, errors=errors), status_of(error))
    except Conflict as error:
        points = _points(at, error.clauses) if isinstance(error, RuleViolation) else ""
        alert = Alert(title=error.message, text=points, tone=Tone.BAD)
        return make_response(_form(at, substituted, alert=alert), status_of(error))
    return redirect(url_for(".show", tenant=tenant, done="appointed"), code=303)


@blueprint.get("/<tenant>/substitutions/<uuid:substitution_id>/end")
def ask_end(tenant: str, substitution_id: uuid.UUID) -> str:  # noqa: ARG001 the address names the tenant
    """Show what is going to end, and ask for it once more."""
    at = staff_desk()
    require(at.actor, "end_substitute")
    require_fresh()
    return _ending(at, substitution_id)


@blueprint.post("/<tenant>/substitutions/<uuid:substitution_id>/end")
def end(tenant: str, substitution_id: uuid.UUID) -> Response:
    """End it; one that has ended meanwhile is told so."""
    at = staff_desk()
    require(at.actor, "end_substitute")
    require_fresh()
    try:
        substitution.end(at.session, substitution_id, actor=at.actor, zone=at.rules.zone, now=at.now)
    except Conflict as error:
        alert = Alert(title=error.message, tone=Tone.BAD)
        return make_response(_ending(at, substitution_id, alert=alert), status_of(error))
    return redirect(url_for(".show", tenant=tenant, done="ended"), code=303)


# --- Reading what was typed -------------------------------------------------------------------------------------------


def _role(at: Desk, code: str) -> Role:
    found = next((role for role in TITLES if role == code), None)
    if found is None or not at.rules.commission.substitution.substitutes_of(found):
        raise NotFound(_("По этому адресу ничего нет."), code="not_found")
    return found


def _order(role: Role) -> Order:
    """Read the form. Raises Malformed with a sentence for each field."""
    faults: dict[str, str] = {}
    person = _person("person_id", _("Выберите, кого замещают"), faults)
    substitute = _person("substitute_id", _("Выберите, кто замещает"), faults)
    decided_by = _person("decided_by", _("Выберите, чьё распоряжение"), faults) if _typed("decided_by") else None
    first, last, act = (_day(name, faults) for name in ("first_day", "last_day", "act_date"))
    if not _typed("act_number"):
        faults["act_number"] = _("Укажите номер распоряжения")
    if faults or person is None or substitute is None or first is None or last is None or act is None:
        raise Malformed(_("Замещение не назначено: проверьте поля."), code="form.fields", fields=faults)
    return Order(
        role=role,
        person_id=person,
        substitute_id=substitute,
        first_day=first,
        last_day=last,
        act_number=_typed("act_number"),
        act_date=act,
        reason=_typed("reason") or None,
        decided_by=decided_by,
    )


def _typed(name: str) -> str:
    return request.form.get(name, "").replace("\0", "").strip()[:LONGEST]


def _person(name: str, sentence: str, faults: dict[str, str]) -> uuid.UUID | None:
    try:
        return uuid.UUID(_typed(name))
    except ValueError:
        faults[name] = sentence
        return None


def _day(name: str, faults: dict[str, str]) -> date | None:
    try:
        return formatting.parse_day(_typed(name))
    except ValueError as error:
        faults[name] = str(error)
        return None


# --- The pages --------------------------------------------------------------------------------------------------------


def _form(at: Desk, role: Role, *, errors: Sequence[FieldError] = (), alert: Alert | None = None) -> str:
    rules = at.rules.commission.substitution
    people = holders(at.session, at.actor.season_id, {role, *rules.substitutes_of(role), *rules.decided_by})
    deciders = _choices(at, people, rules.decided_by)
    own = str(at.actor.person_id)
    typed = {name: _typed(name) for name in FIELDS}
    if request.method == "GET":
        typed["first_day"] = f"{_today(at):%d.%m.%Y}"
        typed["decided_by"] = own if any(choice.value == own for choice in deciders) else ""
    return render_template(
        "casework/substitution_form.html",
        frame=console_frame(
            TITLES[role],
            section="substitutions",
            crumbs=_crumbs(at, TITLES[role]),
            errors=errors,
            notices=() if alert is None else (alert,),
        ),
        rule=_rule(at),
        action_url=url_for(".appoint", tenant=at.rules.slug, role=role),
        typed=typed,
        absent=_choices(at, people, (role,)),
        substitutes=_choices(at, people, rules.substitutes_of(role)),
        deciders=deciders,
        consequences=_(
            "С первого дня срока по последний этот человек исполняет обязанности сам и от своего имени; в истории дел "
            "будет видно, что по распоряжению."
        ),
        cancel=_back(at),
    )


def _ending(at: Desk, substitution_id: uuid.UUID, *, alert: Alert | None = None) -> str:
    found = substitution_of(at.session, at.actor.season_id, substitution_id, day=_today(at))
    title = _("Завершить замещение")
    line = _line(at, found)
    return render_template(
        "casework/substitution_end.html",
        frame=console_frame(
            title, section="substitutions", crumbs=_crumbs(at, title), notices=() if alert is None else (alert,)
        ),
        facts=[
            Fact(name=_("Кто замещает"), value=full_name(found.substitute)),
            Fact(name=_("Кого"), value=f"{full_name(found.person)}, {ABSENT[found.row.role]}"),
            Fact(name=_("Срок"), value=line.days),
            Fact(name=_("Распоряжение"), value=line.act),
        ],
        ends=bool(line.end_url),
        state=line.tag,
        action_url=url_for(".end", tenant=at.rules.slug, substitution_id=substitution_id),
        cancel=_back(at),
    )


def _crumbs(at: Desk, title: str) -> tuple[Crumb, ...]:
    return (Crumb(label=_("Замещения"), url=url_for(".show", tenant=at.rules.slug)), Crumb(label=title))


def _back(at: Desk) -> Link:
    return Link(label=_("Вернуться к замещениям"), url=url_for(".show", tenant=at.rules.slug))


def _rule(at: Desk) -> str:
    """Name the points of the acts that say who may act for whom; empty where only the platform's reading says it."""
    return _points(at, at.rules.commission.substitution.clauses)


def _points(at: Desk, clauses: Sequence[str]) -> str:
    acts = [clause for clause in clauses if not clause.startswith(f"{READINGS}:")]
    return clause_names(acts, at.rules.sources)


def _choices(at: Desk, people: Sequence[tuple[Role, Person]], roles: Sequence[Role]) -> list[Choice]:
    return [
        Choice(value=str(person.id), label=f"{full_name(person)}, {labels.role_name(role, at.rules.bodies)}")
        for role, person in people
        if role in roles
    ]


def _line(at: Desk, found: Named) -> Line:
    row, zone = found.row, at.rules.zone
    over = _is_over(at, found)
    ended = ""
    if row.ended_at is not None and found.ended_by is not None:
        when = formatting.moment(row.ended_at, zone=zone)
        ended = _("%(who)s, %(when)s", who=short_name(found.ended_by), when=when)
    return Line(
        who=short_name(found.substitute),
        whom=f"{ABSENT[row.role]} ({short_name(found.person)})",
        days=_("с %(first)s по %(last)s", first=formatting.day(row.first_day), last=formatting.day(row.last_day)),
        act=_("№ %(number)s от %(day)s", number=row.act_number, day=formatting.day(row.act_date)),
        decided=_("подписано: %(who)s", who=short_name(found.decided_by)),
        reason=row.reason or "",
        tag=_tag(at, found),
        ended=ended,
        end_url="" if over else url_for("console_substitutions.ask_end", tenant=at.rules.slug, substitution_id=row.id),
    )


def _tag(at: Desk, found: Named) -> Tag:
    row, today = found.row, _today(at)
    if row.ended_at is not None:
        return Tag(text=_("Завершено раньше срока"), icon="minus")
    if row.last_day < today:
        return Tag(text=_("Закончилось"), icon="lock")
    if not found.eligible:
        return Tag(text=_("Не действует: у замещающего нет своей роли"), tone=Tone.WARN, icon="alert")
    if row.first_day > today:
        return Tag(text=_("Ещё не началось"), tone=Tone.INFO, icon="calendar")
    return Tag(text=_("Действует"), tone=Tone.OK, icon="check")


def _is_over(at: Desk, found: Named) -> bool:
    return found.row.ended_at is not None or found.row.last_day < _today(at)


def _today(at: Desk) -> date:
    return at.now.astimezone(at.rules.zone).date()
