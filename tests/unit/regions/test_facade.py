"""A region's answer is checked before the core acts on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from apella.errors import ConfigurationError
from apella.regions.api import CaseFacts, KitStop, RegionRules, hookimpl
from apella.regions.facade import Hooks, RegionRuleError
from apella.regions.loader import load_region

CASE = CaseFacts(kind="score", subject_code="02", category="student", mode="on_site")


def plugin(**hooks: Callable[..., Any]) -> ModuleType:
    """A region's plugin made of these functions."""
    module = ModuleType("apella_ozerny")
    for name, function in hooks.items():
        function.__name__ = name
        setattr(module, name, hookimpl(function))
    return module


@pytest.fixture
def rules(folder: Path) -> RegionRules:
    """The rules of a region without a plugin."""
    return load_region(folder)


def with_hook(rules: RegionRules, name: str, answer: object) -> RegionRules:
    """The same rules with one hook that a plugin always answers so."""

    def hook(case: CaseFacts, rules: RegionRules) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return replace(rules, hooks=Hooks("ozerny", plugin(**{name: hook})))


def test_a_plugin_s_error_names_the_region_and_the_hook(rules: RegionRules) -> None:
    with pytest.raises(RegionRuleError) as caught:
        with_hook(rules, "kit_route", ZeroDivisionError()).kit_route(CASE)
    assert (caught.value.region, caught.value.hook) == ("ozerny", "kit_route")
    assert caught.value.error_code == "region.rule"
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_forgotten_answer_is_an_error_and_not_the_default(rules: RegionRules) -> None:
    with pytest.raises(RegionRuleError, match=r"kit_route.*нет ответа"):
        with_hook(rules, "kit_route", None).kit_route(CASE)


def stop(role: Any, task: Any) -> KitStop:
    """One stop of a kit."""
    return KitStop(role=role, task=task, same_day=False, clauses=("core:E25",))


FIRST, LAST = stop("data_centre_operator", "assemble"), stop("secretary", "present")


@pytest.mark.parametrize(
    ("hook", "answer", "reason"),
    [
        ("kit_route", {"task": "assemble"}, "получен dict"),
        ("kit_route", (), "непустой набор"),
        ("kit_route", [FIRST, LAST], "получен list"),
        ("kit_route", ("assemble",), "непустой набор значений KitStop"),
        ("kit_route", (FIRST, stop("expert", "examine")), "начинать путь со сборки"),
        ("kit_route", (FIRST, LAST), "эксперт лишний или пропущен"),
        ("kit_route", (FIRST, stop("expert", "examine"), LAST, LAST), "повторяется подряд"),
    ],
)
def test_an_answer_that_breaks_the_contract_is_refused(
    rules: RegionRules, hook: str, answer: object, reason: str
) -> None:
    with pytest.raises(RegionRuleError, match=reason):
        getattr(with_hook(rules, hook, answer), hook)(CASE)


def test_a_hook_that_does_not_exist_is_found_at_start(rules: RegionRules) -> None:
    with pytest.raises(ConfigurationError, match="kit_rout"):
        with_hook(rules, "kit_rout", None)


def test_one_region_s_answers_never_reach_another(rules: RegionRules) -> None:
    examined = stop("expert", "examine")
    short = with_hook(rules, "kit_route", (FIRST, examined, LAST))
    long = with_hook(rules, "kit_route", (FIRST, stop("chair", "hand_on"), examined, stop("chair", "hand_on"), LAST))
    stops = [len(region.kit_route(CASE)) for region in (short, long, rules, short)]
    assert stops == [3, 5, 4, 3]
    assert (short.hooks.own, rules.hooks.own) == (frozenset({"kit_route"}), frozenset())
