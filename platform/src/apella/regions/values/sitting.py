"""The hearing plan and what stands around it (preparation.toml), who is where during a sitting (sitting.toml)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from apella.identity.roles import Role
from apella.regions.values.base import Keyed, Line, Sourced, Value

PlanItem = Literal["date", "time", "place", "link", "consultation_time"]
PlanItems = Annotated[tuple[PlanItem, ...], Field(min_length=1)]
AnswerWay = Literal["phone", "email", "sms", "cabinet"]


class Drafting(Sourced):
    """Who draws up the hearing plan, and from when: for each case, or once intake and forwarding are over.

    `expert_proposes`: the expert may name hours, the author decides (B2). How cases get their time, and who agrees
    the plan, is said in hearing.toml.
    """

    author: Literal["secretary", "queue_system"]
    begins: Literal["with_each_case", "after_intake"]
    expert_proposes: bool


class PlanContents(Sourced):
    """What the plan states for each kind of appeal and for the computer exam."""

    score: PlanItems
    procedure: PlanItems
    kege: PlanItems


class Calling(Sourced):
    """Whether the next appellant is joined only when the one before has finished, and where they wait."""

    one_after_another: bool
    waiting_area: bool


class Participation(Sourced):
    """Whether the appellant is asked to confirm that they will take part; the answer binds nobody (C20)."""

    asked: bool
    ways: tuple[AnswerWay, ...]

    @model_validator(mode="after")
    def _has_a_way(self) -> Self:
        if self.asked != bool(self.ways):
            raise ValueError("ways, способы связи, нужны при asked = true и только тогда")
        return self


class PublicInformation(Sourced):
    """What is published before the season, and where; `term` is the id of the term."""

    where: tuple[Line, ...]
    about: tuple[Line, ...]
    term: Line | None = None


class PreparationRules(Value):
    """How the plan comes about and how people learn of it beside the notices."""

    drafting: Drafting
    contents: PlanContents
    calling: Calling
    participation: Participation
    public_information: PublicInformation


class Places(Sourced):
    """Where the commission and the experts sit; where a remote appellant does is said in hearing.toml."""

    commission: Line


class SiteStaff(Sourced):
    """Somebody who works at a site during a sitting."""

    title: Line
    at: Literal["main", "remote"]


class Attendee(Sourced):
    """Who else may be present and on what ground (None: none is asked); `if_needed`: only for who needs them."""

    title: Line
    ground: Line | None = None
    if_needed: bool = False


class VideoLink(Sourced):
    """Who is given the link (nobody: sites are joined to each other), and the term of that.

    How long it works is said in durations.toml.
    """

    recipients: tuple[Literal["appellant", "site_technician"], ...]
    term: Line | None = None


class Recording(Sourced):
    """What is recorded beside the sitting itself: the rooms, and what the people present are told."""

    rooms: Literal["none", "working_hours", "during_sitting"]
    warning: Line | None = None


class Connection(Sourced):
    """What somebody who joins by video needs and does, in order; empty where the sites see to it."""

    needs: tuple[Line, ...]
    steps: tuple[Line, ...]


class Absence(Sourced):
    """Whether an appeal is considered without the appellant: who wished so, and who did not come."""

    on_wish: bool
    on_no_show: bool


class LinkFailure(Sourced):
    """Who sets another time when the link fails; the term of consideration never moves (C15)."""

    new_time_by: Role


class Announcing(Sourced):
    """Who opens the sitting and who announces the decision."""

    opened_by: Role
    decision_by: Annotated[tuple[Role, ...], Field(min_length=1)]


class ComputerHearing(Sourced):
    """What the computer exam's hearing asks: a computer without network at the place, equal checksums."""

    offline_computer: bool
    checksum: bool


class SittingRules(Value):
    """Places, people and video of a sitting."""

    places: Places
    staff: Keyed[SiteStaff]
    attendance: Annotated[Keyed[Attendee], Field(min_length=1)]
    link: VideoLink
    recording: Recording
    connection: Connection
    absence: Absence
    failure: LinkFailure
    announcing: Announcing
    kege: ComputerHearing
