"""The record of a begun sign-in travels sealed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from apella.errors import Unauthenticated
from apella.identity.login_states import LoginStates, spent_id
from apella.identity.oidc import LoginState
from apella.identity.sealed import Seal, SealBroken

STATE = LoginState(
    state="state",
    nonce="nonce",
    code_verifier="verifier",
    redirect_uri="https://apella.example/sign-in/callback",
    slug="region",
    return_to="/region/cases/1",
    expires_at=datetime(2031, 6, 16, 9, 10, 0, 123456, tzinfo=UTC),
)


def test_a_ticket_gives_the_record_back() -> None:
    states = LoginStates(b"secret" * 6)
    ticket = states.ticket(STATE)
    assert states.read(ticket) == STATE
    assert "verifier" not in ticket
    assert len(ticket) < 2000, "a cookie holds 4 KB"


def test_another_process_with_the_same_secret_reads_it() -> None:
    assert LoginStates(b"secret" * 6).read(LoginStates(b"secret" * 6).ticket(STATE)) == STATE


def changed(ticket: str) -> str:
    middle = len(ticket) // 2
    return ticket[:middle] + ("B" if ticket[middle] == "A" else "A") + ticket[middle + 1 :]


@pytest.mark.parametrize("ticket", [None, "", "a.b.c.d.e", "....", "ж" * 40])
def test_no_ticket_of_ours_is_no_sign_in(ticket: str | None) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        LoginStates(b"secret" * 6).read(ticket)
    assert refusal.value.error_code == "sign_in.state"


def test_a_changed_ticket_is_refused() -> None:
    states = LoginStates(b"secret" * 6)
    with pytest.raises(Unauthenticated):
        states.read(changed(states.ticket(STATE)))


def test_a_ticket_of_another_installation_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        LoginStates(b"secret" * 6).read(LoginStates(b"other" * 7).ticket(STATE))


def test_a_seal_opens_nothing_of_another_purpose() -> None:
    sealed = Seal(b"secret" * 6, purpose="one").seal({"a": 1})
    with pytest.raises(SealBroken):
        Seal(b"secret" * 6, purpose="another").open(sealed)


def test_two_states_are_spent_under_two_names() -> None:
    assert spent_id(STATE) == "state:state"
