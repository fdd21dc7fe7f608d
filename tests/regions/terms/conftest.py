"""One act's terms, counted by the very functions that a case is counted by."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from apella.calendar.working import WorkCalendar
from apella.deadlines import service
from apella.deadlines.explain import Explanation
from apella.deadlines.reading import load_terms
from apella.deadlines.service import TermRules
from apella.deadlines.terms import Term
from apella.regions.loader import FEDERAL, load_region
from apella.tenancy.files import tenant_directories

MOSCOW_TIME = ZoneInfo("Europe/Moscow")


@dataclass(frozen=True, kw_only=True)
class FederalRules:
    """The Procedure alone: no region, no days off but the country's."""

    terms: Mapping[str, Term]
    federal_terms: Mapping[str, Term]
    calendar: WorkCalendar
    zone: ZoneInfo


@cache
def _rules_of(slug: str) -> TermRules:
    if slug != "federal":
        return load_region(tenant_directories(None)[slug])
    table = tomllib.loads((FEDERAL / "terms.toml").read_text(encoding="utf-8"))
    terms = load_terms(table, source="federal/terms.toml")
    return FederalRules(terms=terms, federal_terms=terms, calendar=WorkCalendar(), zone=MOSCOW_TIME)


@pytest.fixture
def act(request: pytest.FixtureRequest) -> str:
    """The prefix of the act's clauses: the test's file is named after it, `test_<act>_deadlines`."""
    return request.path.stem.removeprefix("test_").removesuffix("_deadlines")


@pytest.fixture
def rules(act: str) -> TermRules:
    """The rules of the region that the act belongs to."""
    return _rules_of(act.removesuffix("_portal"))


@pytest.fixture
def read(rules: TermRules) -> Callable[[str], dt.date | dt.datetime]:
    """Read «2025-06-24» as a day and «2025-06-24T19:00» as an instant of the region's zone."""

    def moment(text: str) -> dt.date | dt.datetime:
        if "T" not in text:
            return dt.date.fromisoformat(text)
        return dt.datetime.fromisoformat(text).replace(tzinfo=rules.zone)

    return moment


@pytest.fixture
def explain(rules: TermRules, read: Callable[[str], dt.date | dt.datetime]) -> Callable[..., Explanation]:
    """Count a term of the region from days or instants of its zone, as a case's clock is counted."""

    def count(term_id: str, **events: str) -> Explanation:
        return service.explain(rules, term_id, {name: read(text) for name, text in events.items()})

    return count


@pytest.fixture
def at(rules: TermRules) -> Callable[[str], dt.datetime]:
    """Read an instant of the region's zone; a day alone is its midnight."""

    def instant(text: str) -> dt.datetime:
        return dt.datetime.fromisoformat(text).replace(tzinfo=rules.zone)

    return instant


@pytest.fixture
def check(
    request: pytest.FixtureRequest,
    act: str,
    rules: TermRules,
    explain: Callable[..., Explanation],
    at: Callable[[str], dt.datetime],
) -> Callable[..., Explanation]:
    """Carry out a clause's check: the last moment of the term, and which acts are in time and which come too late.

    The clauses of this act that the test is marked with must stand on the term.
    """

    def carry_out(term_id: str, *, last: str, in_time: str = "", late: str = "", **events: str) -> Explanation:
        marked = {clause for mark in request.node.iter_markers("clause") for clause in mark.args}
        missing = {clause for clause in marked if clause.startswith(f"{act}:")} - set(_grounds(rules.terms[term_id]))
        assert not missing, f"{term_id} no longer cites {missing}"
        explanation = explain(term_id, **events)
        whole_day = "T" not in last
        assert explanation.last_moment == at(f"{last}T23:59:59" if whole_day else last)
        assert not explanation.is_over(at(f"{last}T23:59:59.999") if whole_day else at(last) - dt.timedelta(seconds=1))
        if whole_day:
            assert explanation.is_over(at(last) + dt.timedelta(days=1))
        for text in filter(None, [in_time]):
            assert not explanation.is_over(at(text)), f"{term_id} is over by {text}"
        for text in filter(None, [late]):
            assert explanation.is_over(at(text)), f"{term_id} still runs at {text}"
        return explanation

    return carry_out


def _grounds(term: Term) -> Iterator[str]:
    yield from (*term.clauses, *term.sources)
    for part in term.parts:
        yield from _grounds(part)
