"""The catalogue of trials can be read, and every trial that a test bears stands in it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

TESTS = Path(__file__).parents[1]
CATALOGUE = TESTS / "proof" / "catalogue.toml"
_MARK = re.compile(r"pytest\.mark\.proof\(([^)]*)\)")
_TRIAL = re.compile(r'"(\w+\.\w+)"')


def trials() -> set[str]:
    parts = tomllib.loads(CATALOGUE.read_text("utf-8"))
    return {trial for part in parts.values() for trial in part.get("trials", {})}


def marked() -> set[str]:
    texts = (file.read_text("utf-8") for file in TESTS.rglob("test_*.py"))
    marks = (arguments for text in texts for arguments in _MARK.findall(text))
    return {trial for arguments in marks for trial in _TRIAL.findall(arguments)}


def test_every_trial_that_a_test_bears_is_one_of_the_catalogue() -> None:
    assert len(marked()) > 30
    assert marked() - trials() == set()


def test_what_is_left_out_is_left_out_of_a_trial_that_has_tests() -> None:
    without = tomllib.loads(CATALOGUE.read_text("utf-8"))["without"]
    assert without.keys() - marked() == set()
