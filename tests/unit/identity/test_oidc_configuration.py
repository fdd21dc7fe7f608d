"""Production never starts with an issuer that asks for no password."""

from __future__ import annotations

from pathlib import Path

import pytest

from apella.embedded.issuer import EmbeddedIssuer, ensure_no_embedded_issuer
from apella.embedded.issuer_keys import load_issuer_keys
from apella.errors import ConfigurationError
from apella.identity.oidc_provider import EMBEDDED_ISSUER, OidcConfiguration
from apella.settings import Mode, Settings
from apella.testing.oidc import NOW, MemoryIssuerStore


def settings(home: Path, mode: Mode) -> Settings:
    return Settings.from_environment(
        {
            "APELLA_HOME": str(home),
            "APELLA_MODE": mode,
            "APELLA_DATABASE_URL": "postgresql:///apella",
            "APELLA_REDIS_URL": "redis://localhost",
            "APELLA_MASTER_KEY_FILE": str(home / "master.key"),
            "APELLA_CLAMD": "off",
        }
    )


def test_production_refuses_the_embedded_issuer(tmp_path: Path) -> None:
    production = settings(tmp_path, Mode.PRODUCTION)
    with pytest.raises(ConfigurationError) as refusal:
        ensure_no_embedded_issuer(production)
    assert refusal.value.error_code == "settings.embedded_issuer"
    with pytest.raises(ConfigurationError):
        EmbeddedIssuer.open(production, people=list, store=MemoryIssuerStore(NOW))
    assert not (tmp_path / "keys").exists()


def test_the_embedded_mode_opens_it_with_keys_only_its_owner_reads(tmp_path: Path) -> None:
    embedded = settings(tmp_path, Mode.EMBEDDED)
    ensure_no_embedded_issuer(embedded)
    issuer = EmbeddedIssuer.open(embedded, people=list, store=MemoryIssuerStore(NOW))
    assert len(issuer.jwks()["keys"]) == 2
    assert all("d" not in key for key in issuer.jwks()["keys"])
    files = sorted((tmp_path / "keys").iterdir())
    assert [file.name for file in files] == ["issuer-1.pem", "issuer-2.pem"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    again = EmbeddedIssuer.open(embedded, people=list, store=MemoryIssuerStore(NOW))
    assert again.jwks() == issuer.jwks()


def test_damaged_keys_get_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "issuer-1.pem").write_text("not a key")
    with pytest.raises(ConfigurationError) as refusal:
        load_issuer_keys(tmp_path)
    assert refusal.value.error_code == "embedded.issuer_keys"


@pytest.mark.parametrize(
    ("issuer", "code"),
    [
        (EMBEDDED_ISSUER, "settings.embedded_issuer"),
        ("https://apella.example/embedded/issuer", "settings.embedded_issuer"),
        ("https://apella.example/embedded/issuer/", "settings.embedded_issuer"),
        ("http://sso.example/realms/one", "settings.oidc_issuer"),
    ],
)
def test_production_refuses_an_issuer_without_passwords_or_https(issuer: str, code: str) -> None:
    environment = {"APELLA_OIDC_ISSUER": issuer, "APELLA_OIDC_CLIENT_ID": "apella"}
    with pytest.raises(ConfigurationError) as refusal:
        OidcConfiguration.from_environment(environment, mode=Mode.PRODUCTION)
    assert refusal.value.error_code == code


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ConfigurationError, match="APELLA_OIDC_ISSUER, APELLA_OIDC_CLIENT_ID"):
        OidcConfiguration.from_environment({}, mode=Mode.PRODUCTION)


def test_the_secret_comes_from_a_file_and_is_not_shown(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("open sesame\n")
    environment = {
        "APELLA_OIDC_ISSUER": "https://sso.example/realms/one",
        "APELLA_OIDC_CLIENT_ID": "apella",
        "APELLA_OIDC_CLIENT_SECRET_FILE": str(secret),
    }
    configuration = OidcConfiguration.from_environment(environment, mode=Mode.PRODUCTION)
    assert configuration.client_secret == "open sesame"
    assert "sesame" not in repr(configuration)
    secret.unlink()
    with pytest.raises(ConfigurationError) as refusal:
        OidcConfiguration.from_environment(environment, mode=Mode.PRODUCTION)
    assert refusal.value.error_code == "settings.oidc_secret"
