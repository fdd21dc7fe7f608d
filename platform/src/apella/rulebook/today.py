"""The machine's day, for commands that are answered without a database and so without its clock."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo


def machine_day(zone: ZoneInfo) -> dt.date:
    """Give today's day in a zone: which edition of the rules is in force hangs on it, never a term of a case."""
    return dt.datetime.now(zone).date()
