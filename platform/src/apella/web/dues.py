"""From a deadline's instant to the words that the macro `due` shows. Pure."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from apella.web import formatting
from apella.web.components import Due, DueState
from apella.web.i18n import gettext as _

SOON = timedelta(hours=4)


class DueStyle(enum.StrEnum):
    """How the date is written.

    full: «сб 14.06.2025, 23:59»; season: the year is left out; today: «до 23:59» under a heading that names the day;
    portal: «сб 14 июня, 23:59».
    """

    FULL = "full"
    SEASON = "season"
    TODAY = "today"
    PORTAL = "portal"


def running_due(
    due: datetime,
    *,
    now: datetime,
    zone: ZoneInfo,
    working_days: int | None = None,
    hand_over: bool = False,
    style: DueStyle = DueStyle.SEASON,
) -> Due:
    """Return a deadline that still runs, or is broken.

    `due` is the exclusive end. `working_days` are those left in the week of this deadline, today included when it
    works. A `hand_over` asks for attention on its whole last day, any other term in its last four hours.
    """
    last = formatting.last_minute(due, zone=zone)
    last_day = last.date() == now.astimezone(zone).date()
    if now >= due:
        state = DueState.OVER
    elif due - now < SOON or (hand_over and last_day):
        state = DueState.SOON
    else:
        state = DueState.PLAIN
    return Due(
        state=state,
        date_text=_date_text(last, is_today=last_day, is_over=state is DueState.OVER, zone=zone, style=style),
        left_text=formatting.time_left(due, now=now, zone=zone, working_days=working_days),
        iso=_iso(last),
    )


def met_due(at: datetime, *, zone: ZoneInfo, note: str, style: DueStyle = DueStyle.SEASON) -> Due:
    """Return a deadline that was met: when, and a note such as «выполнено, 3-й день из 4»."""
    local = at.astimezone(zone)
    return Due(
        state=DueState.MET,
        date_text=_date_text(local, is_today=False, is_over=False, zone=zone, style=style),
        left_text=note,
        iso=_iso(local),
    )


def no_due(text: str) -> Due:
    """Return a wait for which the law sets no term: «срока нет: ждём ФЦТ»."""
    return Due(state=DueState.NONE, date_text=text)


def _date_text(local: datetime, *, is_today: bool, is_over: bool, zone: ZoneInfo, style: DueStyle) -> str:
    if style is DueStyle.PORTAL:
        return formatting.portal_moment(local, zone=zone, short=True)
    if is_today and is_over:
        return _("сегодня, %(time)s", time=formatting.clock(local, zone=zone))
    if is_today and style is DueStyle.TODAY:
        return _("до %(time)s", time=formatting.clock(local, zone=zone)).replace(" ", formatting.NBSP)
    return formatting.moment(local, zone=zone, year=style is DueStyle.FULL)


def _iso(local: datetime) -> str:
    return local.isoformat(timespec="minutes")
