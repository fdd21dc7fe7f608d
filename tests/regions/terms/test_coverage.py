"""No clause that sets a term may fall out of the tables, and every term says what missing it means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from apella.deadlines.terms import PARTICIPANT_ROLES, Hardness, Term
from apella.identity.roles import Role
from apella.regions.checks import citations
from apella.regions.clauses import read_clauses
from apella.regions.loader import FEDERAL, load_region
from apella.regions.rules import RegionRules
from apella.tenancy.files import tenant_directories

REGIONS = ("kbr", "kuzbass", "moscow")
TIMES = {"deadline", "calendar", "retention"}
SET_BY_TERMS = {
    "kbr": {"kbr:44.1", "kbr:44.2"},
    "kuzbass": {"kuzbass:48.1", "kuzbass:77.1", "kuzbass:78.1", "kuzbass:78.2"},
    "moscow": set(),
}
"""Clauses of other kinds whose length of time is a term: withdrawal, the reminder, the minutes of waiting."""


@cache
def rules_of(slug: str) -> RegionRules:
    """The rules of a region, loaded once."""
    return load_region(tenant_directories(None)[slug])


def of_times(folder: Path, *prefixes: str) -> set[str]:
    """The statements of a folder's acts that set a term, a day or a calendar."""
    return {clause.id for clause in read_clauses(folder) if clause.kind in TIMES and clause.source.startswith(prefixes)}


def cited_by_terms(rules: RegionRules) -> set[str]:
    """What the terms of a region cite, their parts included."""
    return {clause for place, clause in citations(rules) if place.startswith("срок ")}


@pytest.mark.parametrize("slug", REGIONS)
def test_every_clause_that_sets_a_term_stands_on_a_term_of_its_region(slug: str) -> None:
    wanted = of_times(tenant_directories(None)[slug], slug) | SET_BY_TERMS[slug]
    assert wanted
    assert wanted - cited_by_terms(rules_of(slug)) == set()


def test_every_clause_of_the_procedure_that_sets_a_term_stands_on_a_federal_term() -> None:
    rules = rules_of(REGIONS[0])
    wanted = of_times(FEDERAL, "federal")
    assert len(wanted) == 12
    assert wanted - cited_by_terms(replace(rules, terms=rules.federal_terms)) == set()


def test_fifty_nine_clauses_set_terms() -> None:
    folders = [FEDERAL, *(tenant_directories(None)[slug] for slug in REGIONS)]
    listed = [clause for folder in folders for clause in read_clauses(folder)]
    assert [sum(clause.kind == kind for clause in listed) for kind in ("deadline", "calendar", "retention")] == [
        59,
        2,
        1,
    ]


def test_no_term_cites_a_clause_that_is_not_there() -> None:
    for slug in REGIONS:
        own = {clause.id for folder in (FEDERAL, tenant_directories(None)[slug]) for clause in read_clauses(folder)}
        acts = {f"{source}:" for source in ("federal", slug, f"{slug}_portal")}
        cited = {clause for clause in cited_by_terms(rules_of(slug)) if clause.startswith(tuple(acts))}
        assert cited - own == set(), slug


@pytest.mark.parametrize("slug", REGIONS)
def test_a_right_is_refused_after_its_term_and_an_act_s_duty_is_a_breach(slug: str) -> None:
    rules = rules_of(slug)
    acts = ("federal:", f"{slug}:")
    for term in rules.terms.values():
        assert (term.hardness is Hardness.REFUSE) == (term.owed_by in PARTICIPANT_ROLES or is_kept(term)), term.id
        sets_duty = any(clause.startswith(acts) for clause in term.clauses)
        if sets_duty and term.hardness is Hardness.ADVICE:
            assert term.id in ("recalculation.reminder", "withdrawal.entry"), term.id


def is_kept(term: Term) -> bool:
    """Whether the term keeps something from being done before it ends: papers from being destroyed."""
    return term.id == "papers.retention"


@pytest.mark.parametrize("slug", REGIONS)
def test_every_term_is_owed_by_a_role_and_every_part_counts_for_itself(slug: str) -> None:
    for term in rules_of(slug).terms.values():
        assert term.owed_by in set(Role), term.id
        for part in parts_of(term):
            assert not part.parts, part.id
            assert part.owed_by == term.owed_by, part.id


def parts_of(term: Term) -> Iterator[Term]:
    """The parts of a combined term."""
    yield from term.parts


@pytest.mark.parametrize("slug", REGIONS)
def test_no_region_needs_an_act_to_be_weaker_than_the_procedure(slug: str) -> None:
    assert [term.id for term in rules_of(slug).terms.values() if term.deviation is not None] == []


@pytest.mark.parametrize("slug", REGIONS)
def test_a_combined_term_cites_what_its_parts_cite_and_nothing_else(slug: str) -> None:
    for term in rules_of(slug).terms.values():
        if term.parts:
            assert set(term.clauses) == {clause for part in term.parts for clause in part.clauses}, term.id
