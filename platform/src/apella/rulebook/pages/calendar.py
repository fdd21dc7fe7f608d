"""The working calendar of a year by months, the acts behind it, its versions, and a file that proposes a change."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from apella.appeals.desk import Desk
from apella.calendar import store
from apella.calendar.change_file import COLUMNS, MOST_BYTES
from apella.calendar.changes import ChangeRefused, NothingChanges
from apella.calendar.tables import FederalYear
from apella.calendar.wording import WEEKDAYS_SHORT
from apella.calendar.working import CalendarRangeError, Week, WorkCalendar
from apella.casework.pages.frame import console_frame, staff_desk
from apella.deadlines import change
from apella.identity.permissions import require, role_for
from apella.rulebook.months import DayKind, Month, MonthDay, months
from apella.rulebook.pages.versions import base_calendar, version_lines
from apella.web import formatting
from apella.web.components import Column, FieldError, View
from apella.web.formatting import capital
from apella.web.i18n import gettext as _

blueprint = Blueprint("rulebook_calendar", __name__)

MOST_NOTE = 300
_YEAR = re.compile("[0-9]{4}")
MONTHS = (
    _("Январь"), _("Февраль"), _("Март"), _("Апрель"), _("Май"), _("Июнь"),
    _("Июль"), _("Август"), _("Сентябрь"), _("Октябрь"), _("Ноябрь"), _("Декабрь"),
)  # fmt: skip

MARKS: Mapping[DayKind, str] = {
    DayKind.WORKING: "",
    DayKind.WEEKEND: _("в"),
    DayKind.HOLIDAY: _("п"),
    DayKind.MOVED: _("о"),
    DayKind.WORKED: _("р"),
    DayKind.SHORTENED: _("к"),
    DayKind.REGIONAL: _("м"),
}
"""The letter under a day's number; the legend explains it."""

LEGEND: Mapping[DayKind, str] = {
    DayKind.WEEKEND: _("выходной"),
    DayKind.HOLIDAY: _("праздник"),
    DayKind.MOVED: _("перенесённый выходной"),
    DayKind.REGIONAL: _("местный выходной, по акту региона"),
    DayKind.WORKED: _("рабочая суббота или воскресенье"),
    DayKind.SHORTENED: _("рабочий день короче на час: в сроке считается целым"),
}


@dataclass(frozen=True, kw_only=True)
class DayCell:
    """A day in the grid; `spoken` says the same in words."""

    number: int
    kind: DayKind
    mark: str
    spoken: str


@dataclass(frozen=True, kw_only=True)
class MonthGrid:
    """A month as a table, with the days that are other than in every week told below it."""

    id: str
    name: str
    working: str
    rows: Sequence[Sequence[DayCell | None]]
    notes: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class ActLine:
    """A day off of the region with the act that sets it."""

    day: str
    name: str
    act: str
    carry_over: str


@blueprint.get("/<tenant>/calendar")
def show(tenant: str) -> tuple[str, int]:  # noqa: ARG001 the address names the tenant
    """Show a year; everybody who works may read it. Of one that is not loaded it is said, above one that is."""
    at = staff_desk()
    problem = _year_problem(at)
    errors = [FieldError(name="", message=problem)] if problem else []
    return _page(at, errors=errors), 422 if errors else 200


@blueprint.post("/<tenant>/calendar")
def propose(tenant: str) -> tuple[str, int] | Response:
    """Keep a file's change as a proposal and show what it would move; a faulty file is told row by row."""
    at = staff_desk()
    role = require(at.actor, "propose_calendar")
    note = " ".join(request.form.get("note", "").split())
    try:
        data, name = _uploaded(request.files.get("file"), note)
        with at.session.begin_nested():
            made = change.propose(
                at.session,
                actor=at.actor,
                role=role,
                base=base_calendar(at),
                data=data,
                file_name=name,
                note=note or None,
            )
    except (ChangeRefused, NothingChanges) as error:
        problems = error.problems if isinstance(error, ChangeRefused) else (error.message,)
        return _page(at, errors=[FieldError(name="file", message=one) for one in problems], note=note), 422
    return redirect(url_for("rulebook_changes.show", tenant=tenant, change_id=made.id), code=303)


@blueprint.post("/<tenant>/calendar/shipped")
def propose_shipped(tenant: str) -> tuple[str, int] | Response:
    """Propose the calendar that came with the product, after an upgrade has changed it."""
    at = staff_desk()
    role = require(at.actor, "propose_calendar")
    try:
        with at.session.begin_nested():
            made = change.propose_shipped(at.session, actor=at.actor, role=role, base=base_calendar(at))
    except NothingChanges as error:
        return _page(at, errors=[FieldError(name="", message=error.message)]), 422
    return redirect(url_for("rulebook_changes.show", tenant=tenant, change_id=made.id), code=303)


def _uploaded(file: FileStorage | None, note: str) -> tuple[bytes, str]:
    """The bytes of the chosen file and its name. Raises ChangeRefused without one, or for a note that is too long."""
    if len(note) > MOST_NOTE:
        raise ChangeRefused((_("Сократите пояснение до %(most)s знаков", most=MOST_NOTE),))
    if file is None or not file.filename:
        raise ChangeRefused((_("Выберите файл изменения"),))
    # One byte more than may be, so that the reader sees that it is too much, and no more than that is held.
    return file.stream.read(MOST_BYTES + 1), file.filename.replace("\\", "/").rpartition("/")[2][:120]


# --- The page ---------------------------------------------------------------------------------------------------------


def _page(at: Desk, *, errors: Sequence[FieldError] = (), note: str = "") -> str:
    base = base_calendar(at)
    calendar = store.current(at.session, base)
    week: Week = 6 if request.args.get("week") == "6" else 5
    year = _year(at, calendar)
    laid = months(calendar, year, week=week)
    table = next(one for one in calendar.federal.years if one.year == year)
    behind = store.behind(at.session, base) if role_for(at.actor, "propose_calendar") else ()
    return render_template(
        "rulebook/calendar.html",
        frame=console_frame(
            _("Календарь %(year)s года", year=year), section="calendar", errors=errors, here=_url(at, year, week)
        ),
        summary=_summary(laid, calendar),
        weeks=_weeks(at, year, week),
        years=_years(at, calendar, year, week),
        legend=[(kind, MARKS[kind], text) for kind, text in LEGEND.items()],
        weekdays=[(short, full) for short, full in zip(WEEKDAYS_SHORT, formatting.WEEKDAYS, strict=True)],
        months=[_grid(month) for month in laid],
        federal_act=_federal_act(table),
        acts=_acts(calendar, year),
        act_columns=[
            Column(label=_("День")),
            Column(label=_("Чем объявлен")),
            Column(label=_("Если выпал на выходной")),
        ],
        versions=version_lines(at, store.versions(at.session)),
        version_columns=[
            Column(label=_("Версия")),
            Column(label=_("Что изменилось")),
            Column(label=_("Кто внёс")),
            Column(label=_("Состояние")),
        ],
        may_propose=role_for(at.actor, "propose_calendar") is not None,
        propose_url=url_for(".propose", tenant=at.rules.slug),
        shipped_url=url_for(".propose_shipped", tenant=at.rules.slug) if behind else "",
        shipped=[formatting.day(day) for day in sorted({one.date for one in behind})],
        csv_columns=";".join(COLUMNS),
        note=note,
    )


def _year_problem(at: Desk) -> str:
    """Why the year of the address cannot be shown; empty when it can, or when there is none."""
    typed = request.args.get("year", "")
    if typed and not _YEAR.fullmatch(typed):
        return _("Укажите год четырьмя цифрами, например 2026")
    try:
        if typed:
            store.current(at.session, base_calendar(at)).require_year(int(typed))
    except CalendarRangeError as error:
        return error.message
    return ""


def _year(at: Desk, calendar: WorkCalendar) -> int:
    """The year of the address, else the season's today; in the place of one that is not loaded stands the nearest."""
    typed = request.args.get("year", "")
    wanted = int(typed) if _YEAR.fullmatch(typed) else at.now.astimezone(at.rules.zone).year
    return min(max(wanted, calendar.first.year), calendar.last.year)


def _summary(laid: Sequence[Month], calendar: WorkCalendar) -> str:
    working = formatting.count(
        sum(month.working for month in laid), _("рабочий день"), _("рабочих дня"), _("рабочих дней")
    )
    return _("В году %(days)s. Действует версия календаря %(version)s.", days=working, version=calendar.version)


def _url(at: Desk, year: int, week: Week) -> str:
    return url_for("rulebook_calendar.show", tenant=at.rules.slug, year=year, week=week)


def _weeks(at: Desk, year: int, week: Week) -> list[View]:
    return [
        View(label=_("Пятидневная неделя"), url=_url(at, year, 5), current=week == 5),
        View(label=_("Шестидневная неделя"), url=_url(at, year, 6), current=week == 6),
    ]


def _years(at: Desk, calendar: WorkCalendar, year: int, week: Week) -> list[View]:
    return [
        View(label=str(one.year), url=_url(at, one.year, week), current=one.year == year)
        for one in calendar.federal.years
    ]


def _grid(month: Month) -> MonthGrid:
    return MonthGrid(
        id=f"month-{month.first.month}",
        name=MONTHS[month.first.month - 1],
        working=formatting.count(month.working, _("рабочий день"), _("рабочих дня"), _("рабочих дней")),
        rows=[[None if day is None else _cell(day) for day in row] for row in month.rows],
        notes=_notes(month),
    )


def _notes(month: Month) -> list[str]:
    """Return why the month's days are other than in every week, each reason once with its days."""
    reasons: dict[str, list[str]] = {}
    for day in month.special:
        reasons.setdefault(_why(day), []).append(formatting.day(day.date, year=False))
    return [f"{', '.join(days)} – {reason}" for reason, days in reasons.items()]


def _cell(day: MonthDay) -> DayCell:
    return DayCell(
        number=day.date.day,
        kind=day.kind,
        mark=MARKS[day.kind],
        spoken=f"{formatting.portal_day(day.date)}: {_why(day)}",
    )


def _why(day: MonthDay) -> str:
    if day.kind is DayKind.SHORTENED:
        return _("рабочий день, короче на час")
    return _("%(reason)s, короче на час", reason=day.reason) if day.shortened else day.reason


def _federal_act(table: FederalYear) -> str:
    if table.confirmed:
        return capital(table.act)
    return _("%(act)s (с текстом акта ещё не сверено)", act=capital(table.act))


def _acts(calendar: WorkCalendar, year: int) -> list[ActLine]:
    return [
        ActLine(
            day=formatting.day(off.date),
            name=off.name,
            act=str(off.act),
            carry_over=_("переносится на следующий рабочий день") if off.carry_over else _("не переносится"),
        )
        for off in calendar.regional
        if off.date.year == year
    ]
