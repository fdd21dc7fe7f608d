"""Somebody signed in at a live instance, over HTTP: one connection with the session's token."""

from __future__ import annotations

import http.client
import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from apella.identity.actor import Actor
from apella.identity.model import Membership
from apella.identity.repository import openable_tenants
from apella.identity.sessions import COOKIE, create_session, forms_id
from apella.testing.live import HOST, LiveInstance
from apella.web.security import HEADER, csrf_token

SECONDS = 30
"""How long an answer is waited for."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)


class Visitor:
    """One connection of one person, kept open from request to request; `slug` is the tenant of API addresses.

    A path that begins with a slash is taken as it is. Requests raise OSError and http.client.HTTPException.
    """

    def __init__(self, live: LiveInstance, *, slug: str, token: str) -> None:
        session_id = forms_id(token)
        self.token = token
        self._slug = slug
        self.headers = {
            "Cookie": f"{COOKIE}={token}",
            HEADER: csrf_token(session_id, secret=live.app.master.derive("csrf")),
            "Content-Type": "application/json",
        }
        self._connection = http.client.HTTPConnection(HOST, live.port, timeout=SECONDS)

    def get(self, path: str) -> Answer:
        """Ask for something."""
        self._connection.request("GET", self.address(path), headers=self.headers)
        return self._answer()

    def post(self, path: str, body: Mapping[str, Any], *, key: str) -> Answer:
        """Send something that may be sent again with the same key."""
        self._send(path, body, key)
        return self._answer()

    def post_and_reset(self, path: str, body: Mapping[str, Any], *, key: str) -> None:
        """Send something, and reset the connection before the answer comes."""
        self._send(path, body, key)
        if self._connection.sock is not None:
            self._connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()

    def _send(self, path: str, body: Mapping[str, Any], key: str) -> None:
        self._connection.request(
            "POST", self.address(path), body=json.dumps(body), headers={**self.headers, "Idempotency-Key": key}
        )

    def _answer(self) -> Answer:
        answer = self._connection.getresponse()
        return Answer(answer.status, answer.read())

    def address(self, path: str) -> str:
        """The address of a path of the tenant's API."""
        return path if path.startswith("/") else f"/api/v1/{self._slug}/{path}"


def sign_in(live: LiveInstance, actor: Actor) -> Visitor:
    """Begin a session of the actor's account, as a sign-in would."""
    own = select(Membership.account_id).where(
        Membership.person_id == actor.person_id, Membership.season_id == actor.season_id
    )
    with live.app.database.unit_of_work(actor.tenant_id) as work:
        account_id = work.session.scalars(own.limit(1)).one()
        begun = create_session(
            work.session,
            account_id=account_id,
            tenants=openable_tenants(work.session, account_id),
            loa=2,
            auth_time=work.machine_now,
            machine_now=work.machine_now,
        )
    return Visitor(live, slug=actor.slug, token=begun.token)
