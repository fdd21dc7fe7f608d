"""The parts that the supervisor runs beside PostgreSQL and Redis, and the environment they get."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from apella.settings import Settings


@dataclass(frozen=True, kw_only=True)
class ChildSpec:
    """A part as a command. Asked to stop by SIGTERM, it gets `stop_seconds` before it is killed.

    The instance is ready when `health_url` answers 200, for each part that has one.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    stop_seconds: float = 20
    health_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class RunningParts:
    """Where the started PostgreSQL and Redis are reached."""

    database_url: str
    redis_url: str
    passfile: Path


ChildrenOf = Callable[[Settings, RunningParts], Sequence[ChildSpec]]


def environment_of_children(settings: Settings, parts: RunningParts) -> dict[str, str]:
    """The settings of this instance, for a process of it."""
    environment = {
        "APELLA_HOME": str(settings.home),
        "APELLA_PORT": str(settings.port),
        "APELLA_MODE": settings.mode.value,
        "APELLA_DATABASE_URL": parts.database_url,
        "APELLA_REDIS_URL": parts.redis_url,
        "APELLA_MASTER_KEY_FILE": str(settings.master_key_file),
        "PGPASSFILE": str(parts.passfile),
        # The folder that the command was given in may hold files named like modules.
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
    }
    if settings.tenants:
        environment["APELLA_TENANTS"] = settings.tenants_variable
    return environment


def apella_children(settings: Settings, parts: RunningParts) -> tuple[ChildSpec, ...]:
    """Web, worker, relay, in the order in which they stop, so that no request is cut; the last starts first."""
    environment = environment_of_children(settings, parts)
    address = f"127.0.0.1:{settings.port}"
    return (
        ChildSpec(
            name="web",
            argv=(
                *(sys.executable, "-m", "apella.web_process", "apella.web_app:create_wsgi()"),
                *("--bind", address),
                *("--worker-class", "gthread"),
                *("--workers", "2"),
                *("--threads", "8"),
                *("--timeout", "60"),
                *("--graceful-timeout", "15"),
                *("--keep-alive", "5"),
                "--no-control-socket",
            ),
            env=environment,
            stop_seconds=20,
            health_url=f"http://{address}/healthz",
        ),
        ChildSpec(name="worker", argv=(sys.executable, "-m", "apella.cli", "worker"), env=environment, stop_seconds=20),
        ChildSpec(name="relay", argv=(sys.executable, "-m", "apella.cli", "relay"), env=environment, stop_seconds=10),
    )
