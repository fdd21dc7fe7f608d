"""The rules of the season that a person of the console works in, and how they are told."""

from __future__ import annotations

from apella.appeals.desk import Desk
from apella.rulebook.in_force import InForce, of_season
from apella.web.requests import admitted, app_of


def season_rules(at: Desk) -> InForce:
    """The rules that new cases of this person's season are filed under, with the editions that come later."""
    season = admitted().season
    return of_season(app_of().regions, at.rules, title=season.title, opened_on=season.opened_on)
