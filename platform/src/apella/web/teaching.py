"""The teaching time of an embedded instance, for every page: nobody may take its dates for real ones."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import current_app, request
from sqlalchemy import func as sql
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from apella.errors import NotFound
from apella.tenancy.model import Season
from apella.web import formatting
from apella.web.requests import EXTENSION, app_of


def teaching_day(now: datetime, *, zone: ZoneInfo) -> str | None:
    """The day of the case time of somebody signed in, «чт 18.06.2026»; None in production."""
    return formatting.day(now.astimezone(zone).date()) if app_of().settings.embedded else None


def teaching_time() -> str | None:
    """The day of the newest demo season of the tenant that the address names (none: of the first tenant).

    None in production, before there is a season, and while the database does not answer: an error page needs none.
    """
    if EXTENSION not in current_app.extensions or not app_of().settings.embedded:
        return None
    regions = app_of().regions
    slug = (request.view_args or {}).get("tenant") or regions.slugs[0]
    try:
        rules = regions.get(slug)
        with app_of().database.unit_of_work(rules.tenant.tenant_id) as work:
            now = work.session.scalar(
                select(sql.now() + Season.clock_offset).where(Season.demo).order_by(Season.created_at.desc()).limit(1)
            )
    except (NotFound, SQLAlchemyError):
        return None
    return None if now is None else teaching_day(now, zone=rules.zone)
