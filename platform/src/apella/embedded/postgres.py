"""The instance's own PostgreSQL, run by us: the wheel that carries its programs is never imported."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg

from apella.embedded.binaries import postgres_program
from apella.embedded.home import Home
from apella.embedded.logs import log_file, open_log
from apella.embedded.postgres_files import (
    DATABASE,
    PORT,
    ClusterMaker,
    ensure_passwords,
    postgres_failed,
    write_settings,
)
from apella.embedded.privileges import unprivileged
from apella.embedded.processes import end_all, end_child, serving, spawn
from apella.embedded.refusals import InstanceRefused
from apella.embedded.runtime import leave_runtime_folder, runtime_folder

# Crash recovery after a kill under full load took 3.7 s; a slow disk may need many times that.
_READY_SECONDS = 120
_LOOK_MILLISECONDS = 20
STOP_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class ClusterAddress:
    """Where a cluster listens: `host` is the folder of its socket, `passfile` holds the passwords of its roles."""

    host: Path
    port: int
    dbname: str
    passfile: Path

    @property
    def database_url(self) -> str:
        """The URL for `apella.db.engine`, which adds the role; it names the passwords' file and holds none."""
        query = urlencode({"host": self.host, "port": self.port, "passfile": self.passfile}, quote_via=quote)
        return f"postgresql+psycopg:///{quote(self.dbname)}?{query}"

    def connect(self, *, user: str, dbname: str | None = None) -> psycopg.Connection[tuple[object, ...]]:
        """Open a plain connection in autocommit; for the instance's own upkeep, never for the application."""
        return psycopg.connect(
            host=str(self.host),
            port=self.port,
            dbname=dbname or self.dbname,
            user=user,
            passfile=str(self.passfile),
            require_auth="scram-sha-256",
            connect_timeout=5,
            autocommit=True,
        )


class EmbeddedPostgres:
    """The cluster of one home; whoever makes it holds the home's lock.

    `mark` marks its processes as of this run. `durable=False` gives up what was acknowledged at a loss of power, and
    is for `apella.testing` alone.
    """

    def __init__(self, home: Home, *, instance_id: str, mark: str, durable: bool = True) -> None:
        self._home = home
        self._instance_id = instance_id
        self._mark = mark
        self._durable = durable
        self._log_from = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> ClusterAddress:
        """Start the cluster, making it first if it is new, and wait until it answers. Raises InstanceRefused."""
        if not self.is_running():
            self.spawn()
        return self._wait_ready()

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server without waiting for it; what a killed one left behind is ended first."""
        home = self._home
        # Backends outlive a killed postmaster for a while and hold its memory; its pid file then names a stranger.
        end_all(lambda: serving(home.data))
        run_as = unprivileged(home)
        sockets = runtime_folder(home)
        run_as.give(sockets)
        with open_log(home, "postgres") as log:
            self._log_from = os.fstat(log.fileno()).st_size
            if not home.data.exists():
                ensure_passwords(home)
                ClusterMaker(home=home, run_as=run_as, mark=self._mark, log=log).make()
            write_settings(home, sockets=sockets, instance_id=self._instance_id, durable=self._durable, run_as=run_as)
            for stale in (home.data / "postmaster.pid", sockets / f".s.PGSQL.{PORT}.lock"):
                stale.unlink(missing_ok=True)
            self.process = spawn(
                (postgres_program("postgres"), "-D", home.data),
                mark=self._mark,
                output=log,
                # Immediate shutdown: without a supervisor nobody would finish a slower one.
                death_signal=signal.SIGQUIT,
                cwd=home.postgres,
                prefix=run_as.prefix,
            )
        return self.process

    def stop(self) -> None:
        """Stop the cluster: its clients are disconnected and everything is written down."""
        if self.process is not None:
            end_child(self.process, signal.SIGINT, seconds=STOP_SECONDS)
            end_all(lambda: serving(self._home.data))
            self.process = None
        leave_runtime_folder(self._home)

    def is_running(self) -> bool:
        """Whether the server that we started is alive."""
        return self.process is not None and self.process.poll() is None

    def _wait_ready(self) -> ClusterAddress:
        process = self.process
        if process is None:
            raise RuntimeError("the server was not started")
        deadline = time.monotonic() + _READY_SECONDS
        poll = select.poll()
        while (address := running_address(self._home, ready_pid=process.pid)) is None:
            poll.poll(_LOOK_MILLISECONDS)
            if process.poll() is not None:
                raise postgres_failed(self._home, log_from=self._log_from)
            if time.monotonic() > deadline:
                log = log_file(self._home, "postgres")
                raise InstanceRefused(
                    f"PostgreSQL не стал отвечать за {_READY_SECONDS} с. Подробности — в конце файла {log}.",
                    code="instance.postgres",
                )
        check_ours(address, instance_id=self._instance_id, durable=self._durable)
        return address


def running_address(home: Home, *, ready_pid: int | None = None) -> ClusterAddress | None:
    """Where the home's server listens, by its own pid file; None unless it is ready (and is `ready_pid`, if given)."""
    try:
        lines = (home.data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if len(lines) < 8 or lines[7].strip() != "ready" or (ready_pid is not None and lines[0] != str(ready_pid)):
        return None
    return ClusterAddress(host=Path(lines[4]), port=int(lines[3]), dbname=DATABASE, passfile=home.passfile)


def check_ours(address: ClusterAddress, *, instance_id: str, durable: bool = True) -> None:
    """Raise InstanceRefused unless the server that answers there is this instance's, and keeps what it acknowledges."""
    try:
        with address.connect(user="app_ops") as connection:
            found = {
                name: connection.execute("select current_setting(%s)", (name,)).fetchone()
                for name in ("cluster_name", "fsync", "synchronous_commit", "full_page_writes")
            }
    except psycopg.OperationalError as error:
        raise InstanceRefused(
            f"PostgreSQL в папке {address.host} не отвечает или не от этих данных. Повторите через несколько секунд.",
            code="instance.not_ours",
        ) from error
    if found.pop("cluster_name") != (instance_id,):
        raise InstanceRefused(
            f"В папке {address.host} отвечает PostgreSQL других данных. Остановите его и повторите.",
            code="instance.not_ours",
        )
    if durable and any(value != ("on",) for value in found.values()):
        raise InstanceRefused(
            "В настройках PostgreSQL отключена сохранность записанного (fsync, synchronous_commit, full_page_writes)."
            f" Уберите эти строки из файла postgresql.auto.conf в папке данных и повторите: {address.passfile.parent}.",
            code="instance.not_durable",
        )
