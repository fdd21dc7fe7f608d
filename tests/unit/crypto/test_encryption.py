"""Encrypted fields: readable in their own place only, never equal, never changed unnoticed (T6.2, T6.3)."""

from __future__ import annotations

import dataclasses
import time
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apella.db.encryption import (
    AES_256_GCM,
    INDEX_BYTES,
    MAX_KEY_VERSION,
    SUITES,
    BlindIndex,
    FieldCipher,
    FieldPlace,
    FieldRefused,
    key_version,
    normal_email,
)
from apella.db.keys import DataKeys, FileMasterKey, KeyRefused, new_data_key
from apella.errors import Malformed
from apella.tenancy.ids import TenantId
from apella.testing.sizes import PROOF, figure, size

NONCES = size("T6.2 nonces", small=50_000, full=1_000_000)
PAIRS = 1_000
KEYS = DataKeys({1: bytes([1] * 32)})
CIPHER = FieldCipher(KEYS)
PLACE = FieldPlace(tenant_id=TenantId(7), column="person.document_cipher", row_id=uuid.UUID(int=5))
DOCUMENT = "8304123456АБ"


def places() -> Iterator[FieldPlace]:
    """Places that differ in one thing each, over and over."""
    for number in range(PAIRS):
        yield FieldPlace(
            tenant_id=TenantId(1 + number % 3),
            column=("person.document_cipher", "person.phone_cipher", "sms_code.phone_cipher")[number // 3 % 3],
            row_id=uuid.UUID(int=number // 9),
        )


@settings(deadline=None)
@given(st.text())
def test_a_text_comes_back(text: str) -> None:
    assert CIPHER.decrypt(CIPHER.encrypt(text, place=PLACE), place=PLACE) == text


@settings(deadline=None)
@given(st.integers(1, 2**31 - 1), st.uuids(), st.integers(1, MAX_KEY_VERSION))
def test_a_text_comes_back_in_every_place_and_version(tenant: int, row: uuid.UUID, version: int) -> None:
    cipher = FieldCipher(DataKeys({version: new_data_key()}))
    place = FieldPlace(tenant_id=TenantId(tenant), column="person.phone_cipher", row_id=row)
    value = cipher.encrypt(DOCUMENT, place=place)
    assert key_version(value) == version
    assert cipher.decrypt(value, place=place) == DOCUMENT


def test_a_value_is_as_long_as_was_measured() -> None:
    assert len(CIPHER.encrypt("830412345678", place=PLACE)) == 43


def test_nothing_of_the_text_is_seen_in_the_value() -> None:
    for _ in range(100):
        value = CIPHER.encrypt(DOCUMENT, place=PLACE)
        assert DOCUMENT.encode() not in value
        assert b"123456" not in value


@pytest.mark.proof("T6.2")
def test_equal_texts_never_look_equal_and_no_nonce_comes_twice() -> None:
    began = time.process_time()
    values = [CIPHER.encrypt("+79001234567", place=PLACE) for _ in range(NONCES)]
    sealed = time.process_time()
    for value in values:
        CIPHER.decrypt(value, place=PLACE)
    opened = time.process_time()
    assert len(set(values)) == NONCES
    assert len({value[3:15] for value in values}) == NONCES
    per_second = [NONCES / (sealed - began), NONCES / (opened - sealed)]
    figure("T6.2 fields sealed per second of one core", round(per_second[0]))
    figure("T6.2 fields opened per second of one core", round(per_second[1]))
    assert min(per_second) > 100_000 or not PROOF


@pytest.mark.parametrize(
    "change",
    [
        {"tenant_id": TenantId(8)},
        {"column": "person.phone_cipher"},
        {"column": "sms_code.document_cipher"},
        {"row_id": uuid.UUID(int=6)},
    ],
)
def test_a_value_moved_elsewhere_is_refused(change: dict[str, object]) -> None:
    value = CIPHER.encrypt(DOCUMENT, place=PLACE)
    moved = dataclasses.replace(PLACE, **change)  # type: ignore[arg-type]  # one field of several types
    with pytest.raises(FieldRefused):
        CIPHER.decrypt(value, place=moved)


@pytest.mark.proof("T6.3")
def test_no_two_swapped_values_are_accepted() -> None:
    cells = [(place, CIPHER.encrypt(DOCUMENT, place=place)) for place in places()]
    assert len({place for place, _ in cells}) == PAIRS
    for (place, value), (other_place, other_value) in zip(cells, [*cells[1:], cells[0]], strict=True):
        with pytest.raises(FieldRefused):
            CIPHER.decrypt(other_value, place=place)
        with pytest.raises(FieldRefused):
            CIPHER.decrypt(value, place=other_place)
        assert CIPHER.decrypt(value, place=place) == DOCUMENT


def test_no_changed_bit_and_no_cut_is_accepted() -> None:
    value = CIPHER.encrypt(DOCUMENT, place=PLACE)
    for at in range(len(value)):
        for bit in range(8):
            spoilt = value[:at] + bytes([value[at] ^ 1 << bit]) + value[at + 1 :]
            with pytest.raises((FieldRefused, KeyRefused)):
                CIPHER.decrypt(spoilt, place=PLACE)
        with pytest.raises((FieldRefused, KeyRefused)):
            CIPHER.decrypt(value[:at], place=PLACE)
    with pytest.raises(FieldRefused):
        CIPHER.decrypt(value + b"\0", place=PLACE)


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_no_invented_value_is_accepted(value: bytes) -> None:
    with pytest.raises((FieldRefused, KeyRefused)):
        CIPHER.decrypt(value, place=PLACE)


def test_another_key_opens_nothing() -> None:
    value = CIPHER.encrypt(DOCUMENT, place=PLACE)
    with pytest.raises(FieldRefused):
        FieldCipher(DataKeys({1: bytes([9] * 32)})).decrypt(value, place=PLACE)


def test_the_version_stands_under_the_seal() -> None:
    both = DataKeys({1: bytes([1] * 32), 2: bytes([1] * 32)})
    value = CIPHER.encrypt(DOCUMENT, place=PLACE)
    relabelled = value[:1] + (2).to_bytes(2, "big") + value[3:]
    with pytest.raises(FieldRefused):
        FieldCipher(both).decrypt(relabelled, place=PLACE)


def test_a_rotation_reads_the_version_before_and_no_older_one() -> None:
    keys = {version: new_data_key() for version in (1, 2, 3)}
    values = {
        version: FieldCipher(DataKeys({version: key})).encrypt(DOCUMENT, place=PLACE) for version, key in keys.items()
    }
    cipher = FieldCipher(DataKeys(keys))
    assert cipher.decrypt(values[3], place=PLACE) == DOCUMENT
    assert cipher.decrypt(values[2], place=PLACE) == DOCUMENT
    with pytest.raises(KeyRefused) as refusal:
        cipher.decrypt(values[1], place=PLACE)
    assert refusal.value.error_code == "keys.version"
    assert key_version(cipher.encrypt(DOCUMENT, place=PLACE)) == 3


@pytest.mark.parametrize("version", [0, -1, MAX_KEY_VERSION + 1])
def test_a_version_that_does_not_fit_is_refused(version: int) -> None:
    with pytest.raises(ValueError, match="key versions"):
        FieldCipher(DataKeys({version: new_data_key()}))


def test_a_value_of_an_unknown_suite_is_refused() -> None:
    value = CIPHER.encrypt(DOCUMENT, place=PLACE)
    for code in set(range(256)) - SUITES.keys():
        with pytest.raises(FieldRefused) as refusal:
            CIPHER.decrypt(bytes([code]) + value[1:], place=PLACE)
        assert refusal.value.error_code == "encryption.format"


def test_every_suite_is_known_by_its_own_code() -> None:
    assert {code: suite.code for code, suite in SUITES.items()} == {code: code for code in SUITES}
    assert SUITES[AES_256_GCM.code] is AES_256_GCM


def test_a_refusal_names_no_value() -> None:
    with pytest.raises(FieldRefused) as refusal:
        CIPHER.decrypt(CIPHER.encrypt(DOCUMENT, place=PLACE)[:-1], place=PLACE)
    assert DOCUMENT not in str(refusal.value)
    assert not refusal.value.details


@pytest.mark.parametrize(
    "column", ["", "person", "person.", ".phone", "a|b.c", "Person.phone", "person.phone|1", "a.b.c"]
)
def test_a_place_is_named_by_table_and_column(column: str) -> None:
    with pytest.raises(ValueError, match=r"table\.column"):
        FieldPlace(tenant_id=TenantId(1), column=column, row_id=uuid.UUID(int=1))
    with pytest.raises(ValueError, match=r"table\.column"):
        BlindIndex(FileMasterKey(bytes(32)), tenant_id=TenantId(1), column=column)


# --- Blind index ------------------------------------------------------------------------------------------------------


def index(*, secret: int = 0, tenant: int = 7, column: str = "person.document_index") -> BlindIndex:
    return BlindIndex(FileMasterKey(bytes([secret] * 32)), tenant_id=TenantId(tenant), column=column)


@settings(deadline=None)
@given(st.text(), st.text())
def test_equal_values_meet_and_different_ones_do_not(one: str, other: str) -> None:
    found = index().of(one)
    assert len(found) == INDEX_BYTES
    assert (found == index().of(other)) is (one == other)


def test_an_index_means_nothing_to_another_tenant_column_or_installation() -> None:
    found = {
        index().of(DOCUMENT),
        index(tenant=8).of(DOCUMENT),
        index(column="person.phone_index").of(DOCUMENT),
        index(column="sms_code.claim_index").of(DOCUMENT),
        index(secret=1).of(DOCUMENT),
    }
    assert len(found) == 5


# --- E-mail -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("ivanova@example.ru", "ivanova@example.ru"),
        ("  Ivanova@Example.RU ", "ivanova@example.ru"),
        ("ИВАНОВА@пример.рф", "иванова@xn--e1afmkfd.xn--p1ai"),
        ("a.b+c@mail.example.ru", "a.b+c@mail.example.ru"),
    ],
)
def test_an_address_is_compared_so(typed: str, normal: str) -> None:
    assert normal_email(typed) == normal
    assert normal_email(normal) == normal


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "@",
        "a@",
        "@b.ru",
        "a b@c.ru",
        "a@b",
        "a@b..ru",
        "a@@b.ru",
        "a@b.ru\r\nBcc: x@y.ru",
        "a" * 250 + "@b.ru",
        "a@" + "b" * 64 + ".ru",
        "a\x00@b.ru",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(Malformed) as refusal:
        normal_email(typed)
    assert refusal.value.error_code == "identity.email"
    assert "email" in refusal.value.fields
