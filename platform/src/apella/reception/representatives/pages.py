"""The counter: parents and proxies of a participant, linked by their papers, and ended."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.appeals.mandates import DEEDS
from apella.casework.pages.frame import console_frame, full_name
from apella.errors import ApellaError, Conflict, Malformed, NotFound, RuleViolation
from apella.identity.attorney import STATED, PowerOfAttorney
from apella.identity.model import Person
from apella.identity.permissions import may_ever, require
from apella.identity.representation import Newcomer, representations_of
from apella.identity.representation_model import Representation, RepresentationKind
from apella.reception.representatives import service as representing
from apella.reception.service import Visitor, visitor_by_code, visitor_by_id
from apella.regions.codes import PowerCode, SignInScheme
from apella.web import formatting
from apella.web.components import Alert, Choice, FieldError, Tag, Tone
from apella.web.errors import status_of
from apella.web.formatting import capital
from apella.web.i18n import gettext as _
from apella.web.layout import Crumb
from apella.web.refusals import note_refusal
from apella.web.requests import desk, require_fresh

blueprint = Blueprint("representatives", __name__)

LONGEST: Final = 500
KINDS: Final[Mapping[RepresentationKind, str]] = {
    RepresentationKind.PARENT: _("Родитель (законный представитель)"),
    RepresentationKind.PROXY: _("Представитель по доверенности"),
}
TITLES: Final[Mapping[RepresentationKind, str]] = {
    RepresentationKind.PARENT: _("Связать с родителем"),
    RepresentationKind.PROXY: _("Внести доверенность"),
}
LINKED: Final[Mapping[SignInScheme, str]] = {
    SignInScheme.DOCUMENT_SMS: _("Представитель связан с участником. Он входит со своим документом и телефоном."),
    SignInScheme.APPLICATION_SMS: _(
        "Представитель связан с участником. Он входит по фамилии и номеру для входа, код придёт на его телефон."
    ),
    SignInScheme.SCHOOL_CODE: _(
        "Представитель связан с участником. Он входит с кодом на бумаге: выдайте его на странице «Вход участников»."
    ),
}
ENDED: Final = _("Представительство прекращено. Действовать за участника этот человек больше не может.")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A link in the list; `number` is what the representative signs in with, where participants sign in by one.

    `sign_in_url` is where their phone and code are changed, empty for who may not.
    """

    id: uuid.UUID
    who: str
    kind: str
    scope: str
    number: str
    tag: Tag
    live: bool
    sign_in_url: str


@blueprint.get("/<tenant>/representatives")
def choose(tenant: str) -> str:  # noqa: ARG001 the address names the tenant
    """Ask for the registration code."""
    at = desk()
    require(at.actor, "link_representative")
    return _find_page(at)


@blueprint.post("/<tenant>/representatives")
def search(tenant: str) -> Response:
    """Lead to those who act for the participant whose registration code was typed."""
    at = desk()
    require(at.actor, "link_representative")
    code = " ".join(_typed("participant").split())
    if not code:
        return make_response(_find_page(at, wrong=_("Введите код регистрации")), 422)
    try:
        visitor = visitor_by_code(at, "link_representative", code)
    except NotFound as error:
        note_refusal(error, status_of(error))
        return make_response(_find_page(at, code=code, wrong=error.message), status_of(error))
    return redirect(_address(tenant, visitor), code=303)


@blueprint.get("/<tenant>/participants/<uuid:person_id>/representatives")
def show(tenant: str, person_id: uuid.UUID) -> str:  # noqa: ARG001 the address names the tenant
    """Show those who act for a participant."""
    at = desk()
    return _find_page(at, visitor_by_id(at, "link_representative", person_id))


@blueprint.get("/<tenant>/participants/<uuid:person_id>/representatives/<kind>")
def ask(tenant: str, person_id: uuid.UUID, kind: str) -> str:  # noqa: ARG001 the address names the tenant
    """Ask for the papers of a parent or a proxy."""
    at = desk()
    visitor = visitor_by_id(at, "link_representative", person_id)
    require_fresh()
    return _form_page(at, visitor, _kind(kind))


@blueprint.post("/<tenant>/participants/<uuid:person_id>/representatives/<kind>")
def link(tenant: str, person_id: uuid.UUID, kind: str) -> Response:
    """Link a parent, or enter a power of attorney."""
    at, wanted = desk(), _kind(kind)
    visitor = visitor_by_id(at, "link_representative", person_id)
    require_fresh()
    try:
        with at.session.begin_nested():
            if wanted is RepresentationKind.PARENT:
                representing.link_parent(at, visitor, newcomer=_newcomer(), proof=_typed("proof"))
            else:
                representing.link_proxy(at, visitor, newcomer=_newcomer(), paper=_paper())
    except (Malformed, Conflict, RuleViolation) as error:
        return make_response(_form_page(at, visitor, wanted, error), status_of(error))
    return redirect(_address(tenant, visitor, done="linked"), code=303)


@blueprint.post("/<tenant>/participants/<uuid:person_id>/representatives/<uuid:representation_id>/end")
def end(tenant: str, person_id: uuid.UUID, representation_id: uuid.UUID) -> Response:
    """End a link."""
    at = desk()
    visitor = visitor_by_id(at, "link_representative", person_id)
    require_fresh()
    try:
        representing.end(at, visitor, representation_id=representation_id, reason=_typed("reason"))
    except (Malformed, Conflict) as error:
        return make_response(_find_page(at, visitor, wrong_reason=error), status_of(error))
    return redirect(_address(tenant, visitor, done="ended"), code=303)


# --- What was typed ---------------------------------------------------------------------------------------------------


def _kind(text: str) -> RepresentationKind:
    try:
        return RepresentationKind(text)
    except ValueError:
        raise NotFound("По этому адресу ничего нет.", code="not_found") from None


def _typed(name: str) -> str:
    return request.form.get(name, "").replace("\0", "").strip()[:LONGEST]


def _newcomer() -> Newcomer:
    return Newcomer(
        surname=_typed("surname"),
        given_name=_typed("given_name"),
        patronymic=_typed("patronymic") or None,
        document=_typed("document"),
        phone=_typed("phone"),
    )


def _paper() -> PowerOfAttorney:
    """The power of attorney of the form. Raises Malformed for days that are none."""
    wrong: dict[str, str] = {}
    given_on = _day("given_on", wrong)
    valid_until = _day("valid_until", wrong) if _typed("valid_until") else None
    if wrong or given_on is None:
        raise Malformed("Проверьте даты доверенности.", code="representation.fields", fields=wrong)
    known = {str(code) for code in PowerCode}
    parent, year = _typed("given_by"), _typed("year")
    return PowerOfAttorney(
        number=_typed("number"),
        given_on=given_on,
        issuer=_typed("issuer"),
        given_by=_uuid(parent) if _typed("issuer") == "parent" else None,
        form_code=_typed("form_code") or None,
        subject_code=_typed("subject_code") or None,
        year=int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None,
        powers=frozenset(PowerCode(code) for code in request.form.getlist("powers") if code in known),
        notarised="notarised" in request.form,
        valid_until=valid_until,
        place=_typed("place"),
        signed="signed" in request.form,
        principal={name: _typed(f"principal_{name}") for name in STATED},
        attorney={name: _typed(f"attorney_{name}") for name in STATED},
        child=_typed("child"),
    )


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _day(name: str, wrong: dict[str, str]) -> date | None:
    try:
        return formatting.parse_day(_typed(name))
    except ValueError as error:
        wrong[name] = str(error)
        return None


# --- Pages ------------------------------------------------------------------------------------------------------------


def _find_page(
    at: Desk,
    visitor: Visitor | None = None,
    *,
    code: str = "",
    wrong: str = "",
    wrong_reason: ApellaError | None = None,
) -> str:
    errors = (FieldError(name="participant", message=wrong),) if wrong else ()
    if wrong_reason is not None:
        errors = (FieldError(name="reason", message=wrong_reason.message),)
    said = {"linked": LINKED[at.rules.tenant.sign_in.participants], "ended": ENDED}
    done = said.get(request.args.get("done", "")) if visitor else None
    return render_template(
        "reception/representatives.html",
        frame=console_frame(
            _("Представители"),
            section="representatives",
            errors=errors,
            notices=() if done is None else (Alert(title=done, tone=Tone.OK),),
            here=url_for(".choose", tenant=at.rules.slug) if visitor is None else _address(at.rules.slug, visitor),
        ),
        code=code if visitor is None else visitor.person.login,
        slug=at.rules.slug,
        name="" if visitor is None else full_name(visitor.person),
        person_id=None if visitor is None else visitor.person.id,
        links=[] if visitor is None else _lines(at, visitor),
        proxies=at.rules.presence.proxy.allowed,
        reason=_typed("reason"),
    )


def _form_page(at: Desk, visitor: Visitor, kind: RepresentationKind, error: ApellaError | None = None) -> str:
    rules, slug = at.rules.presence.proxy, at.rules.slug
    fields: Mapping[str, str] = error.fields if isinstance(error, Malformed) else {}
    errors = tuple(FieldError(name=name, message=text) for name, text in fields.items())
    if error is not None and not errors:
        errors = (FieldError(name="", message=error.message),)
    known = {"appellant": _("Сам участник"), "parent": _("Родитель (законный представитель)")}
    return render_template(
        "reception/representative_form.html",
        frame=console_frame(
            TITLES[kind],
            section="representatives",
            crumbs=(
                Crumb(label=_("Представители"), url=url_for(".choose", tenant=slug)),
                Crumb(label=full_name(visitor.person), url=_address(slug, visitor)),
                Crumb(label=TITLES[kind]),
            ),
            errors=errors,
            here=_address(slug, visitor),
        ),
        action_url=url_for(".link", tenant=slug, person_id=visitor.person.id, kind=kind.value),
        title=TITLES[kind],
        is_proxy=kind is RepresentationKind.PROXY,
        typed=request.form,
        picked=request.form.getlist("powers"),
        rules=rules,
        forms=[Choice(value=form.code, label=form.title) for form in rules.forms],
        issuers=[Choice(value=code, label=text) for code, text in known.items() if code in (rules.issuers or known)],
        parents=_parents(at, visitor),
        subjects=[Choice(value=code, label=subject.name) for code, subject in at.rules.subjects.items()],
        powers=[Choice(value=code, label=capital(DEEDS[code])) for code in rules.grantable],
        stated=[(name, capital(what)) for name, what in STATED.items()],
        sides=[("principal", _("Доверитель, как в доверенности")), ("attorney", _("Представитель, как в доверенности"))]
        if rules.forms
        else [],
        back=_address(slug, visitor),
    )


def _parents(at: Desk, visitor: Visitor) -> Sequence[Choice]:
    return [
        Choice(value=str(person.id), label=full_name(person))
        for row, person in representations_of(at.session, visitor.person.id)
        if row.kind is RepresentationKind.PARENT and row.ended_at is None
    ]


def _lines(at: Desk, visitor: Visitor) -> list[Line]:
    return [_line(at, row, person) for row, person in representations_of(at.session, visitor.person.id)]


def _line(at: Desk, row: Representation, person: Person) -> Line:
    today = at.now.astimezone(at.rules.zone).date()
    live = row.ended_at is None
    if not live:
        tag = Tag(text=_("Прекращено"), icon="minus")
    elif row.valid_until is not None and row.valid_until < today:
        tag = Tag(text=_("Срок истёк"), tone=Tone.WARN, icon="alert")
    else:
        tag = Tag(text=_("Действует"), tone=Tone.OK, icon="check")
    return Line(
        id=row.id,
        who=full_name(person),
        kind=KINDS[row.kind],
        scope=_scope(at, row),
        number=person.login,
        tag=tag,
        live=live,
        sign_in_url=url_for("reception.show", tenant=at.rules.slug, person_id=person.id)
        if may_ever(at.actor, "bind_phone")
        else "",
    )


def _scope(at: Desk, row: Representation) -> str:
    """What a power of attorney is about, until when, and what it allows; empty for a parent."""
    if row.kind is RepresentationKind.PARENT or row.valid_until is None:
        return ""
    parts = [_("до %(day)s", day=formatting.day(row.valid_until))]
    if row.subject_code is not None:
        parts.append(at.rules.subjects[row.subject_code].name)
    if row.year is not None:
        parts.append(_("%(year)s год", year=row.year))
    parts += [DEEDS[PowerCode(code)] for code in row.powers]
    return "; ".join(parts)


def _address(tenant: str, visitor: Visitor, *, done: str | None = None) -> str:
    return url_for("representatives.show", tenant=tenant, person_id=visitor.person.id, done=done)
