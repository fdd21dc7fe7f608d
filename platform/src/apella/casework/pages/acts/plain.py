"""The form that a verb's schema is enough for: nothing to fill in, a text, a number, a day, a choice."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import fields, validate

from apella.appeals.journal import REFUSAL_GROUNDS
from apella.appeals.states import AppealKind, SuspensionReason
from apella.appeals.suspension import CAUSES, is_void
from apella.casework.pages import labels
from apella.casework.pages.acts.base import Act, ActForm, Raw, typed_day, whole_number
from apella.casework.pages.acts.words import FIELDS
from apella.casework.pages.counting import clause_names
from apella.identity.permissions import role_for
from apella.web.components import Choice
from apella.web.formatting import capital

AnyField = fields.Field[Any]
LONG_TEXT = 200
APPLICATION = ("application_date", "application_by")
"""What is asked of a withdrawal only where the region takes it in by a written application."""


class FieldKind(enum.StrEnum):
    """How a field is drawn."""

    TEXT = "text"
    LONG = "long"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    TICK = "tick"


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of a plain form, finished."""

    kind: FieldKind
    name: str
    label: str
    hint: str
    value: str
    optional: bool
    choices: tuple[Choice, ...] = ()


class PlainForm(ActForm):
    """A form made of its verb's schema."""

    def values(self, act: Act) -> Mapping[str, object]:
        """Return the fields in the order of the schema."""
        return {"fields": [self._field(act, name, field) for name, field in self._asked(act)]}

    def body(self, act: Act) -> Raw:
        """Read each field by its kind; an empty one that may be empty is left out."""
        raw: Raw = {}
        for name, field in self._asked(act):
            typed = act.text(name)
            kind = self._kind(act, name, field)
            if kind is FieldKind.TICK:
                raw[name] = act.ticked(name)
            elif not typed and not field.required:
                continue
            elif kind is FieldKind.NUMBER:
                raw[name] = whole_number(typed)
            elif kind is FieldKind.DATE:
                raw[name] = typed_day(typed, name).isoformat()
            else:
                raw[name] = typed
        return raw

    def choices(self, act: Act, name: str) -> tuple[Choice, ...]:
        """Return the options of a field that is a choice; none for the others."""
        del act, name
        return ()

    def _asked(self, act: Act) -> Iterator[tuple[str, AnyField]]:
        """Give the fields that are asked for in this case."""
        for name, field in act.verb.schema().fields.items():
            if name == "version":
                continue
            if name == "check_conclusion" and act.appeal.kind is not AppealKind.PROCEDURE:
                continue
            if name in APPLICATION and not act.desk.rules.withdrawal.written:
                continue
            if name == "outside_told" and act.appeal.suspended_for is not SuspensionReason.INVESTIGATION:
                continue
            yield name, field

    def _field(self, act: Act, name: str, field: AnyField) -> Field:
        words = FIELDS[name]
        return Field(
            kind=self._kind(act, name, field),
            name=name,
            label=words.label,
            hint=words.hint,
            value=act.text(name),
            # The service asks for it where the schema cannot know that the kind of appeal needs it.
            optional=not field.required and name not in ("check_conclusion", *APPLICATION),
            choices=self.choices(act, name),
        )

    def _kind(self, act: Act, name: str, field: AnyField) -> FieldKind:
        if self.choices(act, name):
            return FieldKind.CHOICE
        if isinstance(field, fields.Boolean):
            return FieldKind.TICK
        if isinstance(field, fields.Integer):
            return FieldKind.NUMBER
        if isinstance(field, fields.Date):
            return FieldKind.DATE
        longest = next((rule.max for rule in field.validators if isinstance(rule, validate.Length)), None)
        return FieldKind.TEXT if longest is not None and longest <= LONG_TEXT else FieldKind.LONG


class RefuseForm(PlainForm):
    """Why the commission may not consider the case: one of the grounds of the Procedure."""

    def choices(self, act: Act, name: str) -> tuple[Choice, ...]:
        """Return the grounds that this case may have, each with its clause."""
        if name != "ground":
            return ()
        return tuple(
            Choice(value=code, label=capital(ground.label), hint=clause_names(ground.clauses, act.desk.rules.sources))
            for code, ground in REFUSAL_GROUNDS.items()
            if code != "filed_late" or act.appeal.filed_late
        )


class AcceptWithdrawalForm(PlainForm):
    """The written application, where the region wants one: its date, and who signed it."""

    def choices(self, act: Act, name: str) -> tuple[Choice, ...]:
        """Return those who may take an appeal back in the region."""
        if name != "application_by":
            return ()
        return tuple(Choice(value=who, label=capital(labels.SIDE[who])) for who in act.desk.rules.withdrawal.applicants)


class SuspendForm(PlainForm):
    """Why the case has to stand still, of the reasons that are this person's."""

    def choices(self, act: Act, name: str) -> tuple[Choice, ...]:
        """Return the reasons that fit the case and the person."""
        if name != "reason":
            return ()
        role = role_for(act.desk.actor, "suspend", str(act.appeal.state))
        return tuple(
            Choice(value=str(reason), label=capital(cause.label))
            for reason, cause in CAUSES.items()
            if role in cause.by and (reason is not SuspensionReason.ANNULMENT or is_void(act.desk, act.appeal))
        )
