"""Who the tenant is: names, addresses, zone, numbers, sign-in."""

from __future__ import annotations

import string
from datetime import time
from functools import cached_property
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator, model_validator

from apella.regions.codes import SignInScheme
from apella.regions.values.base import CaseForms, Code, Line, Sourced, Url, Value
from apella.tenancy.ids import TenantId


class Body(Sourced):
    """A body that takes part: its full name in all cases and a short name that is not declined («РЦОИ»)."""

    short: Line
    full: CaseForms

    def __str__(self) -> str:
        return self.short


class Bodies(Value):
    """The bodies as the region names them (bodies.toml).

    `clarification` is whom an unclear expert's answer is taken to (federal:101.10); `supervision` is Rosobrnadzor.
    """

    commission: Body
    data_centre: Body
    ministry: Body
    exam_commission: Body
    subject_commission: Body
    municipal_authority: Body
    federal_centre: Body
    supervision: Body
    clarification: Body


class Contacts(Sourced):
    """Where the commission is found. `teaching` marks made-up values, which pages show as «учебное»."""

    address: Line
    phone: Line
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", description="адрес электронной почты")]
    teaching: bool


class Links(Sourced):
    """Public addresses: the region's portal (None: the platform's own cabinet) and where results are shown."""

    portal: Url | None = None
    results: Annotated[tuple[Url, ...], Field(min_length=1)]


class SignIn(Sourced):
    """How participants prove who they are; `school_code_days` is how long a code on paper lives."""

    participants: SignInScheme
    school_code_days: Annotated[int, Field(ge=1, le=60, description="сколько суток действует код, от 1 до 60")]


class OfficeHours(Sourced):
    """When a staff door is open, in the tenant's zone; `weekdays` are ISO numbers, Monday is 1."""

    opens: time
    closes: time
    weekdays: Annotated[
        tuple[Annotated[int, Field(ge=1, le=7)], ...],
        Field(min_length=1, description="список дней недели, понедельник – 1"),
    ]

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("opens должно быть раньше closes")
        return self


def _checked_format(text: str) -> str:
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        text.format(region="00", subject="00", year=2000, number=1)
    except (ValueError, KeyError, IndexError, AttributeError) as error:
        raise ValueError(
            f"формат «{text}» не читается; можно писать {{region}}, {{subject}}, {{year}} и {{number:06d}}"
        ) from error
    if "number" not in names:
        raise ValueError(f"в формате «{text}» нет {{number}}, номера совпадут; допишите, например, {{number:06d}}")
    return text


class NumberFormats(Sourced):
    """Formats of the receipt number and of the journal number of each kind of appeal (counted apart).

    Placeholders: `{region}`, `{subject}`, `{year}`, `{number}` with an optional width, `{number:06d}`.
    """

    receipt: Line
    journal_score: Line
    journal_procedure: Line

    @field_validator("receipt", "journal_score", "journal_procedure")
    @classmethod
    def _is_a_format(cls, value: str) -> str:
        return _checked_format(value)


class TenantInfo(Value):
    """The tenant itself (tenant.toml).

    `id` never leaves the database and the broker; `region_code` is the two-digit code of the region on forms;
    `time_caption` stands beside every hour that people read; `plugin` names the entry point with the region's
    behaviour, None is federal behaviour.
    """

    slug: Annotated[
        str,
        Field(pattern=r"^[a-z][a-z0-9-]{1,30}$", description="имя латиницей, как у папки: от 2 до 31 знака"),
    ]
    id: Annotated[int, Field(ge=1, le=32767, description="целое число от 1, своё у каждого региона")]
    plugin: Code | None = None
    region_code: Annotated[str, Field(pattern=r"^\d\d$", description='код региона из двух цифр, например "22"')]
    title: CaseForms
    zone: Annotated[str, Field(description='часовой пояс IANA, например "Asia/Yekaterinburg"')]
    time_caption: Annotated[Line, Field(description="подпись у времени, например «время края, UTC+7»")]
    contacts: Contacts
    links: Links
    numbers: NumberFormats
    sign_in: SignIn
    office_hours: OfficeHours

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f'часового пояса «{value}» нет; укажите имя IANA, например "Asia/Yekaterinburg"')
        return value

    @property
    def tenant_id(self) -> TenantId:
        """The number of the tenant in the database."""
        return TenantId(self.id)

    @cached_property
    def tz(self) -> ZoneInfo:
        """The zone in which days and hours of this tenant are counted."""
        return ZoneInfo(self.zone)
