"""How dates, numbers, names and documents are written for a person. Pure: every function gets its `now` and zone.

Dates have two voices. The console writes «сб 14.06.2025, 23:59», the portal «пятница, 13 июня, 11:20». Both take aware
datetimes and show them in the zone that is passed. A deadline is an exclusive end: one that falls on midnight is shown
as the last minute of the day before, since «до 15.06, 00:00» would be read as a day more.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from apella.calendar.wording import WEEKDAYS_SHORT, plural
from apella.web.i18n import gettext as _

NBSP = "\u00a0"
MINUS = "\u2212"
DASH = "\u2013"
BULLET = "\u2022"
JOINER = "\u2060"  # keeps «пн–пт» and «09:00–18:00» in one line

WEEKDAYS = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
MONTHS = (
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
)

_DAY = timedelta(days=1)
_TYPED_DAY = re.compile(r"\s*(\d{1,2})[.,/ ](\d{1,2})[.,/ ](\d{4})\s*")
_VISIBLE_CHARACTERS = 3
# A number keeps company with the word or sign that it counts or that names it.
_BOUND = re.compile(
    r"(?<=\bп\.) (?=\d)|(?<=\bч\.) (?=\d)|(?<=\bст\.) (?=\d)|(?<=№) (?=\d)"
    r"|(?<=\b(?:пн|вт|ср|чт|пт|сб|вс|до|на|из|от)) (?=\d)"
    r"|(?<=\d) (?=р\. ?д\.|ч\b|мин\b|%|рабоч|календарн)|(?<=\bр\.) (?=д\.)|(?<=\w) (?=[–—] )"
)


# --- Counting words ---------------------------------------------------------------------------------------------------


def count(number: int, one: str, few: str, many: str) -> str:
    """Return the number with its word, bound by a no-break space: «3 протокола»."""
    return f"{whole(number)}{NBSP}{plural(number, one, few, many)}"


def ordinal_day(number: int) -> str:
    """Return «3-й день»."""
    return _("%(number)s-й день", number=number).replace(" ", NBSP)


# --- Numbers ----------------------------------------------------------------------------------------------------------


def whole(number: int) -> str:
    """Return a whole number with its thousands set apart from five digits on: «439», «4400», «12 500»."""
    digits = f"{abs(number):,}".replace(",", NBSP) if abs(number) >= 10_000 else str(abs(number))
    return f"{MINUS}{digits}" if number < 0 else digits


def decimal(value: Decimal | float, *, places: int | None = None) -> str:
    """Return a number with a decimal comma: «91,4»; `places` fixes the digits after it."""
    exact = Decimal(str(value))
    text = f"{exact:f}" if places is None else f"{exact:.{places}f}"
    return text.replace("-", MINUS).replace(".", ",")


def signed(number: int) -> str:
    """Return a change with its sign: «+2», «−1», «0»."""
    return f"+{whole(number)}" if number > 0 else whole(number)


# --- Console dates ----------------------------------------------------------------------------------------------------


def day(value: date, *, year: bool = True) -> str:
    """Return «сб 14.06.2025», or «сб 14.06» in a list whose rows are of one season."""
    return f"{WEEKDAYS_SHORT[value.weekday()]}{NBSP}{value:%d.%m.%Y}" if year else f"{_short_day(value)}.{value:%m}"


def weekdays(numbers: Collection[int]) -> str:
    """Return days by their ISO numbers: «пн–пт» for a row of three and more, else «вт, чт»."""
    names = [WEEKDAYS_SHORT[number - 1] for number in sorted(numbers)]
    in_a_row = max(numbers) - min(numbers) == len(names) - 1 > 1
    return f"{names[0]}{DASH}{JOINER}{names[-1]}" if in_a_row else ", ".join(names)


def office_hours(days: Collection[int], *, opens: time, closes: time) -> str:
    """Return when a door is open: «пн–пт 09:00–18:00»."""
    return f"{weekdays(days)} {opens:%H:%M}{DASH}{JOINER}{closes:%H:%M}"


def strip_day(value: date) -> str:
    """Return «сб 14», as the strip of days writes it."""
    return _short_day(value)


def clock(at: datetime, *, zone: ZoneInfo) -> str:
    """Return the time of day in `zone`: «11:20»."""
    return f"{_local(at, zone):%H:%M}"


def moment(at: datetime, *, zone: ZoneInfo, year: bool = True) -> str:
    """Return «пт 13.06.2025, 11:20»."""
    local = _local(at, zone)
    return f"{day(local.date(), year=year)}, {local:%H:%M}"


def deadline(due: datetime, *, zone: ZoneInfo, year: bool = True) -> str:
    """Return an exclusive end as people read it: midnight is «23:59» of the day before."""
    return moment(last_minute(due, zone=zone), zone=zone, year=year)


def last_minute(due: datetime, *, zone: ZoneInfo) -> datetime:
    """Return what a page shows for an exclusive end: the instant itself, or 23:59 of the day before a midnight."""
    local = _local(due, zone)
    if local.time() != time.min:
        return local
    return datetime.combine(local.date() - _DAY, time(23, 59), tzinfo=zone)


def zone_note(words: str, *, at: datetime, zone: ZoneInfo) -> str:
    """Return the line that names the clock once a page: «время республики, UTC+3». `words` is the tenant's text."""
    offset = _local(at, zone).utcoffset() or timedelta()
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    sign = "+" if offset >= timedelta() else MINUS
    return f"{words}, UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")


# --- Portal dates -----------------------------------------------------------------------------------------------------


def portal_day(value: date, *, year: bool = False, short: bool = False) -> str:
    """Return «пятница, 13 июня», `short` «пт 13 июня», `year` adds «2025 года»."""
    head = f"{WEEKDAYS_SHORT[value.weekday()]}{NBSP}" if short else f"{WEEKDAYS[value.weekday()]}, "
    tail = f"{NBSP}{value.year}{NBSP}года" if year else ""
    return f"{head}{value.day}{NBSP}{MONTHS[value.month - 1]}{tail}"


def portal_moment(at: datetime, *, zone: ZoneInfo, year: bool = False, short: bool = False) -> str:
    """Return «пятница, 13 июня, 11:20»."""
    local = _local(at, zone)
    return f"{portal_day(local.date(), year=year, short=short)}, {local:%H:%M}"


def portal_deadline(due: datetime, *, zone: ZoneInfo, year: bool = False, short: bool = True) -> str:
    """Return an exclusive end for the portal: «пн 9 июня, 23:59»."""
    return portal_moment(last_minute(due, zone=zone), zone=zone, year=year, short=short)


# --- Time left --------------------------------------------------------------------------------------------------------


def time_left(due: datetime, *, now: datetime, zone: ZoneInfo, working_days: int | None = None) -> str:
    """Return what remains until the minute that is shown, rounded down.

    «осталось 2 ч 48 мин»; from a day «осталось 1 день 14 ч»; from two days «осталось 4 р. д.» where the caller counted
    `working_days` in the week of that deadline (today included when it works), else «осталось 4 дня».
    Once the end is past: «просрочено на 32 мин», counted from the end itself.
    """
    if now >= due:
        over = _units(now.astimezone(UTC) - due.astimezone(UTC), working_days=None)
        return _("просрочено на %(time)s", time=over) if over else _("просрочено только что")
    left = last_minute(due, zone=zone).astimezone(UTC) - now.astimezone(UTC)
    units = _units(left, working_days=working_days)
    return _("осталось %(time)s", time=units) if units else _("осталось меньше минуты")


def _units(span: timedelta, *, working_days: int | None) -> str:
    """Return the span in its two largest units, or an empty text when it is under a minute."""
    minutes_in_all = int(span.total_seconds()) // 60
    days, rest = divmod(max(minutes_in_all, 0), 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days >= 2:
        return f"{working_days}{NBSP}р.{NBSP}д." if working_days else count(days, "день", "дня", "дней")
    parts = [
        count(days, "день", "дня", "дней") if days else "",
        f"{hours}{NBSP}ч" if hours else "",
        f"{minutes}{NBSP}мин" if minutes and not days else "",
    ]
    return " ".join(part for part in parts if part)


# --- People and documents ---------------------------------------------------------------------------------------------


def initials(last_name: str, first_name: str, middle_name: str = "") -> str:
    """Return «Бекетова М. А.»; a double name keeps both letters: «А.-М.»."""
    letters = [
        "-".join(f"{part[0].upper()}." for part in name.split("-") if part)
        for name in (first_name.strip(), middle_name.strip())
        if name
    ]
    return NBSP.join([last_name.strip(), *letters])


def first_name_initial(first_name: str, last_name: str) -> str:
    """Return «Варвара З.», as the portal greets a participant."""
    return f"{first_name.strip()}{NBSP}{last_name.strip()[:1].upper()}."


def masked_document(number: str) -> str:
    """Return a document's number with only its end to be seen: «•••• •••214».

    Ten digits are read as a series of four and a number of six. Of anything shorter than six characters nothing shows.
    """
    compact = re.sub(r"\s+", "", number)
    visible = _VISIBLE_CHARACTERS if len(compact) >= 2 * _VISIBLE_CHARACTERS else 0
    masked = BULLET * (len(compact) - visible) + compact[len(compact) - visible :]
    return f"{masked[:4]}{NBSP}{masked[4:]}" if len(compact) == 10 else masked


# --- Text -------------------------------------------------------------------------------------------------------------


def capital(text: str) -> str:
    """Return the text with its first letter large; the rest stays."""
    return text[:1].upper() + text[1:]


def glue(text: str) -> str:
    """Bind what must not part at the end of a line: «п. 41», «№ 14», «4 р. д.», a word with the dash after it."""
    return _BOUND.sub(NBSP, text)


def parse_day(text: str) -> date:
    """Read a typed «05.06.2025»; raise ValueError with the sentence for the field."""
    match = _TYPED_DAY.fullmatch(text)
    sentence = _("Укажите дату: день.месяц.год, например 05.06.2025")
    if match is None:
        raise ValueError(sentence)
    day_number, month, year = (int(part) for part in match.groups())
    try:
        return date(year, month, day_number)
    except ValueError as error:
        raise ValueError(sentence) from error


def _short_day(value: date) -> str:
    return f"{WEEKDAYS_SHORT[value.weekday()]}{NBSP}{value:%d}"


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    if at.tzinfo is None:
        raise ValueError("A page shows aware datetimes only")
    return at.astimezone(zone)
