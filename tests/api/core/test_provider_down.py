"""The provider is down: who is signed in goes on, people file, a new sign-in is told when to come (T2.5)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from apella.bootstrap import App
from apella.identity.oidc import OidcClient
from apella.identity.oidc_provider import OidcConfiguration, Provider
from apella.testing.client import Client
from apella.testing.http_walk import HttpWalk
from apella.testing.plugin import StartPlay
from apella.testing.sizes import size
from apella.web_app import create_app

FILINGS = size("T2.5 filings", small=2, full=100)


@pytest.fixture
def cut_off(app: App) -> Flask:
    """The application whose provider answers nobody."""
    parts = replace(app)
    nowhere = Provider(OidcConfiguration(issuer="http://127.0.0.1:1/issuer", client_id="apella"))
    vars(parts).update(database=app.database, oidc=OidcClient(nowhere))
    return create_app(parts)


@pytest.mark.proof("T2.5", "T7.5")
def test_live_sessions_go_on_people_file_and_a_new_sign_in_is_told_to_wait(
    app: App, cut_off: Flask, play: StartPlay
) -> None:
    north = play(participants=FILINGS)
    secretary = Client(cut_off, "north")
    secretary.sign_in(app, north.actor("secretary"))
    walk = HttpWalk(north, lambda actor=None, **_: signed_in(app, cut_off, actor))
    for number in range(FILINGS):
        answer = cut_off.test_client().get("/north/sign-in/staff?next=/north/")
        assert answer.status_code == 503
        assert 0 < int(answer.headers["Retry-After"]) <= 60
        case = walk.file(number).do()["id"]
        assert secretary.get(f"appeals/{case}").status_code == 200


def signed_in(app: App, web: Flask, actor: object) -> Client:
    client = Client(web, "north")
    client.sign_in(app, actor)  # type: ignore[arg-type]  # the walk gives actors
    return client
