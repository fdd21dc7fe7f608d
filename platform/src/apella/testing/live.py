"""An instance whose parts a test starts, stops and kills: PostgreSQL with durable writes, Redis, web, relay, worker.

The parts run with the product's own command lines and settings, in a home of their own and on a free port of the
loopback. Nothing restarts by itself: that is the supervisor's work, and here the test stands in for it.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from apella.bootstrap import App, make_app
from apella.embedded.children import RunningParts, apella_children, environment_of_children
from apella.embedded.home import Home
from apella.embedded.instance import Instance, opened
from apella.embedded.lock import locked
from apella.embedded.logs import open_log
from apella.embedded.postgres import ClusterAddress
from apella.embedded.processes import end_all, end_child, in_session, serving, spawn
from apella.embedded.redis import EmbeddedRedis
from apella.embedded.schema import current_schema
from apella.onboarding.tenants import enter_tenants
from apella.settings import Settings
from apella.testing.embedded import free_port, wait_until
from apella.testing.tenants import write_tenants

HOST = "127.0.0.1"


class LiveInstance:
    """The parts of one instance by their names: `web`, `relay`, `worker`; PostgreSQL runs from the beginning."""

    def __init__(self, instance: Instance, settings: Settings, *, mark: str) -> None:
        self._instance = instance
        self._mark = mark
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self.settings = settings
        self.redis = EmbeddedRedis(instance.home, mark=mark)
        self.parts = RunningParts(
            database_url=instance.address.database_url,
            redis_url=self.redis.url,
            passfile=instance.address.passfile,
        )
        self.app: App = make_app(environment_of_children(settings, self.parts))

    @property
    def port(self) -> int:
        """Where the web part listens on the loopback."""
        return self.settings.port

    @property
    def postgres(self) -> ClusterAddress:
        """Where PostgreSQL listens."""
        return self._instance.address

    def start(self, name: str) -> None:
        """Start a part; of the web part, wait until it answers. The caller's thread must outlive the part."""
        spec = next(spec for spec in apella_children(self.settings, self.parts) if spec.name == name)
        with open_log(self._instance.home, name) as log:
            self._children[name] = spawn(
                spec.argv,
                mark=self._mark,
                output=log,
                death_signal=signal.SIGKILL,
                cwd=self._instance.home.run,
                environment=spec.env,
            )
        if spec.health_url is not None:
            wait_until(self.answers, seconds=60)

    def stop(self, name: str) -> None:
        """Ask a part to end, and wait for it."""
        end_child(self._children.pop(name), signal.SIGTERM, seconds=20)

    def answers(self) -> bool:
        """Whether the web part is up."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def web_workers(self) -> list[int]:
        """The processes that answer requests; their master starts another for each that dies."""
        master = self._children["web"].pid
        return sorted(pid for pid in in_session(master) if pid != master)

    def kill_web_worker(self, number: int) -> None:
        """kill -9 one of the web's workers, if any lives."""
        workers = self.web_workers()
        if workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(workers[number % len(workers)], signal.SIGKILL)

    def crash_postgres(self) -> None:
        """kill -9 every process of PostgreSQL at once, then start it again; it recovers from its log."""
        home = self._instance.home
        for pid in serving(home.data):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        end_all(lambda: serving(home.data))
        process = self._instance.postgres.process
        if process is not None:
            process.wait(10)
        self._instance.postgres.start()

    def close(self) -> None:
        """End every part that still runs."""
        for name in list(self._children):
            self.stop(name)
        self.redis.stop()
        self.app.database.engine.dispose()
        self.app.relay_engine.dispose()


@contextmanager
def live_instance(root: Path) -> Iterator[LiveInstance]:
    """Make an instance with the made-up tenants in the folder `root`; everything it started ends with the block."""
    home = Home(root / "home")
    tenants = write_tenants(root / "tenants")
    settings = Settings.from_environment(
        {
            "APELLA_HOME": str(home.root),
            "APELLA_PORT": str(free_port()),
            "APELLA_TENANTS": str(tenants),
        }
    )
    with (
        locked(home, command="test") as holder,
        opened(home, holder, settings=settings, schema=current_schema()) as instance,
    ):
        live = LiveInstance(instance, settings, mark=holder.mark)
        try:
            enter_tenants(instance.address.database_url, live.app.regions)
            yield live
        finally:
            live.close()
