"""The providers that the contract is run against, and a client with a hand in its wire."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import pytest

from apella.identity.oidc import OidcClient
from apella.identity.oidc_provider import Provider
from apella.testing.foreign_provider import ForeignUnderTest, foreign_provider, node_of
from apella.testing.keycloak import realm_under_test
from apella.testing.oidc import ProviderUnderTest, Wire, embedded_issuer_over_http

FOREIGN = "oidc-provider"
PROVIDERS = ("embedded", "keycloak", FOREIGN)
# Cases that a provider cannot express, each with its reason; test_providers.py holds the list to what there is.
NOT_EXPRESSED = {
    (FOREIGN, "test_a_weak_request_gets_no_code[oidc-provider-scope]"): (
        "without the scope openid it serves plain OAuth 2.0, which the standard leaves to the provider: there is a "
        "code, but no ID token, and Apella signs nobody in without one"
    ),
}


@pytest.fixture(scope="session", params=PROVIDERS)
def provider(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderUnderTest]:
    """Each provider in turn; a further one is a further parameter and an implementation of ProviderUnderTest."""
    match request.param:
        case "embedded":
            with embedded_issuer_over_http(tmp_path_factory.mktemp("issuer-keys")) as embedded:
                yield embedded
        case "keycloak":
            yield realm_under_test(request.getfixturevalue("keycloak"))
        case _:
            yield request.getfixturevalue("foreign")


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[ForeignUnderTest]:
    """The npm package. Tests that ask for it are skipped on a machine without Node or the package, and fail in CI."""
    root = pytestconfig.rootpath
    node = node_of(root)
    if node is None:
        absent = "Node or the npm package oidc-provider is not there: run `make setup`"
        if os.environ.get("CI"):
            pytest.fail(absent)
        pytest.skip(absent)
    with foreign_provider(root, node, log=tmp_path_factory.mktemp("oidc-provider") / "log") as running:
        yield running


@pytest.fixture
def not_expressed() -> Mapping[tuple[str, str], str]:
    """The cases that are left out."""
    return NOT_EXPRESSED


@pytest.fixture(autouse=True)
def _expressed(request: pytest.FixtureRequest) -> None:
    """Skip, with the reason, what the provider cannot express."""
    callspec = getattr(request.node, "callspec", None)
    if callspec is not None and (why := NOT_EXPRESSED.get((callspec.params.get("provider"), request.node.name))):
        pytest.skip(why)


@pytest.fixture
def wire() -> Iterator[Wire]:
    """The hand in the wire; it changes nothing until told to."""
    wire = Wire()
    yield wire
    wire.close()


@pytest.fixture
def client(provider: ProviderUnderTest, wire: Wire) -> OidcClient:
    """A client without memory: no key is cached before the test."""
    return OidcClient(Provider(provider.configuration, adapter=wire))
