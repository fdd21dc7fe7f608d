"""A region may be kinder to the participant and stricter on the authorities, never the other way round."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from apella.calendar.tables import LegalAct
from apella.deadlines.lock import federal_lock_violations, lock_problems
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


# --- What no act can change -------------------------------------------------------------------------------------------

ACT = LegalAct(act="Учебный приказ", number="00-УП", date=dt.date(2026, 1, 30))


@pytest.mark.parametrize("act", [None, ACT])
@pytest.mark.parametrize("federal", [Hardness.BREACH, Hardness.ADVICE])
def test_a_duty_of_an_authority_never_ends_by_refusal_with_or_without_an_act(
    terms: dict[str, Term], federal: Hardness, act: LegalAct | None
) -> None:
    duty = _regional(terms[AUTHORITY], {"hardness": federal})
    (problem,) = lock_problems(duty, _regional(duty, {"hardness": Hardness.REFUSE, "deviation": act}))
    assert problem.startswith('score.consideration: hardness = "refuse": ')
    assert "(federal:102.3)" in problem
    assert "deviation" not in problem


def test_an_advice_may_become_a_duty(terms: dict[str, Term]) -> None:
    advice = _regional(terms[AUTHORITY], {"hardness": Hardness.ADVICE})
    assert lock_problems(advice, _regional(advice, {"hardness": Hardness.BREACH})) == ()


@pytest.mark.parametrize("act", [None, ACT])
@pytest.mark.parametrize(
    ("term", "role"),
    [
        (AUTHORITY, "participant"),
        (AUTHORITY, "parent"),
        (AUTHORITY, "proxy"),
        (PARTICIPANT, "secretary"),
        ("procedure.filing", "exam_commission_member"),
    ],
)
def test_no_act_moves_a_term_to_the_other_side(
    terms: dict[str, Term], term: str, role: str, act: LegalAct | None
) -> None:
    (problem,) = lock_problems(terms[term], _regional(terms[term], {"owed_by": role, "deviation": act}))
    assert problem.startswith(f'{term}: owed_by = "{role}": ')
    assert terms[term].clauses[0] in problem


def test_a_term_may_pass_to_another_role_of_its_side(terms: dict[str, Term]) -> None:
    assert lock_problems(terms[AUTHORITY], _regional(terms[AUTHORITY], {"owed_by": "deputy_chair"})) == ()
    assert lock_problems(terms[PARTICIPANT], _regional(terms[PARTICIPANT], {"owed_by": "parent"})) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"owed_by": "participant"}, 'owed_by = "participant"'),
        ({"hardness": Hardness.REFUSE}, 'hardness = "refuse"'),
        ({"minimum": True}, "minimum: "),
    ],
)
def test_a_part_changes_no_more_than_the_whole(terms: dict[str, Term], change: Mapping[str, Any], words: str) -> None:
    mailing = terms["hearing.mailing"]
    changed = _regional(mailing, {"parts": (mailing.parts[0], _regional(mailing.parts[1], change))})
    (problem,) = lock_problems(mailing, changed)
    assert problem.startswith(f"hearing.mailing.eve: {words}")


def test_two_terms_that_follow_from_different_ones_cannot_be_compared(terms: dict[str, Term]) -> None:
    federal = _regional(terms[AUTHORITY], {"event_from": "score.registration"})
    assert federal_lock_violations(federal, _regional(federal, {"length": 3})) == ()
    (problem,) = federal_lock_violations(federal, _regional(federal, {"event_from": "score.filing", "length": 3}))
    assert problem.startswith("score.consideration: event_from, length: ")
    right = _regional(terms[PARTICIPANT], {"event_from": "score.registration"})
    assert len(federal_lock_violations(right, _regional(right, {"event_from": "score.filing", "length": 3}))) == 1


# --- A minimum --------------------------------------------------------------------------------------------------------


@pytest.fixture
def minimum(terms: dict[str, Term]) -> Term:
    """A term that an authority has to let run: what it keeps may be kept longer, not shorter."""
    changes = {
        "id": "papers.retention",
        "unit": Unit.DATE,
        "length": None,
        "week": None,
        "month_day": "03-01",
        "years": 1,
        "hardness": Hardness.REFUSE,
        "minimum": True,
    }
    return _regional(terms[AUTHORITY], changes)


@pytest.mark.parametrize("change", [{}, {"years": 2}, {"month_day": "12-31"}, {"owed_by": "tenant_admin"}])
def test_a_minimum_may_end_later(minimum: Term, change: Mapping[str, Any]) -> None:
    assert lock_problems(minimum, _regional(minimum, change)) == ()


@pytest.mark.parametrize("change", [{"years": 0}, {"month_day": "02-28"}, {"cutoff": "18:00"}])
def test_a_minimum_that_ends_earlier_needs_an_act(minimum: Term, change: Mapping[str, Any]) -> None:
    (problem,) = lock_problems(minimum, _regional(minimum, change))
    assert "может истечь раньше наименьшего федерального срока: не раньше конца дня 1 марта через 1 год" in problem
    assert "(federal:102.3)" in problem
    assert lock_problems(minimum, _regional(minimum, {**change, "deviation": ACT})) == ()


@pytest.mark.parametrize("softer", [Hardness.BREACH, Hardness.ADVICE])
def test_every_softer_hardness_is_a_weakness(minimum: Term, softer: Hardness) -> None:
    (problem,) = federal_lock_violations(minimum, _regional(minimum, {"hardness": softer}))
    assert f'hardness = "{softer}" мягче федерального "refuse"' in problem


@pytest.mark.parametrize("act", [None, ACT])
def test_a_region_does_not_say_what_is_a_minimum(minimum: Term, terms: dict[str, Term], act: LegalAct | None) -> None:
    for federal in (minimum, terms[AUTHORITY], terms[PARTICIPANT]):
        other = _regional(federal, {"minimum": not federal.minimum, "deviation": act})
        (problem,) = lock_problems(federal, other)
        assert problem.startswith(f"{federal.id}: minimum: наименьший ли это срок, говорит федеральная таблица (")
