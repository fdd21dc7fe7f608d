"""Broken files of one tenant leave its old rules in force, and every other tenant untouched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from apella.bootstrap import App
from apella.regions.reading import RegionFilesError
from apella.testing.play import Play
from apella.testing.plugin import StartPlay

BROKEN = {"north/durations.toml": '[on_site]\ntottal = 5\nclauses = ["core:C1"]\n'}

Restart = Callable[..., App]
GoOn = Callable[[Play, App], Play]
Begin = Callable[[], Play]


def test_the_tenant_goes_on_by_the_rules_recorded_last(
    begin: Begin, restart: Restart, go_on: GoOn, fresh_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    north = begin()
    case_id = north.file(0, channel="school_desk")
    north.file(1)
    after = go_on(north, restart(BROKEN, database_url=fresh_database))
    rules = after.app.regions.get("north")
    assert rules.version == north.world.rules.version
    assert rules.stale_reason is not None
    assert rules.stale_reason.startswith("Файлы региона содержат ошибки, поэтому действуют правила, записанные в базе ")
    assert after.app.regions.on("north", date(2026, 6, 20)).version == rules.version
    assert "north/durations.toml: on_site.tottal: такого ключа нет; возможно, это total." in caplog.messages
    after.walk(case_id, "registered")
    assert after.case(after.file(2)).rule_version == rules.version


def test_other_tenants_are_untouched(play: StartPlay, restart: Restart, app: App) -> None:
    play()
    south = restart(BROKEN).regions.get("south")
    assert south.stale_reason is None
    assert south.version == app.regions.get("south").version


def test_once_the_files_are_mended_they_count_again(play: StartPlay, restart: Restart) -> None:
    play()
    assert restart(BROKEN).regions.get("north").stale_reason is not None
    mended = restart({"north/durations.toml": '[on_site]\ntotal = 21\nclauses = ["core:C1"]\n'}).regions.get("north")
    assert (mended.stale_reason, mended.durations.on_site.total) == (None, 21)


def test_without_a_recorded_version_the_start_is_refused(restart: Restart, fresh_database: str) -> None:
    with pytest.raises(RegionFilesError) as caught:
        restart(BROKEN, database_url=fresh_database)
    assert caught.value.problems == ("north/durations.toml: on_site.tottal: такого ключа нет; возможно, это total.",)


def test_without_a_database_the_start_is_refused(restart: Restart, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RegionFilesError):
        restart(BROKEN, database_url="postgresql://127.0.0.1:1/nowhere")
    assert "no recorded rules can stand in" in caplog.messages
