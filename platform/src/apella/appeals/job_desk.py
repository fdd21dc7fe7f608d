"""A desk for a job: the system at work on one case."""

from __future__ import annotations

import uuid

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.errors import NotFound
from apella.jobs.queue import JobContext
from apella.regions.book import rules_of_season
from apella.tenancy.model import Season


def desk_of(context: JobContext) -> Desk:
    """What verbs and readers need, in the job's transaction; by the case's own rules, where the job is about one.

    Raises NotFound as `case_of`.
    """
    season = context.session.get_one(Season, (context.actor.tenant_id, context.actor.season_id))
    desk = Desk(
        session=context.session,
        actor=context.actor,
        now=context.now,
        machine_now=context.machine_now,
        rules=rules_of_season(context.session, context.parts.regions, slug=context.actor.slug, season=season),
        vault=context.parts.vaults.of_season(
            context.session, tenant_id=context.actor.tenant_id, season_id=context.actor.season_id
        ),
    )
    if "case" in context.args:
        desk.turn_to(case_of(context))
    return desk


def case_of(context: JobContext) -> Appeal:
    """The case that the job is about. Raises NotFound when its id is not one of this tenant's."""
    appeal = context.session.get(Appeal, (context.actor.tenant_id, uuid.UUID(context.args["case"])))
    if appeal is None:
        raise NotFound("Дела для этой задачи нет.", code="job.case")
    return appeal
