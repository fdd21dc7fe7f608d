"""What a region's plugin may answer. Three hooks: each exists because a region does what no table can say.

Every hook has a default (`defaults.py`), an entry in docs/plugin-guide.md and a region that uses it. A hook that a
plugin defines is the plugin's alone, for every case; answers are core values, never None; the facade checks them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

from apella.regions.values.cases import CaseFacts, HearingPart, KitStop, SiteChoice

if TYPE_CHECKING:
    from apella.regions.rules import RegionRules

PROJECT = "apella"

hookspec = pluggy.HookspecMarker(PROJECT)


@hookspec(firstresult=True)
def choose_site(case: CaseFacts, rules: RegionRules) -> SiteChoice:  # type: ignore[empty-body]
    """This will say where the appellant comes for the hearing.

    Asked when a hearing is planned. Default: the commission's main site; for a remote hearing a link, or the
    secretary's choice where the tenant has remote sites. `site_code` must be a site of this tenant. Where no rule
    decides, answer `by_hand=True`.
    """


@hookspec(firstresult=True)
def hearing_parts(case: CaseFacts, rules: RegionRules) -> tuple[HearingPart, ...]:  # type: ignore[empty-body]
    """This will say what an appeal's time at a sitting is made of, in order.

    Asked when a slot is reserved. Default: one hearing of `durations.of(mode).total` minutes, the expert's
    explanation included. The last part is the hearing; a part has at least one minute; each kind of part at most once.
    """


@hookspec(firstresult=True)
def kit_route(case: CaseFacts, rules: RegionRules) -> tuple[KitStop, ...]:  # type: ignore[empty-body]
    """This will say through whose hands the appeal kit goes between the data centre and the sitting.

    Asked of score appeals, when a kit is requested. Default: the data centre assembles it, the
    secretary receives it, the expert (where the subject has extended answers) examines it, the secretary presents it.
    The first stop assembles, the last presents; the expert examines exactly when `rules.needs_expert` says so.
    """
