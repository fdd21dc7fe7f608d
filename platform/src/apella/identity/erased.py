"""A participant whose personal data were erased: the row stays for the reports, and nobody acts for it any more."""

from __future__ import annotations

from sqlalchemy import ColumnElement
from sqlalchemy import func as sql
from sqlalchemy.orm import InstrumentedAttribute

from apella.errors import Conflict
from apella.identity.model import ERASED, Person


class PersonErased(Conflict):
    """The personal data of whom this is about were erased."""

    code = "person.erased"


def refuse_erased(person: Person) -> None:
    """Let nothing begin for somebody whose personal data were erased. Raises PersonErased."""
    if person.erased:
        raise PersonErased(
            "Личные данные этого участника стёрты. Подавать апелляции, назначать представителей и менять вход за него "
            "больше нельзя."
        )


def is_erased(person: type[Person]) -> ColumnElement[bool]:
    """The condition that the personal data of a selected person (or of an alias of the table) were erased."""
    login: InstrumentedAttribute[str] = person.login
    return login == sql.concat(ERASED, person.id)
