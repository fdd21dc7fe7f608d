"""How far a term has run: the steps at which people are warned. Pure; the sweep says the same in SQL."""

from __future__ import annotations

from datetime import datetime, timedelta

STEPS = (50, 80, 95)
"""Warning steps, in per cent of the term's time; what it stood still is left out of both."""

BROKEN = 100
"""What a clock shows instead of a step once its end has passed."""


def step_at(now: datetime, *, starts_at: datetime, due_at: datetime, stood_still: timedelta = timedelta()) -> int:
    """Give the last warning step that a term has reached by `now`, 0 before the first."""
    whole = max(due_at - starts_at - stood_still, timedelta(seconds=1))
    gone = now - starts_at - stood_still
    return max((step for step in STEPS if gone * 100 >= whole * step), default=0)
