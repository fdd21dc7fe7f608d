"""Which verbs a person is offered on a case now: the table of permissions, and what is owed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from apella.appeals import verbs as appeals
from apella.appeals.conflicts import is_barred
from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.appeals.route import missing_certification
from apella.appeals.states import State, SuspensionReason
from apella.appeals.suspension import CAUSES, UNDECIDED
from apella.appeals.verb import Verb
from apella.commissions import verbs as commissions
from apella.deadlines.model import Deadline
from apella.exchange import verbs as exchange
from apella.hearings import verbs as hearings
from apella.identity.actor import Actor
from apella.identity.permissions import role_for
from apella.identity.roles import Role
from apella.regions.rules import RegionRules

VERBS: Mapping[str, Verb] = {
    verb.action: verb for verb in (*appeals.VERBS, *hearings.VERBS, *commissions.VERBS, *exchange.VERBS)
}
"""Every verb on a case by its action."""


HANDED_ON = ("certify", "forward", "forward_withdrawal")
"""What only the person may do whose turn it is."""


def in_turn(verb: Verb, appeal: Appeal, actor: Actor, rules: RegionRules) -> bool:
    """Whether a verb is not before its turn: a paper is certified by who may, and only then handed on and entered."""
    missing = missing_certification(rules, appeal)
    if verb.action == "certify":
        return missing is not None and not actor.roles.isdisjoint(missing.roles)
    return missing is None or verb.action not in ("forward", "register")


def offered(actor: Actor, appeal: Appeal, clocks: Collection[Deadline], rules: RegionRules) -> tuple[Verb, ...]:
    """The verbs that make sense for this actor now, those that meet an obligation first; `clocks` are the open ones.

    The services decide; this only keeps from people buttons that would be refused.
    """
    open_terms = {clock.term for clock in clocks}
    in_hand = {clock.term for clock in clocks if clock.owed_by in actor.roles}
    found = [
        verb
        for verb in VERBS.values()
        if (role := role_for(actor, verb.action, str(appeal.state))) is not None
        and _makes_sense(verb, appeal, in_hand if verb.action in HANDED_ON else open_terms, role)
        and in_turn(verb, appeal, actor, rules)
        and (verb.action != "accept_withdrawal" or rules.takes_withdrawal(kind=appeal.kind, role=role))
    ]
    return tuple(sorted(found, key=lambda verb: not set(verb.terms) & set(open_terms)))


def only_reads(desk: Desk, appeal: Appeal) -> bool:
    """Whether a conflict of interest lets this actor read the case and do nothing in it."""
    if desk.rules.commission.conflict.reading == "closed":
        return False
    return is_barred(desk.session, desk.actor, appeal.id, reading=False)


def _makes_sense(verb: Verb, appeal: Appeal, open_terms: Collection[str], role: Role) -> bool:
    window = f"{appeal.kind}.withdrawal"
    match verb.action:
        case "withdraw":
            if role in (Role.PARTICIPANT, Role.PARENT, Role.PROXY):
                return window in open_terms and appeal.withdrawal_accepted_at is None
            return appeal.withdrawal_accepted_at is not None
        case "accept_withdrawal":
            return window in open_terms and appeal.withdrawal_accepted_at is None
        case "admit_late":
            return appeal.filed_late and appeal.admitted_late_reason is None
        case "hand_over" | "decide":
            return True
        case "suspend" | "declare_moot" | "resume" | "reopen" | "review_suspension":
            return _about_a_pause(verb.action, appeal, role)
    return not verb.terms or bool(set(verb.terms) & set(open_terms))


def _about_a_pause(action: str, appeal: Appeal, role: Role) -> bool:
    reason = appeal.suspended_for
    if reason is None:
        return action == "suspend" and (appeal.state is not State.CLOSED or appeal.outcome not in UNDECIDED)
    cause, void = CAUSES[reason], reason is SuspensionReason.ANNULMENT
    match action:
        case "declare_moot":
            return void
        case "resume":
            return not void and role in cause.by
        case "reopen":
            return not void and appeal.outcome is not None
        case "review_suspension":
            return role is cause.looks or (role is Role.DEPUTY_CHAIR and cause.looks is Role.CHAIR)
    return False
