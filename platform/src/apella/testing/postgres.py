"""One PostgreSQL cluster per test run, shared by all its processes, and databases cloned from a template.

The cluster belongs to a process of its own (`python -m apella.testing.postgres`), which ends it when the last test
process has gone, killed or not.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from psycopg import sql

from apella.embedded.home import Home
from apella.embedded.lock import holder_now, locked
from apella.embedded.postgres import ClusterAddress, EmbeddedPostgres, running_address
from apella.embedded.postgres_files import SUPERUSER, database_rights
from apella.embedded.record import new_record

_READY = b"ready\n"


class SharedCluster:
    """A test process's use of the run's cluster; close it, or leave its block, when the tests are over."""

    def __init__(self, home: Path, *, fsync: bool) -> None:
        self._home = Home(home.absolute())
        self._home.make()
        self._use = os.open(self._home.root / "users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with self._one_at_a_time("start"):
                # Waits when the host is just ending the cluster because everybody else has gone.
                fcntl.flock(self._use, fcntl.LOCK_SH)
                if holder_now(self._home) is None:
                    _start_host(self._home, fsync=fsync)
            self.address = _address(self._home)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> SharedCluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give up the use of the cluster; the last one to do so ends it."""
        if self._use >= 0:
            os.close(self._use)
            self._use = -1

    def create_template(self, migrate: Callable[[str], None], *, name: str = "apella_template") -> str:
        """Make a template database by `migrate(database_url)`, once per run; returns its name."""
        with self._one_at_a_time("template"), self.address.connect(user=SUPERUSER) as connection:
            made = connection.execute("select datistemplate from pg_database where datname = %s", (name,)).fetchone()
            if made != (True,):
                self.drop(name)
                self._create(name, template="template1")
                migrate(self.url(name))
                connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
                connection.execute(
                    sql.SQL("alter database {} is_template true allow_connections false").format(sql.Identifier(name))
                )
        return name

    def clone(self, template: str, name: str) -> str:
        """Make the database `name` as a copy of the template; returns its URL for `apella.db.engine`."""
        self._create(name, template=template)
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        with self.address.connect(user=SUPERUSER) as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def url(self, name: str) -> str:
        """The URL of a database of the cluster."""
        return replace(self.address, dbname=name).database_url

    def _create(self, name: str, *, template: str) -> None:
        with self.address.connect(user=SUPERUSER) as connection:
            connection.execute(
                sql.SQL("create database {} template {} owner app_owner").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
            for statement in database_rights(name):
                connection.execute(statement.encode())

    @contextmanager
    def _one_at_a_time(self, what: str) -> Iterator[None]:
        descriptor = os.open(self._home.root / f"{what}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def start_cluster(home: Path, *, fsync: bool = False) -> SharedCluster:
    """Use the cluster of the run in the folder `home`, starting it if this process is the first.

    Every process of a run gives the same folder, in pytest's temporary one. Without `fsync` a loss of power may lose
    everything, which a test run never minds.
    """
    return SharedCluster(home, fsync=fsync)


def _address(home: Home) -> ClusterAddress:
    address = running_address(home)
    if address is None:
        raise RuntimeError(f"the test cluster in {home.root} is gone: see {home.logs}")
    return address


def _start_host(home: Home, *, fsync: bool) -> None:
    with (home.logs / "host.log").open("ab") as log:
        host = subprocess.Popen(
            [sys.executable, "-P", "-m", "apella.testing.postgres", str(home.root), "on" if fsync else "off"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    with host.stdout or log:
        said = host.stdout.readline() if host.stdout else b""
    if said != _READY:
        raise RuntimeError(f"the test cluster did not start: see {home.logs}")
    # It outlives this process when others still test, so nobody here waits for its end.
    host.returncode = 0


def _host(home: Home, *, fsync: bool) -> None:
    with locked(home, command="test-cluster") as holder:
        instance_id = new_record(key_fingerprint="").instance_id
        postgres = EmbeddedPostgres(home, instance_id=instance_id, mark=holder.mark, durable=fsync)
        try:
            postgres.start()
            os.write(sys.stdout.fileno(), _READY)
            users = os.open(home.root / "users", os.O_RDWR | os.O_CLOEXEC)
            fcntl.flock(users, fcntl.LOCK_EX)
        finally:
            postgres.stop()


if __name__ == "__main__":
    _host(Home(Path(sys.argv[1])), fsync=sys.argv[2] == "on")
