"""Telling people of an event of a case: who, by which ways, with which words is the tenant's table."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from apella.appeals.desk import Desk
from apella.appeals.job_desk import case_of, desk_of
from apella.appeals.model import Appeal
from apella.identity.mandate import REPRESENTING
from apella.identity.model import Person
from apella.identity.roles import Role
from apella.jobs.queue import JobContext, handler
from apella.notices.model import Notice, NoticeChannel, NoticeState
from apella.notices.sending import address_of, note_told, open_reply_of, overtaken, plan, settle
from apella.notices.wording import values_for
from apella.regions.values.filing import REPLY_FIELDS
from apella.regions.values.papers import NoticeRule


@handler("notices.tell")
def tell(context: JobContext) -> None:
    """Tell everybody whom the tenant's table names of the event, and whoever filed for the participant; once.

    The cabinet shows it from now on; each message by another way becomes a job of its own.
    """
    desk, appeal = desk_of(context), case_of(context)
    event, occasion = context.args["event"], context.args["occasion"]
    rule = desk.rules.notice(event, kind=appeal.kind)
    if rule is None or overtaken(desk, appeal, event, occasion) or was_told(desk, appeal, event, occasion):
        return
    for person in _recipients(desk, appeal, rule):
        text = rule.render(values_for(desk, appeal, rule.fields, event=event))
        say(desk, appeal, person, event=event, occasion=occasion, text=text, channels=rule.channels)
        if person.id == appeal.person_id and appeal.filer_role in REPRESENTING and appeal.filed_by != person.id:
            filer = desk.session.get_one(Person, (appeal.tenant_id, appeal.filed_by))
            # In the cabinet the representative reads the principal's own messages.
            ways = [channel for channel in rule.channels if channel != "cabinet"]
            say(desk, appeal, filer, event=event, occasion=occasion, text=text, channels=ways)


def say(
    desk: Desk, appeal: Appeal, person: Person, *, event: str, occasion: str, text: str, channels: Collection[str]
) -> None:
    """Tell one person of an event by these ways."""
    reply = _open_reply(desk, appeal) if person.id == appeal.person_id else None
    for channel in channels:
        notice = Notice(
            case_id=appeal.id,
            person_id=person.id,
            event=event,
            occasion=occasion,
            channel=NoticeChannel(channel),
            state=NoticeState.PLANNED,
            text=reply if reply is not None and channel == "email" else text,
            planned_at=desk.now,
        )
        desk.session.add(notice)
        desk.session.flush()
        _begin(desk, appeal, person, notice)


def _begin(desk: Desk, appeal: Appeal, person: Person, notice: Notice) -> None:
    if notice.channel is NoticeChannel.CABINET:
        settle(desk, notice, NoticeState.SENT)
        note_told(desk, appeal, notice.event)
    elif address_of(desk, appeal, person, notice) is None:
        settle(desk, notice, NoticeState.UNDELIVERABLE)
    else:
        plan(desk, notice)


def _open_reply(desk: Desk, appeal: Appeal) -> str | None:
    """What an appellant who wrote from an open mailbox is told there: nothing about the person (reading C5)."""
    reply = open_reply_of(desk, appeal)
    if reply is None:
        return None
    return reply.format_map(values_for(desk, appeal, REPLY_FIELDS, event="appeal_filed"))


def was_told(desk: Desk, appeal: Appeal, event: str, occasion: str) -> bool:
    """Whether this was told before: one transaction plans all messages of an event, so one row speaks for all."""
    query = select(Notice.id).where(Notice.case_id == appeal.id, Notice.event == event, Notice.occasion == occasion)
    return desk.session.scalars(query.limit(1)).first() is not None


def _recipients(desk: Desk, appeal: Appeal, rule: NoticeRule) -> list[Person]:
    accepted_by = appeal.accepted_by
    ids = {
        Role.PARTICIPANT: appeal.person_id,
        Role.EXPERT: appeal.expert_person_id,
        Role.SCHOOL_OPERATOR: accepted_by,
        Role.MUNICIPAL_OPERATOR: accepted_by,
        Role.QUEUE_CLERK: accepted_by,
        Role.EXAM_COMMISSION_MEMBER: accepted_by,
    }
    wanted = {ids[Role(role)] for role in rule.recipients}
    return [
        desk.session.get_one(Person, (appeal.tenant_id, person_id)) for person_id in wanted if person_id is not None
    ]
