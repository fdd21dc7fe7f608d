"""The terms of a region as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from apella.deadlines.terms import Term
from apella.regions.rules import RegionRules
from apella.rulebook.terms_view import federal_limit, owed_by
from apella.rulebook.wording import HARDNESS, act_titles, grounds_words, rule_words


def terms_text(rules: RegionRules) -> str:
    """List every term: its id and title, who owes it, the rule, what missing it means, the acts."""
    return "\n".join(line for term in rules.terms.values() for line in _lines(rules, term)).lstrip("\n")


def _lines(rules: RegionRules, term: Term) -> Iterator[str]:
    yield ""
    yield f"{term.id}  {term.title}"
    yield f"  {owed_by(term)}: {rule_words(term)}; {HARDNESS[term.hardness]}"
    federal = federal_limit(rules, term)
    if federal is not None:
        yield f"  федеральный предел: {rule_words(federal)}"
    if term.deviation is not None:
        yield f"  отступление от федерального срока: {term.deviation}"
    for ground in grounds_words(term.grounds, act_titles(rules.sources)):
        yield f"  {ground}"
