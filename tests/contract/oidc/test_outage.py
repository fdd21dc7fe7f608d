"""The provider does not answer, or answers nonsense: sign-in waits its turn, and nobody is told a falsehood."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from apella.errors import Unauthenticated, Unavailable
from apella.identity.oidc import LoginState, OidcClient
from apella.identity.oidc_provider import FETCH_GAP, KEYS_FRESH, METADATA_FRESH, USABLE_WHILE_DOWN
from apella.testing.oidc import Json, ProviderUnderTest, Wire

pytestmark = pytest.mark.proof("T2.1")

A_SECOND = timedelta(seconds=1)


def begin(
    client: OidcClient, provider: ProviderUnderTest, *, later: timedelta = timedelta(0)
) -> tuple[str, LoginState]:
    now = provider.now() + later
    return client.begin(redirect_uri=provider.redirect_uri, slug="region", return_to="/region/", now=now)


def sign_in(client: OidcClient, provider: ProviderUnderTest, wire: Wire, *, later: timedelta = timedelta(0)) -> str:
    """Sign in `later` than now by the client's clock; the token's times are moved along by the forger."""
    url, state = begin(client, provider, later=later)
    at = provider.now() + later
    times = {"iat": int(at.timestamp()), "exp": int((at + timedelta(minutes=5)).timestamp())}
    times["auth_time"] = times["iat"]
    wire.change_token = lambda token: wire.forge(token, claims=times)
    return client.finish(state, provider.walk(url), now=at).sub


def test_nothing_begins_while_the_provider_is_down(client: OidcClient, provider: ProviderUnderTest, wire: Wire) -> None:
    wire.cut.add("all")
    with pytest.raises(Unavailable) as refusal:
        begin(client, provider)
    assert refusal.value.error_code == "sign_in.provider_down"
    assert refusal.value.retry_after == FETCH_GAP.total_seconds()


def test_an_unreachable_provider_is_asked_once_in_half_a_minute(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire
) -> None:
    wire.cut.add("all")
    for second in range(60):
        with pytest.raises(Unavailable) as refusal:
            begin(client, provider, later=second * A_SECOND)
        assert 1 <= refusal.value.retry_after <= 30
    assert wire.asked["metadata"] == 2


def test_sign_in_works_again_when_the_provider_is_back(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire
) -> None:
    wire.cut.add("all")
    with pytest.raises(Unavailable):
        begin(client, provider)
    wire.cut.clear()
    assert sign_in(client, provider, wire, later=FETCH_GAP)


@pytest.mark.parametrize(
    "answer",
    [(503, b""), (500, b"{}"), (502, b"<html>"), (200, b"not json"), (200, b"[]"), (429, b"slow down")],
    ids=lambda answer: f"{answer[0]}-{answer[1].decode()}",
)
@pytest.mark.parametrize("what", ["metadata", "token", "keys"])
def test_a_useless_answer_is_an_outage(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire, what: str, answer: tuple[int, bytes]
) -> None:
    wire.answers[what] = answer
    with pytest.raises(Unavailable) as refusal:
        sign_in(client, provider, wire)
    assert refusal.value.error_code == "sign_in.provider_down"


@pytest.mark.parametrize("what", ["token", "keys"])
def test_a_cut_at_the_exchange_is_an_outage(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire, what: str
) -> None:
    wire.cut.add(what)
    with pytest.raises(Unavailable):
        sign_in(client, provider, wire)


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client"])
def test_a_refused_client_is_our_fault_not_the_person_s(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire, error: str
) -> None:
    wire.answers["token"] = (400, f'{{"error": "{error}"}}'.encode())
    with pytest.raises(Unavailable) as refusal:
        sign_in(client, provider, wire)
    assert refusal.value.error_code == "sign_in.client_refused"


@pytest.mark.parametrize("body", [b"{}", b'{"id_token": 7}', b'{"access_token": "a"}'])
def test_an_answer_without_an_id_token_signs_nobody_in(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire, body: bytes
) -> None:
    wire.answers["token"] = (200, body)
    with pytest.raises(Unauthenticated) as refusal:
        sign_in(client, provider, wire)
    assert refusal.value.error_code == "sign_in.token"


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "/keys"},
        {"authorization_endpoint": "//elsewhere.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": None},
    ],
    ids=str,
)
def test_a_discovery_document_with_a_wrong_address_is_not_used(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire, change: Mapping[str, object]
) -> None:
    def changed(document: Json) -> Json:
        return {**document, **change}

    wire.change_metadata = changed
    with pytest.raises(Unavailable):
        begin(client, provider)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"keys": []}', b'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}', b'{"keys": 7}']
)
def test_keys_that_sign_nothing_are_not_used(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire, body: bytes
) -> None:
    wire.answers["keys"] = (200, body)
    with pytest.raises(Unavailable):
        sign_in(client, provider, wire)


def test_known_keys_are_used_for_a_day_while_they_cannot_be_fetched(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire
) -> None:
    assert sign_in(client, provider, wire)
    wire.cut |= {"keys", "metadata"}
    assert sign_in(client, provider, wire, later=KEYS_FRESH)
    assert sign_in(client, provider, wire, later=USABLE_WHILE_DOWN - A_SECOND)
    with pytest.raises(Unavailable):
        sign_in(client, provider, wire, later=USABLE_WHILE_DOWN)


def test_keys_and_addresses_are_fetched_once_while_they_are_fresh(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire
) -> None:
    for minute in range(10):
        sign_in(client, provider, wire, later=timedelta(minutes=minute))
    assert (wire.asked["keys"], wire.asked["metadata"]) == (1, 1)
    sign_in(client, provider, wire, later=KEYS_FRESH)
    sign_in(client, provider, wire, later=METADATA_FRESH)
    assert (wire.asked["keys"], wire.asked["metadata"]) == (3, 2)


def test_a_new_key_of_the_provider_is_found(client: OidcClient, provider: ProviderUnderTest, wire: Wire) -> None:
    wire.forger_published = False
    url, state = begin(client, provider)
    client.finish(state, provider.walk(url), now=provider.now())
    wire.forger_published = True
    with pytest.raises(Unauthenticated):
        sign_in(client, provider, wire, later=FETCH_GAP - A_SECOND)
    assert sign_in(client, provider, wire, later=FETCH_GAP)
