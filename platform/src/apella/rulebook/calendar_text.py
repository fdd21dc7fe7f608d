"""The working calendar and its changes as text for a terminal, and as values for JSON. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from apella.calendar.changes import ChangedDay
from apella.calendar.wording import WEEKDAYS_SHORT, plural, short_date
from apella.calendar.working import Week, WorkCalendar
from apella.deadlines.difference import Difference, Listed, Move
from apella.deadlines.windows import WindowMove
from apella.rulebook.months import DayKind, Month, MonthDay, months

MONTHS: Final = (
    *("Январь", "Февраль", "Март", "Апрель", "Май", "Июнь"),
    *("Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь", "Декабрь"),
)
MARKS: Final[Mapping[DayKind, tuple[str, str]]] = {
    DayKind.WEEKEND: (".", "выходной"),
    DayKind.HOLIDAY: ("!", "праздник"),
    DayKind.MOVED: (">", "перенесённый выходной"),
    DayKind.REGIONAL: ("*", "региональный выходной"),
    DayKind.WORKED: ("+", "рабочий выходной"),
    DayKind.SHORTENED: ("'", "сокращённый рабочий день"),
}
_WEEKS: Final[Mapping[Week, str]] = {5: "пятидневная неделя", 6: "шестидневная неделя"}
_ABREAST: Final = 3
_WIDTH: Final = 31


def calendar_text(calendar: WorkCalendar, year: int, *, week: Week, title: str) -> str:
    """Lay a year out by months, three abreast, with every special day's reason below. Raises CalendarRangeError."""
    laid_out = months(calendar, year, week=week)
    total = sum(month.working for month in laid_out)
    lines = [
        f"{title}: рабочий календарь на {year} год, {_WEEKS[week]}.",
        f"Рабочих дней {total}. Версия календаря {calendar.version}.",
        "",
    ]
    for start in range(0, len(laid_out), _ABREAST):
        blocks = [_block(month) for month in laid_out[start : start + _ABREAST]]
        height = max(map(len, blocks))
        for row in range(height):
            cells = (block[row] if row < len(block) else "" for block in blocks)
            lines.append("".join(f"{cell:<{_WIDTH}}" for cell in cells).rstrip())
        lines.append("")
    lines.append("Знаки: " + ", ".join(f"{mark} {name}" for mark, name in MARKS.values()) + ".")
    special = [day for month in laid_out for day in month.special]
    lines += ["", *(f"  {short_date(day.date)}  {_reason(day)}" for day in special)]
    return "\n".join(lines)


def calendar_document(calendar: WorkCalendar, year: int, *, week: Week, slug: str) -> dict[str, Any]:
    """Give the year as values. Raises CalendarRangeError."""
    days = [day for month in months(calendar, year, week=week) for day in month.days]
    return {
        "tenant": slug,
        "year": year,
        "week": week,
        "calendar_version": calendar.version,
        "working_days": sum(day.works for day in days),
        "days": [
            {
                "date": day.date.isoformat(),
                "works": day.works,
                "kind": day.kind.value,
                "shortened": day.shortened,
                "reason": day.reason,
            }
            for day in days
        ],
    }


def days_text(days: Sequence[ChangedDay], *, years: Sequence[int], shortened: Sequence[tuple[dt.date, bool]]) -> str:
    """Say which days change, both types of week in one line where they agree."""
    lines = [f"Добавится {year} год." for year in years]
    for _, group in groupby(days, key=lambda day: day.date):
        lines += _changed(list(group))
    lines += [
        f"  {short_date(day)}: {'станет сокращённым' if now else 'больше не сокращённый'}" for day, now in shortened
    ]
    return "\n".join(lines or ["Рабочие и выходные дни не меняются."])


def difference_text(found: Difference, *, zone: ZoneInfo) -> str:
    """Say which clocks move: those that end earlier first, then later ones, windows, and what has run out."""
    lines = [f"Идёт сроков: {found.looked_at}, сдвинется: {found.moved}."]
    lines += _section("Станут раньше", found.earlier, zone)
    lines += _section("Станут позже", found.later, zone)
    if found.windows:
        lines.append(f"Окна подачи апелляций: {len(found.windows)}.")
        lines += [f"  {_window(window, zone)}" for window in found.windows]
    lines += _section("Уже истекли; откроются, только если это решит человек", found.expired, zone)
    if found.failures.total:
        lines.append(f"Не считаются по этому календарю, поэтому ввести его нельзя: {found.failures.total}.")
        lines += [f"  {row.clock.number}  {row.clock.title}: {row.message}" for row in found.failures.rows]
    return "\n".join(lines)


def difference_document(found: Difference, *, zone: ZoneInfo) -> dict[str, Any]:
    """Give the difference as values, instants with the zone's offset; lists hold the rows that were asked for."""

    def rows(listed: Listed[Move]) -> dict[str, Any]:
        return {
            "total": listed.total,
            "rows": [
                {
                    "case": move.clock.number,
                    "case_id": str(move.clock.case_id),
                    "deadline_id": str(move.clock.id),
                    "term": move.clock.term,
                    "from": move.clock.limit.astimezone(zone).isoformat(),
                    "to": move.limit.astimezone(zone).isoformat(),
                    "over": move.over,
                }
                for move in listed.rows
            ],
        }

    return {
        "days": days_document(found.days),
        "years": list(found.years),
        "running": found.looked_at,
        "earlier": rows(found.earlier),
        "later": rows(found.later),
        "expired": rows(found.expired),
        "windows": [
            {
                "key": window.key,
                "season": window.season,
                "term": window.term,
                "subjects": list(window.subjects),
                "from": window.before.astimezone(zone).isoformat(),
                "to": window.after.astimezone(zone).isoformat(),
                "expired": window.expired,
            }
            for window in found.windows
        ],
        "failures": [
            {"case": row.clock.number, "term": row.clock.term, "message": row.message} for row in found.failures.rows
        ],
    }


def days_document(days: Sequence[ChangedDay]) -> list[dict[str, Any]]:
    """Give changed days as values."""
    return [
        {
            "date": day.date.isoformat(),
            "week": day.week,
            "works": day.works,
            "reason_before": day.reason_before,
            "reason_after": day.reason_after,
        }
        for day in days
    ]


def _block(month: Month) -> list[str]:
    """One month as lines of text, each day in three columns: its number and its mark."""
    count = f"{month.working} {plural(month.working, 'рабочий', 'рабочих', 'рабочих')}"
    lines = [f"{MONTHS[month.first.month - 1]}, {count}", " ".join(f"{name:>2} " for name in WEEKDAYS_SHORT).rstrip()]
    for row in month.rows:
        cells = ("   " if day is None else f"{day.date.day:>2}{_mark(day)}" for day in row)
        lines.append(" ".join(cells).rstrip())
    return lines


def _mark(day: MonthDay) -> str:
    return MARKS[day.kind][0] if day.kind in MARKS else " "


def _reason(day: MonthDay) -> str:
    return MARKS[DayKind.SHORTENED][1] if day.kind is DayKind.SHORTENED else day.reason


def _changed(weeks: Sequence[ChangedDay]) -> Iterator[str]:
    both = len(weeks) > 1 and len({(day.works, day.reason_before, day.reason_after) for day in weeks}) == 1
    for day in weeks[:1] if both else weeks:
        where = "" if both else f" ({_WEEKS[day.week]})"
        becomes = "станет рабочим" if day.works else "станет выходным"
        yield f"  {short_date(day.date)}{where}: {becomes}; было: {day.reason_before}; станет: {day.reason_after}"


def _section(name: str, listed: Listed[Move], zone: ZoneInfo) -> Iterator[str]:
    if not listed.total:
        return
    yield f"{name}: {listed.total}."
    for move in listed.rows:
        over = " (по новому календарю уже истёк)" if move.over else ""
        yield (
            f"  {move.clock.number}  {move.clock.title}: до {_end(move.clock.limit, zone)} → "
            f"до {_end(move.limit, zone)}{over}"
        )
    if listed.total > len(listed.rows):
        yield f"  … и ещё {listed.total - len(listed.rows)}."


def _window(window: WindowMove, zone: ZoneInfo) -> str:
    expired = ", уже закрыто" if window.expired else ""
    return (
        f"{window.title}, предметы {', '.join(window.subjects)} ({window.season}): "
        f"до {_end(window.before, zone)} → до {_end(window.after, zone)}{expired}"
    )


def _end(due: dt.datetime, zone: ZoneInfo) -> str:
    """The last minute that still counts."""
    local = due.astimezone(zone)
    if local.time() == dt.time(0):
        return f"{short_date(local.date() - dt.timedelta(days=1))}, 23:59"
    return f"{short_date(local.date())}, {local:%H:%M}"
