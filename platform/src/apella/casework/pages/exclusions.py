"""Who is out of a case, as its page tells it to those who may know."""

from __future__ import annotations

from dataclasses import dataclass

from flask import url_for

from apella.appeals.conflicts import ConflictOfInterest, ConflictSource, conflicts_of, people_out_of
from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.appeals.states import State
from apella.casework.offers import only_reads
from apella.casework.pages.frame import short_name
from apella.casework.pages.start import act_url
from apella.experts.conflicts import left_to_nobody
from apella.identity.model import Person
from apella.identity.permissions import role_for
from apella.web import formatting
from apella.web.components import Link
from apella.web.i18n import gettext as _


@dataclass(frozen=True, kw_only=True)
class ConflictLine:
    """One conflict of a case; `lift_url` stands where this person may lift it."""

    name: str
    said: str
    ground: str
    lifted: str
    lift_url: str


def conflict_lines(at: Desk, appeal: Appeal) -> list[ConflictLine]:
    """Return who is or was out of a case, for those who may know; nobody for others."""
    if role_for(at.actor, "allocate_conflict") is None:
        return []
    return [line_of(at, conflict, person) for conflict, person in conflicts_of(at.session, appeal.id)]


def conflict_links(at: Desk, appeal: Appeal) -> tuple[Link, ...]:
    """Return the quiet links of a case's page about conflicts of interest."""
    found: list[Link] = []
    if only_reads(at, appeal):
        return ()
    if role_for(at.actor, "declare_conflict") is not None:
        url = url_for("console_conflicts.ask", tenant=at.rules.slug, case_id=appeal.id)
        found.append(Link(label=_("Сообщить о конфликте интересов"), url=url))
    if role_for(at.actor, "allocate_conflict") is not None:
        url = url_for("console_conflicts.show", tenant=at.rules.slug, case_id=appeal.id)
        found.append(Link(label=_("Отстранить другого"), url=url))
    if appeal.state is State.IN_TRANSIT and role_for(at.actor, "register", State.IN_TRANSIT) is not None:
        out = people_out_of(at.session, appeal.id)
        if out and left_to_nobody(at, appeal, without=out):
            # Nobody owes the entry yet, so that no next step offers it.
            url = act_url(at.rules.slug, appeal.id, "register")
            found.append(Link(label=_("Внести в журнал: передать апелляцию некому"), url=url))
    return tuple(found)


def line_of(at: Desk, conflict: ConflictOfInterest, person: Person) -> ConflictLine:
    """Return one conflict as it is listed."""
    zone, when = at.rules.zone, formatting.moment(conflict.declared_at, zone=at.rules.zone)
    own = conflict.source is ConflictSource.DECLARED
    lifted = ""
    if conflict.lifted_at is not None:
        lifted = _(
            "Снят %(when)s: %(reason)s",
            when=formatting.moment(conflict.lifted_at, zone=zone),
            reason=conflict.lift_reason or "",
        )
    may_lift = not lifted and role_for(at.actor, "lift_conflict") is not None
    return ConflictLine(
        name=short_name(person),
        said=_("по собственному заявлению, %(when)s", when=when)
        if own
        else _("по решению комиссии, %(when)s", when=when),
        ground=conflict.ground,
        lifted=lifted,
        lift_url=url_for(
            "console_conflicts.ask_lifting", tenant=at.rules.slug, case_id=conflict.case_id, conflict_id=conflict.id
        )
        if may_lift
        else "",
    )
