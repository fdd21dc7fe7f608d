"""Every hook keeps its contract in every region, whoever answers it."""

from __future__ import annotations

import itertools
from importlib import metadata

import pytest

from apella.regions.facade import Hooks
from apella.regions.loader import ENTRY_POINTS
from apella.regions.registry import RegionRegistry
from apella.regions.rules import RegionRules
from apella.regions.values.cases import CaseFacts

MODES = ("on_site", "remote", "in_absence")
HOOKS = frozenset({"kit_route"})


def score_cases(region: RegionRules) -> list[CaseFacts]:
    """Score appeals of every subject, mode and kind of territory that the region may meet."""
    territories = [None, "нет такой территории", *(territory.name for territory in region.sites.territories[:2])]
    return [
        CaseFacts(
            kind="score",
            subject_code=subject_code,
            category="student",
            mode=mode,
            territory=territory,
            expert_is_subject_chair=chair,
        )
        for subject_code, mode, territory, chair in itertools.product(
            region.subjects, MODES, territories, (False, True)
        )
    ]


def procedure_cases(region: RegionRules) -> list[CaseFacts]:
    """Procedure appeals of every subject and mode."""
    return [
        CaseFacts(kind="procedure", subject_code=subject_code, category="extern", mode=mode)
        for subject_code, mode in itertools.product(region.subjects, MODES)
    ]


def test_an_appellant_always_learns_where_to_come_or_that_a_person_decides(region: RegionRules) -> None:
    for case in (*score_cases(region), *procedure_cases(region)):
        choice = region.choose_site(case)
        assert choice.reason.endswith(".")
        assert choice.clauses
        if case.mode != "remote":
            assert choice.site_code == region.sites.main.code


def test_a_hearing_takes_no_longer_than_the_region_s_limit(region: RegionRules) -> None:
    for case in (*score_cases(region), *procedure_cases(region)):
        parts = region.hearing_parts(case)
        longest = max(region.durations.of(case.mode).total, region.durations.on_site.total)
        assert 1 <= sum(part.minutes for part in parts) <= longest
        assert all(part.clauses for part in parts)


@pytest.mark.clause("federal:101.8")
def test_the_kit_passes_the_expert_before_the_sitting(region: RegionRules) -> None:
    for case in score_cases(region):
        route = region.kit_route(case)
        assert all(stop.clauses for stop in route)
        examined = [stop.role for stop in route if stop.task == "examine"]
        assert examined == (["expert"] if region.needs_expert(case.subject_code) else [])


@pytest.mark.clause("federal:101.8")
def test_two_regions_take_the_same_kit_different_ways(regions: RegionRegistry) -> None:
    ways = {
        tuple((stop.role, stop.task) for stop in region.kit_route(case))
        for region in regions
        for case in (CaseFacts(kind="score", subject_code="02", category="student", mode="remote"),)
    }
    assert len(ways) == len(regions)


def test_each_hook_is_used_by_a_region(regions: RegionRegistry) -> None:
    assert frozenset().union(*(region.hooks.own for region in regions)) == HOOKS


def test_each_plugin_answers_a_hook(regions: RegionRegistry) -> None:
    for region in regions:
        assert bool(region.hooks.own) == (region.tenant.plugin is not None)
    assert {entry.name for entry in metadata.entry_points(group=ENTRY_POINTS)} >= {
        region.tenant.plugin for region in regions if region.tenant.plugin
    }


def test_the_contract_tests_know_every_hook() -> None:
    assert Hooks("none", None).names == HOOKS


def test_one_region_s_answers_never_reach_another(regions: RegionRegistry) -> None:
    for region, other in itertools.permutations(regions, 2):
        for case in score_cases(region)[:50]:
            before = region.kit_route(case)
            other.kit_route(case)
            assert region.kit_route(case) == before
        assert region.hooks is not other.hooks
