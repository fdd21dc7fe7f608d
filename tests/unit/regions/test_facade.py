"""A region's answer is checked before the core acts on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from apella.errors import ConfigurationError
from apella.regions.api import CaseFacts, HearingPart, KitStop, RegionRules, SiteChoice, hookimpl
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
        with_hook(rules, "choose_site", ZeroDivisionError()).choose_site(CASE)
    assert (caught.value.region, caught.value.hook) == ("ozerny", "choose_site")
    assert caught.value.error_code == "region.rule"
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_forgotten_answer_is_an_error_and_not_the_default(rules: RegionRules) -> None:
    for name in ("choose_site", "hearing_parts", "kit_route"):
        silent = with_hook(rules, name, None)
        with pytest.raises(RegionRuleError, match=f"{name}.*нет ответа"):
            getattr(silent, name)(CASE)


def part(code: Any = "hearing", minutes: int = 10) -> HearingPart:
    """One part of a hearing."""
    return HearingPart(code=code, minutes=minutes, hard=False, clauses=("core:E25",))


def stop(role: Any, task: Any) -> KitStop:
    """One stop of a kit."""
    return KitStop(role=role, task=task, same_day=False, clauses=("core:E25",))


FIRST, LAST = stop("data_centre_operator", "assemble"), stop("secretary", "present")


@pytest.mark.parametrize(
    ("hook", "answer", "reason"),
    [
        ("choose_site", {"site_code": "main"}, "получен dict"),
        ("choose_site", SiteChoice(site_code="moon", reason="…", clauses=("core:E1",)), "площадки «moon» нет"),
        ("choose_site", SiteChoice(site_code="main", by_hand=True, reason="…", clauses=()), "и названа, и оставлена"),
        ("hearing_parts", (), "непустой набор"),
        ("hearing_parts", [part()], "получен list"),
        ("hearing_parts", ("hearing",), "непустой набор значений HearingPart"),
        ("hearing_parts", (part(), part("consultation")), "последняя часть"),
        ("hearing_parts", (part("consultation", 0), part()), "короче одной минуты"),
        ("hearing_parts", (part(), part()), "часть повторяется"),
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
    with pytest.raises(ConfigurationError, match="choose_sight"):
        with_hook(rules, "choose_sight", None)


def test_one_region_s_answers_never_reach_another(rules: RegionRules) -> None:
    short = with_hook(rules, "hearing_parts", (part(minutes=7),))
    long = with_hook(rules, "hearing_parts", (part(minutes=70),))
    minutes = [region.hearing_parts(CASE)[0].minutes for region in (short, long, rules, short)]
    assert minutes == [7, 70, 20, 7]
    assert (short.hooks.own, rules.hooks.own) == (frozenset({"hearing_parts"}), frozenset())
