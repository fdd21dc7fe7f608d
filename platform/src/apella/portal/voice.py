"""To whom the cabinet speaks: to the participant, or about the participant to somebody who represents them; pure."""

from __future__ import annotations

from dataclasses import dataclass

from apella.identity.actor import Actor
from apella.identity.mandate import REPRESENTING


@dataclass(frozen=True, kw_only=True)
class Voice:
    """How the cabinet speaks to whoever is signed in."""

    represents: bool = False

    def say(self, own: str, about: str) -> str:
        """Return `own` («ваш балл») for the participant, `about` («балл участника») for a representative."""
        return about if self.represents else own


OWN = Voice()


def voice_of(actor: Actor) -> Voice:
    """How to speak to this actor."""
    return Voice(represents=bool(actor.roles & REPRESENTING))
