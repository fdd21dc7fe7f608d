"""For whom a representative acts: one participant at a time, kept with the sign-in."""

from __future__ import annotations

import uuid

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.audit.trail import record
from apella.errors import Forbidden
from apella.identity.representation import principals_of, whole_name
from apella.portal.pages.site import blueprint, own_side_desk, portal_frame
from apella.web.components import Choice, FieldError
from apella.web.i18n import gettext as _
from apella.web.requests import admitted, signed_in

ONESELF = "self"


@blueprint.get("/for-whom")
def choose(tenant: str) -> Response:  # noqa: ARG001 the address names the tenant
    """Ask for whom to act."""
    return _page()


@blueprint.post("/for-whom")
def chosen(tenant: str) -> Response:  # noqa: ARG001 the address names the tenant
    """Act for one of those whom the person represents, or for oneself, until another choice or sign-out."""
    at, found, wanted = own_side_desk(), admitted(), request.form.get("principal", "")
    principal = next((one for one in found.principals if str(one) == wanted), None)
    if principal is None and not (wanted == ONESELF and found.has_own):
        return _page(wrong=True)
    signed_in().principal_id = principal
    record(
        at.session,
        actor=at.actor,
        tag="session:principal:chosen",
        subject_type="person",
        subject_id=principal or found.person.id,
        case_at=at.now,
    )
    return redirect(url_for("portal.cabinet"), code=303)


def _page(*, wrong: bool = False) -> Response:
    at, found = own_side_desk(), admitted()
    people = [one for one in principals_of(at.session, found.person.id) if one.id in found.principals]
    choices = [Choice(value=str(person.id), label=whole_name(person)) for person in people]
    if found.has_own:
        choices.insert(0, Choice(value=ONESELF, label=_("За себя")))
    if not choices:
        raise Forbidden(
            _("Сейчас вы никого не представляете: представительство прекращено или срок доверенности истёк."),
            code="representation.nobody",
        )
    error = FieldError(name="principal", message=_("Выберите, за кого вы действуете"))
    page = render_template(
        "portal/for_whom.html",
        frame=portal_frame(_("За кого вы действуете"), errors=(error,) if wrong else ()),
        action_url=url_for("portal.chosen"),
        choices=choices,
        value=_value(at.actor.principal_id, own=found.has_own),
    )
    return make_response(page, 422 if wrong else 200)


def _value(principal: uuid.UUID | None, *, own: bool) -> str:
    return str(principal) if principal is not None else (ONESELF if own else "")
