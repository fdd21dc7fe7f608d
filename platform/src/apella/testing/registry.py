"""A season that deliveries are taken into, for tests of the import."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import func as sql
from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.bootstrap import App
from apella.db.ids import new_id
from apella.demo.season import DemoSeason, Scans, generate
from apella.demo.writing import write_season
from apella.experts.model import Expert
from apella.identity.actor import Actor
from apella.identity.model import Person
from apella.onboarding.importing import ImportReport, import_season
from apella.onboarding.seasons import open_season
from apella.registry.importing_delivery import Delivery, read_delivery
from apella.registry.model import Exam, ImportBatch, Mark, Organisation, Result, Work, WorkCheck

T = TypeVar("T")


class Registry:
    """A season of one tenant, opened for one test, that deliveries are taken into."""

    def __init__(self, app: App, slug: str, folder: Path, *, demo: bool = True) -> None:
        self.app = app
        self.rules = app.regions.get(slug)
        self._folder = folder
        with app.database.unit_of_work(self.rules.tenant.tenant_id) as work:
            self.season_id = open_season(
                work.session,
                regions=app.regions,
                slug=slug,
                machine_now=work.machine_now,
                vaults=app.vaults,
                code=f"test-{new_id().hex[-8:]}",
                title="Учебный сезон",
                period="main",
                demo=demo,
                clock_offset=timedelta(days=1),
                decisions=self.rules.demo_decisions,
                year=self.rules.year,
            ).season.id

    @contextmanager
    def work(self) -> Iterator[Session]:
        """A unit of work of the tenant."""
        with self.app.database.unit_of_work(self.rules.tenant.tenant_id) as work:
            yield work.session

    def read(self, query: Callable[[Session], T]) -> T:
        """Look into the database."""
        with self.work() as session:
            return query(session)

    def season(self, **wishes: Any) -> DemoSeason:
        """Six made-up participants, without scans, unless asked otherwise."""
        return generate(self.rules, **{"participants": 6, "seed": 7, "scans": Scans.NONE, **wishes})

    def delivery(self, season: DemoSeason) -> Delivery:
        """Write a season and read it back."""
        folder = self._folder / new_id().hex
        write_season(season, folder)
        return read_delivery(folder, rules=self.rules)

    def take(self, what: DemoSeason | Delivery) -> ImportReport:
        """Import a delivery in a unit of work of its own."""
        delivery = self.delivery(what) if isinstance(what, DemoSeason) else what
        tenant_id = self.rules.tenant.tenant_id
        with self.app.database.unit_of_work(tenant_id) as work:
            return import_season(
                work.session,
                delivery=delivery,
                rules=self.rules,
                vault=self.app.vaults.of_season(work.session, tenant_id=tenant_id, season_id=self.season_id),
                store=self.app.store,
                actor=self.actor,
                machine_now=work.machine_now,
            )

    def counted(self) -> Counter[str]:
        """How many rows the season has of each table that an import writes."""
        with self.work() as session:
            found: Counter[str] = Counter()
            for model in (Organisation, Exam, Person, Work, Expert, ImportBatch):
                query = select(sql.count()).select_from(model).where(model.season_id == self.season_id)
                found[model.__tablename__] = session.scalars(query).one()
            works = select(Work.id).where(Work.season_id == self.season_id)
            for part in (Result, WorkCheck):
                rows = select(sql.count()).select_from(part).where(part.work_id.in_(works))
                found[part.__tablename__] = session.scalars(rows).one()
            results = select(Result.id).where(Result.work_id.in_(works))
            marks = select(sql.count()).select_from(Mark).where(Mark.result_id.in_(results))
            found["mark"] = session.scalars(marks).one()
            return found

    def works(self) -> dict[str, uuid.UUID]:
        """The works of the season by their codes."""
        with self.work() as session:
            works = session.scalars(select(Work).where(Work.season_id == self.season_id)).all()
            return {work.code: work.id for work in works}

    def results(self, code: str) -> list[Result]:
        """The versions of a work's result."""
        query = select(Result).where(Result.work_id == self.works()[code]).order_by(Result.version)
        with self.work() as session:
            return list(session.scalars(query))

    @property
    def actor(self) -> Actor:
        """The platform itself, in this season."""
        return Actor.system(tenant_id=self.rules.tenant.tenant_id, slug=self.rules.slug, season_id=self.season_id)
