"""The console's frame around a page, for the person of this request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from sqlalchemy import func as sql
from sqlalchemy import select

from apella.appeals.desk import Desk
from apella.calendar.model import CalendarVersion, VersionState
from apella.casework.pages import labels
from apella.errors import Forbidden
from apella.identity.actor import Actor
from apella.identity.model import Person
from apella.identity.permissions import role_for
from apella.identity.roles import Role
from apella.regions.rules import RegionRules
from apella.web import formatting, preferences, security
from apella.web.components import Alert, FieldError
from apella.web.formatting import capital
from apella.web.i18n import gettext as _
from apella.web.layout import Contacts, Crumb, MenuItem, PageFrame
from apella.web.requests import admitted, desk
from apella.web.teaching import teaching_day

# By which role a person of several is greeted.
OFFICES = (
    Role.CHAIR,
    Role.DEPUTY_CHAIR,
    Role.SECRETARY,
    Role.MEMBER,
    Role.EXAM_COMMISSION_CHAIR,
    Role.EXAM_COMMISSION_MEMBER,
    Role.EXPERT,
    Role.DATA_CENTRE_OPERATOR,
    Role.SCHOOL_OPERATOR,
    Role.MUNICIPAL_OPERATOR,
    Role.QUEUE_CLERK,
)
SELF_SERVICE = frozenset({Role.PARTICIPANT, Role.PARENT, Role.PROXY})
"""Those who have a cabinet instead of the console."""


def console_frame(
    title: str,
    *,
    section: str = "",
    heading: str | None = None,
    crumbs: Sequence[Crumb] = (),
    errors: Sequence[FieldError] = (),
    notices: Sequence[Alert] = (),
    search_text: str = "",
    here: str | None = None,
) -> PageFrame:
    """Return the frame.

    `section` is the menu line of the page: start, journal, file, participants, representatives, deadlines, calendar,
    rules, commission, substitutions, audit, sessions. `here` is the path to come back to, where it is not the
    request's own.
    """
    found, at = admitted(), desk()
    rules = at.rules
    home = f"/{rules.slug}/"
    may_search = role_for(at.actor, "see_journal") is not None
    return PageFrame(
        title=title,
        heading=heading,
        commission_name=capital(str(rules.bodies.commission.full)),
        season_name=_("ЕГЭ, сезон %(year)s года", year=found.season.year),
        person_name=short_name(found.person),
        role_name=_office(at.actor, rules),
        menu=_menu(home, section),
        breadcrumbs=tuple(crumbs),
        now_text=formatting.moment(at.now, zone=rules.zone),
        teaching_time=teaching_day(at.now, zone=rules.zone),
        csrf_token=security.current_csrf_token(),
        preferences=preferences.current(),
        errors=tuple(errors),
        notices=tuple(notices),
        contacts=_contacts(rules),
        home_url=home,
        search_url=f"{home}journal" if may_search else None,
        search_text=search_text,
        sign_out_url=f"{home}sign-out",
        here=preferences.local_path(here or _path()),
    )


def staff_desk() -> Desk:
    """The desk of somebody who works; a participant has the cabinet. Raises Forbidden."""
    at = desk()
    if at.actor.roles <= SELF_SERVICE:
        raise Forbidden(_("Эта страница для сотрудников. Ваши апелляции – в личном кабинете."), code="console.staff")
    return at


def _office(actor: Actor, rules: RegionRules) -> str | None:
    """Who somebody is, or for whom they act and until when."""
    if not actor.roles:
        return None
    office = office_of(actor.roles)
    acting = next((one for one in actor.acting if one.role is office), None)
    if acting is None:
        return labels.role_name(office, rules.bodies)
    return _("%(what)s по %(day)s", what=labels.ACTING[office], day=formatting.day(acting.last_day))


def office_of(roles: frozenset[Role]) -> Role:
    """The role by which somebody is greeted."""
    return next((role for role in OFFICES if role in roles), min(roles))


def short_name(person: Person) -> str:
    """Return «Бекетова М. А.»."""
    return formatting.initials(person.surname, person.given_name, person.patronymic or "")


def full_name(person: Person) -> str:
    """Return «Заречная Варвара Ильинична»."""
    return " ".join(part for part in (person.surname, person.given_name, person.patronymic) if part)


def _path() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" else request.path


def _menu(home: str, section: str) -> tuple[MenuItem, ...]:
    actor = desk().actor

    def item(name: str, label: str, icon: str, *, path: str | None = None, **more: Any) -> MenuItem:
        url = home + (name if path is None else path)
        return MenuItem(label=label, url=url, icon=icon, current=section == name, **more)

    def may(action: str) -> bool:
        return role_for(actor, action) is not None

    asks_statement = desk().rules.commission.composition.statement
    items = [
        (True, item("start", _("Сегодня"), "home", path="")),
        (may("see_journal"), item("journal", _("Журнал"), "list")),
        (bool(actor.roles & desk().rules.door_keepers), item("file", _("Принять апелляцию"), "plus", gap=True)),
        (may("bind_phone"), item("participants", _("Вход участников"), "phone")),
        (may("link_representative"), item("representatives", _("Представители"), "people")),
        (True, item("deadlines", _("Сроки"), "clock", gap=True)),
        (True, item("calendar", _("Календарь"), "calendar", count=_waiting_changes())),
        (True, item("rules", _("Правила"), "doc")),
        (may("see_commission") and asks_statement, item("commission", _("Состав комиссии"), "people")),
        (may("appoint_substitute"), item("substitutions", _("Замещения"), "people")),
        (may("see_break_glass"), item("break_glass", _("Аварийный доступ"), "alert", path="break-glass")),
        (may("see_audit"), item("audit", _("Журнал действий"), "eye")),
        (True, item("sessions", _("Мои входы"), "lock", gap=True)),
    ]
    return tuple(one for offered, one in items if offered)


def _waiting_changes() -> int | None:
    """How many changes of the calendar wait for this person's decision; None where there is nothing to decide."""
    at = desk()
    if role_for(at.actor, "approve_calendar") is None:
        return None
    waiting = select(sql.count()).where(CalendarVersion.state == VersionState.PROPOSED)
    return at.session.scalar(waiting) or None


def _contacts(rules: RegionRules) -> Contacts:
    office = rules.tenant.office_hours
    return Contacts(
        who=_("Телефон комиссии"),
        phone=rules.tenant.contacts.phone,
        hours=formatting.office_hours(office.weekdays, opens=office.opens, closes=office.closes),
    )
