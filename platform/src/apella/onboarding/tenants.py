"""Entering the tenants whose files are installed; the only rows that `app_owner` writes."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from apella.db.engine import DbRole, make_engine
from apella.db.unit_of_work import Database
from apella.errors import ConfigurationError
from apella.regions.registry import RegionRegistry
from apella.tenancy.model import Tenant


def enter_tenants(database_url: str, regions: RegionRegistry) -> None:
    """Make a row for each tenant that has none. Raises ConfigurationError when a number changed its name."""
    engine = make_engine(database_url, DbRole.OWNER, pool_size=1)
    try:
        with Database(engine).unit_of_work(None) as work:
            known = {row.id: row.slug for row in work.session.scalars(select(Tenant))}
            for rules in regions:
                earlier = known.get(rules.tenant.tenant_id, rules.slug)
                if earlier != rules.slug:
                    raise ConfigurationError(
                        f"{rules.slug}/tenant.toml: id: номер {rules.tenant.id} в базе у региона {earlier}; "
                        "верните прежний номер.",
                        code="tenant.renumbered",
                    )
                work.session.execute(
                    insert(Tenant)
                    .values(id=rules.tenant.tenant_id, slug=rules.slug)
                    .on_conflict_do_nothing(index_elements=["id"])
                )
    finally:
        engine.dispose()
