"""Counting an open vote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apella.commissions.model import Ballot
from apella.commissions.voting import count
from apella.errors import RuleViolation
from apella.regions.values.hearing import Votes

YES, NO, OUT = Ballot.SATISFY, Ballot.REJECT, Ballot.RECUSED


def rules(*, tie: str = "chair", share: tuple[int, int] = (1, 3)) -> Votes:
    return Votes.model_validate(
        {
            "quorum_numerator": share[0],
            "quorum_denominator": share[1],
            "majority": "present",
            "tie": tie,
            "open": True,
            "clauses": ("core:A37",),
        }
    )


@pytest.mark.clause("core:A37")
@pytest.mark.parametrize(
    ("members", "share", "needed"), [(9, (1, 3), 3), (10, (1, 3), 4), (7, (2, 3), 5), (1, (1, 3), 1), (5, (0, 1), 1)]
)
def test_without_a_quorum_nothing_is_decided(members: int, share: tuple[int, int], needed: int) -> None:
    enough = {str(number): YES for number in range(needed)}
    assert count(enough, chair="0", members=members, rules=rules(share=share)).votes_for == needed
    with pytest.raises(RuleViolation) as caught:
        count(dict(list(enough.items())[1:]), chair="0", members=members, rules=rules(share=share))
    assert caught.value.error_code == "vote.no_quorum"
    assert caught.value.clauses == ("core:A37",)


@pytest.mark.clause("core:A37")
def test_the_recused_are_not_present() -> None:
    with pytest.raises(RuleViolation) as caught:
        count({"a": YES, "b": OUT, "c": OUT}, chair="a", members=6, rules=rules())
    assert caught.value.error_code == "vote.no_quorum"


@pytest.mark.parametrize(("chairs", "satisfied"), [(YES, True), (NO, False)])
def test_in_a_tie_the_chair_s_vote_decides(chairs: Ballot, satisfied: bool) -> None:
    other = NO if chairs is YES else YES
    counted = count({"chair": chairs, "b": other}, chair="chair", members=3, rules=rules())
    assert (counted.satisfied, counted.casting_vote) == (satisfied, True)


@pytest.mark.parametrize("chairs", [{}, {"chair": OUT}])
def test_a_tie_without_the_chair_s_vote_stays_undecided(chairs: dict[str, Ballot]) -> None:
    with pytest.raises(RuleViolation) as caught:
        count({"a": YES, "b": NO, **chairs}, chair="chair", members=3, rules=rules())
    assert caught.value.error_code == "vote.tie"


def test_a_region_may_let_a_tie_reject() -> None:
    counted = count({"chair": YES, "b": NO}, chair="chair", members=3, rules=rules(tie="rejected"))
    assert (counted.satisfied, counted.casting_vote) == (False, False)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(Ballot), min_size=1))
def test_the_majority_of_those_present_wins(ballots: dict[str, Ballot]) -> None:
    for_, against = (sum(ballot is wanted for ballot in ballots.values()) for wanted in (YES, NO))
    if for_ + against == 0 or (for_ == against and ballots.get("a", OUT) is OUT):
        with pytest.raises(RuleViolation) as caught:
            count(ballots, chair="a", members=1, rules=rules())
        assert caught.value.error_code == ("vote.no_quorum" if for_ + against == 0 else "vote.tie")
        return
    counted = count(ballots, chair="a", members=1, rules=rules())
    assert (counted.votes_for, counted.votes_against) == (for_, against)
    assert counted.casting_vote == (for_ == against)
    if for_ != against:
        assert counted.satisfied == (for_ > against)
