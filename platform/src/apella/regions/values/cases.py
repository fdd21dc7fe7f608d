"""What the core tells a region about a case, and what the region answers: the values of the hooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from apella.identity.roles import Role


@dataclass(frozen=True, kw_only=True)
class CaseFacts:
    """What a region may know of a case in order to answer; never a name or another datum of a person.

    `kind`, `category` and `mode` are codes of the glossary; `territory` is the municipality of the organisation where
    the participant registered, as the registry spells it; `wished_site` the code of the site that the applicant asked
    for; `expert_is_subject_chair` once an expert is assigned.
    """

    kind: str
    subject_code: str
    category: str
    mode: str
    territory: str | None = None
    wished_site: str | None = None
    expert_is_subject_chair: bool = False

    @property
    def attended(self) -> bool:
        """Whether somebody of the appellant's side means to take part."""
        return self.mode != "in_absence"


@dataclass(frozen=True, kw_only=True)
class SiteChoice:
    """Where the appellant comes. `site_code` None with `by_hand` False: nowhere, a link is used or nobody comes.

    `by_hand`: no rule decides, the secretary chooses among the tenant's sites. `reason` is a Russian sentence for the
    secretary.
    """

    site_code: str | None
    by_hand: bool = False
    reason: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HearingPart:
    """One part of an appeal's time at a sitting; parts follow one another without a gap.

    `minutes` is what the plan reserves. `hard`: more needs a decision, otherwise the figure is a recommendation.
    """

    code: Literal["consultation", "hearing"]
    minutes: int
    hard: bool
    clauses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class KitStop:
    """One holder of the appeal kit on its way and what the holder does with it.

    `same_day`: it must be passed on the day it came.
    """

    role: Role
    task: Literal["assemble", "receive", "hand_on", "examine", "present"]
    same_day: bool
    clauses: tuple[str, ...]
