"""The files of a cluster: passwords, settings, and the data folder with its roles and its database."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from apella.embedded.binaries import postgres_program
from apella.embedded.home import Home
from apella.embedded.logs import log_file
from apella.embedded.privileges import Unprivileged
from apella.embedded.processes import spawn
from apella.embedded.record import sync_folder, write_whole
from apella.embedded.refusals import InstanceRefused, disk_full

SUPERUSER = "postgres"
DATABASE = "apella"
PORT = 5432

_NOTHING = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"
ROLES = {
    "app_owner": f"{_NOTHING} NOBYPASSRLS",
    "app_rw": f"{_NOTHING} NOBYPASSRLS",
    "app_relay": f"{_NOTHING} NOBYPASSRLS",
    "app_ops": f"{_NOTHING} BYPASSRLS",
}

_SETTINGS = {
    # Nobody reaches it but by the socket in a private folder, and then with a password.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    # What was acknowledged survives a kill; the start-up check refuses anything less.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # A forgotten transaction would pin vacuum, and the task table would bloat.
    "idle_in_transaction_session_timeout": "30s",
    "autovacuum_naptime": "15s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.05",
    # No personal data in the log: neither parameters nor the keys that an error's detail would print.
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "lc_messages": "C",
    # One laptop with two cores.
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "max_logical_replication_workers": "0",
    "huge_pages": "off",
}
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def write_settings(home: Home, *, sockets: Path, instance_id: str, durable: bool, run_as: Unprivileged) -> None:
    """Write postgresql.conf and pg_hba.conf anew: the folder of the sockets may have moved since the last start."""
    settings = {
        **_SETTINGS,
        **({} if durable else _NOT_DURABLE),
        "port": str(PORT),
        "unix_socket_directories": str(sockets),
        "cluster_name": instance_id,
    }
    lines = [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    for name, text in (
        ("postgresql.conf", "\n".join([*lines, ""])),
        ("pg_hba.conf", "local all all scram-sha-256\n"),
    ):
        file = home.data / name
        # Unchanged files are left alone: a server that fell over on a full disk can then be started again.
        if not file.exists() or file.read_text() != text:
            write_whole(file, text)
            run_as.give(file)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def ensure_passwords(home: Home) -> None:
    """Make the file with a random password for each role, unless it is there. libpq wants it closed to others."""
    if not home.passfile.exists():
        roles = (SUPERUSER, *ROLES)
        write_whole(home.passfile, "".join(f"*:*:*:{role}:{secrets.token_urlsafe(32)}\n" for role in roles))


def _passwords(home: Home) -> dict[str, str]:
    rows = (line.split(":") for line in home.passfile.read_text().splitlines())
    return {row[3]: row[4] for row in rows}


@dataclass(frozen=True, kw_only=True)
class ClusterMaker:
    """Makes the data folder of a new cluster with the roles and the empty database in it."""

    home: Home
    run_as: Unprivileged
    mark: str
    log: BinaryIO

    def make(self) -> None:
        """Make the data folder, whole or not at all: a kill on the way leaves a part that the next start removes."""
        part = self.home.postgres / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        passwords = _passwords(self.home)
        secret = self.home.postgres / "superuser.part"
        write_whole(secret, passwords[SUPERUSER] + "\n")
        for path in (self.home.postgres, secret):
            self.run_as.give(path)
        try:
            self._run(
                postgres_program("initdb"),
                f"--pgdata={part}",
                f"--username={SUPERUSER}",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=PG_UNICODE_FAST",
                "--no-instructions",
            )
        finally:
            secret.unlink(missing_ok=True)
        self._run(
            postgres_program("postgres"),
            "--single",
            "-D",
            part,
            *("-c", "exit_on_error=on"),
            *("-c", "log_min_error_statement=panic"),
            SUPERUSER,
            statements=_first_statements(passwords),
        )
        part.rename(self.home.data)
        sync_folder(self.home.postgres)

    def _run(self, program: Path, *arguments: str | Path, statements: Sequence[str] = ()) -> None:
        begin = os.fstat(self.log.fileno()).st_size
        child = spawn(
            (program, *arguments),
            mark=self.mark,
            output=self.log,
            death_signal=signal.SIGKILL,
            cwd=self.home.postgres,
            environment={"LC_ALL": "C"},
            prefix=self.run_as.prefix,
            stdin=subprocess.PIPE,
        )
        # In single-user mode a line is a statement.
        child.communicate("".join(f"{statement}\n" for statement in statements).encode())
        if child.returncode != 0:
            raise postgres_failed(self.home, log_from=begin)


def _first_statements(passwords: dict[str, str]) -> list[str]:
    return [
        *(f"CREATE ROLE {role} {rights} PASSWORD '{passwords[role]}'" for role, rights in ROLES.items()),
        # Backups read everything, through row level security, and change nothing.
        "GRANT pg_read_all_data TO app_ops",
        f"CREATE DATABASE {DATABASE} OWNER app_owner",
        *database_rights(DATABASE),
        *(f"REVOKE ALL ON DATABASE {other} FROM PUBLIC" for other in (SUPERUSER, "template1")),
    ]


def database_rights(database: str) -> list[str]:
    """The statements that open a database to our roles and to nobody else; rights never come with a template."""
    return [
        f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC',
        # Imports copy into a temporary table first: COPY refuses tables under row level security.
        f'GRANT CONNECT, TEMPORARY ON DATABASE "{database}" TO app_rw',
        f'GRANT CONNECT ON DATABASE "{database}" TO app_relay, app_ops',
    ]


def postgres_failed(home: Home, *, log_from: int) -> InstanceRefused:
    """The refusal for a program of PostgreSQL that ended badly, after what it logged from byte `log_from` on."""
    log = log_file(home, "postgres")
    with log.open("rb") as file:
        file.seek(log_from)
        said = file.read()
    if b"No space left on device" in said or b"Disk quota exceeded" in said:
        return disk_full(home.root)
    return InstanceRefused(f"PostgreSQL не запустился. Причина — в конце файла {log}.", code="instance.postgres")
