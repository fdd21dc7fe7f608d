"""Sending what was planned: one message by one way is one job, so a broken way holds up no other."""

from __future__ import annotations

import uuid

from apella.appeals.desk import Desk
from apella.appeals.job_desk import case_of, desk_of
from apella.appeals.model import Appeal
from apella.appeals.route import channel_of
from apella.appeals.states import State
from apella.audit.trail import record
from apella.deadlines import service as deadlines
from apella.deadlines.explain import Explanation
from apella.hearings.reminders import EVENT, TERM, reminder_days
from apella.hearings.service import hearing_of
from apella.identity.model import Person
from apella.jobs.queue import JobContext, enqueue, handler
from apella.notices.gateways import Message, Undeliverable
from apella.notices.model import Notice, NoticeChannel, NoticeState

MEETS = {
    "hearing_scheduled": "hearing.announcement",
    "hearing_moved": "hearing.announcement",
    "decision_made": "decision.notice",
    EVENT: TERM,
}
"""Which obligation a notice fulfils once one of its ways has taken it."""

BREAK_GLASS = "break_glass_opened"
"""The event that somebody reads a case by emergency access: of the platform, so that no tenant's table words it."""
SUBJECTS = {BREAK_GLASS: "Открыт аварийный доступ к делу"}
"""What messages of the platform's own events are headed with."""

OF_A_HEARING = ("hearing_scheduled", "hearing_moved", EVENT)
"""Events whose occasion begins with the hearing: a hearing moved since is told of by a notice of its own."""


def plan(desk: Desk, notice: Notice) -> None:
    """Ask for a planned notice to be sent."""
    enqueue(
        desk.session,
        season_id=desk.actor.season_id,
        job="notices.send",
        args={"case": str(notice.case_id), "notice": str(notice.id)},
        dedup_key=f"notices.send:{notice.id}",
    )


@handler("notices.send")
def send(context: JobContext) -> None:
    """Hand a planned notice to its way; what is sent already, or was overtaken, is left.

    A mailbox or telephone that is refused for good ends as undeliverable, for a person to act. Raises Unavailable when
    the way does not work now: the job is tried again.
    """
    desk, appeal = desk_of(context), case_of(context)
    key = (appeal.tenant_id, uuid.UUID(context.args["notice"]))
    notice = desk.session.get_one(Notice, key, with_for_update=True)
    if notice.state is not NoticeState.PLANNED:
        return
    if overtaken(desk, appeal, notice.event, notice.occasion):
        settle(desk, notice, NoticeState.OVERTAKEN)
        return
    address = address_of(desk, appeal, desk.session.get_one(Person, (appeal.tenant_id, notice.person_id)), notice)
    rule = desk.rules.notice(notice.event, kind=appeal.kind)
    subject = SUBJECTS.get(notice.event) or (None if rule is None else rule.title)
    if address is None or subject is None:
        settle(desk, notice, NoticeState.UNDELIVERABLE)
        return
    message = Message(
        season_id=appeal.season_id,
        case_id=appeal.id,
        channel=notice.channel,
        address=address,
        subject=subject,
        text=notice.text,
        dedup_key=f"{appeal.id}:{notice.event}:{notice.occasion}:{notice.person_id}:{notice.channel}",
    )
    try:
        context.parts.gateways[notice.channel].send(desk.session, desk.vault, message)
    except Undeliverable:
        settle(desk, notice, NoticeState.UNDELIVERABLE)
        return
    settle(desk, notice, NoticeState.SENT)
    if not _says_nothing(desk, appeal, notice):
        note_told(desk, appeal, notice.event)


def open_reply_of(desk: Desk, appeal: Appeal) -> str | None:
    """The only text that an appellant who wrote from an open mailbox gets there; None for the other doors."""
    return channel_of(desk, appeal).open_reply


def _says_nothing(desk: Desk, appeal: Appeal, notice: Notice) -> bool:
    """Whether a message went out without what it is about: nobody has been told by it."""
    open_mail = notice.channel is NoticeChannel.EMAIL and notice.person_id == appeal.person_id
    return open_mail and open_reply_of(desk, appeal) is not None


def settle(desk: Desk, notice: Notice, state: NoticeState) -> None:
    """Write down what became of a notice, in its row and in the chain."""
    notice.state = state
    notice.sent_at = desk.now if state is NoticeState.SENT else None
    record(
        desk.session,
        actor=desk.actor,
        tag=f"notice:person:{state}",
        subject_type="notice",
        subject_id=notice.id,
        case_id=notice.case_id,
        case_at=desk.now,
        after={"event": notice.event, "channel": notice.channel, "person": str(notice.person_id)},
    )


def overtaken(desk: Desk, appeal: Appeal, event: str, occasion: str) -> bool:
    """Whether the hearing was moved before this notice of it went out, or a reminder of it has come too late."""
    if event not in OF_A_HEARING:
        return False
    hearing = hearing_of(desk, appeal)
    if hearing is None or str(hearing.id) != occasion.partition(":")[0]:
        return True
    ahead = appeal.state is State.SCHEDULED and desk.now < hearing.starts_at
    return event == EVENT and not (ahead and appeal.withdrawal_accepted_at is None)


def address_of(desk: Desk, appeal: Appeal, person: Person, notice: Notice) -> str | None:
    """Where a message goes: what the application states, else what is on record."""
    own = person.id == appeal.person_id
    if notice.channel is NoticeChannel.SMS:
        if own and appeal.contact_phone_cipher is not None:
            return desk.vault.of_case(appeal.id).open("appeal.contact_phone", appeal.id, appeal.contact_phone_cipher)
        return None if person.phone_cipher is None else desk.vault.open("person.phone", person.id, person.phone_cipher)
    if notice.channel is NoticeChannel.EMAIL:
        if own and appeal.contact_email_cipher is not None:
            return desk.vault.of_case(appeal.id).open("appeal.contact_email", appeal.id, appeal.contact_email_cipher)
        return None if person.email_cipher is None else desk.vault.open("person.email", person.id, person.email_cipher)
    return None


def note_told(desk: Desk, appeal: Appeal, event: str) -> None:
    """End the obligation that telling of this event fulfils."""
    term = MEETS.get(event)
    if term is None or appeal.state is State.CLOSED or (event == EVENT and not _is_last_reminder(desk, appeal)):
        return
    desk.meet_term(appeal.id, term)
    hearing = hearing_of(desk, appeal)
    if term == "hearing.announcement" and hearing is not None and hearing.announced_at is None:
        hearing.announced_at = desk.now


def _is_last_reminder(desk: Desk, appeal: Appeal) -> bool:
    """Whether the reminder of today is the last one of its hearing."""
    open_ = deadlines.open_terms(desk.session, case_id=appeal.id)
    counts = [Explanation.from_record(clock.explanation) for clock in open_ if clock.term == TERM]
    today = desk.now.astimezone(desk.rules.zone).date()
    return all(today >= reminder_days(count)[-1] for count in counts)
