"""How a verb's form is drawn, read and explained when it is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import marshmallow as ma
from werkzeug.datastructures import MultiDict

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.appeals.verb import Verb
from apella.casework.pages.acts.words import wrong
from apella.errors import Malformed
from apella.web import formatting
from apella.web.components import FieldError
from apella.web.i18n import gettext as _

_RUSSIAN = re.compile("[А-Яа-яЁё]")
_TYPED_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")
Raw = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Act:
    """A verb about to be used on a case by this desk's person. `typed` is None while the form is new."""

    desk: Desk
    appeal: Appeal
    verb: Verb
    typed: MultiDict[str, str] | None = None

    def text(self, name: str, otherwise: str = "") -> str:
        """Return what stands in a field: what was typed, else what a new form begins with."""
        return otherwise if self.typed is None else self.typed.get(name, "").strip()

    def texts(self, name: str) -> list[str]:
        """Return the values that were ticked."""
        return [] if self.typed is None else self.typed.getlist(name)

    def ticked(self, name: str, *, otherwise: bool = False) -> bool:
        """Return whether a box is ticked."""
        return otherwise if self.typed is None else name in self.typed


class ActForm:
    """The form of a verb: the template that draws it, and how what was typed becomes the verb's body."""

    template = "casework/act.html"

    def values(self, act: Act) -> Mapping[str, object]:
        """Return what the template needs beside the frame and the case."""
        del act
        return {}

    def body(self, act: Act) -> Raw:
        """Return the body for the verb's schema, without the version. Raises Malformed naming fields of the form."""
        del act
        return {}

    def field(self, path: str, raw: Raw) -> str:
        """Return the form's field that an error of the schema or the service is about."""
        del raw
        return path.partition(".")[0]


def load(form: ActForm, act: Act, version: int) -> tuple[Mapping[str, Any], Raw]:
    """Read the form by the verb's schema. Raises Malformed with a sentence for each field of the form."""
    raw = form.body(act)
    try:
        body: dict[str, Any] = act.verb.schema().load({**raw, "version": version})
    except ma.ValidationError as error:
        fields = {
            form.field(path, raw): messages if _RUSSIAN.search(messages) else wrong(path)
            for path, messages in _flat(error.messages)
        }
        raise Malformed(_("Проверьте форму: заполнено не всё."), code="form.fields", fields=fields) from error
    del body["version"]
    return body, raw


def field_errors(error: Malformed, form: ActForm, raw: Raw | None) -> tuple[FieldError, ...]:
    """Return an error's sentences by the fields of the form; the whole sentence where it names none."""
    if not error.fields:
        return (FieldError(name="", message=error.message),)
    return tuple(
        FieldError(name=name if raw is None else form.field(name, raw), message=message)
        for name, message in error.fields.items()
    )


def typed_version(typed: Mapping[str, str]) -> int:
    """Read the version of the case that a form was opened with. Raises Malformed for a form that no page gave."""
    version = typed.get("version", "")
    if not re.fullmatch(r"\d{1,10}", version) or not 1 <= int(version) < 2**31:
        raise Malformed(_("Форма открыта неправильно: откройте её со страницы дела."), code="form.version")
    return int(version)


def whole_number(text: str) -> int | str:
    """Read a whole number; give the text back where it is none, for the schema to refuse."""
    return int(text) if re.fullmatch(r"\d{1,9}", text) else text


def typed_day(text: str, field: str) -> date:
    """Read «05.06.2026». Raises Malformed for the field."""
    try:
        return formatting.parse_day(text)
    except ValueError as error:
        raise Malformed(str(error), code="form.fields", fields={field: str(error)}) from error


def typed_moment(day: str, hour: str, *, fields: tuple[str, str], zone: ZoneInfo) -> datetime:
    """Read «05.06.2026» and «09:30» in the tenant's zone. Raises Malformed for either field, or both."""
    wrong: dict[str, str] = {}
    found, match = None, _TYPED_TIME.fullmatch(hour)
    try:
        found = typed_day(day, fields[0])
    except Malformed as error:
        wrong.update(error.fields)
    if match is None:
        wrong[fields[1]] = _("Укажите время: часы и минуты, например 09:30")
    if found is None or match is None:
        raise Malformed(_("Укажите день и время."), code="form.fields", fields=wrong)
    return datetime.combine(found, time(int(match[1]), int(match[2])), tzinfo=zone)


def _flat(messages: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Give each message with its path: «proposals.0.argument»."""
    if isinstance(messages, dict):
        for key, value in messages.items():
            yield from _flat(value, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, " ".join(str(message) for message in messages)
