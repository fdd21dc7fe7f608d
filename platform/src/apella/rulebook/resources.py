"""The API of a region's rules, terms and calendar; the law is public, so what says it answers without a session."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import Response, jsonify

from apella.calendar import store
from apella.identity.permissions import require, role_for
from apella.regions.book import rules_of_season
from apella.regions.loader import federal_counterpart
from apella.rulebook import repository
from apella.rulebook.asking import ask, day_asked, document
from apella.rulebook.in_force import InForce, of_season, on_day
from apella.rulebook.rules_view import rules_view
from apella.rulebook.schemas import CalendarChangeSchema, CountAnswerSchema, CountQuestionSchema, RegionTermsSchema
from apella.rulebook.schemas_rules import RegionRuleSetSchema, RulesQuestionSchema
from apella.rulebook.terms_view import terms_document
from apella.web.api import PROBLEM, blueprint
from apella.web.requests import app_of, desk, rules, unit_of_work

api = blueprint("rulebook", __name__, "Rules: a region's terms, and any of them counted from a date")


@api.route("/deadlines/terms")
@api.doc(security=[])
@api.response(200, RegionTermsSchema)
def terms(tenant: str) -> Response:  # noqa: ARG001 the address names the tenant
    """Every term of the region: its rule, who owes it, its clauses, where it leaves the federal Procedure.

    By the rules of the running season; where none or several run, by those in force today.
    """
    return jsonify(terms_document(_in_force(None)))


@api.route("/deadlines/explain")
@api.doc(security=[])
@api.arguments(CountQuestionSchema, location="query")
@api.response(200, CountAnswerSchema)
@api.alt_response(422, response=PROBLEM)
def explain(query: dict[str, Any], tenant: str) -> Response:  # noqa: ARG001 the address names the tenant
    """Count a term, and tell each day that counts or does not, by the calendar in force.

    The rules are the running season's; where none or several run, those in force on the day of the first date.
    A part whose event is not given has `due` null and is left out; 422 `calendar.range` for a date outside the
    calendars.
    """
    found = _in_force(day_asked(query["start"], query["events"]))
    answer = ask(
        found.rules, term_id=query["term"], start=query["start"], events=query["events"], channel=query["channel"]
    )
    return jsonify(document(found, answer))


@api.route("/rules")
@api.doc(security=[])
@api.arguments(RulesQuestionSchema, location="query")
@api.response(200, RegionRuleSetSchema)
def rule_set(query: dict[str, Any], tenant: str) -> Response:  # noqa: ARG001 the address names the tenant
    """The region's rule set line by line, the federal value beside each that differs; in force as for the terms."""
    found = _in_force(None)
    view = rules_view(
        found.rules, federal_counterpart(found.rules), only_differences=query["diff"] is not None, found=found
    )
    return jsonify(view.as_json())


@api.route("/calendar/changes/<uuid:change_id>")
@api.response(200, CalendarChangeSchema)
def calendar_change(tenant: str, change_id: uuid.UUID) -> dict[str, Any]:  # noqa: ARG001 the address names the tenant
    """A change of the calendar, for those who propose or approve: its state, and how far its recount is."""
    at = desk()
    if role_for(at.actor, "propose_calendar") is None:
        require(at.actor, "approve_calendar")
    version = store.version_of(at.session, change_id)
    progress = store.progress_of(at.session, change_id)
    return {
        "id": version.id,
        "number": version.number,
        "calendar_version": version.label,
        "title": version.title,
        "state": version.state,
        "counted": progress.counted if progress else None,
        "total": progress.total if progress else None,
        "moved": repository.count_moved(at.session, change_id),
    }


def _in_force(day: dt.date | None) -> InForce:
    """The rules of the running season, else those of that day, else today's; by the calendar that imports have made."""
    work, region, regions = unit_of_work(), rules(), app_of().regions
    season = repository.running_season(work.session, machine_now=work.machine_now, zone=region.zone)
    if season is not None:
        own = rules_of_season(work.session, regions, slug=region.slug, season=season)
        return of_season(regions, own, title=season.title, opened_on=season.opened_on)
    found = on_day(regions, region.slug, day or work.machine_now.astimezone(region.zone).date())
    return found.with_calendar(store.current(work.session, region.calendar))
