"""The record of a begun sign-in: sealed in a cookie of the browser that began it, and spent once."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from apella.errors import Unauthenticated
from apella.identity.oidc import LoginState
from apella.identity.sealed import Seal, SealBroken

COOKIE = "apella_sign_in"


class LoginStates:
    """Keeps `LoginState` in the browser's own cookie, so that beginning a sign-in writes nothing.

    The cookie binds the way back to the browser that went: a callback address sent to somebody else finds no record
    there. Single use is the caller's `spend_once` with `spent_id`.
    """

    def __init__(self, secret: bytes) -> None:
        self._seal = Seal(secret, purpose="sign-in-state")

    def ticket(self, state: LoginState) -> str:
        """Give the cookie's value."""
        record = dataclasses.asdict(state)
        record["expires_at"] = state.expires_at.isoformat()
        return self._seal.seal(record)

    def read(self, ticket: str | None) -> LoginState:
        """Give the record back; raises Unauthenticated (`sign_in.state`) when there is none of ours."""
        try:
            record = self._seal.open(ticket or "")
        except SealBroken as error:
            raise Unauthenticated(
                "Вход начат в другом окне или слишком давно. Войдите ещё раз.", code="sign_in.state"
            ) from error
        record["expires_at"] = datetime.fromisoformat(record["expires_at"])
        return LoginState(**record)


def spent_id(state: LoginState) -> str:
    """The id under which a used record is remembered until it would have expired."""
    return f"state:{state.state}"
