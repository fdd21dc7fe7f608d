"""The queries that people cause most often, as the product itself asks them, and what PostgreSQL makes of them.

Nothing here is retyped: the product's own functions are called, and the statements that reach the driver are kept.
"""

from __future__ import annotations

import json
import statistics
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from psycopg import sql
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from apella.appeals.desk import Desk
from apella.appeals.repository import JournalFilter, clocks_of, history_of, journal_page, visible_case
from apella.appeals.states import State
from apella.casework.chain_reading import ChainFilter, case_of_chain, chain_page
from apella.casework.reading import documents_of, works_of
from apella.casework.start import hearings_on, workload
from apella.casework.timeline import case_file, case_head
from apella.db.base import TenantRow
from apella.db.unit_of_work import UnitOfWork
from apella.deadlines.sweep import sweep_season
from apella.experts.service import choices, live_assignment
from apella.hearings.service import hearing_of
from apella.identity.actor import Actor
from apella.identity.actors import admit
from apella.identity.repository import newest_season, participant_registered_with
from apella.identity.sessions import live_session
from apella.jobs.running import waiting
from apella.materials.service import kit_of
from apella.portal.repository import cabinet_notices, open_clocks, own_cases
from apella.tenancy.ids import TenantId
from apella.testing.isolation import Connection as Superuser
from apella.testing.isolation import tenant_tables

_PAGE: Final = 50
# psycopg prepares a statement at its sixth use, PostgreSQL may keep its plan from the sixth use on.
_WARM_UP: Final = 15
_BEFORE_EVERYTHING: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Whom and what the queries are about: one case, its participant, somebody who is signed in."""

    case_id: uuid.UUID
    participant: Actor
    number: str
    surname: str
    token: str
    account_id: uuid.UUID
    document_index: bytes
    phone_index: bytes
    hearing_day: date


@dataclass(frozen=True)
class Statement:
    """What reached the driver."""

    text: str
    parameters: Any


@dataclass(frozen=True, kw_only=True)
class Question:
    """One query of the product: its name and the statements that it took."""

    name: str
    statements: Sequence[Statement] = field(default_factory=list)


Ask = Callable[[UnitOfWork, Desk, Sample], object]


def _journal(**wanted: Any) -> Ask:
    return lambda _, desk, sample: journal_page(
        desk.session,
        desk.actor,
        JournalFilter(**{name: value(sample) if callable(value) else value for name, value in wanted.items()}),
        cursor=None,
        limit=_PAGE,
    )


def _of_case(ask: Callable[[Desk, Any], object]) -> Ask:
    return lambda _, desk, sample: ask(desk, visible_case(desk.session, desk.actor, sample.case_id))


ASKED: Final[Mapping[str, Ask]] = {
    "journal": _journal(),
    "journal by state": _journal(state=State.REGISTERED),
    "journal by surname": _journal(surname=lambda sample: sample.surname),
    "journal by number": _journal(number=lambda sample: sample.number),
    "work list of a term": _journal(owed="hearing.schedule"),
    "work list of what runs short": _journal(warned=50),
    "what is owed (start page)": lambda _, desk, __: workload(desk, limit=_PAGE),
    "hearing plan of a day": lambda _, desk, sample: hearings_on(desk, sample.hearing_day, limit=_PAGE),
    "case": lambda _, desk, sample: visible_case(desk.session, desk.actor, sample.case_id),
    "case page": _of_case(case_file),
    "names of a case": _of_case(case_head),
    "deadlines of a case": lambda _, desk, sample: clocks_of(desk.session, sample.case_id),
    "moves of a case": lambda _, desk, sample: history_of(desk.session, sample.case_id),
    "documents of a case": _of_case(documents_of),
    "kit of a case": _of_case(kit_of),
    "hearing of a case": _of_case(hearing_of),
    "expert of a case": _of_case(live_assignment),
    "experts who are free": _of_case(choices),
    "audit of a case": lambda _, desk, sample: chain_page(
        desk.session,
        desk.actor,
        ChainFilter(case=case_of_chain(desk.session, desk.actor, sample.case_id)),
        cursor=None,
        limit=_PAGE,
    ),
    "own appeals": lambda _, desk, sample: own_cases(desk.session, sample.participant),
    "own deadlines": lambda _, desk, sample: open_clocks(desk.session, [sample.case_id]),
    "own notices": lambda _, desk, sample: cabinet_notices(desk.session, sample.participant),
    "own results": lambda _, desk, sample: works_of(_desk_of(desk, sample.participant), participant=None),
    "session by token": lambda _, desk, sample: live_session(
        desk.session, token=sample.token, machine_now=desk.machine_now
    ),
    "memberships of an account": lambda work, desk, sample: admit(
        work,
        tenant_id=desk.actor.tenant_id,
        slug=desk.actor.slug,
        zone=desk.rules.zone,
        account_id=sample.account_id,
    ),
    "participant by document and telephone": lambda _, desk, sample: participant_registered_with(
        desk.session, document_index=sample.document_index, phone_index=sample.phone_index
    ),
    "newest season": lambda _, desk, __: newest_season(desk.session),
    "tasks that wait": lambda _, desk, __: waiting(desk.session),
    "sweep of what is due": lambda _, desk, __: sweep_season(desk.session, actor=desk.actor, now=_BEFORE_EVERYTHING),
}
"""What is asked most often, by name. The sweep asks for a moment when nothing is due, so that it changes nothing."""


def _desk_of(desk: Desk, actor: Actor) -> Desk:
    return Desk(
        session=desk.session,
        actor=actor,
        now=desk.now,
        machine_now=desk.machine_now,
        rules=desk.rules,
        vault=desk.vault,
    )


def ask_all(work: UnitOfWork, desk: Desk, sample: Sample, *, engine: Engine) -> list[Question]:
    """Ask every question in this unit of work and keep the statements; each as if it were the first."""
    found = []
    for name, ask in ASKED.items():
        work.session.expunge_all()
        with noted(engine) as statements:
            ask(work, desk, sample)
        found.append(Question(name=name, statements=statements))
    return found


@contextmanager
def noted(engine: Engine) -> Iterator[list[Statement]]:
    """A list that fills with what reaches the driver by this engine while the block runs."""
    statements: list[Statement] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        statements.append(Statement(statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def name_the_tenant(session: Session, tenant_id: TenantId) -> None:
    """Put `tenant_id = …` into every query of this session, for a role that row level security does not hold."""

    def add(state: ORMExecuteState) -> None:
        state.statement = state.statement.options(
            with_loader_criteria(TenantRow, lambda row: row.tenant_id == tenant_id, include_aliases=True)
        )

    event.listen(session, "do_orm_execute", add)


# --- Plans ------------------------------------------------------------------------------------------------------------


def scan_faults(connection: Connection, statement: Statement, tables: Collection[str]) -> list[str]:
    """Each look into one of these tables that reads all of it, or goes by an index without the tenant."""
    (plan,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement.text}", statement.parameters).one()
    parsed = plan if isinstance(plan, list) else json.loads(plan)
    return [fault for node in _nodes(parsed[0]["Plan"]) for fault in _node_faults(node, tables)]


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _node_faults(node: Mapping[str, Any], tables: Collection[str]) -> Iterator[str]:
    kind, table = node["Node Type"], node.get("Relation Name")
    if kind == "Seq Scan" and table in tables:
        yield f"{table}: Seq Scan"
    if kind in {"Index Scan", "Index Only Scan"} and table in tables and "tenant_id" not in node.get("Index Cond", ""):
        yield f"{table}: {kind} of {node['Index Name']} without the tenant"
    if kind == "Bitmap Heap Scan" and table in tables:
        for below in _nodes(node):
            if below["Node Type"] == "Bitmap Index Scan" and "tenant_id" not in below.get("Index Cond", ""):
                yield f"{table}: Bitmap Index Scan of {below['Index Name']} without the tenant"


# --- Many tenants -----------------------------------------------------------------------------------------------------


def multiply_tenant(connection: Superuser, *, tenant: int, others: Collection[int]) -> None:
    """Give other tenants, which have their row in `tenant` already, the same rows as this one has, and ANALYZE.

    Ids are unique only within a tenant, so they are copied as they are; triggers and foreign keys are not asked.
    """
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for table in tenant_tables(connection):
            names = connection.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
                "AND attgenerated = '' AND attname <> 'tenant_id'",
                (table,),
            ).fetchall()
            columns = sql.SQL(", ").join(sql.Identifier(name) for (name,) in names)
            connection.execute(
                sql.SQL(
                    "INSERT INTO {table} (tenant_id, {columns}) SELECT other, {columns} FROM {table}, "
                    "unnest(%s::int[]) AS other WHERE tenant_id = %s"
                ).format(table=sql.Identifier(table), columns=columns),
                (sorted(others), tenant),
            )
    connection.execute("VACUUM (ANALYZE)")


# --- Time -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Compared:
    """How long a question takes in milliseconds: under row level security, and with the tenant named outright."""

    name: str
    walled: float
    named: float
    slow: float
    """The 95th percentile of its slowest statement under row level security."""


def compare(
    walled: tuple[Connection, Sequence[Question]], named: tuple[Connection, Sequence[Question]], *, rounds: int
) -> list[Compared]:
    """Ask both ways in turn, so many times; medians, after a warm-up that has every statement prepared."""
    found = []
    for one, other in zip(walled[1], named[1], strict=True):
        times: tuple[list[list[float]], list[list[float]]] = ([], [])
        for _ in range(min(rounds, _WARM_UP) + rounds):
            for taken, connection, question in ((times[0], walled[0], one), (times[1], named[0], other)):
                taken.append([_milliseconds(connection, statement) for statement in question.statements])
        measured, compared = (taken[-rounds:] for taken in times)
        found.append(
            Compared(
                name=one.name,
                walled=statistics.median(map(sum, measured)),
                named=statistics.median(map(sum, compared)),
                slow=max(
                    statistics.quantiles(each, n=20, method="inclusive")[18] for each in zip(*measured, strict=True)
                ),
            )
        )
    return found


def _milliseconds(connection: Connection, statement: Statement) -> float:
    begun = time.monotonic()
    result = connection.exec_driver_sql(statement.text, statement.parameters)
    if result.returns_rows:
        result.all()
    return (time.monotonic() - begun) * 1000
