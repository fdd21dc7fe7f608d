"""The tree over events: one event is proved without the others, and nothing else can be (RFC 6962, section 2.1)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apella.audit.offline_verify import merkle_climb, merkle_levels, merkle_path, merkle_root


def leaves(count: int) -> list[bytes]:
    return [hashlib.sha256(str(number).encode()).digest() for number in range(count)]


def by_the_words_of_the_rfc(entries: list[bytes]) -> bytes:
    """The largest power of two below the number of entries parts them."""
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    part = 1
    while part * 2 < len(entries):
        part *= 2
    left, right = by_the_words_of_the_rfc(entries[:part]), by_the_words_of_the_rfc(entries[part:])
    return hashlib.sha256(b"\1" + left + right).digest()


@pytest.mark.parametrize("count", [*range(1, 35), 64, 65])
def test_the_root_is_that_of_the_rfc(count: int) -> None:
    assert merkle_root(leaves(count)) == by_the_words_of_the_rfc(leaves(count))


def test_of_nothing_there_is_no_root() -> None:
    assert merkle_root([]) == b""


@given(count=st.integers(1, 90), data=st.data())
def test_every_leaf_climbs_to_the_root_and_no_other_does(count: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, count - 1))
    levels = merkle_levels(leaves(count))
    path = merkle_path(levels, place)
    assert merkle_climb(leaves(count)[place], path) == levels[-1][0]
    assert merkle_climb(b"x" * 32, path) != levels[-1][0]
    assert len(path) <= (count - 1).bit_length()
