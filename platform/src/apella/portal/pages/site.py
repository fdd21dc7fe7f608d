"""The blueprint of the cabinet, who may open it, and the frame of its pages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for

from apella.appeals.desk import Desk
from apella.appeals.repository import OWN_SIDE
from apella.errors import Forbidden
from apella.identity.mandate import REPRESENTING
from apella.identity.model import Person
from apella.identity.representation import whole_name
from apella.portal.voice import voice_of
from apella.web import formatting, preferences, security
from apella.web.components import Alert, FieldError, Link
from apella.web.formatting import capital
from apella.web.i18n import gettext as _
from apella.web.layout import Contacts, PageFrame
from apella.web.requests import admitted, desk, rules, slug
from apella.web.teaching import teaching_day

blueprint = Blueprint("portal", __name__, url_prefix="/<tenant>/cabinet")


@blueprint.url_defaults
def _of_this_tenant(endpoint: str, values: dict[str, Any]) -> None:  # noqa: ARG001 Flask calls it so
    """Pages of the cabinet lead to pages of the same tenant's cabinet."""
    if "tenant" not in values:
        values["tenant"] = slug()


@blueprint.context_processor
def _voice() -> dict[str, Any]:
    """Templates say `{{ say(_("Ваши бланки"), _("Бланки участника")) }}`; pages of errors do not, and need no desk."""
    return {"say": lambda own, about: voice_of(desk().actor).say(own, about)}


def own_side_desk() -> Desk:
    """The desk of a participant, or of somebody who represents participants. Raises Forbidden for everybody else."""
    at = desk()
    if not at.actor.roles & OWN_SIDE:
        raise Forbidden(
            "Личный кабинет есть только у участников экзаменов и их представителей. "
            "Сотрудники работают на своих страницах.",
            code="portal.role",
        )
    return at


def cabinet_desk() -> Desk:
    """The desk of the participant behind this request, or of who acts for one. Raises Forbidden for everybody else."""
    at = own_side_desk()
    if at.actor.own_id is None:
        raise Forbidden(
            "Сначала выберите, за кого вы действуете: откройте личный кабинет.", code="representation.nobody"
        )
    return at


def owner() -> Person:
    """The participant whose cabinet this is."""
    at, person = desk(), admitted().person
    if at.actor.own_id in (None, person.id):
        return person
    return at.session.get_one(Person, (at.actor.tenant_id, at.actor.own_id))


def _acting_for(at: Desk) -> str:
    """Say for whom a representative acts, and as whom; empty for a participant."""
    if not at.actor.roles & REPRESENTING or at.actor.own_id is None:
        return ""
    person = owner()
    name = whole_name(person)
    if at.actor.is_proxy:
        return _("Вы действуете за участника по доверенности: %(name)s.", name=name)
    return _("Вы действуете за участника как родитель: %(name)s.", name=name)


def portal_frame(
    title: str,
    *,
    errors: tuple[FieldError, ...] = (),
    notices: tuple[Alert, ...] = (),
    here: str | None = None,
) -> PageFrame:
    """The frame of a page of the cabinet; `here` is where to come back to, when it is not this very address."""
    at = desk()
    found = admitted()
    person, region = found.person, rules()
    return PageFrame(
        title=title,
        commission_name=str(region.tenant.title),
        person_name=formatting.first_name_initial(person.given_name, person.surname),
        acting_for=_acting_for(at),
        acting_url=url_for("portal.choose") if len(found.principals) + found.has_own > 1 else None,
        now_text=formatting.moment(at.now, zone=region.zone),
        teaching_time=teaching_day(at.now, zone=region.zone),
        csrf_token=security.current_csrf_token(),
        preferences=preferences.current(),
        errors=errors,
        notices=notices,
        contacts=_contacts(),
        links=(Link(label=_("Мои входы"), url=url_for("sign_ins.show", tenant=slug())),),
        home_url=url_for("portal.cabinet"),
        sign_out_url=url_for("sign_in.leave", tenant=slug()),
        here=here or preferences.local_path(request.full_path.rstrip("?") if request.method == "GET" else request.path),
    )


def office_hours() -> str:
    """When the region's staff doors are open: «пн–пт 09:00–18:00»."""
    hours = rules().tenant.office_hours
    return formatting.office_hours(hours.weekdays, opens=hours.opens, closes=hours.closes)


def _contacts() -> Contacts:
    region = rules()
    hours = office_hours()
    return Contacts(
        who=capital(str(region.bodies.commission.full)),
        phone=region.tenant.contacts.phone,
        hours=_("%(hours)s (учебный номер)", hours=hours) if region.tenant.contacts.teaching else hours,
    )
