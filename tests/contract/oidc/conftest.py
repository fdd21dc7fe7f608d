"""The providers that the contract is run against, and a client with a hand in its wire."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from apella.identity.oidc import OidcClient
from apella.identity.oidc_provider import Provider
from apella.testing.keycloak import realm_under_test
from apella.testing.oidc import ProviderUnderTest, Wire, embedded_issuer_over_http


@pytest.fixture(scope="session", params=["embedded", "keycloak"])
def provider(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProviderUnderTest]:
    """Each provider in turn; a further one is a further parameter and an implementation of ProviderUnderTest."""
    match request.param:
        case "embedded":
            with embedded_issuer_over_http(tmp_path_factory.mktemp("issuer-keys")) as embedded:
                yield embedded
        case "keycloak":
            yield realm_under_test(request.getfixturevalue("keycloak"))


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
