"""What every master key does, be it in a file or in a service that keeps keys and gives none out."""

from __future__ import annotations

import dataclasses
import hmac
import secrets
import uuid
from collections.abc import Callable

import pytest

from apella.db.keys import FileMasterKey, KeyPlace, KeyRefused, MasterKey, new_data_key, wrapped_by
from apella.tenancy.ids import TenantId

PLACE = KeyPlace(tenant_id=TenantId(7), season_id=uuid.UUID(int=1), key_version=1)


class KeepingService:
    """A stand-in for a service that keeps keys: a wrapped key is a ticket, and the key itself stays inside."""

    def __init__(self) -> None:
        self.fingerprint = secrets.token_hex(4)
        self._kept: dict[bytes, tuple[bytes, bytes]] = {}
        self._secret = secrets.token_bytes(32)

    def wrap(self, data_key: bytes, *, place: KeyPlace) -> bytes:
        """Keep the key and give a ticket."""
        ticket = b"\1" + bytes.fromhex(self.fingerprint) + secrets.token_bytes(60)
        self._kept[ticket] = data_key, place.bound
        return ticket

    def unwrap(self, wrapped: bytes, *, place: KeyPlace) -> bytes:
        """Give the key for its ticket."""
        if wrapped_by(wrapped) != self.fingerprint:
            raise KeyRefused("another key", code="keys.master")
        data_key, bound = self._kept.get(wrapped, (b"", b""))
        if bound != place.bound:
            raise KeyRefused("another place")
        return data_key

    def derive(self, purpose: str) -> bytes:
        """Give the key of a purpose."""
        return hmac.digest(self._secret, purpose.encode(), "sha256")


@pytest.fixture(params=[lambda: FileMasterKey(secrets.token_bytes(32)), KeepingService], ids=["file", "service"])
def make(request: pytest.FixtureRequest) -> Callable[[], MasterKey]:
    maker: Callable[[], MasterKey] = request.param
    return maker


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(KeyRefused) as refused:
        act()
    return refused.value.error_code


def test_a_wrapped_key_comes_back_and_is_not_seen(make: Callable[[], MasterKey]) -> None:
    master, data_key = make(), new_data_key()
    wrapped = master.wrap(data_key, place=PLACE)
    assert data_key not in wrapped
    assert master.unwrap(wrapped, place=PLACE) == data_key
    assert master.wrap(data_key, place=PLACE) != wrapped


@pytest.mark.parametrize(
    "change",
    [
        {"tenant_id": TenantId(8)},
        {"season_id": uuid.UUID(int=2)},
        {"case_id": uuid.UUID(int=2)},
        {"key_version": 2},
    ],
)
def test_it_opens_in_its_own_place_only(make: Callable[[], MasterKey], change: dict[str, object]) -> None:
    master = make()
    wrapped = master.wrap(new_data_key(), place=PLACE)
    other = dataclasses.replace(PLACE, **change)  # type: ignore[arg-type]  # one field of several types
    assert refusal(lambda: master.unwrap(wrapped, place=other)) == "keys.refused"


def test_a_wrapped_key_names_its_master_key(make: Callable[[], MasterKey]) -> None:
    master, other = make(), make()
    wrapped = master.wrap(new_data_key(), place=PLACE)
    assert wrapped_by(wrapped) == master.fingerprint != other.fingerprint
    assert refusal(lambda: other.unwrap(wrapped, place=PLACE)) == "keys.master"


@pytest.mark.parametrize("noise", [b"", b"\0" * 77, b"\1short"])
def test_what_is_no_wrapped_key_is_said_to_be_none(make: Callable[[], MasterKey], noise: bytes) -> None:
    master = make()
    assert refusal(lambda: master.unwrap(noise, place=PLACE)) == "keys.format"
    assert refusal(lambda: wrapped_by(noise)) == "keys.format"


def test_a_changed_ticket_is_refused(make: Callable[[], MasterKey]) -> None:
    master = make()
    wrapped = bytearray(master.wrap(new_data_key(), place=PLACE))
    wrapped[-1] ^= 1
    assert refusal(lambda: master.unwrap(bytes(wrapped), place=PLACE)) == "keys.refused"


def test_keys_of_purposes_differ_and_stay(make: Callable[[], MasterKey]) -> None:
    master, other = make(), make()
    assert master.derive("a") == master.derive("a")
    assert len({master.derive("a"), master.derive("b"), other.derive("a")}) == 3
    assert len(master.derive("a")) == 32
    assert master.fingerprint not in repr(master.derive("a"))
