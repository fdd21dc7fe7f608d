"""The terms: «Сроки»."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from apella.deadlines.terms import Term
from apella.identity.role_names import ROLE_NAMES
from apella.identity.roles import Role
from apella.rulebook.lines.entry import Entry
from apella.rulebook.wording import HARDNESS, rule_words

RETENTION: Final = "papers.retention"
"""The term that stands in the section about keeping, not among the others."""

TERM_ROWS: Final[Mapping[str, tuple[int, ...]]] = {
    "score.filing": (14,),
    "procedure.filing": (15,),
    "score.forwarding": (18,),
    "procedure.forwarding": (18,),
    "score.withdrawal": (21,),
    "procedure.withdrawal": (22,),
    "withdrawal.forwarding": (23,),
    "withdrawal.entry": (24,),
    "score.consideration": (25,),
    "procedure.consideration": (26,),
    "kit.hand_on": (29,),
    "kit.return": (29,),
    "clarification.answer": (35,),
    "hearing.announcement": (45,),
    "hearing.reminder": (46,),
    "information.publication": (48,),
    "hearing.link": (56,),
    "hearing.no_show": (65,),
    "kim.delivery": (71,),
    "decision.notice": (83,),
    "protocol.handover": (84,),
    "ris.procedure_result": (85,),
    "ris.registration": (86,),
    "recalculation.dispatch": (87,),
    "recalculation.federal": (88,),
    "recalculation.reminder": (88,),
    "approval.submission": (89,),
    "approval": (90,),
    "federal_request.answer": (91,),
    RETENTION: (95,),
}
"""Which rows of the table of differences a term answers; the other terms are the platform's own advice."""


def grounds(term: Term) -> tuple[str, ...]:
    """Everything that a term and its parts rest on, each once."""
    own = (*term.clauses, *term.sources)
    return tuple(dict.fromkeys((*own, *(ground for part in term.parts for ground in grounds(part)))))


def terms(listed: Mapping[str, Term]) -> Iterator[Entry]:
    """Every term: who owes it, how it is counted, what missing it means."""
    for term in listed.values():
        yield Entry(
            key=f"terms.{term.id}",
            title=term.title,
            value=f"{ROLE_NAMES[Role(term.owed_by)]}: {rule_words(term)}; {HARDNESS[term.hardness]}",
            clauses=grounds(term),
            rows=TERM_ROWS.get(term.id, ()),
        )
