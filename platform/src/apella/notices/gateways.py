"""The ports to telephones and mailboxes: the embedded outbox, and a real mail server."""

from __future__ import annotations

import smtplib
import ssl
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Protocol

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from apella.db.ids import new_id
from apella.db.tenant_context import tenant_of_new_rows
from apella.errors import ApellaError, ConfigurationError, Unavailable
from apella.identity.vault import Vault
from apella.notices.model import NoticeChannel, OutboxMessage


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message on its way out, about a case or none. `dedup_key` is the same when a job is tried again."""

    season_id: uuid.UUID
    case_id: uuid.UUID | None = None
    channel: NoticeChannel
    address: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    dedup_key: str


class Undeliverable(ApellaError):
    """The address is refused for good: trying again would not help."""

    code = "gateway.undeliverable"


class Gateway(Protocol):
    """Takes messages of one channel.

    Raises Unavailable when it cannot now: the job is then tried again; Undeliverable when it never will.
    """

    def send(self, session: Session, vault: Vault, message: Message) -> None:
        """Send the message; the same `dedup_key` again must not reach the person twice where that can be helped."""


class EmbeddedOutbox:
    """Keeps messages in the database, to be read on the outbox page of an embedded instance."""

    def send(self, session: Session, vault: Vault, message: Message) -> None:
        """Write the message, encrypted, in the job's own transaction: once, however often the job runs."""
        row_id, sealing = new_id(), vault.of_case(message.case_id)
        session.execute(
            insert(OutboxMessage)
            .values(
                tenant_id=tenant_of_new_rows(),
                id=row_id,
                season_id=message.season_id,
                case_id=message.case_id,
                channel=message.channel,
                dedup_key=message.dedup_key,
                address_cipher=sealing.seal("outbox_message.address", row_id, message.address),
                text_cipher=sealing.seal("outbox_message.text", row_id, message.text),
            )
            .on_conflict_do_nothing(index_elements=["tenant_id", "dedup_key"])
        )


@dataclass(frozen=True, kw_only=True)
class SmtpSettings:
    """Where letters are handed in. `password` is never shown."""

    host: str
    port: int
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    starttls: bool = True

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> SmtpSettings:
        """Read APELLA_SMTP_*; raises ConfigurationError naming what is missing."""
        missing = [name for name in ("APELLA_SMTP_HOST", "APELLA_SMTP_SENDER") if not environment.get(name)]
        if missing:
            raise ConfigurationError(
                f"Отправка писем не настроена: укажите {', '.join(missing)}.", code="settings.smtp"
            )
        return cls(
            host=environment["APELLA_SMTP_HOST"],
            port=int(environment.get("APELLA_SMTP_PORT", "587")),
            sender=environment["APELLA_SMTP_SENDER"],
            user=environment.get("APELLA_SMTP_USER"),
            password=environment.get("APELLA_SMTP_PASSWORD"),
            starttls=environment.get("APELLA_SMTP_STARTTLS", "1") == "1",
        )


_FOR_GOOD = 500
"""SMTP replies from here on are permanent (RFC 5321, 4.2.1)."""


class SmtpGateway:
    """Hands letters to a mail server; the Message-ID is made of the key, so that a double is seen as one."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    def send(self, session: Session, vault: Vault, message: Message) -> None:  # noqa: ARG002 the port's signature
        """Send the letter.

        Raises Undeliverable for an address that cannot be written to or that the server refuses for good (5xx),
        Unavailable when the server does not take the letter otherwise.
        """
        letter = EmailMessage()
        letter["From"] = self._settings.sender
        try:
            letter["To"] = message.address
        except ValueError as error:
            raise Undeliverable("По этому адресу нельзя написать.") from error
        letter["Subject"] = message.subject
        letter["Message-ID"] = f"<{uuid.uuid5(uuid.NAMESPACE_URL, message.dedup_key)}@apella>"
        letter.set_content(message.text)
        try:
            with smtplib.SMTP(self._settings.host, self._settings.port, timeout=10) as server:
                if self._settings.starttls:
                    server.starttls(context=ssl.create_default_context())
                if self._settings.user and self._settings.password:
                    server.login(self._settings.user, self._settings.password)
                server.send_message(letter)
        except smtplib.SMTPRecipientsRefused as error:
            ((code, _),) = error.recipients.values()
            if code < _FOR_GOOD:
                raise Unavailable("Почтовый сервер не принял письмо.", code="gateway.smtp") from error
            raise Undeliverable("Почтовый сервер такого адреса не знает.") from error
        except OSError as error:
            raise Unavailable("Почтовый сервер не принял письмо.", code="gateway.smtp") from error
