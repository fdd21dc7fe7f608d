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
    wished = rules.sites.get(case.wished_site) if case.wished_site else None
    if place.by == "territory":
        site = rules.sites.of_territory(case.territory) if case.territory else None
        asked = "" if wished is None else f" Участник просил пункт «{wished.name}»."
        return _named(
            site,
            rules,
            reason=f"Территория «{case.territory}» закреплена за пунктом «{'' if site is None else site.name}».",
            otherwise="Территория организации не закреплена ни за одним удалённым пунктом: выберите пункт сами."
            + asked,
        )
    if place.by == "request":
        return _named(
            wished,
            rules,
            reason=f"Участник просил пункт «{'' if wished is None else wished.name}».",
            otherwise="В заявлении участник пункта не назвал: выберите пункт сами.",
        )
    return _named(
        None, rules, otherwise="Рассмотрение дистанционное: выберите удалённый пункт, в который придёт участник."
    )


def sites_to_ask_for(territory: str | None, rules: RegionRules) -> tuple[Site, ...]:
    """The sites that an applicant may ask to be heard at by video, the commission's own last; empty where none may.

    A region may leave the choice to the applicant; where the territory decides, those whom its table does not name are
    asked, so that the secretary need not guess (D14).
    """
    by, sites = rules.hearing.remote_place.by, rules.sites
    from_elsewhere = by == "territory" and (territory is None or sites.of_territory(territory) is None)
    return (*sites.remote, sites.main) if sites.remote and (by == "request" or from_elsewhere) else ()


def proposed_site(territory: str | None, rules: RegionRules) -> Site:
    """The site that is proposed first: the territory's, else the commission's own."""
    attached = None if territory is None else rules.sites.of_territory(territory)
    return attached or rules.sites.main


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
