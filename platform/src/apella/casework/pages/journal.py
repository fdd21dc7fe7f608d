"""The journal: every case that this person sees, filtered in the address, page by page."""

from __future__ import annotations

import uuid
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.appeals.repository import JournalCursor, JournalFilter, JournalLine, journal_page
from apella.appeals.states import AppealKind, State
from apella.casework.pages import labels
from apella.casework.pages.counting import due_at
from apella.casework.pages.done import done_notice
from apella.casework.pages.frame import console_frame
from apella.casework.pages.steps import Step, steps
from apella.deadlines.terms import Hardness
from apella.errors import Malformed
from apella.identity.people import sort_key
from apella.identity.permissions import require, role_for
from apella.web import formatting
from apella.web.api import decode_cursor, encode_cursor
from apella.web.components import Chip, Choice, Column, Due, Link, Pager, Tag
from apella.web.concealed import conceal, reveal
from apella.web.formatting import capital
from apella.web.i18n import gettext as _
from apella.web.requests import desk

PAGE = 50
LONGEST = 80

blueprint = Blueprint("console_journal", __name__)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The filter as it stands in the address, `q` concealed; an empty text filters nothing.

    People type a passport's number where a case's is asked for: nothing that was typed stays in an address.
    """

    q: str = ""
    subject: str = ""
    state: str = ""
    kind: str = ""
    owed: str = ""

    @property
    def typed(self) -> str:
        """The number or the surname that is looked for, if one is."""
        return reveal(self.q)

    def as_query(self, **changed: str | None) -> dict[str, Any]:
        """Return the filter for an address, with some of it changed."""
        values: dict[str, str | None] = {**vars(self), **changed}
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, kw_only=True)
class Line:
    """A case in the journal."""

    number: str
    url: str
    surname: str
    names: str
    subject: str
    exam_day: str
    filed_day: str
    filed_time: str
    mode: str
    mode_icon: str
    tags: tuple[Tag, ...]
    step: str
    owed_by: str
    due: Due | None


@blueprint.get("/<tenant>/journal")
def show(tenant: str) -> str | Response:
    """Show one page of the journal, the newest filing first; a number typed in the header opens its case."""
    at = desk()
    require(at.actor, "see_journal")
    words = steps(at.rules.bodies)
    wanted = _wanted(at, words, request.args)
    cursor, narrowed = _cursor(), _filter(wanted)
    found = journal_page(at.session, at.actor, narrowed, cursor=cursor, limit=PAGE + 1)
    if len(found) == 1 and narrowed.number and wanted.as_query() == {"q": wanted.q}:
        return redirect(url_for("console_case.show", tenant=tenant, case_id=found[0].appeal.id), code=303)
    backward = cursor is not None and cursor.backward
    more = len(found) > PAGE
    # A page before the present one has its surplus line at the beginning.
    lines = (found[1:] if backward else found[:PAGE]) if more else found
    chips = _chips(at, wanted, words)
    return render_template(
        "casework/journal.html",
        frame=console_frame(
            _("Журнал апелляций"),
            section="journal",
            search_text=wanted.typed,
            notices=done_notice(at.rules.bodies),
        ),
        wanted=wanted,
        subjects=[Choice(value=code, label=subject.name) for code, subject in at.rules.subjects.items()],
        states=[Choice(value=state, label=tag.text) for state, tag in labels.STATES.items()],
        kinds=[Choice(value=kind, label=label) for kind, label in labels.KINDS_SHORT.items()],
        owed=[Choice(value=term, label=capital(label)) for term, label in _owed_choices(words)],
        chips=chips,
        clear_url=url_for(".show", tenant=tenant),
        columns=_columns(),
        lines=[_line(at, line, words) for line in lines],
        pager=_pager(tenant, wanted, lines, cursor=cursor, more=more),
        note=_("сначала новые"),
        caption=_("Журнал апелляций, строк: %(number)s, сначала новые", number=len(lines)),
        may_file=role_for(at.actor, "file") is not None,
        file_url=f"/{tenant}/file",
        clear=Link(label=_("Снять отбор"), url=url_for(".show", tenant=tenant)) if chips else None,
    )


@blueprint.post("/<tenant>/journal")
def search(tenant: str) -> Response:
    """Lead to the journal's address, in which what was typed is concealed."""
    at = desk()
    require(at.actor, "see_journal")
    chosen = _wanted(at, steps(at.rules.bodies), request.form)
    wanted = replace(chosen, q=conceal(_text(request.form, "q")))
    return redirect(url_for(".show", tenant=tenant, **wanted.as_query()), code=303)


def _wanted(at: Desk, words: Mapping[str, Step], given: Mapping[str, str]) -> Wanted:
    """Read the filter; a value that no page offers filters nothing rather than answering an error."""
    token = given.get("q", "")
    offered: dict[str, Container[str]] = {
        "subject": set(at.rules.subjects),
        "state": set(State),
        "kind": set(AppealKind),
        "owed": set(words),
    }
    return Wanted(
        q=token if reveal(token) else "",
        **{name: value if (value := _text(given, name)) in among else "" for name, among in offered.items()},
    )


def _text(given: Mapping[str, str], name: str) -> str:
    return " ".join(given.get(name, "").split())[:LONGEST].replace("\0", "")


def _filter(wanted: Wanted) -> JournalFilter:
    typed = wanted.typed
    numbered = any(letter.isdigit() for letter in typed)
    return JournalFilter(
        state=State(wanted.state) if wanted.state else None,
        kind=AppealKind(wanted.kind) if wanted.kind else None,
        subject_code=wanted.subject or None,
        surname=sort_key(typed, "") if typed and not numbered else None,
        number=typed if numbered else None,
        owed=wanted.owed or None,
    )


def _cursor() -> JournalCursor | None:
    for name, backward in (("after", False), ("before", True)):
        text = request.args.get(name)
        if text:
            values = decode_cursor(text)
            try:
                at = datetime.fromisoformat(values["at"]).astimezone(UTC)
                case_id = uuid.UUID(values["id"])
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise Malformed(
                    _("Эта ссылка на страницу журнала неверна: откройте журнал сначала."), code="cursor"
                ) from error
            return JournalCursor(filed_at=at, case_id=case_id, backward=backward)
    return None


def _pager(
    tenant: str, wanted: Wanted, lines: Sequence[JournalLine], *, cursor: JournalCursor | None, more: bool
) -> Pager | None:
    backward = cursor is not None and cursor.backward
    has_previous = more if backward else cursor is not None
    has_next = cursor is not None if backward else more
    if not lines or not (has_previous or has_next):
        return None
    return Pager(
        text=_("На странице %(lines)s", lines=formatting.count(len(lines), _("дело"), _("дела"), _("дел"))),
        previous_url=url_for(".show", tenant=tenant, **wanted.as_query(before=_place(lines[0])))
        if has_previous
        else None,
        next_url=url_for(".show", tenant=tenant, **wanted.as_query(after=_place(lines[-1]))) if has_next else None,
    )


def _place(line: JournalLine) -> str:
    return encode_cursor({"at": line.appeal.filed_at.isoformat(), "id": str(line.appeal.id)})


def _owed_choices(words: Mapping[str, Step]) -> list[tuple[str, str]]:
    """Give the steps to choose from; two kinds of appeal have steps of the same name."""
    return [
        (term, _("%(step)s (нарушение Порядка)", step=step.todo) if term.startswith("procedure.") else step.todo)
        for term, step in words.items()
    ]


def _chips(at: Desk, wanted: Wanted, words: Mapping[str, Step]) -> list[Chip]:
    named = {
        "q": (_("Поиск"), wanted.typed),
        "subject": (_("Предмет"), at.rules.subjects[wanted.subject].name.lower() if wanted.subject else ""),
        "kind": (_("Вид"), labels.KINDS_SHORT[AppealKind(wanted.kind)].lower() if wanted.kind else ""),
        "state": (_("Состояние"), labels.STATES[State(wanted.state)].text.lower() if wanted.state else ""),
        "owed": (_("Ждёт шага"), dict(_owed_choices(words))[wanted.owed].lower() if wanted.owed else ""),
    }
    return [
        Chip(
            label=f"{name}: {value}",
            remove_url=url_for(".show", tenant=at.rules.slug, **wanted.as_query(**{field: None})),
        )
        for field, (name, value) in named.items()
        if value
    ]


def _columns() -> list[Column]:
    return [
        Column(label=_("Дело")),
        Column(label=_("Апеллянт")),
        Column(label=_("Экзамен")),
        Column(label=_("Подана"), sort="descending"),
        Column(label=_("Участие")),
        Column(label=_("Состояние")),
        Column(label=_("Следующий шаг")),
        Column(label=_("Срок")),
    ]


def _line(at: Desk, line: JournalLine, words: Mapping[str, Step]) -> Line:
    zone, appeal = at.rules.zone, line.appeal
    step = words.get(line.due_term or "")
    due = None
    if line.due_at is not None and line.due_term is not None:
        term = at.rules.terms.get(line.due_term)
        advice = term is not None and term.hardness is Hardness.ADVICE
        due = due_at(line.due_at, None if term is None else term.week, rules=at.rules, now=at.now, advice=advice)
    return Line(
        number=labels.case_number(appeal),
        url=url_for("console_case.show", tenant=at.rules.slug, case_id=appeal.id),
        surname=line.surname,
        names=" ".join(part for part in (line.given_name, line.patronymic) if part),
        subject=at.rules.subjects[line.subject_code].name,
        exam_day=formatting.day(line.exam_date, year=False),
        filed_day=formatting.day(appeal.filed_at.astimezone(zone).date(), year=False),
        filed_time=formatting.clock(appeal.filed_at, zone=zone),
        mode=labels.MODES[appeal.hearing_mode],
        mode_icon=labels.MODE_ICONS[appeal.hearing_mode],
        tags=(
            *labels.case_tags(appeal.state, appeal.outcome, brief=True),
            *((labels.AFTER_REGIONAL_LIMIT,) if appeal.filed_after_regional_limit else ()),
        ),
        step=step.todo if step is not None else line.due_title or "",
        owed_by="" if line.due_owed_by is None else labels.role_name(line.due_owed_by, at.rules.bodies),
        due=due,
    )
