"""The token of a local link: what it grants is under its signature, and nothing else opens it."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apella.storage.keys import Area, new_key
from apella.storage.links import Grant, LinkRefused, Method, new_nonce, sign, verify

SECRET = bytes(range(32))
NOW = datetime(2031, 6, 16, 9, 0, 0, tzinfo=UTC)
GRANT = Grant(
    method=Method.GET,
    key=new_key(Area.CLEAN, tenant="north", kind="scan", year=2031),
    expires_at=NOW + timedelta(seconds=300),
    content_type="application/pdf",
    nonce="n",
    disposition="attachment; filename*=UTF-8''%D1%84",
)
TOKEN = sign(GRANT, secret=SECRET)


def test_a_token_gives_its_grant_back() -> None:
    assert verify(TOKEN, secret=SECRET, method="GET", now=NOW) == GRANT


def test_a_token_fits_into_one_segment_of_a_url() -> None:
    assert set(TOKEN) <= set(string.ascii_letters + string.digits + "-_.")


@pytest.mark.parametrize(("seconds", "accepted"), [(0, True), (299, True), (300, False), (301, False)])
def test_a_token_ends_at_its_second(seconds: int, *, accepted: bool) -> None:
    moment = NOW + timedelta(seconds=seconds)
    if accepted:
        verify(TOKEN, secret=SECRET, method="GET", now=moment)
    else:
        with pytest.raises(LinkRefused):
            verify(TOKEN, secret=SECRET, method="GET", now=moment)


@pytest.mark.parametrize("method", ["PUT", "HEAD", "DELETE", "get", ""])
def test_a_token_is_for_its_method(method: str) -> None:
    with pytest.raises(LinkRefused):
        verify(TOKEN, secret=SECRET, method=method, now=NOW)


def test_another_secret_opens_nothing() -> None:
    with pytest.raises(LinkRefused):
        verify(TOKEN, secret=bytes(32), method="GET", now=NOW)


def test_a_short_secret_signs_nothing() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        sign(GRANT, secret=bytes(31))


@settings(deadline=None)
@given(st.integers(0, len(TOKEN) - 1), st.sampled_from(string.ascii_letters + string.digits + "-_.=+/ \x00é"))
def test_no_changed_letter_is_accepted(at: int, letter: str) -> None:
    changed = TOKEN[:at] + letter + TOKEN[at + 1 :]
    if changed != TOKEN:
        with pytest.raises(LinkRefused):
            verify(changed, secret=SECRET, method="GET", now=NOW)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_invented_token_is_accepted(token: str) -> None:
    with pytest.raises(LinkRefused):
        verify(token, secret=SECRET, method="GET", now=NOW)


@pytest.mark.parametrize("token", ["", ".", "a.b", TOKEN + "x", "x" + TOKEN, TOKEN * 40, TOKEN.replace(".", "")])
def test_a_token_that_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(LinkRefused):
        verify(token, secret=SECRET, method="GET", now=NOW)


def test_two_links_to_one_object_differ() -> None:
    assert len({new_nonce() for _ in range(1000)}) == 1000
