"""Telling people of an event of a case: who, by which ways, with which words is the tenant's table."""

from __future__ import annotations

import uuid

from sqlalchemy.dialects.postgresql import insert

from apella.appeals.desk import Desk
from apella.appeals.job_desk import case_of, desk_of
from apella.appeals.model import Appeal
from apella.appeals.states import State
from apella.audit.trail import record
from apella.db.ids import new_id
from apella.db.tenant_context import tenant_of_new_rows
from apella.hearings.service import hearing_of
from apella.identity.model import Person
from apella.identity.roles import Role
from apella.jobs.queue import JobContext, handler
from apella.notices.gateways import Message
from apella.notices.model import Notice, NoticeChannel, NoticeState
from apella.notices.wording import values_for
from apella.regions.values.papers import NoticeRule

MEETS = {
    "hearing_scheduled": "hearing.announcement",
    "hearing_moved": "hearing.announcement",
    "decision_made": "decision.notice",
}
"""Which obligation a notice fulfils once one of its ways has taken it."""


@handler("notices.tell")
def tell(context: JobContext) -> None:
    """Tell everybody whom the tenant's table names of the event; told already is told once."""
    desk = desk_of(context)
    appeal = case_of(context)
    event = context.args["event"]
    rule = desk.rules.notice(event, kind=appeal.kind)
    if rule is None:
        return
    if event in ("hearing_scheduled", "hearing_moved") and str(_hearing_id(desk, appeal)) != context.args["occasion"]:
        # The hearing was moved before this notice went out: the notice of the new time takes its place.
        return
    reached = False
    for person in _recipients(desk, appeal, rule):
        text = rule.render(values_for(desk, appeal, rule.fields, event=event))
        for channel in rule.channels:
            reached |= _send(context, desk, appeal, rule, person, NoticeChannel(channel), text)
    if reached:
        _note_told(desk, appeal, event)


def _hearing_id(desk: Desk, appeal: Appeal) -> uuid.UUID | None:
    hearing = hearing_of(desk, appeal)
    return None if hearing is None else hearing.id


def _recipients(desk: Desk, appeal: Appeal, rule: NoticeRule) -> list[Person]:
    ids = {
        Role.PARTICIPANT: appeal.person_id,
        Role.EXPERT: appeal.expert_person_id,
        Role.SCHOOL_OPERATOR: appeal.accepted_by,
        Role.MUNICIPAL_OPERATOR: appeal.accepted_by,
        Role.QUEUE_CLERK: appeal.accepted_by,
        Role.EXAM_COMMISSION_MEMBER: appeal.accepted_by,
    }
    wanted = {ids[Role(role)] for role in rule.recipients if Role(role) in ids}
    return [
        desk.session.get_one(Person, (appeal.tenant_id, person_id)) for person_id in wanted if person_id is not None
    ]


def _send(
    context: JobContext,
    desk: Desk,
    appeal: Appeal,
    rule: NoticeRule,
    person: Person,
    channel: NoticeChannel,
    text: str,
) -> bool:
    """Send by one way; say whether it reached the person's side."""
    address = _address(desk, appeal, person, channel)
    there = channel is NoticeChannel.CABINET or address is not None
    occasion = context.args["occasion"]
    made = desk.session.scalars(
        insert(Notice)
        .values(
            tenant_id=tenant_of_new_rows(),
            id=new_id(),
            case_id=appeal.id,
            person_id=person.id,
            event=str(rule.event),
            occasion=occasion,
            channel=channel,
            state=NoticeState.SENT if there else NoticeState.UNDELIVERABLE,
            text=text,
            planned_at=desk.now,
            sent_at=desk.now if there else None,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "case_id", "event", "occasion", "person_id", "channel"])
        .returning(Notice.id)
    ).one_or_none()
    if made is None:
        return there
    if address is not None and channel is not NoticeChannel.CABINET:
        context.parts.gateways[channel].send(
            desk.session,
            desk.vault,
            Message(
                season_id=appeal.season_id,
                channel=channel,
                address=address,
                subject=rule.title,
                text=text,
                dedup_key=f"{appeal.id}:{rule.event}:{occasion}:{person.id}:{channel}",
            ),
        )
    record(
        desk.session,
        actor=desk.actor,
        tag="notice:person:sent" if there else "notice:person:undeliverable",
        subject_type="notice",
        subject_id=made,
        case_id=appeal.id,
        case_at=desk.now,
        after={"event": rule.event, "channel": channel, "person": str(person.id)},
    )
    return there


def _address(desk: Desk, appeal: Appeal, person: Person, channel: NoticeChannel) -> str | None:
    """Where a message goes: what the application states, else what is on record."""
    own = person.id == appeal.person_id
    if channel is NoticeChannel.SMS:
        if own and appeal.contact_phone_cipher is not None:
            return desk.vault.open("appeal.contact_phone", appeal.id, appeal.contact_phone_cipher)
        return None if person.phone_cipher is None else desk.vault.open("person.phone", person.id, person.phone_cipher)
    if channel is NoticeChannel.EMAIL:
        if own and appeal.contact_email_cipher is not None:
            return desk.vault.open("appeal.contact_email", appeal.id, appeal.contact_email_cipher)
        return None if person.email_cipher is None else desk.vault.open("person.email", person.id, person.email_cipher)
    return None


def _note_told(desk: Desk, appeal: Appeal, event: str) -> None:
    term = MEETS.get(event)
    if term is None or appeal.state is State.CLOSED:
        return
    desk.meet_term(appeal.id, term)
    hearing = hearing_of(desk, appeal)
    if term == "hearing.announcement" and hearing is not None and hearing.announced_at is None:
        hearing.announced_at = desk.now
