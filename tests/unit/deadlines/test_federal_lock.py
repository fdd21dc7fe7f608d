"""A region may be kinder to the participant and stricter on the authorities, never the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from apella.deadlines.lock import federal_lock_violations
from apella.deadlines.terms import Combine, Direction, Hardness, Term, Unit

AUTHORITY = "score.consideration"
PARTICIPANT = "score.filing"
NOTICE = "hearing.announcement"


def _regional(federal: Term, change: Mapping[str, Any]) -> Term:
    return federal.model_copy(update=dict(change))


@pytest.mark.parametrize(
    ("term", "change"),
    [
        (AUTHORITY, {}),
        (AUTHORITY, {"week": 6}),
        (AUTHORITY, {"length": 3}),
        (AUTHORITY, {"unit": Unit.CALENDAR_DAY, "week": None}),
        (AUTHORITY, {"cutoff": "18:00"}),
        (AUTHORITY, {"following_day": False}),
        (AUTHORITY, {"hardness": Hardness.REFUSE}),
        (AUTHORITY, {"length": 0}),
        (PARTICIPANT, {"length": 3}),
        (PARTICIPANT, {"hardness": Hardness.ADVICE}),
        (NOTICE, {"length": 2}),
        (NOTICE, {"cutoff": "19:00"}),
    ],
)
def test_what_only_helps_the_participant_is_allowed(
    terms: dict[str, Term], term: str, change: Mapping[str, Any]
) -> None:
    assert federal_lock_violations(terms[term], _regional(terms[term], change)) == ()


@pytest.mark.parametrize(
    ("term", "change", "words"),
    [
        (AUTHORITY, {"length": 5}, "может истечь позже федерального предела"),
        (AUTHORITY, {"length": 5, "week": 6}, "может истечь позже"),
        (AUTHORITY, {"unit": Unit.HOUR, "week": None, "length": 1}, "может истечь позже"),
        (AUTHORITY, {"hardness": Hardness.ADVICE}, 'hardness = "advice" мягче федерального "breach"'),
        (AUTHORITY, {"direction": Direction.BACKWARD}, "может истечь позже"),
        (PARTICIPANT, {"length": 1}, "может истечь раньше федерального срока участника"),
        (PARTICIPANT, {"week": 6}, "может истечь раньше"),
        (PARTICIPANT, {"cutoff": "18:00"}, "может истечь раньше"),
        (PARTICIPANT, {"following_day": False}, "может истечь раньше"),
        (PARTICIPANT, {"unit": Unit.CALENDAR_DAY, "week": None}, "может истечь раньше"),
        (NOTICE, {"length": 0}, "может истечь позже"),
        pytest.param(
            *(NOTICE, {"unit": Unit.CALENDAR_DAY, "week": None}, "может истечь позже"),
            marks=pytest.mark.clause("federal:98.6", "core:C4"),
        ),
        (NOTICE, {"week": 6}, "может истечь позже"),
    ],
)
def test_a_weaker_value_is_an_error_that_quotes_both_rules_and_the_clause(
    terms: dict[str, Term], term: str, change: Mapping[str, Any], words: str
) -> None:
    federal = terms[term]
    (problem,) = federal_lock_violations(federal, _regional(federal, change))
    assert problem.startswith(f"{term}: ")
    assert words in problem
    assert federal.clauses[0] in problem or "hardness" in change


def test_both_faults_of_one_term_are_told(terms: dict[str, Term]) -> None:
    weak = _regional(terms[AUTHORITY], {"length": 9, "hardness": Hardness.ADVICE})
    assert len(federal_lock_violations(terms[AUTHORITY], weak)) == 2


def test_a_combined_limit_of_an_authority_holds_if_its_earliest_part_does(terms: dict[str, Term]) -> None:
    mailing = terms["hearing.mailing"]
    assert federal_lock_violations(terms[NOTICE], mailing) == ()
    latest = _regional(mailing, {"combine": Combine.LATEST})
    (problem,) = federal_lock_violations(terms[NOTICE], latest)
    assert "поздний из сроков: 1 календарный день после события «окончание приёма апелляций», до 19:00;" in problem


def test_a_combined_right_must_hold_in_every_part_that_could_cut_it(terms: dict[str, Term]) -> None:
    withdrawal = terms["score.withdrawal"]
    assert federal_lock_violations(withdrawal, withdrawal) == ()
    longer_first = _regional(withdrawal.parts[0], {"length": 2})
    assert (
        federal_lock_violations(withdrawal, _regional(withdrawal, {"parts": (longer_first, withdrawal.parts[1])})) == ()
    )
    only_hearing = withdrawal.parts[1]
    assert federal_lock_violations(withdrawal, only_hearing) == ()
    (problem,) = federal_lock_violations(only_hearing, withdrawal)
    assert "не позднее события «рассмотрение апелляции»" in problem
    latest = _regional(withdrawal, {"combine": Combine.LATEST})
    assert federal_lock_violations(only_hearing, latest) == ()
    assert len(federal_lock_violations(latest, only_hearing)) == 1
