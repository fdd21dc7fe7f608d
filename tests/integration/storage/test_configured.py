"""Which scanner an instance has: an operator says so, an embedded instance need not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from apella.bootstrap import App
from apella.errors import ConfigurationError
from apella.settings import NO_SCANNER, Mode, Settings
from apella.storage.clamd import ClamdScanner
from apella.testing.clamd import DEBIAN_LIMITS, Clamd, running_clamd
from apella.web_app import create_app

PRODUCTION = {
    "APELLA_MODE": "production",
    "APELLA_DATABASE_URL": "postgresql:///apella",
    "APELLA_REDIS_URL": "redis://127.0.0.1/0",
    "APELLA_MASTER_KEY_FILE": "/run/secrets/master.key",
}


def test_production_does_not_start_without_a_word_about_the_scanner() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        Settings.from_environment(PRODUCTION)
    assert "без APELLA_CLAMD" in refusal.value.message
    assert "APELLA_CLAMD=off" in refusal.value.message
    assert Settings.from_environment({**PRODUCTION, "APELLA_CLAMD": "/run/clamav/clamd.ctl"}).clamd
    assert Settings.from_environment({**PRODUCTION, "APELLA_CLAMD": NO_SCANNER}).clamd == NO_SCANNER


@pytest.fixture
def with_scanner(app: App) -> Callable[..., App]:
    """The application with other settings, on the same database."""

    def make(**changes: object) -> App:
        parts = replace(app, settings=replace(app.settings, **changes))  # type: ignore[arg-type]  # fields of Settings
        vars(parts).update(database=app.database, store=app.store, oidc=app.oidc)
        return parts

    return make


def warnings_of(parts: App) -> list[str] | None:
    """What the check of readiness says; 200 in any case, since filing does not wait for the scanner."""
    answer = create_app(parts).test_client().get("/readyz")
    assert answer.status_code == 200
    found: list[str] | None = answer.get_json().get("warnings")
    return found


def test_an_embedded_instance_goes_without_and_says_nothing(with_scanner: Callable[..., App]) -> None:
    parts = with_scanner()
    assert not parts.scanner.active
    assert warnings_of(parts) is None


def test_production_that_goes_without_says_so_each_time(
    with_scanner: Callable[..., App], caplog: pytest.LogCaptureFixture
) -> None:
    parts = with_scanner(mode=Mode.PRODUCTION, clamd=NO_SCANNER)
    with caplog.at_level(logging.WARNING):
        assert not parts.scanner.active
    assert "not scanned for malware" in caplog.text
    assert warnings_of(parts) == ["scanner.off"]


def test_a_wrong_address_is_refused_when_the_scanner_is_asked_for(with_scanner: Callable[..., App]) -> None:
    with pytest.raises(ConfigurationError):
        _ = with_scanner(clamd="clamd.example.org:3310").scanner


def test_readiness_names_a_scanner_that_is_away_or_is_not_to_be_trusted(
    with_scanner: Callable[..., App], clamd: Clamd, program: str, tmp_path: Path
) -> None:
    assert isinstance(with_scanner(clamd=str(clamd.socket)).scanner, ClamdScanner)
    assert warnings_of(with_scanner(clamd=str(clamd.socket))) is None
    assert warnings_of(with_scanner(clamd=str(tmp_path / "nobody.sock"))) == ["scanner.unavailable"]
    with running_clamd(program, tmp_path / "debian", limits=DEBIAN_LIMITS) as debian:
        assert warnings_of(with_scanner(clamd=str(debian.socket))) == ["scanner.limits"]
