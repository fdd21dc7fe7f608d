"""What a region's plugin may answer: what regions do and no table can say (docs/adr/0014-hooks.md).

A hook has a default (`defaults.py`), an entry in docs/plugin-guide.md and a region that uses it. A hook that a
plugin defines is the plugin's alone, for every case; answers are core values, never None; the facade checks them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

from apella.regions.values.cases import CaseFacts, KitStop

if TYPE_CHECKING:
    from apella.regions.rules import RegionRules

PROJECT = "apella"

hookspec = pluggy.HookspecMarker(PROJECT)


@hookspec(firstresult=True)
def kit_route(case: CaseFacts, rules: RegionRules) -> tuple[KitStop, ...]:  # type: ignore[empty-body]
    """This will say through whose hands the appeal kit goes between the data centre and the sitting.

    Asked of score appeals, when a kit is requested: the way may depend on the subject, on who the expert is, on whether
    and where somebody comes. Default: the data centre assembles it, the secretary receives it, the expert (where the
    subject has extended answers) examines it, the secretary presents it. The first stop assembles, the last presents;
    the expert examines exactly when `rules.needs_expert` says so.
    """
