"""Ways of doing a thing that the core knows and a region's tables choose between (hearing.toml, durations.toml)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apella.regions.values.cases import CaseFacts, HearingPart, SiteChoice

if TYPE_CHECKING:
    from apella.regions.rules import RegionRules
    from apella.regions.values.sites import Site


def choose_site(case: CaseFacts, rules: RegionRules) -> SiteChoice:
    """Where the appellant comes: to the commission (federal:98.7), or by video as `hearing.remote_place` says."""
    if case.mode != "remote":
        return SiteChoice(
            site_code=rules.sites.main.code,
            reason="Апелляция рассматривается там, где заседает комиссия.",
            clauses=("federal:98.7", *rules.sites.main.clauses),
        )
    place = rules.hearing.remote_place
    if place.by == "link" or (place.by == "secretary" and not rules.sites.remote):
        return SiteChoice(
            site_code=None, reason="Рассмотрение дистанционное: участник подключается по ссылке.", clauses=place.clauses
        )
    if place.by == "territory":
        site = rules.sites.of_territory(case.territory) if case.territory else None
        return _named(
            site,
            rules,
            reason=f"Территория «{case.territory}» закреплена за пунктом «{'' if site is None else site.name}».",
            otherwise="Территория организации не закреплена ни за одним удалённым пунктом: выберите пункт сами.",
        )
    if place.by == "request":
        wished = rules.sites.get(case.wished_site) if case.wished_site else None
        return _named(
            wished,
            rules,
            reason=f"Участник просил пункт «{'' if wished is None else wished.name}».",
            otherwise="В заявлении участник пункта не назвал: выберите пункт сами.",
        )
    return _named(
        None, rules, otherwise="Рассмотрение дистанционное: выберите удалённый пункт, в который придёт участник."
    )


def hearing_parts(case: CaseFacts, rules: RegionRules) -> tuple[HearingPart, ...]:
    """What the appeal's time is made of, in order: the hearing, and the consultation where it goes before (E14).

    There is one before where somebody comes to a score appeal that an expert has looked at. Its minutes are taken out
    of the total unless the hearing has minutes of its own.
    """
    duration, explanation = rules.durations.of(case.mode), rules.hearing.explanation
    explained = case.kind == "score" and case.attended and rules.needs_expert(case.subject_code)
    if explanation.when != "before" or not explained:
        alone = duration.total if explanation.when != "before" or duration.alone is None else duration.alone
        return (HearingPart(code="hearing", minutes=alone, hard=duration.hard, clauses=duration.clauses),)
    rest = duration.total - duration.consultation if duration.hearing is None else duration.hearing
    return (
        HearingPart(
            code="consultation",
            minutes=duration.consultation,
            hard=duration.hard,
            clauses=(*explanation.clauses, *duration.clauses),
        ),
        HearingPart(code="hearing", minutes=rest, hard=duration.hard, clauses=duration.clauses),
    )


def _named(site: Site | None, rules: RegionRules, *, reason: str = "", otherwise: str) -> SiteChoice:
    """The site with its reason, or the secretary's own choice."""
    clauses = rules.hearing.remote_place.clauses
    if site is None:
        return SiteChoice(site_code=None, by_hand=True, reason=otherwise, clauses=clauses)
    return SiteChoice(site_code=site.code, reason=reason, clauses=(*clauses, *site.clauses))
