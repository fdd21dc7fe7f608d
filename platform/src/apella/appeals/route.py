"""By which door a case came and in whose hands its paper, or its withdrawal, is now.

Whoever has it owes the clock of that step: the position stands nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.appeals.states import State
from apella.deadlines import service as deadlines
from apella.identity.roles import Role
from apella.regions.rules import RegionRules
from apella.regions.values.filing import Certification, Channel, ForwardingStep
from apella.registry.model import Organisation, OrganisationKind

WITHDRAWAL = "withdrawal.forwarding"
"""The term within which each hand passes on a withdrawal."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a paper on its way is. `role` None: with the commission, which has not entered it yet.

    `organisation` is the school or authority that has it, where one has.
    """

    role: Role | None
    organisation: Organisation | None


def missing_certification(rules: RegionRules, appeal: Appeal) -> Certification | None:
    """How a paper still has to be certified before it is handed on; None where that is done, or not asked for."""
    channel = rules.channel(kind=appeal.kind, category=appeal.category, code=appeal.channel)
    return None if channel is None or appeal.certified_at is not None else channel.certification


def channel_of(desk: Desk, appeal: Appeal) -> Channel:
    """The door by which a case came; the rules of its season have it, or the season's data was broken."""
    channel = desk.rules.channel(kind=appeal.kind, category=appeal.category, code=appeal.channel)
    if channel is None:
        raise RuntimeError(f"the rules lost the channel {appeal.channel} of an open case")
    return channel


def holder(desk: Desk, appeal: Appeal) -> ForwardingStep | None:
    """The step whose turn it is; None when the paper has come to the commission."""
    owed = {(clock.term, clock.owed_by) for clock in deadlines.open_terms(desk.session, case_id=appeal.id)}
    return next((step for step in channel_of(desk, appeal).forwarding if (step.term, step.role) in owed), None)


def next_hand(desk: Desk, appeal: Appeal, step: ForwardingStep) -> ForwardingStep | None:
    """The step after this one; None when the commission is next."""
    steps = channel_of(desk, appeal).forwarding
    following = steps.index(step) + 1
    return steps[following] if following < len(steps) else None


def withdrawal_holder(desk: Desk, appeal: Appeal) -> ForwardingStep | None:
    """The step at which a withdrawal waits; None when it has come to the commission, or none is under way."""
    owed_by = next(
        (clock.owed_by for clock in deadlines.open_terms(desk.session, case_id=appeal.id) if clock.term == WITHDRAWAL),
        None,
    )
    return next((step for step in channel_of(desk, appeal).forwarding if step.role == owed_by), None)


def comes_to(desk: Desk, appeal: Appeal, step: ForwardingStep) -> None:
    """Let the next hand see the case: the municipal authority of the territory where the paper was taken in."""
    if step.role is not Role.MUNICIPAL_OPERATOR or appeal.via_organisation_id is not None:
        return
    taken_in = desk.session.get(Organisation, (appeal.tenant_id, appeal.accepted_organisation_id))
    if taken_in is None:
        return
    appeal.via_organisation_id = desk.session.scalars(
        select(Organisation.id)
        .where(
            Organisation.season_id == appeal.season_id,
            Organisation.kind == OrganisationKind.MUNICIPAL_AUTHORITY,
            Organisation.territory == taken_in.territory,
        )
        .order_by(Organisation.code)
        .limit(1)
    ).one_or_none()


def place_of(desk: Desk, appeal: Appeal) -> Place | None:
    """Where the paper of a case is while it is on its way; None once the commission has entered it."""
    if appeal.state is not State.IN_TRANSIT:
        return None
    step = holder(desk, appeal)
    if step is None:
        return Place(role=None, organisation=None)
    organisation_id = (
        appeal.via_organisation_id if step.role is Role.MUNICIPAL_OPERATOR and appeal.via_organisation_id else None
    )
    if organisation_id is None and step is channel_of(desk, appeal).forwarding[0]:
        organisation_id = appeal.accepted_organisation_id
    organisation = None
    if organisation_id is not None:
        organisation = desk.session.get_one(Organisation, (appeal.tenant_id, organisation_id))
    return Place(role=Role(step.role), organisation=organisation)
