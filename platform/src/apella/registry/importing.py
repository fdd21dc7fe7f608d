"""Taking a data centre's delivery into a season: all of it or nothing, and the same delivery twice changes nothing."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func as sql
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from apella.db.ids import new_id
from apella.identity.vault import Vault
from apella.regions.rules import RegionRules
from apella.registry.importing_delivery import Delivery
from apella.registry.importing_files import FileWriter
from apella.registry.importing_results import write_checks, write_results
from apella.registry.importing_rows import plan_rows
from apella.registry.model import ImportBatch
from apella.registry.reading import Problems
from apella.registry.tables import MANIFEST
from apella.storage.port import ObjectStore
from apella.tenancy.model import Season


@dataclass(frozen=True, kw_only=True)
class ImportedRegistry:
    """What an import wrote, in numbers of rows, and the works whose result got a further version."""

    batch: ImportBatch
    counts: Mapping[str, int]
    changed_works: frozenset[uuid.UUID]


def batch_of(session: Session, *, season_id: uuid.UUID, delivery: Delivery) -> ImportBatch | None:
    """The import of this very delivery, if there was one; no other import of the season runs until this work ends."""
    # A large table is read for longer than the database otherwise lets a transaction sit still.
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = '15min'"))
    lock = hashlib.sha256(b"registry import\0" + season_id.bytes).digest()
    session.execute(select(sql.pg_advisory_xact_lock(int.from_bytes(lock[:8], signed=True))))
    return session.scalars(
        select(ImportBatch).where(ImportBatch.season_id == season_id, ImportBatch.manifest_sha256 == delivery.sha256)
    ).one_or_none()


def import_registry(
    session: Session,
    *,
    delivery: Delivery,
    season: Season,
    rules: RegionRules,
    vault: Vault,
    store: ObjectStore,
    machine_now: datetime,
    imported_by: str,
) -> ImportedRegistry:
    """Write what the delivery adds to the season and changes in it; rows that it does not hold stay as they are.

    Raises ImportRefused for what may not change (an announced day, whose work it is), before anything is written.
    Files are stored as the rows are written, so a rollback leaves objects that nothing points at, and nothing else.
    """
    problems = Problems()
    _check_season(delivery, season, problems)
    plans = plan_rows(session, delivery=delivery, season_id=season.id, vault=vault, problems=problems)
    problems.refuse()
    counts: dict[str, int] = {}
    for name, plan in plans.by_name.items():
        plan.write(session)
        counts[f"{name}_added"] = len(plan.added)
        counts[f"{name}_changed"] = len(plan.changed)
    batch = ImportBatch(
        id=new_id(), season_id=season.id, manifest_sha256=delivery.sha256, counts={}, imported_by=imported_by
    )
    session.add(batch)
    session.flush()
    works = plans.works.ids
    results = write_results(session, delivery=delivery, season_id=season.id, works=works, batch_id=batch.id)
    counts["results_added"] = results.added
    counts["results_changed"] = len(results.changed)
    counts["marks_added"] = results.marks
    counts["checks_added"] = write_checks(session, delivery=delivery, season_id=season.id, works=works)
    files = FileWriter(
        session=session,
        store=store,
        directory=delivery.directory,
        season_id=season.id,
        slug=rules.slug,
        year=season.year,
        machine_now=machine_now,
    )
    counts["files_added"] = files.write(delivery.files, works)
    return ImportedRegistry(batch=batch, counts=counts, changed_works=results.changed)


def _check_season(delivery: Delivery, season: Season, problems: Problems) -> None:
    manifest = delivery.manifest
    if manifest.year != season.year:
        problems.add(MANIFEST, None, "year", f"таблицы другого года, а сезон – {season.year} года")
    if manifest.timetable_shift_days != season.timetable_shift_days:
        reason = f"расписание сдвинуто не так, как в сезоне: там {season.timetable_shift_days} дн."
        problems.add(MANIFEST, None, "timetable_shift_days", reason)
    if manifest.teaching and not season.demo:
        problems.add(MANIFEST, None, "teaching", "учебные данные нельзя внести в настоящий сезон")
