"""`apella up`: one process that owns an instance, from the lock to the last child."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from apella.embedded.attach import UP
from apella.embedded.children import ChildrenOf, RunningParts, apella_children
from apella.embedded.guard import Guard
from apella.embedded.home import Home, check_port
from apella.embedded.instance import Instance, opened
from apella.embedded.lock import Holder, locked
from apella.embedded.parts import Parts, Server
from apella.embedded.redis import EmbeddedRedis
from apella.embedded.refusals import check_embedded, disk_full_named
from apella.embedded.schema import Schema
from apella.embedded.signals import StopRequested, StopSignals
from apella.settings import Settings


class Supervisor:
    """Runs an instance until it is asked to stop.

    `say` tells a person what happens. `enter` is called at every start: what the installed files bring goes into the
    database. `first_start` then fills a new one; if it is killed on the way it is called again at the next start.
    `announce` gives the lines to show once the web part answers.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        schema: Schema,
        say: Callable[[str], None],
        announce: Callable[[RunningParts], list[str]],
        enter: Callable[[RunningParts], None] | None = None,
        first_start: Callable[[RunningParts], None] | None = None,
        children: ChildrenOf = apella_children,
    ) -> None:
        check_embedded(settings, command=UP)
        self._settings = settings
        self._home = Home(settings.home)
        self._schema = schema
        self._say = say
        self._announce = announce
        self._enter = enter
        self._first_start = first_start
        self._children = children

    def run(self) -> None:
        """Start everything, keep it alive, stop it when SIGINT, SIGTERM or SIGHUP asks. Raises InstanceRefused."""
        try:
            with (
                StopSignals() as signals,
                disk_full_named(self._home.root),
                locked(self._home, command=UP) as holder,
            ):
                check_port(self._settings.port)
                with Guard(self._home, mark=holder.mark) as guard:
                    self._run(holder, signals, guard)
        except StopRequested:
            pass  # everything was stopped on the way here
        self._say("Apella остановлена.")

    def _run(self, holder: Holder, signals: StopSignals, guard: Guard) -> None:
        if not self._home.record.exists():
            self._say("Первый запуск: готовлю базу данных.")
        redis = EmbeddedRedis(self._home, mark=holder.mark)
        with opened(self._home, holder, settings=self._settings, schema=self._schema) as instance:
            try:
                reached = RunningParts(
                    database_url=instance.address.database_url,
                    redis_url=redis.start(),
                    passfile=instance.address.passfile,
                )
                filled = instance.record.seeded
                if not filled:
                    self._fill(instance, reached)
                self._serve(
                    reached,
                    {"guard": guard, "postgres": instance.postgres, "redis": redis},
                    mark=holder.mark,
                    signals=signals,
                    # The parts of a filled instance need not wait for what files bring to regions that are new in it.
                    enters=filled,
                )
            finally:
                redis.stop()

    def _fill(self, instance: Instance, reached: RunningParts) -> None:
        if self._enter is not None:
            self._enter(reached)
        if self._first_start is not None:
            self._say("Наполняю учебными данными: это делается один раз.")
            self._first_start(reached)
        instance.mark_seeded()

    def _serve(
        self,
        reached: RunningParts,
        servers: Mapping[str, Server],
        *,
        mark: str,
        signals: StopSignals,
        enters: bool,
    ) -> None:
        parts = Parts(self._home, say=self._say)
        for name, server in servers.items():
            parts.adopt(name, server)
        try:
            parts.start(self._children(self._settings, reached), mark=mark)
            signals.wait_quietly()
            parts.watch(signals, on_ready=lambda: self._ready(reached, enters=enters))
            self._say("Останавливаю части.")
        finally:
            parts.stop()

    def _ready(self, reached: RunningParts, *, enters: bool) -> None:
        if enters and self._enter is not None:
            self._enter(reached)
        for line in self._announce(reached):
            self._say(line)
