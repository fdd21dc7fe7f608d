"""Which remote site an appellant comes to: that of the territory where the participant registered.

The table says which territory belongs to which site; who is bound by it, and what happens to the others, it cannot.
"""

from __future__ import annotations

from apella.regions.api import CaseFacts, RegionRules, SiteChoice, hookimpl


@hookimpl
def choose_site(case: CaseFacts, rules: RegionRules) -> SiteChoice:
    """The site of the registering organisation's territory (point 5, D14).

    Without video – in absence, for procedure appeals, or while the exam commission has not allowed it – the place is
    where the commission sits. A territory that the table does not know is left to the secretary.
    """
    if case.kind != "score" or case.mode != "remote":
        return SiteChoice(
            site_code=rules.sites.main.code,
            reason="Апелляция рассматривается в ОПРА.",
            clauses=("moscow:5.5", "federal:98.7"),
        )
    site = rules.sites.of_territory(case.territory) if case.territory else None
    if site is None:
        return SiteChoice(
            site_code=None,
            by_hand=True,
            reason="Территория организации не закреплена ни за одним УПРА: выберите пункт сами.",
            clauses=("moscow:5.8", "core:D14"),
        )
    return SiteChoice(
        site_code=site.code,
        reason=f"Территория «{case.territory}» закреплена за пунктом «{site.name}».",
        clauses=("moscow:5.8", *site.clauses),
    )
