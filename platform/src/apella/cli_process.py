"""Commands that the supervisor runs, and the one that prints what programs read."""

from __future__ import annotations

import json
import sys

import click


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


COMMANDS = (relay, worker, openapi)
"""What `apella` gets from here."""
