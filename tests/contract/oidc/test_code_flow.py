"""The way to the provider and back: every parameter of it is needed, once, and in time."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest

from apella.errors import Unauthenticated, Unavailable
from apella.identity.oidc import STATE_LIFE, LoginState, OidcClient
from apella.testing.oidc import EmbeddedUnderTest, ProviderUnderTest, Wire

pytestmark = pytest.mark.proof("T2.1")


def begin(client: OidcClient, provider: ProviderUnderTest) -> tuple[str, LoginState]:
    return client.begin(redirect_uri=provider.redirect_uri, slug="region", return_to="/region/", now=provider.now())


def go_and_come_back(client: OidcClient, provider: ProviderUnderTest) -> tuple[LoginState, Mapping[str, str]]:
    url, state = begin(client, provider)
    return state, provider.walk(url)


def with_parameters(url: str, **changes: str | None) -> str:
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query)), **changes}
    kept = {name: value for name, value in query.items() if value is not None}
    return urlunsplit(parts._replace(query=urlencode(kept)))


def refused_code(client: OidcClient, provider: ProviderUnderTest, state: LoginState, answer: Mapping[str, str]) -> str:
    with pytest.raises(Unauthenticated) as refusal:
        client.finish(state, answer, now=provider.now())
    return refusal.value.error_code


def test_a_person_is_signed_in_with_issuer_subject_and_time(client: OidcClient, provider: ProviderUnderTest) -> None:
    state, answer = go_and_come_back(client, provider)
    identity = client.finish(state, answer, now=provider.now())
    assert identity.iss == provider.configuration.issuer
    assert identity.sub
    assert identity.sid
    assert identity.loa >= 1
    assert abs(provider.now() - identity.auth_time) < timedelta(minutes=1)


def test_the_request_carries_pkce_state_nonce_and_age(client: OidcClient, provider: ProviderUnderTest) -> None:
    url, state = begin(client, provider)
    query = dict(parse_qsl(urlsplit(url).query))
    challenge = base64.urlsafe_b64encode(hashlib.sha256(state.code_verifier.encode()).digest()).rstrip(b"=").decode()
    assert query["code_challenge"] == challenge
    assert query["code_challenge_method"] == "S256"
    assert (query["state"], query["nonce"]) == (state.state, state.nonce)
    assert query["max_age"] == str(12 * 3600)
    assert state.code_verifier not in url


def test_two_sign_ins_share_no_secret(client: OidcClient, provider: ProviderUnderTest) -> None:
    _, one = begin(client, provider)
    _, other = begin(client, provider)
    assert not {one.state, one.nonce, one.code_verifier} & {other.state, other.nonce, other.code_verifier}


@pytest.mark.proof("T2.2")
def test_an_answer_to_another_state_is_refused(client: OidcClient, provider: ProviderUnderTest) -> None:
    _, answer = go_and_come_back(client, provider)
    _, other = begin(client, provider)
    assert refused_code(client, provider, other, answer) == "sign_in.state"


@pytest.mark.proof("T2.2")
def test_an_answer_without_state_is_refused(client: OidcClient, provider: ProviderUnderTest) -> None:
    state, answer = go_and_come_back(client, provider)
    assert refused_code(client, provider, state, {"code": answer["code"]}) == "sign_in.state"


def test_a_state_lives_ten_minutes(client: OidcClient, provider: ProviderUnderTest) -> None:
    state, answer = go_and_come_back(client, provider)
    with pytest.raises(Unauthenticated) as refusal:
        client.finish(state, answer, now=provider.now() + STATE_LIFE)
    assert refusal.value.error_code == "sign_in.expired"


@pytest.mark.proof("T2.2")
def test_a_code_of_another_sign_in_is_refused(client: OidcClient, provider: ProviderUnderTest) -> None:
    _, stolen = go_and_come_back(client, provider)
    state, answer = go_and_come_back(client, provider)
    assert refused_code(client, provider, state, {**answer, "code": stolen["code"]}) == "sign_in.code"


@pytest.mark.proof("T2.2")
def test_an_answer_of_another_issuer_is_refused(client: OidcClient, provider: ProviderUnderTest) -> None:
    state, answer = go_and_come_back(client, provider)
    mixed_up = {**answer, "iss": "https://elsewhere.example"}
    assert refused_code(client, provider, state, mixed_up) == "sign_in.issuer"


def test_an_answer_without_the_announced_issuer_is_refused(client: OidcClient, provider: ProviderUnderTest) -> None:
    state, answer = go_and_come_back(client, provider)
    anonymous = {name: value for name, value in answer.items() if name != "iss"}
    assert refused_code(client, provider, state, anonymous) == "sign_in.issuer"


def test_an_answer_without_a_code_is_refused(client: OidcClient, provider: ProviderUnderTest) -> None:
    state, answer = go_and_come_back(client, provider)
    assert refused_code(client, provider, state, {**answer, "code": ""}) == "sign_in.code"


@pytest.mark.parametrize("error", ["access_denied", "login_required", "<script>"])
def test_a_refusal_of_the_provider_is_told(client: OidcClient, provider: ProviderUnderTest, error: str) -> None:
    _, state = begin(client, provider)
    answer = {"error": error, "state": state.state, "iss": provider.configuration.issuer}
    assert refused_code(client, provider, state, answer) == "sign_in.refused"


def test_a_busy_provider_is_no_refusal(client: OidcClient, provider: ProviderUnderTest) -> None:
    _, state = begin(client, provider)
    answer = {"error": "temporarily_unavailable", "state": state.state, "iss": provider.configuration.issuer}
    with pytest.raises(Unavailable) as refusal:
        client.finish(state, answer, now=provider.now())
    assert refusal.value.error_code == "sign_in.provider_down"


@pytest.mark.proof("T2.2")
def test_a_code_is_used_once(client: OidcClient, provider: ProviderUnderTest) -> None:
    state, answer = go_and_come_back(client, provider)
    client.finish(state, answer, now=provider.now())
    assert refused_code(client, provider, state, answer) == "sign_in.code"


@pytest.mark.proof("T2.2")
def test_a_made_up_code_is_refused(client: OidcClient, provider: ProviderUnderTest) -> None:
    state, answer = go_and_come_back(client, provider)
    assert refused_code(client, provider, state, {**answer, "code": "made-up"}) == "sign_in.code"


@pytest.mark.proof("T2.2")
def test_a_wrong_verifier_is_refused(client: OidcClient, provider: ProviderUnderTest) -> None:
    state, answer = go_and_come_back(client, provider)
    _, other = begin(client, provider)
    swapped = dataclasses.replace(state, code_verifier=other.code_verifier)
    assert refused_code(client, provider, swapped, answer) == "sign_in.code"


@pytest.mark.proof("T2.2")
def test_a_missing_verifier_is_refused(client: OidcClient, provider: ProviderUnderTest, wire: Wire) -> None:
    wire.change_request = lambda form: {name: value for name, value in form.items() if name != "code_verifier"}
    state, answer = go_and_come_back(client, provider)
    assert refused_code(client, provider, state, answer) == "sign_in.code"


def test_another_redirect_uri_at_the_exchange_is_refused(client: OidcClient, provider: ProviderUnderTest) -> None:
    state, answer = go_and_come_back(client, provider)
    moved = dataclasses.replace(state, redirect_uri=f"{provider.redirect_uri}/elsewhere")
    assert refused_code(client, provider, moved, answer) == "sign_in.code"


@pytest.mark.proof("T2.2")
@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"response_type": "token"},
        {"scope": "profile"},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_a_weak_request_gets_no_code(
    client: OidcClient, provider: ProviderUnderTest, changes: Mapping[str, str | None]
) -> None:
    url, _ = begin(client, provider)
    answer = provider.walk(with_parameters(url, **changes))
    assert "code" not in answer
    assert answer["error"]


@pytest.mark.parametrize(
    "changes",
    [{"redirect_uri": "https://attacker.example/sign-in/callback"}, {"client_id": "somebody-else"}],
    ids=lambda changes: "-".join(changes),
)
def test_an_unknown_client_or_callback_gets_no_redirect(
    client: OidcClient, provider: ProviderUnderTest, changes: Mapping[str, str]
) -> None:
    url, _ = begin(client, provider)
    with pytest.raises(LookupError):
        provider.walk(with_parameters(url, **changes))


# The life of a real provider's code is its own setting.
@pytest.mark.parametrize("provider", ["embedded"], indirect=True)
def test_a_code_lives_a_minute(client: OidcClient, provider: EmbeddedUnderTest) -> None:
    state, answer = go_and_come_back(client, provider)
    provider.pass_time(timedelta(seconds=60))
    assert refused_code(client, provider, state, answer) == "sign_in.code"


def test_signing_out_goes_by_the_provider_and_returns_here(client: OidcClient, provider: ProviderUnderTest) -> None:
    back_to = provider.redirect_uri.removesuffix("sign-in/callback")
    assert client.end_session_url(back_to=back_to) is None, "signing out never waits for the provider"
    begin(client, provider)
    url = client.end_session_url(back_to=back_to)
    assert url is not None
    assert dict(parse_qsl(urlsplit(url).query)) == {
        "client_id": provider.configuration.client_id,
        "post_logout_redirect_uri": back_to,
    }
