"""Commands that the supervisor runs, and those that print what programs and people read."""

from __future__ import annotations

import json
import sys

import click

from apella.errors import NotFound


@click.command()
def relay() -> None:
    """Передавать задачи работникам и следить за сроками (запускает apella up)."""
    from apella.bootstrap import make_app
    from apella.logs import configure
    from apella.relay_process import run_relay

    configure(sys.stderr)
    run_relay(make_app())


@click.command()
def worker() -> None:
    """Выполнять фоновые задачи (запускает apella up)."""
    from apella.bootstrap import make_app
    from apella.logs import configure
    from apella.worker import run_worker

    configure(sys.stderr)
    run_worker(make_app())


@click.command()
def openapi() -> None:
    """Напечатать описание API (OpenAPI 3.1)."""
    from apella.bootstrap import make_app
    from apella.web_app import create_app

    app = create_app(make_app())
    click.echo(json.dumps(app.test_client().get("/api/openapi.json").json, ensure_ascii=False, indent=2))


@click.group()
def roles() -> None:
    """Роли и права."""


@roles.command(name="show")
@click.option("--action", "wanted", metavar="ДЕЙСТВИЕ", help="Показать только это действие.")
def show_roles(wanted: str | None) -> None:
    """Показать, кто что может сделать и в каком состоянии дела."""
    from apella.identity.permissions import ANY, table
    from apella.identity.role_names import ROLE_NAMES

    rights = table()
    if wanted is not None and wanted not in rights:
        raise NotFound(f"Действия {wanted} нет. Есть: {', '.join(sorted(rights))}.", code="roles.action")
    for action, allowed in rights.items():
        if wanted in (None, action):
            click.echo(action)
            for role, states in allowed.items():
                where = "всегда" if ANY in states else ", ".join(sorted(states))
                click.echo(f"  {ROLE_NAMES[role]} ({role}): {where}")


COMMANDS = (relay, worker, openapi, roles)
"""What `apella` gets from here."""
