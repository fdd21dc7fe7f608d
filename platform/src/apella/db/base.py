"""What every table has in common: names of constraints, tenant keys, texts for states."""

from __future__ import annotations

import enum
import uuid
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    Text,
    Time,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from apella.db.ids import new_id
from apella.db.tenant_context import tenant_of_new_rows
from apella.tenancy.ids import TenantId

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The tables of Apella. Times are `timestamptz`; texts are unbounded; JSON is `jsonb`."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 SQLAlchemy reads this name from the class
        bool: Boolean,
        bytes: LargeBinary,
        date: Date,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        int: Integer,
        list[str]: ARRAY(Text),
        str: Text,
        TenantId: Integer,
        time: Time,
        timedelta: Interval,
        uuid.UUID: Uuid,
    }


class TenantRow:
    """A row of one tenant: its key begins with the tenant, and row level security hides it from the others."""

    tenant_id: Mapped[TenantId] = mapped_column(primary_key=True, default=tenant_of_new_rows)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)


class EnumText(TypeDecorator[enum.StrEnum]):
    """A StrEnum stored as text: an ENUM type's index is unusable under row level security (measured)."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[enum.StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: enum.StrEnum | None, dialect: Dialect) -> str | None:  # noqa: ARG002 SQLAlchemy's signature
        return None if value is None else str(self.kind(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> enum.StrEnum | None:  # noqa: ARG002 SQLAlchemy's signature
        return None if value is None else self.kind(value)


def one_of(column: str, kind: type[enum.StrEnum]) -> CheckConstraint:
    """A check that the text column holds a value of `kind`."""
    values = ", ".join(f"'{value}'" for value in kind)
    return CheckConstraint(f"{column} IN ({values})", name=column)


def tenant_fk(column: str, table: str) -> ForeignKeyConstraint:
    """A foreign key that stays inside the tenant: `(tenant_id, column)` to `(tenant_id, id)` of `table`."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"])
