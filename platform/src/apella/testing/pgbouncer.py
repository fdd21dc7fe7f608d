"""A real PgBouncer before the test cluster, in transaction mode: the pooler that operators put before PostgreSQL."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg

from apella.embedded.home import Home
from apella.embedded.postgres import ClusterAddress
from apella.embedded.privileges import unprivileged
from apella.embedded.processes import spawn
from apella.embedded.runtime import leave_runtime_folder, runtime_folder

# The port of the test cluster too: the socket's name is one that `leave_runtime_folder` knows.
PORT = 5432
_START_SECONDS = 20
_LOOK_SECONDS = 0.05
_STOP_SECONDS = 10


def pgbouncer_program() -> str | None:
    """Where PgBouncer is on this machine; None without it. Debian keeps it out of an ordinary user's PATH."""
    return shutil.which("pgbouncer", path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"]))


@contextmanager
def running_pgbouncer(
    program: str, address: ClusterAddress, *, folder: Path, connections: int
) -> Iterator[ClusterAddress]:
    """Run PgBouncer before a database of the cluster; gives the address of that database through it.

    All clients of a role share so many server connections. It listens at a socket alone and takes the passwords that
    the cluster takes. Raises RuntimeError when it does not answer in time.
    """
    home = Home(folder.absolute())
    home.make()
    run_as = unprivileged(home)
    # A socket's path has at most 107 bytes; a test's own folder may be longer.
    sockets = runtime_folder(home)
    users = folder / "userlist.txt"
    configuration = folder / "pgbouncer.ini"
    rows = (line.split(":") for line in address.passfile.read_text().splitlines())
    users.touch(mode=0o600)
    users.write_text("".join(f'"{row[3]}" "{row[4]}"\n' for row in rows))
    configuration.write_text(
        f"""[databases]
{address.dbname} = host={address.host} port={address.port} dbname={address.dbname}
[pgbouncer]
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 200
listen_addr =
listen_port = {PORT}
unix_socket_dir = {sockets}
auth_type = scram-sha-256
auth_file = {users}
logfile = {folder / "pgbouncer.log"}
"""
    )
    for path in (sockets, folder, users, configuration):
        run_as.give(path)
    with (folder / "output.log").open("ab") as output:
        process = spawn(
            [program, configuration],
            mark=secrets.token_hex(8),
            output=output,
            death_signal=signal.SIGKILL,
            cwd=folder,
            prefix=run_as.prefix,
        )
    try:
        pooled = replace(address, host=sockets, port=PORT)
        _wait_until_it_answers(pooled, process, log=folder / "output.log")
        yield pooled
    finally:
        process.kill()
        process.wait(timeout=_STOP_SECONDS)
        leave_runtime_folder(home)


def _wait_until_it_answers(address: ClusterAddress, process: subprocess.Popen[bytes], *, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            address.connect(user="app_rw").close()
        except psycopg.OperationalError:
            try:
                process.wait(timeout=_LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            break
        else:
            return
    raise RuntimeError(f"PgBouncer did not start: see {log}")
