"""From a count of days to the strip that the macro `daystrip` draws. Pure.

Several counts of one deadline (the region's and the federal one) share the letters of their reasons, so that a reason
is written once below them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from apella.web import formatting
from apella.web.components import Day, DayKind, DayReason, DayStrip
from apella.web.i18n import gettext as _

# Without ё, й, ъ, ы, ь: a reader should not take one for another.
LETTERS = "абвгдежзиклмнопрстуфхцчшщэюя"


@dataclass(frozen=True, kw_only=True)
class DayStep:
    """A day that the count met: whether it counts, and why not. Steps stand in the order of the count."""

    date: date
    counts: bool
    reason: str
    new: bool = False


@dataclass(frozen=True, kw_only=True)
class DayCount:
    """A finished count. `start` is the day it counts from (never counted), `due` the last day of the term.

    A backward count (a notice before a hearing) has its start after its due; the strip stays in calendar order.
    """

    title: str
    start: date
    start_reason: str
    steps: Sequence[DayStep]
    due: date
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class DrawnCounts:
    """Strips and the reasons that their letters name."""

    strips: tuple[DayStrip, ...]
    reasons: tuple[DayReason, ...]


def draw(*counts: DayCount) -> DrawnCounts:
    """Draw counts side by side; a day skipped for the same reason has the same letter in each."""
    skipped = [step for count in counts for step in count.steps if not step.counts and step.date != count.start]
    letters = dict(zip(dict.fromkeys(step.reason for step in skipped), LETTERS, strict=False))
    reasons = tuple(
        DayReason(mark=letter, text=_reason_text(reason, {step.date for step in skipped if step.reason == reason}))
        for reason, letter in letters.items()
    )
    return DrawnCounts(strips=tuple(_strip(count, letters) for count in counts), reasons=reasons)


def _strip(count: DayCount, letters: dict[str, str]) -> DayStrip:
    start = formatting.strip_day(count.start)
    days = {
        count.start: Day(
            text=start,
            kind=DayKind.START,
            mark="",
            spoken=_("%(day)s: %(reason)s, не считается", day=start, reason=count.start_reason),
        )
    }
    number = 0
    for step in count.steps:
        if step.date == count.start:
            continue
        number += step.counts
        days[step.date] = _day(step, number=number, is_due=step.date == count.due, letters=letters)
    return DayStrip(
        title=count.title,
        label=_("Счёт дней. %(title)s", title=count.title),
        note=count.note,
        days=tuple(days[at] for at in sorted(days)),
    )


def _day(step: DayStep, *, number: int, is_due: bool, letters: dict[str, str]) -> Day:
    text = formatting.strip_day(step.date)
    if not step.counts:
        # A term in calendar days may end on a day off: the last day stays the last.
        kind = DayKind.DUE if is_due else DayKind.SKIP
        spoken = _("%(day)s: не считается, %(reason)s", day=text, reason=step.reason)
        return Day(text=text, kind=kind, mark=letters.get(step.reason, ""), spoken=spoken, new=step.new)
    if is_due:
        spoken = _("%(day)s: %(number)s-й день, срок", day=text, number=number)
        return Day(text=text, kind=DayKind.DUE, mark=str(number), spoken=spoken)
    spoken = _("%(day)s: %(number)s-й день, засчитан", day=text, number=number)
    return Day(text=text, kind=DayKind.COUNT, mark=str(number), spoken=spoken)


def _reason_text(reason: str, days: set[date]) -> str:
    listed = ", ".join(formatting.day(at, year=False) for at in sorted(days))
    return f"{listed}{formatting.NBSP}{formatting.DASH} {reason}"
