"""The terms of a region as a list: what each is, who owes it, by which clauses, and where it leaves the federal one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apella.deadlines.terms import Term
from apella.identity.role_names import ROLE_NAMES
from apella.identity.roles import Role
from apella.regions.rules import RegionRules
from apella.rulebook.in_force import InForce
from apella.rulebook.wording import rule_words


def federal_limit(rules: RegionRules, term: Term) -> Term | None:
    """Give the Procedure's own term where the region counts another one; None where it has none or the same."""
    federal = _beside(rules, term)
    return federal if federal is not None and federal.is_law else None


def platform_reading(rules: RegionRules, term: Term) -> Term | None:
    """Give what the platform reads where the Procedure is silent, if the region counts otherwise: it limits nobody."""
    federal = _beside(rules, term)
    return None if federal is None or federal.is_law else federal


def reading_words(reading: Term) -> str:
    """Say what the platform reads, by which readings: «принято платформой (core:E25): 1 календарный день …»."""
    return f"принято платформой ({', '.join(reading.grounds)}): {rule_words(reading)}"


def _beside(rules: RegionRules, term: Term) -> Term | None:
    federal = rules.federal_terms.get(term.id)
    if federal is None or federal is term or rule_words(federal) == rule_words(term):
        return None
    return federal


def owed_by(term: Term) -> str:
    """Say who owes the term, in the nominative."""
    return ROLE_NAMES[Role(term.owed_by)]


def terms_document(found: InForce) -> dict[str, Any]:
    """Give the list that `apella deadline terms --json` and the API show."""
    rules = found.rules
    return {
        "tenant": rules.slug,
        "zone": rules.tenant.zone,
        "rule_version": rules.version,
        "in_force": None if rules.in_force is None else rules.in_force.isoformat(),
        "calendar_version": rules.calendar.version,
        "rules": found.as_json(),
        "terms": [_line(rules, term) for term in rules.terms.values()],
        "deviations": [term.id for term in rules.terms.values() if term.deviation is not None],
    }


def _line(rules: RegionRules, term: Term) -> dict[str, Any]:
    federal = federal_limit(rules, term)
    return {
        **_counting(term),
        "title": term.title,
        "owed_by": term.owed_by,
        "owed_by_title": owed_by(term),
        "action": term.action,
        "hardness": term.hardness.value,
        "clauses": list(term.clauses),
        "sources": list(term.sources),
        "federal": None if federal is None else {**_counting(federal), "clauses": list(federal.grounds)},
        "deviation": None if term.deviation is None else term.deviation.model_dump(mode="json"),
    }


def _counting(term: Term) -> Mapping[str, Any]:
    return {
        "term": term.id,
        "rule": rule_words(term),
        "start_event": term.start_event.value,
        "start_event_title": term.start_event.label,
        "length": term.length,
        "unit": term.unit.value,
        "direction": term.direction.value,
        "following_day": term.following_day,
        "week": term.week,
        "cutoff": term.cutoff,
        "combine": term.combine.value if term.combine else None,
        "parts": [_counting(part) for part in term.parts],
    }
