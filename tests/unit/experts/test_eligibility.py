"""Who may be the invited expert of a case."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apella.experts.eligibility import Candidate, obstacles
from apella.regions.loader import FEDERAL
from apella.regions.values.hearing import ExpertRules

GOOD = Candidate(
    code="E1",
    subject_code="04",
    status="lead",
    status_year=2031,
    checked_first_second=True,
    checked_third=True,
    subject_chair=False,
)


def rules(**wishes: Any) -> ExpertRules:
    return ExpertRules.model_validate(
        {**tomllib.loads((FEDERAL / "expert.toml").read_text(encoding="utf-8")), **wishes},
        strict=False,
    )


def against(candidate: Candidate, *, checked_by: tuple[str, ...] = (), **wishes: Any) -> tuple[str, ...]:
    return obstacles(candidate, subject_code="04", exam_year=2031, checked_by=checked_by, rules=rules(**wishes))


def test_an_expert_of_the_subject_who_never_saw_the_work_may_take_the_case() -> None:
    assert against(GOOD, checked_by=("E2", "E3")) == ()


@pytest.mark.clause("federal:98.2", "federal:101.9", "core:A17", "core:C11")
@given(
    status=st.sampled_from(["lead", "senior", "main"]),
    chair=st.booleans(),
    before=st.lists(st.sampled_from(["E2", "E3"]), max_size=2),
    lenient=st.booleans(),
)
def test_who_checked_the_work_at_any_stage_never_may(
    status: str, chair: bool, before: list[str], lenient: bool
) -> None:
    candidate = replace(GOOD, status=status, subject_chair=chair)
    found = against(candidate, checked_by=(*before, "E1"), chair_may_be_expert=lenient)
    assert found[0] == "эксперт уже проверял эту работу"


@pytest.mark.clause("federal:101.9")
def test_an_expert_of_another_subject_may_not() -> None:
    assert against(replace(GOOD, subject_code="05")) == ("эксперт по другому предмету",)


@pytest.mark.clause("core:A15", "core:A16")
@pytest.mark.parametrize(
    ("lacking", "rule"),
    [
        ({"status": "main"}, {"statuses": ("lead", "senior")}),
        ({"status_year": 2030}, {"status_of_this_year": True}),
        ({"checked_first_second": False}, {"experience": ("first_second",)}),
        ({"checked_third": False}, {"experience": ("third",)}),
        ({"subject_chair": True}, {"chair_may_be_expert": False}),
    ],
)
def test_a_condition_of_the_region_bars_only_where_the_region_sets_it(
    lacking: dict[str, Any], rule: dict[str, Any]
) -> None:
    assert against(replace(GOOD, **lacking)) == ()
    assert len(against(replace(GOOD, **lacking), **rule)) == 1
    assert against(GOOD, **rule) == ()


def test_every_obstacle_is_named() -> None:
    worst = replace(GOOD, status="main", status_year=2030, checked_third=False)
    found = against(
        worst, checked_by=("E1",), statuses=("lead",), status_of_this_year=True, experience=("first_second", "third")
    )
    assert len(found) == 4
