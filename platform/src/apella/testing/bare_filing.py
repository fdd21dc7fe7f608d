"""The rows of one filing, written again by a bare connection: the measure that filing over HTTP is compared with.

Everything that costs something beside the rows themselves is left out: HTTP, sign-in, rules, the object mapper. The
transaction, row level security, foreign keys and the audit trigger stay.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from psycopg import Connection, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from apella.db.ids import new_id
from apella.regions.rules import RegionRules
from apella.testing.bulk import Filer

_TENANT: Final = "SELECT set_config('app.tenant', %s, true)"
_CHILDREN: Final = ("data_key", "appeal_transition", "deadline", "audit_event")
_COUNT: Final = (
    "INSERT INTO number_counter (tenant_id, id, season_id, series, last) VALUES (%s, %s, %s, %s, 1)"
    " ON CONFLICT (tenant_id, season_id, series) DO UPDATE SET last = number_counter.last + 1 RETURNING last"
)

Row = dict[str, Any]


class BareFiling:
    """Takes one case that was filed over HTTP as the pattern and files more like it, one transaction each.

    `connection` is `app_rw`'s, in autocommit; `subject_code` is that of the case's exam.
    """

    def __init__(
        self, connection: Connection[Any], rules: RegionRules, case_id: uuid.UUID, *, subject_code: str
    ) -> None:
        self._connection = connection
        self._rules = rules
        self._subject_code = subject_code
        self._tenant = int(rules.tenant.tenant_id)
        with connection.transaction():
            connection.execute(_TENANT, (str(self._tenant),))
            self._appeal = self._read("appeal", "id", case_id)[0]
            self._children = {table: self._read(table, "case_id", case_id) for table in _CHILDREN}
            self._tasks = self._read_tasks(case_id)
            self._key = self._read("request_key", "person_id", self._appeal["person_id"])[0]

    @property
    def rows(self) -> int:
        """How many rows a filing inserts, its two counters among them."""
        return 4 + sum(map(len, self._children.values())) + len(self._tasks)

    def file(self, filer: Filer) -> None:
        """Write the rows of one filing."""
        case_id, connection = new_id(), self._connection
        with connection.transaction():
            connection.execute(_TENANT, (str(self._tenant),))
            receipt, journal = self._count("receipt"), self._count(self._appeal["kind"])
            own: Row = {
                "id": case_id,
                "person_id": filer.person_id,
                "filed_by": filer.person_id,
                "work_id": filer.work_id,
                "receipt_number": self._rules.receipt_number(subject_code=self._subject_code, number=receipt),
                "journal_seq": journal,
                "journal_number": self._rules.journal_number(
                    kind=self._appeal["kind"], subject_code=self._subject_code, number=journal
                ),
            }
            # A key of another case stands for the one that would be made: nobody opens what is written here.
            self._insert("data_key", self._of_case("data_key", case_id))
            self._insert("appeal", [{**self._appeal, **own}])
            for table in ("appeal_transition", "deadline"):
                self._insert(table, self._of_case(table, case_id))
            tasks = [{**row, "id": new_id(), "dedup_key": f"bare:{new_id()}"} for row in self._tasks]
            self._insert("task", [{**row, "args": {**row["args"], "case": str(case_id)}} for row in tasks])
            self._insert("request_key", [{**self._key, "id": new_id(), "person_id": filer.person_id}])
            events = [
                {**row, "id": new_id(), "case_id": case_id, "subject_id": case_id}
                for row in self._children["audit_event"]
            ]
            self._insert("audit_event", events)

    def _of_case(self, table: str, case_id: uuid.UUID) -> list[Row]:
        return [{**row, "id": new_id(), "case_id": case_id} for row in self._children[table]]

    def _count(self, series: str) -> int:
        values = (self._tenant, new_id(), self._appeal["season_id"], series)
        row = self._connection.execute(_COUNT, values).fetchone()
        if row is None:
            raise RuntimeError("the counter gave no number")
        return int(row[0])

    def _read(self, table: str, column: str, value: uuid.UUID) -> list[Row]:
        query = sql.SQL("SELECT * FROM {} WHERE {} = %s").format(sql.Identifier(table), sql.Identifier(column))
        return self._connection.cursor(row_factory=dict_row).execute(query, (value,)).fetchall()

    def _read_tasks(self, case_id: uuid.UUID) -> list[Row]:
        query = "SELECT * FROM task WHERE args ->> 'case' = %s"
        return self._connection.cursor(row_factory=dict_row).execute(query, (str(case_id),)).fetchall()

    def _insert(self, table: str, rows: Sequence[Row]) -> None:
        """Insert rows by one statement, which the server prepares once."""
        names = list(rows[0])
        place = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(names)))
        statement = sql.SQL("INSERT INTO {} ({}) VALUES {}").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join([place] * len(rows)),
        )
        values = [Jsonb(row[name]) if isinstance(row[name], dict) else row[name] for row in rows for name in names]
        self._connection.execute(statement, values)
