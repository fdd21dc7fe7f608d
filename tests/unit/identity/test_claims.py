"""What is typed at the sign-in is read as it stands in the registration."""

from __future__ import annotations

import pytest

from apella.errors import Malformed
from apella.identity.claims import ApplicationClaim, DocumentClaim
from apella.identity.people import sort_key


@pytest.mark.parametrize("typed", ["Ёлкина", " елкина ", "ЕЛКИНА", "Елкина"])
def test_a_surname_is_compared_as_it_is_sorted(typed: str) -> None:
    claim = ApplicationClaim.read(surname=typed, application="1")
    assert claim.surname == sort_key("Ёлкина", "") == "елкина"


@pytest.mark.parametrize("typed", ["00000017", " 0000 0017 ", "№ 00000017", "00000017\n"])
def test_the_number_of_an_application_may_hold_spaces(typed: str) -> None:
    assert ApplicationClaim.read(surname="Ёлкина", application=typed).application == "00000017"


def test_a_refusal_names_both_fields_at_once() -> None:
    with pytest.raises(Malformed) as refusal:
        ApplicationClaim.read(surname=" ", application="9" * 65)
    assert set(refusal.value.fields) == {"surname", "application"}
    with pytest.raises(Malformed) as refusal:
        DocumentClaim.read(document="1", phone="2")
    assert set(refusal.value.fields) == {"document", "phone"}


def test_a_claim_shows_nothing_of_itself() -> None:
    claims = (
        ApplicationClaim.read(surname="Ёлкина", application="00000017"),
        DocumentClaim.read(document="83 04 123456", phone="+7 900 123-45-67"),
    )
    for claim in claims:
        assert not any(secret in repr(claim) for secret in ("елкина", "00000017", "8304123456", "9001234567"))
