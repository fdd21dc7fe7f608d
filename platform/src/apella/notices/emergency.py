"""Telling the commission's chair of an emergency access. A rule of the platform: no tenant may change or drop it."""

from __future__ import annotations

from sqlalchemy import and_, select

from apella.appeals.desk import Desk
from apella.appeals.job_desk import case_of, desk_of
from apella.identity.model import Membership, Person
from apella.identity.roles import Role
from apella.jobs.queue import JobContext, handler
from apella.notices.sending import BREAK_GLASS
from apella.notices.service import say, was_told


@handler("notices.tell_chair")
def tell_chair(context: JobContext) -> None:
    """Tell whoever chairs the commission that somebody reads a case by emergency access; who and why stays inside.

    The start page shows it anyway; a message goes to those who have an address of e-mail.
    """
    desk, appeal, occasion = desk_of(context), case_of(context), context.args["glass"]
    if was_told(desk, appeal, BREAK_GLASS, occasion):
        return
    text = (
        f"К делу {appeal.journal_number or appeal.receipt_number} открыт аварийный доступ на 30 минут. "
        "Кто его открыл и зачем, видно на странице «Аварийный доступ»; там его можно закрыть."
    )
    for chair in _chairs(desk):
        channels = ("cabinet",) if chair.email_cipher is None else ("cabinet", "email")
        say(desk, appeal, chair, event=BREAK_GLASS, occasion=occasion, text=text, channels=channels)


def _chairs(desk: Desk) -> list[Person]:
    """Who chairs the commission of the season."""
    query = (
        select(Person)
        .join(Membership, and_(Membership.tenant_id == Person.tenant_id, Membership.person_id == Person.id))
        .where(
            Membership.season_id == desk.actor.season_id,
            Membership.role == Role.CHAIR,
            Membership.revoked_at.is_(None),
        )
        .order_by(Person.id)
    )
    return list(desk.session.scalars(query))
