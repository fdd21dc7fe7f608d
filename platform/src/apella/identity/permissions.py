"""Reading the table role × action × state, and each role's reach; it stands in `permissions.toml` beside this file."""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from apella.errors import Conflict, Forbidden
from apella.identity.actor import Actor
from apella.identity.roles import Role

ANY = "*"
PERSON_ONLY = frozenset({"bind_phone", "certify", "declare_conflict", "issue_school_code", "link_representative"})
"""What a program may not do in any role: seeing somebody's document, signing, speaking of one's own interest."""


class Reach(enum.StrEnum):
    """Which cases of the season somebody has before them; several roles add up."""

    OWN = "own"
    LINKED = "linked"
    """Those of the participant whom a parent stands for."""
    MANDATED = "mandated"
    """Those of the principal that the power of attorney is about."""
    ORGANISATION = "organisation"
    """Those that the own organisation took in."""
    AUTHORITY = "authority"
    """Those that the own authority took in or passed on."""
    TAKEN_IN = "taken_in"
    """Those that the person took in."""
    ASSIGNED = "assigned"
    SEASON = "season"
    NONE = "none"
    """None; emergency access opens one case to who may ask for it, and no list."""


APPELLANT_SIDE = frozenset({Reach.OWN, Reach.LINKED, Reach.MANDATED})
"""The reaches of those who stand on the appellant's side."""


@cache
def table() -> Mapping[str, Mapping[Role, frozenset[str]]]:
    """action -> role -> states; `ANY` stands for every state."""
    return {
        action: {Role(role): frozenset(states) for role, states in roles.items()}
        for action, roles in _file().items()
        if action != "reach"
    }


@cache
def reaches() -> Mapping[Role, Reach]:
    """role -> which cases it reaches; every role stands in it."""
    return {Role(role): Reach(reach) for role, reach in _file()["reach"].items()}


def reach_of(actor: Actor) -> frozenset[Reach]:
    """What the actor's roles reach together; empty for somebody who has no cases before them."""
    return frozenset(reaches()[role] for role in actor.roles) - {Reach.NONE}


def sees_season(actor: Actor) -> bool:
    """Whether every case of the season is within this actor's reach; the platform itself has them all."""
    return actor.is_system or Reach.SEASON in reach_of(actor)


@cache
def _file() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("apella.identity").joinpath("permissions.toml").read_text("utf-8"))


def role_for(actor: Actor, action: str, state: str | None = None) -> Role | None:
    """The role by which this actor may do `action` now, in the table's order; None when there is none."""
    if actor.program and action in PERSON_ONLY:
        return None
    for role, states in table()[action].items():
        if role in actor.roles and (ANY in states or state in states):
            return role
    return None


def may_ever(actor: Actor, action: str) -> bool:
    """Whether one of the actor's roles may do `action` in some state: then waiting or acting earlier would help."""
    return bool(actor.roles & table()[action].keys()) and not (actor.program and action in PERSON_ONLY)


def require(actor: Actor, action: str, state: str | None = None) -> Role:
    """Like `role_for`, but raises Forbidden for another's deed, and Conflict when only the state is wrong."""
    role = role_for(actor, action, state)
    if role is not None:
        return role
    if may_ever(actor, action):
        raise Conflict(
            "В нынешнем состоянии дела это действие вам недоступно: обновите страницу дела.",
            code="permission.state",
            action=action,
            state=state,
        )
    raise Forbidden("Это действие выполняет другой участник процесса.", code="permission.role", action=action)
