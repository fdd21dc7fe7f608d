"""What tables have in common: ids, texts for states, names of constraints."""

from __future__ import annotations

import enum
import uuid

import pytest
from sqlalchemy import Enum
from sqlalchemy.dialects import postgresql

from apella.audit.trail import canonical
from apella.db.base import EnumText, one_of, tenant_fk
from apella.db.ids import new_id
from apella.tables import METADATA

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
GLOBAL = {"tenant", "account", "account_tenant", "session"}


class Light(enum.StrEnum):
    RED = "red"
    GREEN = "green"


def test_ids_are_of_version_seven_and_grow() -> None:
    ids = [new_id() for _ in range(1000)]
    assert {value.version for value in ids} == {7}
    assert ids == sorted(set(ids))


def test_a_state_goes_in_and_out_as_its_enum_and_anything_else_is_refused() -> None:
    kind = EnumText(Light)
    assert kind.process_bind_param(Light.RED, DIALECT) == "red"
    assert kind.process_result_value("green", DIALECT) is Light.GREEN
    assert kind.process_bind_param(None, DIALECT) is None
    assert kind.process_result_value(None, DIALECT) is None
    with pytest.raises(ValueError, match="blue"):
        kind.process_result_value("blue", DIALECT)


def test_its_check_names_every_value() -> None:
    assert str(one_of("light", Light).sqltext) == "light IN ('red', 'green')"


def test_a_foreign_key_stays_inside_the_tenant() -> None:
    key = tenant_fk("case_id", "appeal")
    assert list(key.column_keys) == ["tenant_id", "case_id"]
    assert [element.target_fullname for element in key.elements] == ["appeal.tenant_id", "appeal.id"]


@pytest.mark.parametrize("table", sorted(set(METADATA.tables) - GLOBAL))
def test_a_tenant_s_table_keys_everything_by_the_tenant_first(table: str) -> None:
    found = METADATA.tables[table]
    assert [column.name for column in found.primary_key.columns] == ["tenant_id", "id"]
    for key in found.foreign_key_constraints:
        if key.elements[0].target_fullname.split(".")[0] not in GLOBAL:
            assert key.column_keys[0] == "tenant_id"
            assert key.elements[0].target_fullname.endswith(".tenant_id")


def test_no_state_is_stored_as_an_enum_type() -> None:
    columns = [column for table in METADATA.tables.values() for column in table.columns]
    assert not [str(column) for column in columns if isinstance(column.type.dialect_impl(DIALECT), Enum)]


def test_the_same_value_has_the_same_canonical_bytes() -> None:
    id_ = uuid.UUID(int=7)
    assert canonical({"b": 1, "a": id_}) == f'{{"a":"{id_}","b":1}}' == canonical({"a": str(id_), "b": 1})
    assert canonical({"x": "ё"}) == '{"x":"ё"}'
