"""The parts of an instance as commands."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from apella.embedded.children import RunningParts, apella_children, environment_of_children
from apella.settings import Settings

PARTS = RunningParts(
    database_url="postgresql+psycopg:///apella?host=/run/x", redis_url="unix:///run/x/redis.sock", passfile=Path("/p")
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"APELLA_HOME": str(tmp_path), "APELLA_PORT": "8123"})


def test_children_stop_web_first_and_relay_last(settings: Settings) -> None:
    assert [child.name for child in apella_children(settings, PARTS)] == ["web", "worker", "relay"]


def test_only_the_web_part_listens_on_tcp_and_only_on_loopback(settings: Settings) -> None:
    web, *others = apella_children(settings, PARTS)
    assert "127.0.0.1:8123" in web.argv
    assert web.health_url == "http://127.0.0.1:8123/healthz"
    assert not any("8123" in word for child in others for word in child.argv)


def test_the_web_part_gets_time_to_finish_its_requests(settings: Settings) -> None:
    web = apella_children(settings, PARTS)[0]
    assert web.stop_seconds > int(web.argv[web.argv.index("--graceful-timeout") + 1])


def test_every_child_runs_this_python_with_the_same_settings(settings: Settings, tmp_path: Path) -> None:
    settings = replace(settings, tenants=(tmp_path, tmp_path / "more"))
    for child in apella_children(settings, PARTS):
        assert child.argv[0] == sys.executable
        read = Settings.from_environment(child.env)
        assert read == replace(settings, database_url=PARTS.database_url, redis_url=PARTS.redis_url)
        assert child.env["PGPASSFILE"] == "/p"


def test_unset_settings_stay_unset(settings: Settings) -> None:
    assert "APELLA_TENANTS" not in environment_of_children(settings, PARTS)
