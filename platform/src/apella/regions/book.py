"""Which rules count: a season's come from the tenant's files, a running case's from the record of its own version."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event, select
from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from apella.calendar import store
from apella.db.ids import new_id
from apella.errors import ConfigurationError, NotFound
from apella.regions.loader import rules_again
from apella.regions.model import RuleSet
from apella.regions.registry import RegionRegistry
from apella.regions.rules import RegionRules
from apella.tenancy.model import Season

log = logging.getLogger(__name__)

# A version is a hash of its content, so what was once made or written holds for the life of the process.
_made: dict[str, RegionRules] = {}
_written: WeakKeyDictionary[Engine | Connection, set[str]] = WeakKeyDictionary()


def rules_of_season(session: Session, regions: RegionRegistry, *, slug: str, season: Season) -> RegionRules:
    """The rules that new cases of a season are filed under, as the files are now, counting by the live calendar.

    That is the edition in force on the day when the season was opened. The calendar is the tenant's one, in every
    edition the same: a day off is a fact. One statement, for it. Raises NotFound for an unknown tenant.
    """
    rules = regions.on(slug, season.opened_on, year=season.year)
    return rules.with_calendar(store.current(session, regions.get(slug).calendar))


def rules_of_version(session: Session, rules: RegionRules, version: str) -> RegionRules:
    """The version that a case was opened under, counting by the same calendar as `rules`, the season's present ones.

    No statement where that is still the present version or the process has made it before, else one. Raises NotFound
    for a version that was never recorded, and as `apella.regions.loader.rules_again`.
    """
    if version == rules.version:
        return rules
    made = _made.get(version)
    if made is None:
        found = session.scalars(select(RuleSet).where(RuleSet.version == version)).one_or_none()
        if found is None:
            raise NotFound("Правил, под которыми открыто это дело, в базе нет.", code="rules.version")
        made = _made[version] = _again(found, rules.slug)
    return made.with_calendar(rules.calendar)


def record_rules(session: Session, rules: RegionRules) -> None:
    """Keep the version for good before a season or a case refers to it: once per version and process."""
    known = _written.setdefault(session.get_bind(), set())
    if rules.version in known:
        return
    row = insert(RuleSet).values(
        id=new_id(),
        version=rules.version,
        edition=rules.in_force,
        year=rules.year,
        content=dict(rules.content),
        plugin_version=rules.plugin_version,
    )
    session.execute(
        row.on_conflict_do_update(index_elements=["tenant_id", "version"], set_={RuleSet.used_at: sql.now()})
    )

    def keep(ended: Session) -> None:
        # The release of a savepoint is told in the same way: only a whole transaction has kept the record.
        if not ended.in_nested_transaction():
            known.add(rules.version)

    event.listen(session, "after_commit", keep)


def recorded_rules(session: Session, *, slug: str) -> Iterator[RegionRules]:
    """Every recorded version of the session's tenant, the last used first; what stands in for broken files.

    One that this release cannot make again is left out, and the log says so.
    """
    for found in session.scalars(select(RuleSet).order_by(RuleSet.used_at.desc(), RuleSet.id.desc())):
        try:
            rules = _again(found, slug)
        except ConfigurationError:
            log.exception("a recorded rule set cannot be made again", extra={"tenant": slug})
            continue
        reason = (
            "Файлы региона содержат ошибки, поэтому действуют правила, записанные в базе "
            f"{found.recorded_at.astimezone(rules.zone):%d.%m.%Y}. "
            "Администратору: ошибки перечислены в журнале работы, исправьте файлы и перезапустите систему."
        )
        yield replace(rules, stale_reason=reason)


def _again(found: RuleSet, slug: str) -> RegionRules:
    return rules_again(found.content, version=found.version, plugin_version=found.plugin_version, slug=slug)
