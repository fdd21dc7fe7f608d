"""What a participant who signs in by SMS is known by: document and phone, or surname and number of the application."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Protocol, Self

from sqlalchemy.orm import Session

from apella.errors import Malformed
from apella.identity import repository
from apella.identity.model import Person
from apella.identity.people import normal_document, normal_phone, sort_key
from apella.identity.vault import Vault

MOST_LETTERS = 64


class Claim(Protocol):
    """Who somebody says they are."""

    def index(self, vault: Vault) -> bytes:
        """The keyed hash by which requests of the same claim are counted."""

    def find(self, session: Session, vault: Vault) -> Person | None:
        """The participant whom it fits; of several seasons the newest."""


@dataclass(frozen=True, kw_only=True)
class DocumentClaim:
    """Document and phone as registered, both normalised."""

    document: str = field(repr=False)
    phone: str = field(repr=False)

    @classmethod
    def read(cls, *, document: str, phone: str) -> Self:
        """Read what was typed. Raises Malformed (`sign_in.document_and_phone`) naming each wrong field."""
        fields: dict[str, str] = {}
        numbers: list[str] = []
        for normal, text in ((normal_document, document), (normal_phone, phone)):
            try:
                numbers.append(normal(text))
            except Malformed as error:
                fields.update(error.fields)
        if fields:
            raise Malformed("Проверьте документ и телефон.", code="sign_in.document_and_phone", fields=fields)
        return cls(document=numbers[0], phone=numbers[1])

    def index(self, vault: Vault) -> bytes:
        """The hash of both."""
        return vault.index("sms_code.claim", f"document|{self.document}|{self.phone}")

    def find(self, session: Session, vault: Vault) -> Person | None:
        """The participant registered with both."""
        return repository.participant_registered_with(
            session,
            document_index=vault.index("person.document", self.document),
            phone_index=vault.index("person.phone", self.phone),
        )


@dataclass(frozen=True, kw_only=True)
class ApplicationClaim:
    """Surname, as people are sorted by it, and the number of the application: the registration code."""

    surname: str = field(repr=False)
    application: str = field(repr=False)

    @classmethod
    def read(cls, *, surname: str, application: str) -> Self:
        """Read what was typed. Raises Malformed (`sign_in.surname_and_application`) naming each wrong field."""
        number = "".join(unicodedata.normalize("NFKC", application.replace("№", "")).split())
        name = sort_key(surname, "")
        fields: dict[str, str] = {}
        if not 1 <= len(name) <= MOST_LETTERS:
            fields["surname"] = "Укажите фамилию так, как в заявлении на участие в экзамене"
        if not 1 <= len(number) <= MOST_LETTERS:
            fields["application"] = "Укажите номер заявления: он стоит в уведомлении о регистрации на экзамен"
        if fields:
            raise Malformed(
                "Проверьте фамилию и номер заявления.", code="sign_in.surname_and_application", fields=fields
            )
        return cls(surname=name, application=number)

    def index(self, vault: Vault) -> bytes:
        """The hash of both."""
        return vault.index("sms_code.claim", f"application|{self.application}|{self.surname}")

    def find(self, session: Session, vault: Vault) -> Person | None:  # noqa: ARG002 a claim of another kind needs it
        """The participant with this application whose surname is sorted as the typed one."""
        found = repository.participants_with_login(session, self.application)
        return next((person for person in found if sort_key(person.surname, "") == self.surname), None)
