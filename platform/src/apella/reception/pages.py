"""The counter: find a participant or a representative, change the phone by its code, print a code to sign in with."""

from __future__ import annotations

import uuid

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.casework.pages.frame import console_frame, full_name
from apella.errors import ApellaError, Conflict, Forbidden, Malformed, NotFound, TooMany
from apella.identity.permissions import may_ever, require
from apella.identity.representation import whole_name
from apella.reception import service
from apella.reception.service import Visitor
from apella.regions.codes import SignInScheme
from apella.web import formatting
from apella.web.components import Alert, Fact, FieldError, Link, Tone
from apella.web.errors import status_of
from apella.web.i18n import gettext as _
from apella.web.layout import Crumb, PageFrame
from apella.web.refusals import note_refusal
from apella.web.requests import app_of, desk, require_fresh

blueprint = Blueprint("reception", __name__)


@blueprint.get("/<tenant>/participants")
def choose(tenant: str) -> str:  # noqa: ARG001 the address names the tenant
    """Ask for the registration code."""
    require(desk().actor, "bind_phone")
    return _find_page()


@blueprint.post("/<tenant>/participants")
def search(tenant: str) -> Response:
    """Lead to the participant or representative whose code was typed."""
    require(desk().actor, "bind_phone")
    code = " ".join(request.form.get("participant", "").replace("\0", "").split())
    if not code:
        return make_response(_find_page(wrong=_("Введите код регистрации")), 422)
    try:
        visitor = service.visitor_by_code(desk(), "bind_phone", code)
    except (Forbidden, NotFound) as error:
        note_refusal(error, status_of(error))
        return make_response(_find_page(code=code, wrong=error.message), status_of(error))
    return redirect(_address(tenant, visitor), code=303)


@blueprint.get("/<tenant>/participants/<uuid:person_id>")
def show(tenant: str, person_id: uuid.UUID) -> str:  # noqa: ARG001 the address names the tenant
    """Show a participant or representative and what can be done."""
    return _find_page(service.visitor_by_id(desk(), "bind_phone", person_id))


@blueprint.get("/<tenant>/participants/<uuid:person_id>/phone")
def phone(tenant: str, person_id: uuid.UUID) -> str:  # noqa: ARG001 the address names the tenant
    """Ask for the new phone."""
    visitor = service.visitor_by_id(desk(), "bind_phone", person_id)
    require_fresh()
    return _phone_page(visitor)


@blueprint.post("/<tenant>/participants/<uuid:person_id>/phone")
def ask(tenant: str, person_id: uuid.UUID) -> Response:
    """Send a code to the new phone."""
    at = desk()
    visitor = service.visitor_by_id(at, "bind_phone", person_id)
    require_fresh()
    try:
        with at.session.begin_nested():
            asked = service.ask_to_bind(at, visitor, phone=request.form.get("phone", ""))
    except (Malformed, Conflict, TooMany) as error:
        return _refusal(error, _phone_page(visitor, error))
    return redirect(url_for(".code", tenant=tenant, person_id=person_id, binding_id=asked.id), code=303)


@blueprint.get("/<tenant>/participants/<uuid:person_id>/phone/<uuid:binding_id>")
def code(tenant: str, person_id: uuid.UUID, binding_id: uuid.UUID) -> str:  # noqa: ARG001 the address names the tenant
    """Ask for the code that came to the new phone."""
    return _code_page(service.visitor_by_id(desk(), "bind_phone", person_id), binding_id)


@blueprint.post("/<tenant>/participants/<uuid:person_id>/phone/<uuid:binding_id>")
def bind(tenant: str, person_id: uuid.UUID, binding_id: uuid.UUID) -> Response:
    """Try the code; the right one changes the phone."""
    at = desk()
    visitor = service.visitor_by_id(at, "bind_phone", person_id)
    require_fresh()
    bound = service.bind_phone(
        at, visitor, database=app_of().database, binding_id=binding_id, code=request.form.get("code", "")
    )
    if isinstance(bound, ApellaError):
        return _refusal(bound, _code_page(visitor, binding_id, bound))
    return redirect(_address(tenant, visitor, done="phone"), code=303)


@blueprint.post("/<tenant>/participants/<uuid:person_id>/school-codes")
def issue(tenant: str, person_id: uuid.UUID) -> Response:
    """Issue a code and show it on a page to print: it is shown this once."""
    at = desk()
    visitor = service.visitor_by_id(at, "issue_school_code", person_id)
    require_fresh()
    issued = service.issue_code(at, visitor)
    page = render_template(
        "reception/code_sheet.html",
        frame=_frame(_("Код для входа"), visitor, last=_("Код для входа")),
        name=full_name(visitor.person),
        code=issued.code,
        until=formatting.moment(issued.expires_at, zone=at.rules.zone),
        address=url_for("sign_in.choose", tenant=tenant, _external=True),
        is_representative=bool(visitor.represents),
        back=_address(tenant, visitor),
    )
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/<tenant>/participants/<uuid:person_id>/school-codes/<uuid:code_id>/revoke")
def revoke(tenant: str, person_id: uuid.UUID, code_id: uuid.UUID) -> Response:
    """End a code that nobody has used."""
    at = desk()
    visitor = service.visitor_by_id(at, "issue_school_code", person_id)
    require_fresh()
    service.revoke_code(at, visitor, code_id)
    return redirect(_address(tenant, visitor, done="revoked"), code=303)


# --- Pages ------------------------------------------------------------------------------------------------------------


def _find_page(visitor: Visitor | None = None, *, code: str = "", wrong: str = "") -> str:
    at = desk()
    seen = None if visitor is None else service.shown(at, visitor)
    facts = []
    if visitor is not None and seen is not None:
        facts = [
            Fact(name=_("Представитель") if visitor.represents else _("Участник"), value=seen.name),
            *(Fact(name=_("Действует за участника"), value=whole_name(one)) for one in visitor.represents),
            Fact(name=_("Документ"), value=seen.document or _("не указан")),
            Fact(name=_("Телефон"), value=seen.phone or _("не указан")),
        ]
    errors = (FieldError(name="participant", message=wrong),) if wrong else ()
    until = None if seen is None or seen.code_until is None else seen.code_until
    return render_template(
        "reception/find.html",
        frame=console_frame(
            _("Вход участников"), section="participants", errors=errors, notices=_done() if visitor else ()
        ),
        code=code if visitor is None else visitor.person.login,
        slug=at.rules.slug,
        person_id=None if visitor is None else visitor.person.id,
        facts=facts,
        is_representative=visitor is not None and bool(visitor.represents),
        representatives=[] if visitor is None else _links(visitor),
        by_paper=at.rules.tenant.sign_in.participants is SignInScheme.SCHOOL_CODE,
        code_id=None if seen is None else seen.code_id,
        code_until="" if until is None else formatting.moment(until, zone=at.rules.zone),
    )


def _links(visitor: Visitor) -> list[Link]:
    """Where the representatives of this participant stand, or of those whom this representative acts for."""
    at = desk()
    if not may_ever(at.actor, "link_representative"):
        return []
    pages = [
        (one, url_for("representatives.show", tenant=at.rules.slug, person_id=one.id))
        for one in visitor.represents or (visitor.person,)
    ]
    return [
        Link(
            label=_("Представители участника: %(name)s", name=whole_name(one))
            if visitor.represents
            else _("Представители участника"),
            url=url,
        )
        for one, url in pages
    ]


def _phone_page(visitor: Visitor, error: ApellaError | None = None) -> str:
    at = desk()
    return render_template(
        "reception/phone.html",
        frame=_frame(_("Смена телефона"), visitor, last=_("Смена телефона"), error=error),
        slug=at.rules.slug,
        person_id=visitor.person.id,
        present=service.shown(at, visitor).phone or _("не указан"),
        is_representative=bool(visitor.represents),
        typed=request.form,
        back=_address(at.rules.slug, visitor),
    )


def _code_page(visitor: Visitor, binding_id: uuid.UUID, error: ApellaError | None = None) -> str:
    slug = desk().rules.slug
    return render_template(
        "reception/phone_code.html",
        frame=_frame(_("Код с нового телефона"), visitor, last=_("Код с нового телефона"), error=error),
        slug=slug,
        person_id=visitor.person.id,
        binding_id=binding_id,
        again=url_for(".phone", tenant=slug, person_id=visitor.person.id),
    )


def _frame(title: str, visitor: Visitor, *, last: str, error: ApellaError | None = None) -> PageFrame:
    slug = desk().rules.slug
    errors: tuple[FieldError, ...] = ()
    if error is not None:
        fields = error.fields if isinstance(error, Malformed) else {}
        errors = tuple(FieldError(name=name, message=text) for name, text in fields.items())
        errors = errors or (FieldError(name="", message=_with_wait(error)),)
    back = _address(slug, visitor)
    return console_frame(
        title,
        section="participants",
        crumbs=(
            Crumb(label=_("Вход участников"), url=url_for("reception.choose", tenant=slug)),
            Crumb(label=full_name(visitor.person), url=back),
            Crumb(label=last),
        ),
        errors=errors,
        here=back,
    )


def _with_wait(error: ApellaError) -> str:
    if not isinstance(error, TooMany):
        return error.message
    wait = formatting.count(-(-error.retry_after // 60), _("минуту"), _("минуты"), _("минут"))
    return _("%(refusal)s Повторить можно через %(wait)s.", refusal=error.message, wait=wait)


def _done() -> tuple[Alert, ...]:
    said = {
        "phone": (
            _("Телефон изменён"),
            _(
                "Коды для входа теперь приходят на новый номер. Все прежние входы завершены, на прежний номер уйдёт "
                "сообщение."
            ),
        ),
        "revoked": (_("Код отозван"), _("Войти с ним больше нельзя.")),
    }.get(request.args.get("done", ""))
    return () if said is None else (Alert(title=said[0], text=said[1], tone=Tone.OK),)


def _address(tenant: str, visitor: Visitor, *, done: str | None = None) -> str:
    return url_for("reception.show", tenant=tenant, person_id=visitor.person.id, done=done)


def _refusal(error: ApellaError, page: str) -> Response:
    answer = make_response(page, status_of(error))
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer
