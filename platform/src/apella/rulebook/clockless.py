"""Terms that are counted while no deed of the product begins them on a case, with the statements that set them.

Which these are stands in a table of docs/deadlines.md, which an architecture test derives from the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from apella.deadlines.terms import Term
from apella.regions.clauses import READINGS
from apella.regions.rules import RegionRules

DOCS = "docs/deadlines.md"
HEADING = "## Terms that count but have no clock yet"

_ROW = re.compile(r"^\| `([a-z_.]+)` \| `[a-z_]+` \| (\S.*) \|$", flags=re.MULTILINE)
# A row that says so waits for no deed: the term is used without a clock, or another one stands for it.
_NOTHING = "nothing"


def awaited_terms(docs: str) -> tuple[str, ...]:
    """Give the ids of the terms in the docs whose deed is still to come."""
    table = docs.partition(f"{HEADING}\n")[2].partition("\n## ")[0]
    return tuple(term for term, starts in _ROW.findall(table) if not starts.startswith(_NOTHING))


def clauses_of(term_ids: Iterable[str], regions: Iterable[RegionRules]) -> Mapping[str, tuple[str, ...]]:
    """Give the statements of acts that set each term in any region; a term that only readings set is left out."""
    found: dict[str, dict[str, None]] = {term_id: {} for term_id in term_ids}
    for rules in regions:
        for term_id, cited in found.items():
            for one in (rules.terms[term_id], rules.federal_terms[term_id]):
                cited.update(dict.fromkeys(_cited(one)))
    return {term_id: tuple(cited) for term_id, cited in found.items() if cited}


def with_introduction(page: str, awaited: Mapping[str, tuple[str, ...]]) -> str:
    """Put into the introduction of docs/clauses.md which statements are counted while their deed is still to come."""
    introduction, table, rest = page.partition("\nProved / shown / open:\n")
    return f"{introduction}{''.join(_lines(awaited))}{table}{rest}"


def _lines(awaited: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    if not awaited:
        return
    yield "\n**Counted, but the deed is not in the product yet** («считается, но действия в продукте ещё нет»): the\n"
    yield f"term is shown, explained and planned with; no case begins it yet ([why]({DOCS.partition('/')[2]})).\n\n"
    for term_id, clauses in awaited.items():
        yield f"- `{term_id}`: {', '.join(clauses)}\n"


def _cited(term: Term) -> Iterator[str]:
    yield from (one for one in term.clauses if not one.startswith(f"{READINGS}:"))
    for part in term.parts:
        yield from _cited(part)
