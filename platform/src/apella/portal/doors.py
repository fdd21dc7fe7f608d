"""Where a participant may file a score appeal at this moment, and why not where not; pure."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from apella.deadlines.explain import Explanation
from apella.regions.doors import door_limit
from apella.regions.rules import RegionRules
from apella.regions.values.filing import Channel


class DoorState(enum.StrEnum):
    """What the participant can do about this result.

    open: file here; desk: file with somebody's help, see `desks`; not_yet, over: the window is not open yet, or any
    more; appealed: there is an open appeal; annulled: the result is void; shut: no door of the region is open.
    """

    OPEN = "open"
    DESK = "desk"
    NOT_YET = "not_yet"
    OVER = "over"
    APPEALED = "appealed"
    ANNULLED = "annulled"
    SHUT = "shut"


@dataclass(frozen=True, kw_only=True)
class Door:
    """Where to file. `channel` is the cabinet's own door where the region has one for this category.

    `decided` is False while the exam commission's decision, which that door needs (federal:100.7), is not recorded.
    `desks` are the other doors. `due` is the exclusive end of the window, the later of the region's and the federal,
    at the hour of the door where the appeal may be filed: the cabinet, else the desk that closes last (E1).
    """

    state: DoorState
    window: Explanation
    due: datetime | None
    channel: Channel | None
    decided: bool
    desks: tuple[Channel, ...]
    case_id: uuid.UUID | None


def door_of(
    rules: RegionRules,
    *,
    category: str,
    decisions: Collection[str],
    window: Explanation,
    now: datetime,
    open_case: uuid.UUID | None,
    annulled: bool,
) -> Door:
    """Say where an appeal about this result may be filed. `open_case` is one that stands already."""
    channels = rules.channels_for(kind="score", category=category)
    own = next((channel for channel in channels if channel.operator == "participant"), None)
    decided = own is not None and (own.decision is None or own.decision in decisions)
    desks = tuple(channel for channel in channels if not channel.self_service)
    at_doors = [door_limit(rules, channel, window) for channel in ((own,) if own and decided else desks)]
    window = max(at_doors, key=lambda limit: limit.final_due or now, default=window)
    due = window.final_due
    if open_case is not None:
        state = DoorState.APPEALED
    elif annulled:
        state = DoorState.ANNULLED
    elif due is None or (window.first_opens is not None and now < window.first_opens):
        state = DoorState.NOT_YET
    elif now >= due:
        state = DoorState.OVER
    elif decided:
        state = DoorState.OPEN
    else:
        state = DoorState.DESK if desks else DoorState.SHUT
    return Door(state=state, window=window, due=due, channel=own, decided=decided, desks=desks, case_id=open_case)
