"""All that a region's plugin may import: the marker, the facts it is asked about, the values it answers with.

See docs/plugin-guide.md. The rest of the core is not a plugin's business and may change any day.
"""

from __future__ import annotations

import pluggy

from apella.identity.roles import Role
from apella.regions.hookspecs import PROJECT
from apella.regions.rules import RegionRules
from apella.regions.values.cases import CaseFacts, KitStop

hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin module as the region's answer to the hook of the same name."""

__all__ = ["CaseFacts", "KitStop", "RegionRules", "Role", "hookimpl"]
