"""With the database down the answer is an honest 503 within three seconds, and all is well afterwards (T7.5)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from flask.testing import FlaskClient
from sqlalchemy import make_url

from apella.bootstrap import App
from apella.embedded.postgres_files import SUPERUSER
from apella.testing.client import Client
from apella.testing.plugin import MakeWorld
from apella.testing.postgres import SharedCluster
from apella.testing.sizes import figure, size
from apella.web_app import create_app

pytestmark = pytest.mark.proof("T7.5")

PATIENCE = size("T7.5 seconds until an answer", small=20, full=3)


@pytest.fixture
def cut_off(app: App, tmp_path: Path) -> Iterator[FlaskClient]:
    """The application where nobody listens on the database's socket."""
    settings = replace(app.settings, database_url=f"postgresql+psycopg:///apella?host={tmp_path}")
    parts = replace(app, settings=settings)
    yield create_app(parts).test_client()
    parts.database.engine.dispose()


@pytest.mark.parametrize("address", ["/api/v1/north/appeals", "/api/v1/north/me"])
def test_a_program_gets_a_problem_document(cut_off: FlaskClient, address: str) -> None:
    began = monotonic()
    answer = cut_off.get(address)
    assert monotonic() - began < PATIENCE
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.get_json()["code"] == "unavailable.database"
    assert answer.headers["Retry-After"]


def test_a_person_gets_a_calm_page(cut_off: FlaskClient) -> None:
    answer = cut_off.get("/north/journal")
    assert answer.status_code == 503
    assert answer.mimetype == "text/html"
    assert "Ничего не потеряно" in answer.get_data(as_text=True)


def test_the_process_is_alive_but_not_ready(cut_off: FlaskClient) -> None:
    assert cut_off.get("/healthz").status_code == 200
    answer = cut_off.get("/readyz")
    assert (answer.status_code, answer.get_json()["missing"]) == (503, ["database"])


def test_many_at_once_do_not_pile_up(cut_off: FlaskClient) -> None:
    statuses: list[int] = []
    began = monotonic()
    application = cut_off.application

    def ask() -> None:
        statuses.append(application.test_client().get("/api/v1/north/me").status_code)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [503] * 12
    took = monotonic() - began
    figure("T7.5 seconds for 12 requests at once without PostgreSQL", took)
    assert took < 2 * PATIENCE


def test_connections_that_were_cut_are_made_anew_without_a_restart(
    app: App, world: MakeWorld, cluster: SharedCluster, database_url: str
) -> None:
    north = world(participants=1)
    client = Client(create_app(app), "north")
    client.sign_in(app, north.staff["secretary"])
    assert client.get("me").status_code == 200
    database = make_url(database_url).database
    with cluster.address.connect(user=SUPERUSER) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()",
            (database,),
        )
    assert client.get("me").status_code == 200
