"""What an ID token must be to sign anybody in. Each forgery differs from an accepted token in one thing."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from apella.errors import Unauthenticated
from apella.identity.oidc import Identity, OidcClient
from apella.testing.oidc import ProviderUnderTest, Wire, header_of, signed_with_public_key, unsigned
from apella.testing.sizes import figure, size

pytestmark = pytest.mark.proof("T2.1")

UNKNOWN_KEYS = size("T2.2 tokens with unknown keys", small=40, full=1_000)
SignIn = Callable[[], Identity]


@pytest.fixture
def sign_in(client: OidcClient, provider: ProviderUnderTest) -> SignIn:
    """Sign in from the first step to the last; the wire changes the token on the way."""

    def run() -> Identity:
        url, state = client.begin(
            redirect_uri=provider.redirect_uri, slug="region", return_to="/region/", now=provider.now()
        )
        return client.finish(state, provider.walk(url), now=provider.now())

    return run


def reason(sign_in: SignIn) -> str:
    with pytest.raises(Unauthenticated) as refusal:
        sign_in()
    assert refusal.value.error_code == "sign_in.token"
    return str(refusal.value.details["reason"])


def seconds(moment: datetime, **change: int) -> int:
    return int((moment + timedelta(**change)).timestamp())


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_the_pinned_algorithms_are_accepted(sign_in: SignIn, wire: Wire, algorithm: str) -> None:
    kid = "forger-ec" if algorithm == "ES256" else "forger"
    wire.change_token = lambda token: wire.forge(token, header={"alg": algorithm, "kid": kid})
    assert sign_in().sub


@pytest.mark.proof("T2.2")
@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS512"])
def test_other_algorithms_are_refused(sign_in: SignIn, wire: Wire, algorithm: str) -> None:
    wire.change_token = lambda token: wire.forge(token, header={"alg": algorithm})
    assert reason(sign_in) == "unsupported_algorithm"


@pytest.mark.proof("T2.2")
def test_an_unsigned_token_is_refused(sign_in: SignIn, wire: Wire) -> None:
    wire.change_token = unsigned
    assert reason(sign_in) == "unsupported_algorithm"


@pytest.mark.proof("T2.2")
@pytest.mark.parametrize("form", ["pem", "jwk"])
def test_a_public_key_is_no_shared_secret(sign_in: SignIn, wire: Wire, form: str) -> None:
    public_key = wire.forger.as_pem(private=False)
    if form == "jwk":
        public_key = json.dumps(wire.forger.as_dict(private=False)).encode()
    wire.change_token = lambda token: signed_with_public_key(token, public_key, kid="forger")
    assert reason(sign_in) == "unsupported_algorithm"


@pytest.mark.proof("T2.2")
def test_a_changed_signature_is_refused(sign_in: SignIn, wire: Wire) -> None:
    def change(token: str) -> str:
        head, body, signature = token.split(".")
        return f"{head}.{body}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"

    wire.change_token = change
    assert reason(sign_in) == "bad_signature"


@pytest.mark.proof("T2.2")
def test_a_key_under_the_provider_s_name_is_refused(sign_in: SignIn, wire: Wire) -> None:
    wire.forger_published = False
    wire.change_token = lambda token: wire.forge(token, header={"kid": header_of(token)["kid"]})
    assert reason(sign_in) == "bad_signature"


@pytest.mark.proof("T2.2")
def test_an_unknown_key_is_refused(sign_in: SignIn, wire: Wire) -> None:
    wire.forger_published = False
    wire.change_token = wire.forge
    assert reason(sign_in) == "invalid_key_id"


@pytest.mark.proof("T2.2")
def test_unknown_keys_do_not_make_us_ask_the_provider(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire
) -> None:
    seen: list[str] = []

    def overhear(token: str) -> str:
        seen.append(token)
        return token

    wire.forger_published = False
    wire.change_token = overhear
    url, state = client.begin(redirect_uri=provider.redirect_uri, slug="region", return_to="/", now=provider.now())
    client.finish(state, provider.walk(url), now=provider.now())
    wire.asked.clear()
    for number in range(UNKNOWN_KEYS):
        forged = wire.forge(seen[0], header={"alg": "ES256", "kid": f"unknown-{number}"})
        with pytest.raises(Unauthenticated):
            client.check_id_token(
                forged, nonce=state.nonce, now=provider.now() + timedelta(minutes=number / UNKNOWN_KEYS)
            )
    figure("T2.2 key fetches in a minute", wire.asked["keys"])
    assert wire.asked["keys"] <= 2


@pytest.mark.proof("T2.2")
def test_a_token_without_a_key_s_name_is_refused_when_there_are_several(sign_in: SignIn, wire: Wire) -> None:
    wire.change_token = lambda token: wire.forge(token, header={"kid": None})
    assert reason(sign_in) == "invalid_key_id"


@pytest.mark.proof("T2.2")
@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "https://elsewhere.example"),
        ("iss", None),
        ("aud", "somebody-else"),
        ("aud", None),
        ("aud", []),
        ("azp", "somebody-else"),
        ("nonce", "of-another-sign-in"),
        ("nonce", None),
        ("sub", None),
        ("sub", ""),
        ("sub", "s" * 256),
        ("sub", 7),
        ("exp", None),
        ("iat", None),
        ("auth_time", None),
        ("auth_time", True),
        ("auth_time", "soon"),
        ("events", {"http://schemas.openid.net/event/backchannel-logout": {}}),
        ("at_hash", "of-another-token"),
    ],
)
def test_a_wrong_or_missing_claim_is_refused(sign_in: SignIn, wire: Wire, claim: str, value: object) -> None:
    wire.change_token = lambda token: wire.forge(token, claims={claim: value})
    assert reason(sign_in).endswith(f":{claim}")


@pytest.mark.proof("T2.2")
def test_another_audience_beside_ours_is_refused(sign_in: SignIn, wire: Wire, provider: ProviderUnderTest) -> None:
    ours = provider.configuration.client_id
    wire.change_token = lambda token: wire.forge(token, claims={"aud": [ours, "somebody-else"], "azp": ours})
    assert reason(sign_in) == "invalid_claim:aud"


def test_our_audience_as_a_list_of_one_is_accepted(sign_in: SignIn, wire: Wire, provider: ProviderUnderTest) -> None:
    wire.change_token = lambda token: wire.forge(token, claims={"aud": [provider.configuration.client_id]})
    assert sign_in().sub


@pytest.mark.proof("T2.2")
@pytest.mark.parametrize(
    ("claim", "change", "refusal"),
    [
        ("exp", {"seconds": -31}, "expired_token:exp"),
        ("nbf", {"minutes": 5}, "invalid_claim:nbf"),
        ("iat", {"minutes": 5}, "invalid_claim:iat"),
        ("iat", {"minutes": -11}, "invalid_claim:iat"),
        ("auth_time", {"minutes": 5}, "invalid_claim:auth_time"),
        ("auth_time", {"hours": -13}, "invalid_claim:auth_time"),
    ],
)
def test_a_token_out_of_its_time_is_refused(
    sign_in: SignIn, wire: Wire, provider: ProviderUnderTest, claim: str, change: dict[str, int], refusal: str
) -> None:
    wire.change_token = lambda token: wire.forge(token, claims={claim: seconds(provider.now(), **change)})
    assert reason(sign_in) == refusal


@pytest.mark.parametrize(
    ("claim", "change"), [("exp", {"seconds": -20}), ("iat", {"seconds": 20}), ("auth_time", {"hours": -11})]
)
def test_clocks_may_differ_by_half_a_minute(
    sign_in: SignIn, wire: Wire, provider: ProviderUnderTest, claim: str, change: dict[str, int]
) -> None:
    wire.change_token = lambda token: wire.forge(token, claims={claim: seconds(provider.now(), **change)})
    assert sign_in().sub


@pytest.mark.proof("T2.2")
def test_the_nonce_of_an_earlier_sign_in_is_refused(sign_in: SignIn, wire: Wire) -> None:
    tokens: list[str] = []

    def replay(token: str) -> str:
        tokens.append(token)
        return tokens[0]

    wire.change_token = replay
    sign_in()
    assert reason(sign_in) == "invalid_claim:nonce"


@pytest.mark.proof("T2.2")
@pytest.mark.parametrize("kind", ["logout+jwt", "at+jwt"])
def test_a_token_of_another_type_is_refused(sign_in: SignIn, wire: Wire, kind: str) -> None:
    wire.change_token = lambda token: wire.forge(token, header={"typ": kind})
    assert reason(sign_in) == "malformed"


@pytest.mark.proof("T2.2")
@pytest.mark.parametrize(
    "token", ["", "a.b", "a.b.c", "....", "é.é.é", "x" * 20_000, "W10.W10.W10", "eyJhbGciOjd9.W10."]
)
def test_what_is_no_token_is_refused(sign_in: SignIn, wire: Wire, token: str) -> None:
    wire.change_token = lambda _: token
    assert reason(sign_in)


@pytest.mark.parametrize(
    "claim", ["iss", "sub", "aud", "azp", "nonce", "exp", "iat", "nbf", "auth_time", "acr", "sid", "amr", "events"]
)
def test_a_claim_of_any_json_type_ends_in_an_answer(
    client: OidcClient, provider: ProviderUnderTest, wire: Wire, claim: str
) -> None:
    seen: list[str] = []

    def overhear(token: str) -> str:
        seen.append(token)
        return token

    wire.change_token = overhear
    url, state = client.begin(redirect_uri=provider.redirect_uri, slug="region", return_to="/", now=provider.now())
    client.finish(state, provider.walk(url), now=provider.now())
    values: tuple[object, ...] = (0, -1, 10**400, 1.5, True, "", "text", [], [[]], {}, {"a": 1})
    for value in values:
        forged = wire.forge(seen[0], claims={claim: value})
        with contextlib.suppress(Unauthenticated):
            assert client.check_id_token(forged, nonce=state.nonce, now=provider.now())["sub"]
