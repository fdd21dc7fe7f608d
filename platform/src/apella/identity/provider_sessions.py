"""Whether the provider still knows the person: asked while a session is used, never by waiting for an answer.

A provider tells of a sign-out by itself (`apella.identity.back_channel`), of a disabled account only when asked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from apella.db.unit_of_work import Database
from apella.errors import Unauthenticated
from apella.identity.model import SignInSession
from apella.identity.oidc import Identity, OidcClient
from apella.identity.sealed import Seal, SealBroken

CHECK_GAP = timedelta(seconds=45)


class ProviderSessions:
    """Keeps the refresh token of a session sealed in its row, and asks the provider with it."""

    def __init__(self, client: OidcClient, secret: bytes) -> None:
        self._client = client
        self._seal = Seal(secret, purpose="provider-session")

    def keep(self, identity: Identity) -> bytes | None:
        """Give what the session's row remembers of the provider's session; None when it gave no refresh token."""
        return None if identity.refresh_token is None else self._sealed(identity.refresh_token)

    def confirm(self, row: SignInSession, *, session: Session, database: Database, machine_now: datetime) -> None:
        """Ask the provider when that was last done 45 seconds ago or earlier; a provider that is down changes nothing.

        Raises Unauthenticated (`session.ended`) when the provider has ended the person's session or account. Then the
        session is revoked in a transaction of its own, since the caller's is undone.
        """
        if row.refresh_cipher is None or row.checked_at is None or machine_now - row.checked_at < CHECK_GAP:
            return
        try:
            held = self._seal.open(row.refresh_cipher.decode())["refresh_token"]
            newer = self._client.renew(held, now=machine_now)
        except (SealBroken, Unauthenticated) as error:
            with database.unit_of_work(None) as own:
                own.session.execute(
                    update(SignInSession).where(SignInSession.id == row.id).values(revoked_at=machine_now)
                )
            raise Unauthenticated(
                "Служба входа закончила ваш сеанс. Войдите снова, чтобы продолжить.", code="session.ended"
            ) from error
        session.execute(
            update(SignInSession)
            .where(SignInSession.id == row.id, SignInSession.checked_at == row.checked_at)
            .values(checked_at=machine_now, **({} if newer is None else {"refresh_cipher": self._sealed(newer)}))
            .execution_options(synchronize_session=False)
        )

    def _sealed(self, token: str) -> bytes:
        return self._seal.seal({"refresh_token": token}).encode()
