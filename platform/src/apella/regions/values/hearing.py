"""How an appeal is heard and decided: modes, durations, identity, votes, experts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import time
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from apella.identity.roles import Role
from apella.regions.codes import BodyCode, DecisionCode, ExpertStatusCode
from apella.regions.values.base import Line, Minutes, Sourced, SubjectCode, Value

PresentMode = Literal["on_site", "remote"]


class Duration(Sourced):
    """Minutes for one appeal in one mode.

    `total` includes the expert's explanation; `consultation` is the limit of that explanation (0: none is stated);
    `hearing` is the hearing's own slot where it is counted apart from the explanation, `alone` its length where no
    explanation goes before it (None: the total). `hard`: more needs a decision of the commission, otherwise the
    figures are recommendations.
    """

    total: Annotated[int, Field(ge=1, le=24 * 60, description="целое число минут от 1 до 1440")]
    consultation: Minutes
    hearing: Minutes | None = None
    alone: Annotated[int, Field(ge=1, le=24 * 60, description="целое число минут от 1 до 1440")] | None = None
    hard: bool


class LinkWindow(Sourced):
    """When a personal video link works: minutes before the start and after the planned end."""

    before: Minutes
    after: Minutes


class Durations(Value):
    """All lengths of time at a hearing (durations.toml)."""

    on_site: Duration
    remote: Duration
    link: LinkWindow

    def of(self, mode: str) -> Duration:
        """The duration in a mode; a case heard in absence takes what one heard on site takes."""
        return self.remote if mode == "remote" else self.on_site


class Modes(Sourced):
    """The modes that an appellant who comes may choose between, the default first.

    `never_remote` are subjects heard on site only; `remote_decision` is what a remote hearing needs.
    """

    score: Annotated[tuple[PresentMode, ...], Field(min_length=1)]
    procedure: Annotated[tuple[PresentMode, ...], Field(min_length=1)]
    never_remote: tuple[SubjectCode, ...] = ()
    remote_decision: DecisionCode | None = None


class Explanation(Sourced):
    """When the expert explains the marks to the appellant: within the hearing, before it, or when asked (E14)."""

    when: Literal["within", "before", "on_request"]


class SessionHours(Value):
    """A session that stands for all: on these days of the week (ISO numbers, Monday is 1), in the tenant's zone."""

    weekdays: Annotated[
        tuple[Annotated[int, Field(ge=1, le=7)], ...],
        Field(min_length=1, description="список дней недели, понедельник – 1"),
    ]
    begins: time
    ends: time

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.begins >= self.ends:
            raise ValueError("begins должно быть раньше ends")
        return self


class Plan(Sourced):
    """How cases get their time.

    `slot`: a time for each case. `session`: the hours stand in `sessions`, everybody comes when the session begins and
    is heard in the order of the queue. `queue`: a time for each case, and among those who are there the earlier
    arrival is called first (reading D8: slot first, arrival second).
    """

    strategy: Literal["slot", "session", "queue"]
    sessions: tuple[SessionHours, ...] = ()

    @model_validator(mode="after")
    def _sessions_have_hours(self) -> Self:
        if (self.strategy == "session") != bool(self.sessions):
            raise ValueError('sessions, часы заседаний, нужны при strategy = "session" и только тогда')
        return self


class RemotePlace(Sourced):
    """Where an appellant comes who is heard by video.

    `link`: anywhere, a personal link is used. `territory`: to the remote site that the table of territories names for
    the registering organisation; who is from elsewhere is placed by hand. `secretary`: to the site that the secretary
    names; without remote sites a link. `request`: to the site that the applicant asked for, else by hand. The cabinet
    asks for it there, and where the table of territories does not name the applicant's.
    """

    by: Literal["link", "territory", "secretary", "request"]


class Approvers(Sourced):
    """Who agrees the hearing plan: for the two kinds of appeal and for the computer exam.

    `chair_absent` agrees in the commission's chair's place.
    """

    score: tuple[Role, ...]
    procedure: tuple[Role, ...]
    kege: tuple[Role, ...]
    chair_absent: Role | None = None


class IdentityCheck(Sourced):
    """Who checks documents at the hearing, and what is ticked off, in order."""

    by: Role
    steps: Annotated[tuple[Line, ...], Field(min_length=1)]


class HearingRules(Sourced):
    """How a hearing is prepared and held (hearing.toml).

    `video_system` is what the region calls its video link; `recorded`: a remote sitting must be recorded.
    """

    video_system: Line
    recorded: bool
    modes: Modes
    explanation: Explanation
    plan: Plan
    remote_place: RemotePlace
    approvers: Approvers
    identity: IdentityCheck

    def modes_for(self, *, kind: str, subject_code: str, decisions: Collection[str]) -> tuple[PresentMode, ...]:
        """The modes open to an appellant who comes, the default first; never empty: on site is always lawful.

        `decisions` are the codes of the exam commission's decisions recorded for the season.
        """
        listed = self.modes.score if kind == "score" else self.modes.procedure
        remote_allowed = subject_code not in self.modes.never_remote and (
            self.modes.remote_decision is None or self.modes.remote_decision in decisions
        )
        open_modes = tuple(mode for mode in listed if mode != "remote" or remote_allowed)
        return open_modes or ("on_site",)


class Votes(Sourced):
    """How the commission decides: the majority of members present; `tie`: the chair's vote, or rejection.

    The quorum is a share of the members, written as a fraction.
    """

    quorum_numerator: Annotated[int, Field(ge=0, le=100)]
    quorum_denominator: Annotated[int, Field(ge=1, le=100)]
    majority: Literal["present"]
    tie: Literal["chair", "rejected"]
    open: bool

    def quorum(self, members: int) -> int:
        """How many of `members` must be present; at least one."""
        return max(1, -(-members * self.quorum_numerator // self.quorum_denominator))


class Substitution(Sourced):
    """Who acts, in this order, when the chair or the secretary is absent; `decided_by`: whose decision it takes."""

    chair: tuple[Role, ...]
    secretary: tuple[Role, ...]
    decided_by: Annotated[tuple[Role, ...], Field(min_length=1)]

    def substitutes_of(self, role: Role) -> tuple[Role, ...]:
        """The roles whose holders may act in this one's place; empty where nobody may."""
        return {Role.CHAIR: self.chair, Role.SECRETARY: self.secretary}.get(role, ())


class Incompatibility(Sourced):
    """Roles whose holders may not sit in the commission."""

    roles: tuple[Role, ...]


class Composition(Sourced):
    """Who the commission is made of, and by whose act; `relatives`: a relative's interest is a conflict as well.

    `statement`: nobody sits in it before having said that no conflict of interest keeps them out.
    """

    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    approved_by: BodyCode
    relatives: bool
    statement: bool = False


class ConflictRules(Sourced):
    """Whether who has a conflict of interest in a case may still read it; acting in it is closed to them anyway."""

    reading: Literal["closed", "open"]


class ChairRules(Sourced):
    """With whom the candidate for the chair is agreed; None: with nobody."""

    agreed_with: BodyCode | None = None


class Life(Sourced):
    """Until when a commission exists."""

    until: Line


class CommissionRules(Value):
    """The commission's own rules (commission.toml); `life` is None where no act limits it."""

    votes: Votes
    substitution: Substitution
    incompatibility: Incompatibility
    composition: Composition
    conflict: ConflictRules
    chair: ChairRules
    life: Life | None = None


class Conclusion(Sourced):
    """What the expert's conclusion must hold, and where the appellant finds it."""

    requires: tuple[Literal["argument", "criterion"], ...]
    shown_at_hearing: bool
    in_cabinet_after_decision: bool


class Clarification(Sourced):
    """The question to those who made the exam's tasks, when the expert gives no clear answer (federal:101.10).

    Whom it goes to is said in bodies.toml. The term of consideration runs on meanwhile (A19).
    """

    mandatory: bool


class ExpertRules(Sourced):
    """Who may be the invited expert (expert.toml); never having checked this work is the core's own rule.

    `statuses`, `experience`: empty asks for none. `status_of_this_year`: the status was awarded in the exam year.
    `chair_may_be_expert`: the subject chair may take the case. `subjects_without`: no expert is invited there, beside
    the subjects that have no extended answer. `proposed_by` names the expert. `exception_by` may record an exception
    where nobody meets the conditions (None: no exception).
    """

    statuses: tuple[ExpertStatusCode, ...]
    status_of_this_year: bool
    experience: tuple[Literal["first_second", "third"], ...]
    chair_may_be_expert: bool
    subjects_without: tuple[SubjectCode, ...] = ()
    proposed_by: Role
    exception_by: Role | None = None
    conclusion: Conclusion
    clarification: Clarification
