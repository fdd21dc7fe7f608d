"""A fetched value: fresh, stale but usable, gone; one fetch at a time, and never a flood of them."""

from __future__ import annotations

import json
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from apella.errors import Unauthenticated, Unavailable
from apella.identity.oidc import OidcClient
from apella.identity.oidc_provider import (
    FETCH_GAP,
    USABLE_WHILE_DOWN,
    Fetched,
    OidcConfiguration,
    Provider,
    provider_down,
)
from apella.testing.oidc import Wire

NOW = datetime(2031, 6, 16, 9, tzinfo=UTC)
A_SECOND = timedelta(seconds=1)
FRESH = timedelta(minutes=10)
ISSUER = "https://issuer.example"


class Source:
    """Gives 1, 2, 3 … unless it is down."""

    def __init__(self) -> None:
        self.fetches = 0
        self.down = False

    def __call__(self) -> int:
        self.fetches += 1
        if self.down:
            raise provider_down()
        return self.fetches


def test_a_value_is_fetched_again_when_it_is_no_longer_fresh() -> None:
    source = Source()
    value = Fetched(source, fresh=FRESH)
    assert value.known() is None
    assert [value.get(NOW), value.get(NOW + FRESH - A_SECOND), value.get(NOW + FRESH)] == [1, 1, 2]
    assert value.known() == 2


def test_a_stale_value_is_used_for_a_day_of_outage() -> None:
    source = Source()
    value = Fetched(source, fresh=FRESH)
    value.get(NOW)
    source.down = True
    assert value.get(NOW + USABLE_WHILE_DOWN - A_SECOND) == 1
    with pytest.raises(Unavailable):
        value.get(NOW + USABLE_WHILE_DOWN)


def test_failed_fetches_keep_the_gap_and_say_when_to_come_back() -> None:
    source = Source()
    source.down = True
    value = Fetched(source, fresh=FRESH)
    with pytest.raises(Unavailable):
        value.get(NOW)
    with pytest.raises(Unavailable) as refusal:
        value.get(NOW + 20 * A_SECOND)
    assert refusal.value.retry_after == 10
    assert source.fetches == 1
    source.down = False
    assert value.get(NOW + FETCH_GAP) == 2


def test_a_newer_value_is_fetched_after_the_gap_only() -> None:
    source = Source()
    value = Fetched(source, fresh=FRESH)
    first = value.get(NOW)
    assert value.newer(first, NOW + FETCH_GAP - A_SECOND) == 1
    assert value.newer(first, NOW + FETCH_GAP) == 2
    assert value.newer(first, NOW + FETCH_GAP) == 2
    assert source.fetches == 2


def test_one_thread_fetches_while_the_others_use_what_is_known() -> None:
    entered, leave = threading.Event(), threading.Event()
    values = iter((1, 2))

    def slow() -> int:
        value = next(values)
        if value == 2:
            entered.set()
            assert leave.wait(5)
        return value

    value = Fetched(slow, fresh=FRESH)
    value.get(NOW)
    later = NOW + FRESH
    with ThreadPoolExecutor(1) as pool:
        fetching = pool.submit(value.get, later)
        assert entered.wait(5)
        assert value.get(later) == 1
        leave.set()
        assert fetching.result(5) == 2
    assert value.get(later) == 2


def test_threads_that_start_with_nothing_share_one_fetch() -> None:
    source = Source()
    value = Fetched(source, fresh=FRESH)
    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(value.get, [NOW] * 64)) == {1}
    assert source.fetches == 1


def test_a_thousand_forged_tokens_with_random_keys_cause_two_fetches_a_minute() -> None:
    key = RSAKey.generate_key(2048, {"kid": "of-the-provider"})
    wire = Wire()
    wire.answers["metadata"] = (200, METADATA)
    wire.answers["keys"] = (200, json_keys(key))
    client = OidcClient(Provider(OidcConfiguration(issuer=ISSUER, client_id="apella"), adapter=wire))
    forger = RSAKey.generate_key(2048)
    for number in range(1000):
        token = jwt.encode({"alg": "RS256", "kid": secrets.token_hex(8)}, {"sub": "chair"}, forger)
        with pytest.raises(Unauthenticated):
            client.check_id_token(token, nonce="n", now=NOW + number * timedelta(seconds=0.06))
    assert wire.asked["keys"] <= 2
    assert wire.asked["metadata"] == 1


METADATA = (
    f'{{"issuer": "{ISSUER}", "authorization_endpoint": "{ISSUER}/a", "token_endpoint": "{ISSUER}/t",'
    f' "jwks_uri": "{ISSUER}/k"}}'
).encode()


def json_keys(key: RSAKey) -> bytes:
    return json.dumps(KeySet([key]).as_dict(private=False)).encode()
