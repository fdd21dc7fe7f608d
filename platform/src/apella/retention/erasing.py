"""Erasing a season's personal data, or one person's: rows are emptied or go, keys are destroyed, files are deleted."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, case, delete, or_, select, true, update
from sqlalchemy import func as sql
from sqlalchemy.orm import Session

from apella.appeals.model import Appeal
from apella.commissions.model import Decision
from apella.db.base import Base
from apella.experts.model import Conclusion
from apella.identity.model import ERASED, DataKey, Person, PersonKind
from apella.registry.model import Result, Work, WorkFile
from apella.retention.plan import PLAN, TOMBSTONE, Of, Rows
from apella.retention.representing import end_links, end_sessions, going_with, hold, live_links
from apella.storage.keys import Area, ObjectKey
from apella.storage.model import FileState, StoredFile
from apella.storage.port import ObjectStore
from apella.tenancy.model import Season

_STAFF = (PersonKind.STAFF, PersonKind.PROGRAM)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Whose data: a whole season's, or those of one participant of it and of those who represent nobody else.

    `representatives` went with the participant when they were erased before: so they do after a restore, too, whomever
    they represented when the copy was made.
    """

    season_id: uuid.UUID
    person_id: uuid.UUID | None = None
    representatives: tuple[uuid.UUID, ...] = ()

    def ids(self, of: Of) -> Select[Any]:
        """The ids of these rows."""
        people = select(Person.id).where(Person.season_id == self.season_id)
        if self.person_id is not None:
            named = (self.person_id, *self.representatives)
            people = people.where(or_(Person.id.in_(named), Person.id.in_(going_with(self.person_id))))
        cases = select(Appeal.id).where(Appeal.season_id == self.season_id, self._is(Appeal.person_id))
        works = select(Work.id).where(Work.season_id == self.season_id, self._is(Work.person_id))
        match of:
            case Of.SEASON:
                return select(Season.id).where(Season.id == self.season_id)
            case Of.PERSON:
                return people
            case Of.OUTSIDER:
                return people.where(Person.kind.not_in(_STAFF))
            case Of.CASE:
                return cases
            case Of.WORK:
                return works
            case Of.RESULT:
                return select(Result.id).where(Result.work_id.in_(works))
            case Of.DECISION:
                return select(Decision.id).where(Decision.case_id.in_(cases))
            case Of.CONCLUSION:
                return select(Conclusion.id).where(Conclusion.case_id.in_(cases))
            case Of.FILE:
                files = select(StoredFile.id).where(StoredFile.season_id == self.season_id)
                if self.person_id is None:
                    return files
                scans = select(WorkFile.file_id).where(WorkFile.work_id.in_(works))
                return files.where(or_(StoredFile.case_id.in_(cases), StoredFile.id.in_(scans)))

    @property
    def linked(self) -> Select[Any] | None:
        """The ids of the people whose links end; None for a whole season's."""
        return None if self.person_id is None else self.ids(Of.PERSON)

    def rows(self, rows: Rows) -> ColumnElement[bool] | None:
        """The condition of these rows; None where they are a whole season's and one person is meant."""
        if rows.of is Of.SEASON and self.person_id is not None:
            return None
        return _table(rows).c[rows.column].in_(self.ids(rows.of))

    def _is(self, column: Any) -> ColumnElement[bool]:
        return true() if self.person_id is None else column == self.person_id


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """How much personal data a scope holds: rows still to be touched by table, files and bytes, data keys."""

    rows: Mapping[str, int]
    files: int
    size: int
    keys: int

    @property
    def nothing(self) -> bool:
        """Whether all is erased."""
        return not (self.files or self.keys or any(self.rows.values()))


def measure(session: Session, scope: Scope) -> Amounts:
    """Count what `erase` would erase."""
    counts: dict[str, int] = {}
    for rows in PLAN:
        where = scope.rows(rows)
        if where is not None and rows.table not in ("data_key", "stored_file"):
            query = select(sql.count()).select_from(_table(rows)).where(where, _is_left(rows))
            counts[rows.table] = max(counts.get(rows.table, 0), session.scalars(query).one())
    links = live_links(session, season_id=scope.season_id, people=scope.linked)
    counts["representation"] = max(counts["representation"], links)
    files, size = session.execute(
        select(sql.count(), sql.coalesce(sql.sum(StoredFile.size), 0)).where(
            StoredFile.id.in_(scope.ids(Of.FILE)), StoredFile.state != FileState.ERASED
        )
    ).one()
    return Amounts(rows=counts, files=files, size=int(size), keys=len(keys_of(session, scope)))


def keys_of(session: Session, scope: Scope) -> list[DataKey]:
    """The data keys that go with the scope: a season's, of its registry and of its cases; a person's cases'."""
    query = select(DataKey).where(DataKey.season_id == scope.season_id)
    if scope.person_id is not None:
        query = query.where(DataKey.case_id.in_(scope.ids(Of.CASE)))
    return list(session.scalars(query))


def erase(session: Session, scope: Scope) -> None:
    """Erase what is in rows, and mark the files whose bytes are to go; doing it again changes nothing.

    The session is of the tables' owner: nobody else may change what is append-only, or destroy a key.
    """
    if scope.person_id is not None:
        hold(session, scope.person_id)
    end_links(session, season_id=scope.season_id, people=scope.linked)
    end_sessions(session, scope.ids(Of.OUTSIDER))
    for rows in PLAN:
        where = scope.rows(rows)
        if where is None:
            continue
        table = _table(rows)
        if rows.goes:
            session.execute(delete(table).where(where))
        else:
            session.execute(update(table).where(where).values(_values(rows)))
    session.execute(
        update(StoredFile).where(StoredFile.id.in_(scope.ids(Of.FILE))).values(state=FileState.ERASED),
        execution_options={"synchronize_session": False},
    )


def delete_files(session: Session, scope: Scope, *, store: ObjectStore) -> int:
    """Delete the bytes of every file that is marked erased, checked or not; say how many files there are."""
    keys = session.scalars(
        select(StoredFile.key).where(StoredFile.id.in_(scope.ids(Of.FILE)), StoredFile.state == FileState.ERASED)
    ).all()
    for key in keys:
        for area in (Area.QUARANTINE, Area.CLEAN):
            store.delete(ObjectKey.parse(key, area=area))
    return len(keys)


def _table(rows: Rows) -> Table:
    return Base.metadata.tables[rows.table]


def _values(rows: Rows) -> dict[str, Any]:
    table = _table(rows)
    return {
        **{name: case((table.c[name].is_not(None), TOMBSTONE)) for name in rows.texts},
        **dict.fromkeys(rows.empty),
        **{name: sql.concat(ERASED, table.c.id) for name in rows.ids},
    }


def _is_left(rows: Rows) -> ColumnElement[bool]:
    """Whether a row holds something still."""
    table = _table(rows)
    left = [table.c[name] != TOMBSTONE for name in rows.texts]
    left += [table.c[name].is_not(None) for name in rows.empty]
    left += [table.c[name] != sql.concat(ERASED, table.c.id) for name in rows.ids]
    return or_(*left) if left else true()
