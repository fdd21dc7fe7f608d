"""A deed that makes a decision known needs a sign-in of the last minutes, at the level there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apella.casework.offers import VERBS
from apella.identity.model import SignInSession
from apella.identity.step_up import DEEDS, FRESH, StepUpRequired, require_fresh

NOW = datetime(2031, 6, 16, 9, tzinfo=UTC)


def session(*, age: timedelta, loa: int = 1, loa_offered: int = 1) -> SignInSession:
    return SignInSession(auth_time=NOW - age, loa=loa, loa_offered=loa_offered)


@pytest.mark.parametrize("age", [timedelta(0), FRESH, timedelta(seconds=-5)], ids=str)
def test_a_sign_in_of_the_last_ten_minutes_is_enough(age: timedelta) -> None:
    require_fresh(session(age=age), machine_now=NOW)


@pytest.mark.parametrize("age", [FRESH + timedelta(seconds=1), timedelta(hours=11)], ids=str)
def test_an_older_one_is_not(age: timedelta) -> None:
    with pytest.raises(StepUpRequired) as refusal:
        require_fresh(session(age=age, loa=2, loa_offered=2), machine_now=NOW)
    assert refusal.value.error_code == "session.step_up"


def test_the_level_that_the_provider_offers_is_needed() -> None:
    require_fresh(session(age=timedelta(0), loa=2, loa_offered=2), machine_now=NOW)
    with pytest.raises(StepUpRequired):
        require_fresh(session(age=timedelta(0), loa=1, loa_offered=2), machine_now=NOW)


def test_a_single_sign_on_without_a_proof_is_no_level() -> None:
    with pytest.raises(StepUpRequired):
        require_fresh(session(age=timedelta(0), loa=0), machine_now=NOW)


def test_the_deeds_are_verbs() -> None:
    assert {verb.action for verb in VERBS.values()} >= DEEDS
