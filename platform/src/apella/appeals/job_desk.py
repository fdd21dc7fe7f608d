"""A desk for a job: the system at work on one case."""

from __future__ import annotations

import uuid

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.errors import NotFound
from apella.jobs.queue import JobContext


def desk_of(context: JobContext) -> Desk:
    """What verbs and readers need, in the job's transaction."""
    return Desk(
        session=context.session,
        actor=context.actor,
        now=context.now,
        machine_now=context.machine_now,
        rules=context.parts.regions.get(context.actor.slug),
        vault=context.parts.vaults.of_season(
            context.session, tenant_id=context.actor.tenant_id, season_id=context.actor.season_id
        ),
    )


def case_of(context: JobContext) -> Appeal:
    """The case that the job is about. Raises NotFound when its id is not one of this tenant's."""
    appeal = context.session.get(Appeal, (context.actor.tenant_id, uuid.UUID(context.args["case"])))
    if appeal is None:
        raise NotFound("Дела для этой задачи нет.", code="job.case")
    return appeal
