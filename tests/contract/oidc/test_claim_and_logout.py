"""Which tenants the provider confirms, what it says of a fresh sign-in, and how it tells of a sign-out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from apella.errors import Unauthenticated, Unavailable
from apella.identity.oidc import Identity, OidcClient
from apella.testing.oidc import Json, ProviderUnderTest, Wire, claims_of

pytestmark = pytest.mark.proof("T2.1")

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LogoutToken = Callable[..., str]


def sign_in(client: OidcClient, provider: ProviderUnderTest, *, fresh: bool = False) -> Identity:
    url, state = client.begin(
        redirect_uri=provider.redirect_uri, slug="region", return_to="/region/", now=provider.now(), fresh=fresh
    )
    return client.finish(state, provider.walk(url), now=provider.now())


# --- The claim --------------------------------------------------------------------------------------------------------


def test_the_organization_claim_names_the_tenant(client: OidcClient, provider: ProviderUnderTest) -> None:
    assert sign_in(client, provider).organizations == {"region"}


def test_the_claim_is_an_object_by_alias(client: OidcClient, provider: ProviderUnderTest, wire: Wire) -> None:
    seen: list[Json] = []

    def overhear(token: str) -> str:
        seen.append(claims_of(token))
        return token

    wire.change_token = overhear
    sign_in(client, provider)
    claim = seen[0]["organization"]
    assert set(claim) == {"region"}
    assert set(claim["region"]) == {"id"}
    assert not {"realm_access", "resource_access", "roles", "groups"} & seen[0].keys()


@pytest.mark.parametrize(
    "claims",
    [
        {"organization": None},
        {"organization": "region"},
        {"organization": 7},
        {"organization": {}},
        {"organization": None, "realm_access": {"roles": ["region"]}, "groups": ["region", "/region"]},
        {"organization": None, "resource_access": {"apella": {"roles": ["chair"]}}, "organizations": ["region"]},
    ],
    ids=str,
)
def test_no_other_claim_opens_a_tenant(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire, claims: Mapping[str, Any]
) -> None:
    wire.change_token = lambda token: wire.forge(token, claims=dict(claims))
    assert sign_in(client, provider).organizations == frozenset()


@pytest.mark.parametrize("claim", [["one", "two"], {"one": {"roles": ["chair"]}, "two": {}}], ids=["list", "object"])
def test_both_shapes_of_the_claim_are_read(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire, claim: object
) -> None:
    wire.change_token = lambda token: wire.forge(token, claims={"organization": claim})
    assert sign_in(client, provider).organizations == {"one", "two"}


# --- A fresh sign-in --------------------------------------------------------------------------------------------------


def test_a_fresh_sign_in_is_asked_for_and_given(client: OidcClient, provider: ProviderUnderTest) -> None:
    url, _ = client.begin(
        redirect_uri=provider.redirect_uri, slug="region", return_to="/", now=provider.now(), fresh=True
    )
    query = dict(parse_qsl(urlsplit(url).query))
    assert (query["max_age"], query["acr_values"]) == ("0", "2")
    for _ in range(2):
        identity = sign_in(client, provider, fresh=True)
        assert provider.now() - identity.auth_time < timedelta(minutes=1)
        assert (identity.loa, identity.loa_offered) == (2, 2)


def test_every_provider_offers_two_levels(client: OidcClient, provider: ProviderUnderTest, wire: Wire) -> None:
    seen: list[Json] = []

    def overhear(document: Json) -> Json:
        seen.append(document)
        return document

    wire.change_metadata = overhear
    identity = sign_in(client, provider)
    assert {"1", "2"} <= set(seen[0]["acr_values_supported"])
    assert 1 <= identity.loa <= identity.loa_offered == 2


def test_the_lower_level_is_given_where_it_is_asked_for(client: OidcClient, provider: ProviderUnderTest) -> None:
    url, state = client.begin(
        redirect_uri=provider.redirect_uri, slug="region", return_to="/", now=provider.now(), fresh=True
    )
    answer = provider.walk(url.replace("acr_values=2", "acr_values=1"))
    assert client.finish(state, answer, now=provider.now()).loa == 1


def test_the_highest_level_that_the_provider_offers_is_asked_for(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire
) -> None:
    wire.change_metadata = lambda document: {**document, "acr_values_supported": ["0", "1", "3", "gold"]}
    url, _ = client.begin(
        redirect_uri=provider.redirect_uri, slug="region", return_to="/", now=provider.now(), fresh=True
    )
    assert dict(parse_qsl(urlsplit(url).query))["acr_values"] == "3"
    assert sign_in(client, provider).loa_offered == 3


@pytest.mark.parametrize("listed", [None, [], ["gold"], "2", 7], ids=str)
def test_a_provider_without_levels_is_asked_for_none(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire, listed: object
) -> None:
    wire.change_metadata = lambda document: {**document, "acr_values_supported": listed}
    url, _ = client.begin(
        redirect_uri=provider.redirect_uri, slug="region", return_to="/", now=provider.now(), fresh=True
    )
    assert "acr_values" not in dict(parse_qsl(urlsplit(url).query))
    assert sign_in(client, provider).loa_offered == 1


# --- Back-channel logout ----------------------------------------------------------------------------------------------


@pytest.fixture
def logout_token(client: OidcClient, provider: ProviderUnderTest, wire: Wire) -> LogoutToken:
    """Make logout tokens that differ from an accepted one as the test says; None leaves a claim out."""
    seen: list[str] = []

    def overhear(token: str) -> str:
        seen.append(token)
        return token

    wire.change_token = overhear
    sign_in(client, provider)
    id_claims = claims_of(seen[0])
    unused = dict.fromkeys(id_claims.keys() - {"iss", "sub", "aud", "sid"})

    def make(header: Json | None = None, **changes: object) -> str:
        now = seconds(provider.now())
        claims = {**unused, "iat": now, "exp": now + 120, "jti": "one", "events": {EVENT: {}}, **changes}
        return wire.forge(seen[0], header={"typ": "logout+jwt", **(header or {})}, claims=claims)

    return make


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def test_a_logout_token_names_who_signed_out(
    client: OidcClient, provider: ProviderUnderTest, logout_token: LogoutToken
) -> None:
    claims = client.check_logout_token(logout_token(), now=provider.now())
    assert claims["sub"]
    assert claims["sid"]
    assert client.check_logout_token(logout_token(sid=None), now=provider.now())["sub"]
    assert client.check_logout_token(logout_token(sub=None), now=provider.now())["sid"]


@pytest.mark.proof("T2.2")
@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "somebody-else"},
        {"aud": ["apella", "somebody-else"]},
        {"events": None},
        {"events": {}},
        {"events": {EVENT: True}},
        {"events": [EVENT]},
        {"nonce": "of-a-sign-in"},
        {"jti": None},
        {"iat": None},
        {"iat": True},
        {"sub": None, "sid": None},
        {"sub": 7},
        {"sid": []},
        {"exp": 1},
        {"exp": "soon"},
        {"header": {"typ": "JWT"}},
        {"header": {"typ": None}},
        {"header": {"alg": "RS512"}},
        {"header": {"kid": "unknown"}},
    ],
    ids=str,
)
def test_a_wrong_logout_token_is_refused(
    client: OidcClient, provider: ProviderUnderTest, logout_token: LogoutToken, changes: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        client.check_logout_token(logout_token(**changes), now=provider.now())
    assert refusal.value.error_code == "sign_in.token"


@pytest.mark.proof("T2.2")
@pytest.mark.parametrize("age", [timedelta(minutes=3), timedelta(minutes=-1)], ids=str)
def test_a_logout_token_lives_two_minutes(
    client: OidcClient, provider: ProviderUnderTest, logout_token: LogoutToken, age: timedelta
) -> None:
    issued = seconds(provider.now() - age)
    with pytest.raises(Unauthenticated):
        client.check_logout_token(logout_token(iat=issued, exp=issued + 3600), now=provider.now())


@pytest.mark.proof("T2.2")
def test_an_id_token_is_no_logout_token(client: OidcClient, provider: ProviderUnderTest, wire: Wire) -> None:
    seen: list[str] = []

    def overhear(token: str) -> str:
        seen.append(token)
        return token

    wire.change_token = overhear
    sign_in(client, provider)
    with pytest.raises(Unauthenticated):
        client.check_logout_token(seen[0], now=provider.now())


# --- Is the person still known? ---------------------------------------------------------------------------------------


def test_a_made_up_refresh_token_ends_the_session(client: OidcClient, provider: ProviderUnderTest) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        client.renew("made-up", now=provider.now())
    assert refusal.value.error_code == "sign_in.refused"


@pytest.mark.parametrize("answer", [(503, b""), (200, b"[]"), (400, b'{"error": "temporarily_unavailable"}')])
def test_a_provider_that_does_not_answer_ends_nobody_s_session(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire, answer: tuple[int, bytes]
) -> None:
    wire.answers["token"] = answer
    assert client.renew("any", now=provider.now()) is None
    assert wire.asked["token"] == 1
    assert client.renew("any", now=provider.now() + timedelta(seconds=29)) is None
    assert wire.asked["token"] == 1, "it is left alone for half a minute"
    wire.answers.clear()
    with pytest.raises(Unauthenticated):
        client.renew("any", now=provider.now() + timedelta(seconds=30))


def test_a_cut_wire_ends_nobody_s_session(client: OidcClient, provider: ProviderUnderTest, wire: Wire) -> None:
    wire.cut.add("all")
    assert client.renew("any", now=provider.now()) is None
    with pytest.raises(Unavailable):
        client.check_logout_token(wire.forge("e30.e30.", header={"typ": "logout+jwt"}), now=provider.now())
