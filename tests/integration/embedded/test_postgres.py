"""The instance's own PostgreSQL: who may do what, whose it is, what it may not lose."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from apella.embedded import privileges
from apella.embedded.attach import attached
from apella.embedded.home import Home
from apella.embedded.lock import locked
from apella.embedded.postgres import ClusterAddress, EmbeddedPostgres, check_ours
from apella.embedded.privileges import unprivileged
from apella.embedded.processes import serving
from apella.embedded.record import InstanceRecord, read_record
from apella.embedded.redis import EmbeddedRedis
from apella.embedded.refusals import InstanceRefused
from apella.testing.embedded import connected, embedded_settings, read_notes, toy_schema, write_note


@pytest.fixture
def record(home: Home) -> InstanceRecord:
    record = read_record(home)
    assert record is not None
    return record


@pytest.fixture
def cluster(home: Home, record: InstanceRecord) -> Iterator[ClusterAddress]:
    with locked(home, command="up") as holder:
        postgres = EmbeddedPostgres(home, instance_id=record.instance_id, mark=holder.mark)
        address = postgres.start()
        yield address
        assert postgres.is_running()
        postgres.stop()
        assert not address.host.exists()
        assert not postgres.is_running()
        assert serving(home.data) == []


def test_each_role_may_do_its_work_and_no_more(cluster: ClusterAddress) -> None:
    url = cluster.database_url
    write_note(url, "of tenant 1")
    with connected(url, user="app_rw") as rw:
        assert rw.execute("select count(*) from note").fetchone() == (0,)
        rw.execute("create temporary table landing (body text)")
    for refused in ("truncate note", "create table mine (id int)", "delete from note"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connected(url, user="app_rw") as rw:
            rw.execute(refused.encode())
    assert read_notes(url) == ["of tenant 1"]
    with pytest.raises(psycopg.errors.InsufficientPrivilege), connected(url, user="app_ops") as ops:
        ops.execute("insert into note values (1, 9, 'x')")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), connected(url, user="app_relay") as relay:
        relay.execute("select * from note")
    with connected(url, user="app_owner") as owner:
        rights = owner.execute(
            "select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname ~ '^app_'"
        ).fetchall()
    assert sorted(rights) == [
        ("app_ops", False, True, False, False),
        ("app_owner", False, False, False, False),
        ("app_relay", False, False, False, False),
        ("app_rw", False, False, False, False),
    ]


def test_nobody_gets_in_without_the_password_or_into_another_database(cluster: ClusterAddress, tmp_path: Path) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host=str(cluster.host), dbname="apella", user="postgres", passfile=str(tmp_path / "none"))
    with pytest.raises(psycopg.OperationalError):
        cluster.connect(user="app_rw", dbname="postgres")
    assert cluster.host.stat().st_mode & 0o777 == 0o700


def test_the_log_never_holds_the_values_of_a_failed_statement(cluster: ClusterAddress, home: Home) -> None:
    # A table without row level security: for the others PostgreSQL itself hides the key.
    insert = b"insert into global_row values ('canary')"
    with connected(cluster.database_url, user="app_owner") as owner:
        owner.execute("create table global_row (login text primary key)")
        owner.execute(insert)
        with pytest.raises(psycopg.errors.UniqueViolation):
            owner.execute(insert)
    log = (home.logs / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "canary" not in log


def test_a_forgotten_transaction_is_ended_and_nothing_acknowledged_is_lost(cluster: ClusterAddress) -> None:
    with cluster.connect(user="app_rw") as connection:
        values = {
            name: connection.execute("select current_setting(%s)", (name,)).fetchone()
            for name in ("idle_in_transaction_session_timeout", "fsync", "synchronous_commit", "timezone")
        }
    assert values == {
        "idle_in_transaction_session_timeout": ("30s",),
        "fsync": ("on",),
        "synchronous_commit": ("on",),
        "timezone": ("UTC",),
    }


def test_a_server_of_other_data_is_never_used(cluster: ClusterAddress) -> None:
    with pytest.raises(InstanceRefused, match="отвечает PostgreSQL других данных") as refusal:
        check_ours(cluster, instance_id="another")
    assert refusal.value.error_code == "instance.not_ours"


def test_a_server_that_may_lose_what_it_acknowledged_is_refused(home: Home, record: InstanceRecord) -> None:
    (home.data / "postgresql.auto.conf").write_text("synchronous_commit = 'off'\n")
    with locked(home, command="up") as holder:
        postgres = EmbeddedPostgres(home, instance_id=record.instance_id, mark=holder.mark)
        with pytest.raises(InstanceRefused, match="отключена сохранность") as refusal:
            postgres.start()
        postgres.stop()
    assert refusal.value.error_code == "instance.not_durable"


def test_a_stale_pid_file_that_names_a_living_stranger_does_not_stop_the_start(
    home: Home, record: InstanceRecord
) -> None:
    (home.data / "postmaster.pid").write_text(f"{os.getppid()}\n{home.data}\n1\n5432\n/tmp\n\n 1 1\nready   \n")
    with locked(home, command="up") as holder:
        postgres = EmbeddedPostgres(home, instance_id=record.instance_id, mark=holder.mark)
        postgres.start()
        postgres.stop()


def test_a_server_that_cannot_start_points_to_its_log(home: Home, record: InstanceRecord) -> None:
    (home.data / "postgresql.auto.conf").write_text("shared_buffers = 'no size'\n")
    with locked(home, command="up") as holder:
        postgres = EmbeddedPostgres(home, instance_id=record.instance_id, mark=holder.mark)
        with pytest.raises(InstanceRefused, match=r"Причина — в конце файла .*postgres\.log") as refusal:
            postgres.start()
    assert refusal.value.error_code == "instance.postgres"


def test_a_command_starts_postgres_for_itself_when_nothing_runs_and_uses_what_runs(home: Home) -> None:
    settings = embedded_settings(home.root)
    with attached(settings, command="import", schema=toy_schema()) as with_database:
        assert with_database.database_url is not None
        write_note(with_database.database_url, "kept")
        with (
            pytest.raises(InstanceRefused, match="команда apella import"),
            attached(settings, command="backup", schema=toy_schema()),
        ):
            pytest.fail("two commands at once")
    assert serving(home.data) == []
    record = read_record(home)
    assert record is not None
    with locked(home, command="up") as holder:
        with (
            pytest.raises(InstanceRefused, match="запускается или останавливается") as refusal,
            attached(settings, command="import", schema=toy_schema()),
        ):
            pytest.fail("attached to nothing")
        assert refusal.value.error_code == "instance.not_ready"
        postgres = EmbeddedPostgres(home, instance_id=record.instance_id, mark=holder.mark)
        postgres.start()
        with attached(settings, command="import", schema=toy_schema()) as with_database:
            assert with_database.database_url is not None
            assert read_notes(with_database.database_url) == ["kept"]
        assert postgres.is_running()
        postgres.stop()


def test_redis_answers_on_its_private_socket_only(home: Home) -> None:
    with locked(home, command="up") as holder:
        redis = EmbeddedRedis(home, mark=holder.mark)
        assert not redis.answers()
        assert redis.start() == f"unix://{redis.socket}"
        assert redis.answers()
        assert redis.socket.stat().st_mode & 0o777 == 0o700
        redis.stop()
        assert not redis.answers()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must choose whom PostgreSQL runs as")
def test_root_without_user_namespaces_lends_the_homes_owner(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privileges, "_NAMESPACE", ("false",))
    home = Home(short_folder / "home")
    home.make()
    with pytest.raises(InstanceRefused, match="chown ПОЛЬЗОВАТЕЛЬ") as refusal:
        unprivileged(home)
    assert refusal.value.error_code == "instance.root"
    shutil.chown(home.root, "nobody", "nogroup")
    shutil.chown(short_folder, "nobody", "nogroup")
    with locked(home, command="up") as holder:
        postgres = EmbeddedPostgres(home, instance_id="lent", mark=holder.mark)
        try:
            postgres.start()
        finally:
            postgres.stop()
    assert home.data.owner() == "nobody"
