"""What the first start of an embedded instance brings: the tenants and a demo season in each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from apella.bootstrap import make_app
from apella.demo.making import make_demo_season
from apella.demo.season import Scans
from apella.embedded.sign_in import demo_people
from apella.onboarding.tenants import enter_tenants

PARTICIPANTS = 200
SEED = 7
CODE = "demo"
EMPTY = "APELLA_EMPTY"
"""Set for an instance that starts without the demo seasons."""


def fill(environment: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Enter the tenants and make what is missing of their demo seasons; safe to be killed and called again."""
    app = make_app(environment)
    if app.settings.database_url is None:
        raise RuntimeError("the first start has no database")
    enter_tenants(app.settings.database_url, app.regions)
    if environment.get(EMPTY):
        # A story makes the season that it plays in.
        return
    for rules in app.regions:
        say(f"Готовлю учебный сезон: {rules.tenant.title.nominative}…")
        make_demo_season(app, slug=rules.slug, participants=PARTICIPANTS, seed=SEED, scans=Scans.SOME, code=CODE)


def lines(environment: Mapping[str, str]) -> list[str]:
    """Give the addresses and the demo people, for the screen of whoever started the instance."""
    app = make_app(environment)
    home = f"http://127.0.0.1:{app.settings.port}"
    shown = [f"Apella работает: {home}/  Остановка: Ctrl+C.", f"СМС и письма: {home}/embedded/outbox", ""]
    seen: set[tuple[str, str]] = set()
    for person in demo_people(app):
        # One person for each role and region; the sign-in page lists them all.
        if (person.tenant, person.role) in seen:
            continue
        seen.add((person.tenant, person.role))
        shown.append(f"  {person.login:<34} {person.role}, {person.name}")
    shown.append("")
    shown += [f"  Вход: {home}/{rules.slug}/sign-in" for rules in app.regions]
    return shown
