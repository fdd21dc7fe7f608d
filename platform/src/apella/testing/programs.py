"""A program at the API: made in a season, with its secret, its token and the requests that it sends."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from apella.bootstrap import App
from apella.db.ids import new_id
from apella.identity.actor import Actor
from apella.identity.api_clients import create_client
from apella.identity.roles import Role

GRANT = {"grant_type": "client_credentials"}


class Program:
    """A program of the season of `actor`, who makes it; `token` is asked for once."""

    def __init__(
        self,
        app: App,
        web: Flask,
        actor: Actor,
        *,
        role: Role = Role.DATA_CENTRE_OPERATOR,
        organisation_id: uuid.UUID | None = None,
    ) -> None:
        self.slug = actor.slug
        self.client_id = f"program-{new_id().hex[-12:]}"
        self._web = web
        self._token: str | None = None
        with app.database.unit_of_work(actor.tenant_id) as work:
            made = create_client(
                work.session,
                actor=actor,
                client_id=self.client_id,
                title="Учебная программа",
                role=role,
                organisation_id=organisation_id,
                machine_now=work.machine_now,
                case_at=work.machine_now,
            )
            self.secret = made.secret
            self.person_id = made.client.person_id
            self.row_id = made.client.id

    @property
    def token(self) -> str:
        """A live token. Raises AssertionError where none is given."""
        if self._token is None:
            self._token = self.new_token()
        return self._token

    def new_token(self) -> str:
        """One more token."""
        answer = self.ask_token(self.client_id, self.secret)
        if answer.status_code != 200:
            raise AssertionError(answer.get_data(as_text=True))
        return str(answer.get_json()["access_token"])

    def ask_token(self, client_id: str, secret: str, **form: str) -> TestResponse:
        """Ask for a token with an id and a secret by HTTP Basic."""
        address = f"/api/v1/{self.slug}/token"
        return self._web.test_client().post(address, data={**GRANT, **form}, auth=(client_id, secret))

    def ask(
        self, method: str, path: str, json: Mapping[str, Any] | None = None, *, slug: str | None = None, **more: Any
    ) -> TestResponse:
        """Ask something of the tenant's API, or of another's."""
        headers = {"Authorization": f"Bearer {more.pop('token', None) or self.token}", **more.pop("headers", {})}
        address = path if path.startswith("/") else f"/api/v1/{slug or self.slug}/{path}"
        sent = {} if json is None else {"json": dict(json)}
        return self._web.test_client().open(address, method=method, headers=headers, **{**sent, **more})
