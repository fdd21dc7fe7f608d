"""The terms of a region as text for a terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from apella.deadlines.terms import Term
from apella.regions.rules import RegionRules
from apella.rulebook.in_force import InForce, in_force_lines
from apella.rulebook.terms_view import federal_limit, owed_by, platform_reading, reading_words
from apella.rulebook.wording import HARDNESS, act_titles, grounds_words, rule_words


def terms_text(found: InForce, *, today: dt.date | None = None) -> str:
    """Say which rules these are, then list every term: its id and title, who owes it, the rule, what missing it means.

    The acts stand below each.
    """
    rules = found.rules
    listed = (line for term in rules.terms.values() for line in _lines(rules, term))
    return "\n".join((*in_force_lines(found.as_json(), today=today), *listed))


def _lines(rules: RegionRules, term: Term) -> Iterator[str]:
    yield ""
    yield f"{term.id}  {term.title}"
    yield f"  {owed_by(term)}: {rule_words(term)}; {HARDNESS[term.hardness]}"
    federal = federal_limit(rules, term)
    if federal is not None:
        yield f"  федеральный предел: {rule_words(federal)}"
    reading = platform_reading(rules, term)
    if reading is not None:
        yield f"  {reading_words(reading)}"
    if term.deviation is not None:
        yield f"  отступление от федерального срока: {term.deviation}"
    for ground in grounds_words(term.grounds, act_titles(rules.sources)):
        yield f"  {ground}"
