"""All lines of a rule set, section by section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from apella.deadlines.terms import Term
from apella.regions.rules import RegionRules
from apella.regions.values.tenant import Bodies
from apella.rulebook.lines.conditions import conditions
from apella.rulebook.lines.deciding import deciding, exchanging, keeping
from apella.rulebook.lines.entry import Entry, Names
from apella.rulebook.lines.filing import filing
from apella.rulebook.lines.hearing import hearing
from apella.rulebook.lines.preparing import preparing
from apella.rulebook.lines.terms import RETENTION, terms

SECTIONS: Mapping[str, str] = {
    "filing": "Кто и где подаёт",
    "terms": "Сроки",
    "preparing": "Подготовка",
    "hearing": "Слушание",
    "deciding": "Решение и документы",
    "exchange": "Обмен",
    "keeping": "Хранение",
    "conditions": "Условия",
}


def lines_of(rules: RegionRules, *, bodies: Bodies | None = None) -> Iterator[tuple[str, Entry]]:
    """Every line of a rule set with the code of its section.

    `bodies` are the names to use, the region's own by default; the lines that tell the names use the set's own.
    """
    names = Names(bodies=bodies or rules.bodies)
    listed: Mapping[str, Term] = {one: term for one, term in rules.terms.items() if one != RETENTION}
    kept = {one: term for one, term in rules.terms.items() if one == RETENTION}
    for code, entries in (
        ("filing", filing(rules, names)),
        ("terms", terms(listed)),
        ("preparing", preparing(rules, names)),
        ("hearing", hearing(rules, names)),
        ("deciding", deciding(rules, names)),
        ("exchange", exchanging(rules, names)),
        ("keeping", keeping(rules)),
        ("keeping", terms(kept)),
        ("conditions", conditions(rules, Names(bodies=rules.bodies))),
    ):
        for entry in entries:
            yield code, entry
