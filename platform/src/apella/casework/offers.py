"""Which verbs a person is offered on a case now: the table of permissions, and what is owed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from apella.appeals import verbs as appeals
from apella.appeals.model import Appeal
from apella.appeals.verb import Verb
from apella.commissions import verbs as commissions
from apella.exchange import verbs as exchange
from apella.hearings import verbs as hearings
from apella.identity.actor import Actor
from apella.identity.permissions import role_for
from apella.identity.roles import Role

VERBS: Mapping[str, Verb] = {
    verb.action: verb for verb in (*appeals.VERBS, *hearings.VERBS, *commissions.VERBS, *exchange.VERBS)
}
"""Every verb on a case by its action."""


def offered(actor: Actor, appeal: Appeal, open_terms: Collection[str]) -> tuple[Verb, ...]:
    """The verbs that make sense for this actor now, those that meet an obligation first.

    The services decide; this only keeps from people buttons that would be refused.
    """
    found = [
        verb
        for verb in VERBS.values()
        if (role := role_for(actor, verb.action, str(appeal.state))) is not None
        and _makes_sense(verb, appeal, open_terms, role)
    ]
    return tuple(sorted(found, key=lambda verb: not set(verb.terms) & set(open_terms)))


def _makes_sense(verb: Verb, appeal: Appeal, open_terms: Collection[str], role: Role) -> bool:
    window = f"{appeal.kind}.withdrawal"
    match verb.action:
        case "withdraw":
            if role in (Role.PARTICIPANT, Role.PARENT):
                return window in open_terms and appeal.withdrawal_accepted_at is None
            return appeal.withdrawal_accepted_at is not None
        case "accept_withdrawal":
            return window in open_terms and appeal.withdrawal_accepted_at is None
        case "admit_late":
            return appeal.filed_late and appeal.admitted_late_reason is None
        case "hand_over" | "decide":
            return True
    return not verb.terms or bool(set(verb.terms) & set(open_terms))
