"""The teaching scale and the marks that are made up."""

from __future__ import annotations

import pytest

from apella.demo.names import chance_of
from apella.demo.scores import made_up_answer, made_up_marks
from apella.demo.scores import test_score as scaled
from apella.regions.rules import RegionRules


def test_more_points_never_give_a_lower_test_score(rules: RegionRules) -> None:
    for code, subject in rules.subjects.items():
        scores = [scaled(code, primary, max_primary=subject.max_primary) for primary in range(subject.max_primary + 1)]
        assert scores == sorted(scores)
        assert 0 <= scores[0] <= scores[-1] <= 100


@pytest.mark.parametrize(
    ("code", "primary", "test"),
    [("01", 0, 0), ("01", 50, 100), ("02", 12, 70), ("22", 6, 2), ("22", 7, 3), ("22", 21, 5), ("09", 62, 76)],
)
def test_the_points_of_the_scale_hold(rules: RegionRules, code: str, primary: int, test: int) -> None:
    assert scaled(code, primary, max_primary=rules.subjects[code].max_primary) == test


def test_a_year_with_another_greatest_score_stretches_the_scale() -> None:
    assert scaled("01", 60, max_primary=60) == 100
    assert scaled("99", 5, max_primary=10) == 50


def test_the_better_one_gets_more(rules: RegionRules) -> None:
    subject = rules.subjects["01"]
    strong, weak = (
        sum(sum(made_up_marks(chance_of(seed), subject, ability, arguable=False)) for seed in range(20))
        for ability in (0.9, 0.4)
    )
    assert strong > weak * 1.5


@pytest.mark.parametrize("ability", [0.0, 1.0])
def test_an_arguable_work_has_a_mark_to_raise_and_one_to_lower(rules: RegionRules, ability: float) -> None:
    subject = rules.subjects["01"]
    marks = made_up_marks(chance_of("x"), subject, ability, arguable=True)
    scored = [(mark, row.max_mark) for mark, row in zip(marks, subject.positions, strict=True) if row.task_type != "B"]
    assert any(mark < most for mark, most in scored)
    assert any(mark > 0 for mark, _ in scored)


def test_a_right_answer_is_the_same_in_every_work(rules: RegionRules) -> None:
    short, extended = rules.subjects["01"].positions[0], rules.subjects["01"].positions[-1]
    right = {made_up_answer(f"W{number}", "01", short, short.max_mark) for number in range(9)}
    wrong = {made_up_answer(f"W{number}", "01", short, 0) for number in range(9)}
    assert len(right) == 1
    assert right.isdisjoint(wrong)
    assert made_up_answer("W1", "01", extended, 0) is None
