"""`apella up` with stand-ins for its parts; the argument holds the wishes of the test as JSON."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from apella.embedded import home
from apella.embedded.children import ChildSpec, RunningParts, environment_of_children
from apella.embedded.supervisor import Supervisor
from apella.errors import ApellaError
from apella.settings import Settings
from apella.testing.embedded import toy_schema

wishes = json.loads(sys.argv[1])
child = Path(__file__).parent / "toy_child.py"


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def children(settings: Settings, parts: RunningParts) -> list[ChildSpec]:
    return [
        ChildSpec(
            name=name,
            argv=(
                *(sys.executable, "-S", "-E", str(child)),
                *(name, str(settings.home / "notes"), str(settings.port if name == "web" else 0)),
                wishes.get(name, "gentle"),
            ),
            env=environment_of_children(settings, parts),
            stop_seconds=0.5 if wishes.get(name) == "stubborn" else 10,
            health_url=f"http://127.0.0.1:{settings.port}/healthz" if name == "web" else None,
        )
        for name in ("web", "worker", "relay")
    ]


def first_start(_parts: RunningParts) -> None:
    say("first start")
    if wishes.get("first_start") == "hangs":
        sys.stdin.read()


home.FREE_SPACE_FLOOR = wishes.get("floor", home.FREE_SPACE_FLOOR)
try:
    Supervisor(
        Settings.from_environment(os.environ),
        schema=toy_schema(),
        say=say,
        announce=lambda parts: [f"ready {parts.database_url}"],
        enter=lambda _parts: say("tenants entered"),
        first_start=first_start,
        children=children,
    ).run()
except ApellaError as error:
    say(f"refused {error.error_code}: {error.message}")
    sys.exit(1)
