"""A proof of work: what is asked, what is a proof, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apella.identity.address_counts import prefix_of
from apella.identity.proof import LIFE, LONGEST_WAIT, WAIT, Challenge, Proof, Proofs, Spent, is_solved, solve

NOW = datetime(2031, 6, 16, 9, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)
PARTS, BITS = 3, 6


@pytest.fixture
def proofs() -> Proofs:
    return Proofs(b"s" * 32, parts=PARTS, bits=BITS)


def asked(proofs: Proofs, *, over: int = 0) -> Challenge:
    return proofs.challenge(slug="north", over=over, machine_now=NOW)


def solved(challenge: Challenge) -> Proof:
    return Proof(ticket=challenge.ticket, answers=solve(challenge.salt, parts=challenge.parts, bits=challenge.bits))


def test_a_solved_challenge_is_a_proof(proofs: Proofs) -> None:
    challenge = asked(proofs)
    checked = proofs.check(solved(challenge), slug="north", machine_now=NOW)
    assert checked == Spent(id=f"proof:{challenge.salt}", expires_at=NOW + LIFE)


def test_another_process_knows_the_ticket(proofs: Proofs) -> None:
    other = Proofs(b"s" * 32)
    assert isinstance(other.check(solved(asked(proofs)), slug="north", machine_now=NOW), Spent)


def test_one_wrong_part_is_no_proof(proofs: Proofs) -> None:
    challenge = asked(proofs)
    right = list(solved(challenge).answers)
    for part in range(PARTS):
        wrong = list(right)
        while is_solved(challenge.salt, wrong, parts=PARTS, bits=BITS):
            wrong[part] += 1
        checked = proofs.check(Proof(ticket=challenge.ticket, answers=wrong), slug="north", machine_now=NOW)
        assert isinstance(checked, Challenge)
    for missing in ([], right[:-1], [*right, right[0]]):
        assert not is_solved(challenge.salt, missing, parts=PARTS, bits=BITS)


def test_answers_do_not_fit_another_challenge_or_part(proofs: Proofs) -> None:
    bits = 12
    answers = solve("a", parts=2, bits=bits)
    assert is_solved("a", answers, parts=2, bits=bits)
    assert not is_solved("b", answers, parts=2, bits=bits)
    assert not is_solved("a", answers[::-1], parts=2, bits=bits)


def test_whoever_waits_needs_no_answers(proofs: Proofs) -> None:
    challenge = asked(proofs)
    waiting = Proof(ticket=challenge.ticket)
    early = proofs.check(waiting, slug="north", machine_now=NOW + WAIT - A_SECOND)
    assert isinstance(early, Challenge)
    assert (early.ticket, early.wait) == (challenge.ticket, 2), "the same ticket goes on, and says how long still"
    assert isinstance(proofs.check(waiting, slug="north", machine_now=NOW + WAIT), Spent)


def test_the_wait_grows_with_the_crowd_and_has_an_end(proofs: Proofs) -> None:
    assert asked(proofs).wait == 20
    assert asked(proofs, over=15).wait == 35
    assert asked(proofs, over=10_000).wait == LONGEST_WAIT.total_seconds()


@pytest.mark.parametrize("ticket", ["", "x", "a.b.c.d.e"])
def test_a_made_up_ticket_is_nothing(proofs: Proofs, ticket: str) -> None:
    assert proofs.check(Proof(ticket=ticket, answers=[1]), slug="north", machine_now=NOW) is None


def test_a_ticket_of_another_tenant_installation_or_time_is_nothing(proofs: Proofs) -> None:
    proof = solved(asked(proofs))
    assert proofs.check(proof, slug="south", machine_now=NOW) is None
    assert proofs.check(proof, slug="north", machine_now=NOW + LIFE) is None
    assert Proofs(b"t" * 32).check(proof, slug="north", machine_now=NOW) is None


def test_what_a_form_carried_is_read_or_left() -> None:
    assert Proof.typed("", "1,2") is None
    assert Proof.typed("t", "1,2") == Proof(ticket="t", answers=[1, 2])
    assert Proof.typed("t", "") == Proof(ticket="t", answers=[])
    assert Proof.typed("t", "1,\u0663,-2,x," + "9" * 16) == Proof(ticket="t", answers=[1])


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unix:", "unix:"),
    ],
)
def test_an_address_is_counted_with_its_network(address: str, prefix: str) -> None:
    assert prefix_of(address) == prefix
