"""The audit's full chain: every deed of the tenant with its number and hash, filtered in the address."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.audit.checkpoints import SHORT, last_checkpoint
from apella.audit.model import AuditCheck
from apella.audit.nightly import last_finished_check
from apella.audit.words import GROUPS, Group, Wording, details_of, who_did, words_of
from apella.casework.chain_reading import (
    ChainCursor,
    ChainFilter,
    ChainLine,
    broken_numbers,
    case_of_chain,
    chain_page,
)
from apella.casework.pages import labels
from apella.casework.pages.frame import console_frame, short_name
from apella.errors import NotFound
from apella.identity.model import PersonKind
from apella.identity.permissions import require, sees_season
from apella.identity.roles import Role
from apella.web import formatting
from apella.web.components import Alert, Chip, Choice, Column, Link, Pager, Tag, Tone
from apella.web.concealed import conceal, reveal
from apella.web.i18n import gettext as _
from apella.web.layout import Crumb
from apella.web.requests import desk

PAGE = 50
LONGEST = 80

blueprint = Blueprint("console_chain", __name__)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The filter as it stands in the address, `who` concealed; an empty text filters nothing."""

    case: str = ""
    who: str = ""
    group: str = ""
    since: str = ""
    until: str = ""

    def as_query(self, **changed: str | None) -> dict[str, Any]:
        """Return the filter for an address, with some of it changed."""
        values: dict[str, str | None] = {**vars(self), **changed}
        return {name: value for name, value in values.items() if value}

    @property
    def login(self) -> str:
        """The sign-in name or registration code that is looked for, if one is."""
        return reveal(self.who)


@dataclass(frozen=True, kw_only=True)
class Line:
    """An event of the chain, as it is shown."""

    number: int
    day: str
    clock: str
    case_time: str
    who: str
    role: str
    what: str
    details: str
    reason: str
    case: Link | None
    digest: str
    state: Tag


@blueprint.get("/<tenant>/audit")
def show(tenant: str) -> str:
    """Show one page of the chain, the newest event first."""
    at = desk()
    require(at.actor, "see_audit")
    wanted, case = _wanted(at, request.args)
    cursor = _cursor()
    found = chain_page(at.session, at.actor, _filter(at, wanted, case), cursor=cursor, limit=PAGE + 1)
    backward = cursor is not None and cursor.backward
    more = len(found) > PAGE
    lines = (found[1:] if backward else found[:PAGE]) if more else found
    check = last_finished_check(at.session)
    chips = _chips(tenant, wanted, case)
    return render_template(
        "casework/chain.html",
        frame=console_frame(
            _("Журнал действий"),
            section="audit",
            crumbs=() if case is None else (_case_crumb(tenant, case), Crumb(label=_("Журнал действий"))),
        ),
        state=_state(at, check),
        seal=_seal(at),
        wanted=wanted,
        groups=[Choice(value=group, label=text) for group, text in GROUPS.items()],
        chips=chips,
        clear_url=url_for(".show", tenant=tenant),
        note=_("сначала новые"),
        columns=[
            Column(label=_("№"), sort="descending"),
            Column(label=_("Когда")),
            Column(label=_("Кто")),
            Column(label=_("Что")),
            Column(label=_("Дело")),
            Column(label=_("Отпечаток")),
        ],
        lines=[_line(at, line, check) for line in lines],
        caption=_("Журнал действий, строк: %(number)s, сначала новые", number=len(lines)),
        pager=_pager(tenant, wanted, lines, cursor=cursor, more=more),
        clear=Link(label=_("Снять отбор"), url=url_for(".show", tenant=tenant)) if chips else None,
    )


@blueprint.post("/<tenant>/audit")
def search(tenant: str) -> Response:
    """Lead what was typed to the chain's address, the person concealed."""
    at = desk()
    require(at.actor, "see_audit")
    typed, _case = _wanted(at, request.form)
    wanted = replace(typed, who=conceal(_text(request.form, "login")))
    return redirect(url_for(".show", tenant=tenant, **wanted.as_query()), code=303)


def questions(tenant: str, case_id: uuid.UUID) -> tuple[Link, ...]:
    """The questions about a case that the chain answers, one click each."""

    def ask(label: str, group: Group | None = None) -> Link:
        return Link(label=label, url=url_for("console_chain.show", tenant=tenant, case=case_id, group=group))

    return (
        ask(_("Кто смотрел документы"), Group.VIEWS),
        ask(_("Кто менял баллы"), Group.MARKS),
        ask(_("Почему эта дата"), Group.DATES),
        ask(_("Все записи с отпечатками")),
    )


def _wanted(at: Desk, sent: Mapping[str, str]) -> tuple[Wanted, Appeal | None]:
    """Read the filter; what no page offers filters nothing. Raises NotFound for a case that there is not."""
    given = {name: _text(sent, name) for name in ("case", "group", "since", "until")}
    who = sent.get("who", "")
    case = None
    if given["case"]:
        try:
            case = case_of_chain(at.session, at.actor, uuid.UUID(given["case"]))
        except ValueError:
            case = None
        if case is None:
            raise NotFound(_("Такого дела нет, или оно вам не видно."), code="appeal.not_found")
    if given["group"] not in set(Group):
        given["group"] = ""
    for name in ("since", "until"):
        day = _day(given[name])
        given[name] = "" if day is None else f"{day:%d.%m.%Y}"
    return Wanted(who=who if reveal(who) else "", **given), case


def _text(sent: Mapping[str, str], name: str) -> str:
    return " ".join(sent.get(name, "").split())[:LONGEST].replace("\0", "")


def _filter(at: Desk, wanted: Wanted, case: Appeal | None) -> ChainFilter:
    until = _day(wanted.until)
    return ChainFilter(
        case=case,
        login=wanted.login or None,
        group=Group(wanted.group) if wanted.group else None,
        since=_midnight(at, _day(wanted.since)),
        until=_midnight(at, None if until is None or until == date.max else until + timedelta(days=1)),
    )


def _day(typed: str) -> date | None:
    """A day as people type it, or as an address has it; None where it is none."""
    for form in ("%d.%m.%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(typed, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def _midnight(at: Desk, day: date | None) -> datetime | None:
    return (
        None if day is None or day.year < 1900 else datetime.combine(day, time(), tzinfo=at.rules.zone).astimezone(UTC)
    )


def _cursor() -> ChainCursor | None:
    for name, backward in (("after", False), ("before", True)):
        text = request.args.get(name, "")
        if text.isdecimal() and text.isascii() and len(text) <= 18:
            return ChainCursor(seq=int(text), backward=backward)
    return None


def _pager(
    tenant: str, wanted: Wanted, lines: Sequence[ChainLine], *, cursor: ChainCursor | None, more: bool
) -> Pager | None:
    backward = cursor is not None and cursor.backward
    has_previous = more if backward else cursor is not None
    has_next = cursor is not None if backward else more
    if not lines or not (has_previous or has_next):
        return None
    first, last = str(lines[0].event.seq), str(lines[-1].event.seq)
    return Pager(
        text=_("На странице %(lines)s", lines=formatting.count(len(lines), _("запись"), _("записи"), _("записей"))),
        previous_url=url_for(".show", tenant=tenant, **wanted.as_query(before=first)) if has_previous else None,
        next_url=url_for(".show", tenant=tenant, **wanted.as_query(after=last)) if has_next else None,
    )


def _chips(tenant: str, wanted: Wanted, case: Appeal | None) -> list[Chip]:
    named = {
        "case": (_("Дело"), "" if case is None else labels.case_number(case)),
        "who": (_("Кто"), wanted.login),
        "group": (_("О чём"), GROUPS[Group(wanted.group)].lower() if wanted.group else ""),
        "since": (_("С"), wanted.since),
        "until": (_("По"), wanted.until),
    }
    return [
        Chip(label=f"{name}: {value}", remove_url=url_for(".show", tenant=tenant, **wanted.as_query(**{field: None})))
        for field, (name, value) in named.items()
        if value
    ]


def _case_crumb(tenant: str, case: Appeal) -> Crumb:
    return Crumb(label=labels.case_number(case), url=url_for("console_case.show", tenant=tenant, case_id=case.id))


def _state(at: Desk, check: AuditCheck | None) -> Alert:
    """Say what the last check of the whole chain found."""
    if check is None or check.finished_at is None:
        return Alert(title=_("Цепочка ещё не проверялась"), text=_("Первая проверка начнётся сама."), live=False)
    when = formatting.moment(check.finished_at, zone=at.rules.zone)
    if not check.faults:
        count = formatting.count(check.seq, _("запись"), _("записи"), _("записей"))
        return Alert(
            title=_("Цепочка цела"), text=_("Проверено %(count)s, %(when)s.", count=count, when=when), live=False
        )
    first = check.findings[0]["text"] if check.findings else ""
    return Alert(
        title=_("Цепочка нарушена"),
        text=_(
            "Проверка %(when)s нашла нарушений: %(faults)s. Первое: %(first)s. Сообщите администратору платформы и "
            "ничего не исправляйте.",
            when=when,
            faults=check.faults,
            first=first,
        ),
        tone=Tone.BAD,
        live=False,
    )


def _seal(at: Desk) -> str:
    """Say where the chain was last sealed outside the database."""
    point = last_checkpoint(at.session)
    if point is None:
        return _("Контрольных точек вне базы ещё нет.")
    return _(
        "Последняя контрольная точка вне базы: № %(number)s на записи %(seq)s, отпечаток %(digest)s, %(when)s.",
        number=point.number,
        seq=point.seq,
        digest=point.hash.hex()[:SHORT],
        when=formatting.moment(point.at, zone=at.rules.zone),
    )


def _line(at: Desk, line: ChainLine, check: AuditCheck | None) -> Line:
    event, zone = line.event, at.rules.zone
    tenant = at.rules.slug
    case = None
    if line.case is not None:
        url = url_for("console_case.show", tenant=tenant, case_id=line.case.id)
        case = Link(label=labels.case_number(line.case), url=url)
    return Line(
        number=event.seq,
        day=formatting.day(event.at.astimezone(zone).date()),
        clock=f"{event.at.astimezone(zone):%H:%M:%S}",
        case_time="" if event.case_at is None else formatting.moment(event.case_at, zone=zone),
        who=_who(at, line),
        role=labels.role_name(Role(event.role), at.rules.bodies) if event.role in set(Role) else "",
        what=words_of(event.tag).text,
        details=details_of(
            event.changes,
            Wording(
                moment=lambda moment: formatting.moment(moment, zone=zone),
                day=formatting.day,
                terms={term.id: term.title for term in at.rules.terms.values()},
                roles={str(role): labels.role_name(role, at.rules.bodies) for role in Role},
            ),
        ),
        reason=_("Причина указана в деле") if event.reason == "given" else event.reason or "",
        case=case,
        digest=event.hash.hex()[:SHORT],
        state=_verified(event.seq, check),
    )


def _who(at: Desk, line: ChainLine) -> str:
    """Name the person beside what the chain itself says; a participant only to who has every case of the season."""
    recorded, person = who_did(line.event), line.person
    named = person is not None and not person.erased and (person.kind is PersonKind.STAFF or sees_season(at.actor))
    return f"{short_name(person)}, {recorded}" if named and person is not None else recorded


def _verified(seq: int, check: AuditCheck | None) -> Tag:
    if check is None or seq > check.seq:
        return Tag(text=_("Ещё не проверена"))
    if seq in broken_numbers(check):
        return Tag(text=_("Нарушена"), tone=Tone.BAD, icon="alert")
    return Tag(text=_("Проверена"), tone=Tone.OK, icon="check")
