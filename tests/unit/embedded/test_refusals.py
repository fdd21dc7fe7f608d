"""A full disk gets one sentence, whoever met it."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from apella.embedded.refusals import InstanceRefused, check_embedded, disk_full_named
from apella.settings import Mode, Settings


def test_a_write_without_space_becomes_a_sentence_about_the_folder(tmp_path: Path) -> None:
    with pytest.raises(InstanceRefused, match=f"{tmp_path} закончилось место") as refusal, disk_full_named(tmp_path):
        Path("/dev/full").write_text("x")
    assert refusal.value.error_code == "instance.disk_full"


@pytest.mark.parametrize("wrapped", [False, True])
def test_postgres_without_space_becomes_the_same_sentence(tmp_path: Path, wrapped: bool) -> None:
    error: Exception = psycopg.errors.DiskFull("could not extend file")
    if wrapped:
        error = OperationalError("insert", None, error)
    with pytest.raises(InstanceRefused) as refusal, disk_full_named(tmp_path):
        raise error
    assert refusal.value.error_code == "instance.disk_full"


def test_any_other_error_passes_unchanged(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), disk_full_named(tmp_path):
        (tmp_path / "missing").read_text()


def test_commands_about_the_own_postgres_are_refused_in_production(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path,
        port=8000,
        mode=Mode.PRODUCTION,
        database_url="postgresql:///apella",
        redis_url="redis://",
        tenants=(),
        master_key_file=tmp_path / "key",
        trusted_proxies=0,
    )
    with pytest.raises(InstanceRefused, match="apella up работает со своим PostgreSQL") as refusal:
        check_embedded(settings, command="up")
    assert refusal.value.error_code == "instance.production"
