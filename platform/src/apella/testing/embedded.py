"""What tests of the embedded instance share: a small schema, and instances whose parts are stand-ins."""

from __future__ import annotations

import json
import os
import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import psycopg

from apella.embedded.home import Home
from apella.embedded.processes import marked, serving
from apella.embedded.schema import Schema
from apella.settings import Settings

_STATEMENTS = (
    "create table note (tenant_id int, id int, body text check (body <> ''), primary key (tenant_id, id))",
    "create index note_body on note (tenant_id, body)",
    "alter table note enable row level security, force row level security",
    """create policy tenant on note using (tenant_id = (select nullif(current_setting('app.tenant', true), '')::int))
       with check (tenant_id = (select nullif(current_setting('app.tenant', true), '')::int))""",
    "grant select, insert on note to app_rw",
    """create function refuse() returns trigger language plpgsql as $$
       begin raise exception 'append only'; end $$""",
    "create trigger append_only before update or delete on note for each row execute function refuse()",
)


def toy_schema() -> Schema:
    """One tenant table with row level security, an append-only trigger and a grant, at revision «1»."""
    return Schema(newest="1", knows={"1"}.__contains__, upgrade=_upgrade)


def _upgrade(database_url: str) -> None:
    with connected(database_url, user="app_owner") as connection:
        if connection.execute("select to_regclass('note')").fetchone() == (None,):
            for statement in _STATEMENTS:
                connection.execute(statement.encode())


def write_note(database_url: str, body: str) -> None:
    """Commit one row of tenant 1, as the application would."""
    with connected(database_url, user="app_rw") as connection:
        connection.execute("select set_config('app.tenant', '1', true)")
        connection.execute("insert into note select 1, count(*) + 1, %s from note", (body,))


def read_notes(database_url: str) -> list[str]:
    """All rows of all tenants, in order."""
    with connected(database_url, user="app_ops") as connection:
        return [str(row[0]) for row in connection.execute("select body from note order by tenant_id, id")]


def connected(database_url: str, *, user: str) -> psycopg.Connection[tuple[object, ...]]:
    """A plain connection, as `user`, to the database that a URL of `apella.db.engine` names."""
    # `postgresql+psycopg:` is SQLAlchemy's spelling; libpq reads the rest of it.
    return psycopg.connect(database_url.replace("+psycopg", "", 1), user=user, connect_timeout=5)


def embedded_settings(home: Path, *, port: int = 8000) -> Settings:
    """The settings of an embedded instance in `home`."""
    return Settings.from_environment({"APELLA_HOME": str(home), "APELLA_PORT": str(port)})


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody uses at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    """Look again and again, without a busy loop, until the condition holds; AssertionError when it never does."""
    deadline = time.monotonic() + seconds
    nothing = select.poll()
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"it did not come true in {seconds} s")
        nothing.poll(20)


class Instance:
    """A running supervisor, as a script started it, read line by line."""

    def __init__(self, home: Home, script: Path, *, wishes: dict[str, object], prefix: tuple[str, ...] = ()) -> None:
        self.home = home
        self.port = free_port()
        environment = {key: value for key, value in os.environ.items() if not key.startswith("APELLA_")}
        self.process = subprocess.Popen(
            [*prefix, sys.executable, str(script), json.dumps(wishes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**environment, "APELLA_HOME": str(home.root), "APELLA_PORT": str(self.port)},
            bufsize=0,
        )
        self.said = ""

    def until(self, pattern: str, *, seconds: float = 40) -> str:
        """Read until the pattern is said; returns its first group, or all of it. AssertionError when it never is."""
        deadline = time.monotonic() + seconds
        while (found := re.search(pattern, self.said)) is None:
            piece = self._read(deadline - time.monotonic())
            if not piece:
                raise AssertionError(f"«{pattern}» was not said: {self.said}\n{self.logs()}")
            self.said += piece.decode()
        return found[found.re.groups and 1]

    def _read(self, seconds: float) -> bytes:
        stdout = self.process.stdout
        if stdout is None or not select.select([stdout], [], [], max(0.0, seconds))[0]:
            return b""
        piece: bytes = stdout.read(4096)
        return piece

    def logs(self) -> str:
        """The ends of all logs."""
        return "\n".join(f"== {log.name}\n{log.read_text()[-2000:]}" for log in self.home.logs.glob("*.log"))

    def parts(self) -> dict[str, dict[str, int]]:
        """The parts with their `pid` and `restarts`."""
        parts: dict[str, dict[str, int]] = json.loads((self.home.run / "state.json").read_text())["parts"]
        return parts

    def living(self) -> set[int]:
        """Every living process of this run but the supervisor."""
        mark = json.loads(self.home.lock.read_text())["mark"]
        return {*marked(mark), *serving(self.home.data)} - {self.process.pid}

    def stop(self, number: int) -> int:
        """Send the signal; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(40)

    def kill(self) -> None:
        """Kill the supervisor alone."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """Kill the supervisor and give up its pipes."""
        self.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


class StartInstance(Protocol):
    """Starts an instance; `wishes` are the script's."""

    def __call__(self, home: Home, *, prefix: tuple[str, ...] = (), **wishes: object) -> Instance: ...
