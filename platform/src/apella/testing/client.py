"""A person at the API or the console: signed in, with the token that every change needs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from apella.bootstrap import App
from apella.db.ids import new_id
from apella.identity.actor import Actor
from apella.identity.model import Membership
from apella.identity.repository import openable_tenants
from apella.identity.sessions import COOKIE, create_session
from apella.web.security import HEADER


class Client:
    """One browser or program with its own cookies; addresses under the tenant's API may be given without the prefix.

    `get("appeals")` asks `/api/v1/<slug>/appeals`; an address that begins with a slash is taken as it is. `post` adds
    the CSRF token, and with `key=True` a fresh `Idempotency-Key`.
    """

    def __init__(self, web: Flask, slug: str) -> None:
        self.http: FlaskClient = web.test_client()
        self.slug = slug
        self._csrf: str | None = None

    def sign_in(self, app: App, actor: Actor) -> None:
        """Begin a session of the actor's account, as a sign-in would."""
        with app.database.unit_of_work(actor.tenant_id) as work:
            account_id = work.session.scalars(
                select(Membership.account_id).where(
                    Membership.person_id == actor.person_id, Membership.season_id == actor.season_id
                )
            ).first()
            if account_id is None:
                raise LookupError(f"{actor.login} has no membership in the season")
            begun = create_session(
                work.session,
                account_id=account_id,
                tenants=openable_tenants(work.session, account_id),
                loa=2,
                auth_time=work.machine_now,
                machine_now=work.machine_now,
            )
        self.http.set_cookie(COOKIE, begun.token)

    def address(self, path: str) -> str:
        """The address of a path of the tenant's API."""
        return path if path.startswith("/") else f"/api/v1/{self.slug}/{path}"

    @property
    def token(self) -> str:
        """The session's token out of the cookie. Raises LookupError for a stranger."""
        cookie = self.http.get_cookie(COOKIE)
        if cookie is None:
            raise LookupError("nobody is signed in")
        return str(cookie.value)

    @property
    def csrf(self) -> str:
        """The token of this session, asked for once."""
        if self._csrf is None:
            answer = self.http.get(self.address("me"))
            if answer.status_code != 200:
                raise AssertionError(f"nobody is signed in: {answer.status_code}")
            self._csrf = str(answer.get_json()["csrf_token"])
        return self._csrf

    def get(self, path: str, **more: Any) -> TestResponse:
        """Ask for something."""
        return self.http.get(self.address(path), **more)

    def post(
        self,
        path: str,
        json: Mapping[str, Any] | None = None,
        *,
        key: bool | str = False,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> TestResponse:
        """Change something."""
        sent = {HEADER: self.csrf, **(headers or {})}
        if key:
            sent["Idempotency-Key"] = key if isinstance(key, str) else str(new_id())
        if json is not None:
            more["json"] = dict(json)
        return self.http.post(self.address(path), headers=sent, **more)

    def act(self, case_id: uuid.UUID | str, verb: str, **body: Any) -> TestResponse:
        """Take a verb on a case at the version that this person sees now, unless the body names one."""
        if "version" not in body:
            seen = self.get(f"appeals/{case_id}").get_json()
            body["version"] = seen.get("version", 1)
        return self.post(f"appeals/{case_id}/{verb}", body)
