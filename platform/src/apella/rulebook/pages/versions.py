"""A version of the calendar in words: what became of it, who proposed and who decided it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from apella.appeals.desk import Desk
from apella.calendar.model import CalendarVersion, VersionState
from apella.calendar.working import WorkCalendar
from apella.casework.pages.frame import short_name
from apella.identity.model import Person
from apella.identity.permissions import role_for
from apella.rulebook import repository
from apella.web import formatting
from apella.web.components import Tag, Tone
from apella.web.formatting import capital
from apella.web.i18n import gettext as _
from apella.web.requests import app_of

STATES: Mapping[VersionState, Tag] = {
    VersionState.PROPOSED: Tag(text=_("Ждёт решения"), tone=Tone.WARN, icon="clock"),
    VersionState.APPROVED: Tag(text=_("Вводится в действие"), tone=Tone.INFO, icon="clock"),
    VersionState.APPLIED: Tag(text=_("Введено в действие"), tone=Tone.OK, icon="check"),
    VersionState.REJECTED: Tag(text=_("Отклонено"), icon="minus"),
    VersionState.SUPERSEDED: Tag(text=_("Устарело"), icon="minus"),
}


@dataclass(frozen=True, kw_only=True)
class VersionLine:
    """A version of the calendar as a list shows it; `url` is empty for those who may not open it."""

    label: str
    title: str
    note: str
    proposed: str
    decided: str
    reason: str
    tag: Tag
    url: str


def base_calendar(at: Desk) -> WorkCalendar:
    """The calendar of the product's and the tenant's files, before any import: as the job takes it that applies one."""
    return app_of().regions.get(at.rules.slug).calendar


def may_see_changes(at: Desk) -> bool:
    """Whether this person proposes or approves changes of the calendar."""
    return any(role_for(at.actor, action) is not None for action in ("propose_calendar", "approve_calendar"))


def version_lines(at: Desk, versions: Iterable[CalendarVersion]) -> list[VersionLine]:
    """Return versions with the names of those who proposed and decided them."""
    listed = list(versions)
    known = repository.people(at.session, {one for row in listed for one in (row.proposed_by, row.decided_by)})
    opens = may_see_changes(at)
    return [_line(at, version, known, opens=opens) for version in listed]


def _line(at: Desk, version: CalendarVersion, known: Mapping[uuid.UUID, Person], *, opens: bool) -> VersionLine:
    return VersionLine(
        label=version.label,
        title=capital(version.title),
        note=version.note or "",
        proposed=_(
            "%(who)s, %(when)s",
            who=_who(known, version.proposed_by, version.proposed_login),
            when=_when(at, version.proposed_at),
        ),
        decided=_decided(at, version, known),
        reason=version.decision_reason or "",
        tag=STATES[version.state],
        url=url_for("rulebook_changes.show", tenant=at.rules.slug, change_id=version.id) if opens else "",
    )


def _decided(at: Desk, version: CalendarVersion, known: Mapping[uuid.UUID, Person]) -> str:
    if version.decided_at is None:
        return ""
    who, when = _who(known, version.decided_by, version.decided_login), _when(at, version.decided_at)
    if version.state is VersionState.REJECTED:
        return _("Отклонено: %(who)s, %(when)s", who=who, when=when)
    return _("Утверждено: %(who)s, %(when)s", who=who, when=when)


def _who(known: Mapping[uuid.UUID, Person], person_id: uuid.UUID | None, login: str | None) -> str:
    if person_id is not None and person_id in known:
        return short_name(known[person_id])
    return login or _("администратор системы")


def _when(at: Desk, moment: datetime) -> str:
    # A calendar belongs to no season: its times are the machine's, whatever day a training season plays.
    return formatting.moment(moment, zone=at.rules.zone)
