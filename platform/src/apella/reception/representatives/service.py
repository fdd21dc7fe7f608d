"""Linking at the counter: whom a member of staff may link with whom, by the season's rules."""

from __future__ import annotations

import uuid

from apella.appeals.desk import Desk
from apella.identity import representation
from apella.identity.attorney import PowerOfAttorney
from apella.identity.representation import Linking, Newcomer
from apella.identity.representation_model import Representation
from apella.reception.service import Visitor


def link_parent(desk: Desk, visitor: Visitor, *, newcomer: Newcomer, proof: str) -> Representation:
    """Link a parent; see `representation.link_parent`."""
    return representation.link_parent(
        desk.session, deed=_deed(desk, visitor), participant=visitor.person, newcomer=newcomer, proof=proof
    )


def link_proxy(desk: Desk, visitor: Visitor, *, newcomer: Newcomer, paper: PowerOfAttorney) -> Representation:
    """Enter a power of attorney by the region's rules; see `representation.link_proxy`."""
    return representation.link_proxy(
        desk.session,
        deed=_deed(desk, visitor),
        participant=visitor.person,
        newcomer=newcomer,
        paper=paper,
        rules=desk.rules.presence.proxy,
        subjects=desk.rules.subjects,
    )


def end(desk: Desk, visitor: Visitor, *, representation_id: uuid.UUID, reason: str) -> int:
    """End a link; see `representation.end`."""
    return representation.end(
        desk.session,
        deed=_deed(desk, visitor),
        participant=visitor.person,
        representation_id=representation_id,
        reason=reason,
    )


def _deed(desk: Desk, visitor: Visitor) -> Linking:
    return Linking(actor=desk.actor, role=visitor.role, vault=desk.vault, zone=desk.rules.zone, now=desk.now)
