"""How an appeal is heard and decided: modes, durations, identity, votes, experts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import Field

from apella.identity.roles import Role
from apella.regions.codes import DecisionCode, ExpertStatusCode
from apella.regions.values.base import Line, Minutes, Sourced, SubjectCode, Value

PresentMode = Literal["on_site", "remote"]


class Duration(Sourced):
    """Minutes for one appeal in one mode.

    `total` includes the expert's explanation; `consultation` is the limit of that explanation (0: none is stated);
    `hearing` is the hearing's own slot where it is counted apart from the explanation. `hard`: more needs a decision
    of the commission, otherwise the figures are recommendations.
    """

    total: Annotated[int, Field(ge=1, le=24 * 60, description="целое число минут от 1 до 1440")]
    consultation: Minutes
    hearing: Minutes | None = None
    hard: bool


class Waiting(Sourced):
    """Minutes after which somebody who has not come is a no-show."""

    on_site: Minutes
    remote: Minutes


class LinkWindow(Sourced):
    """When a personal video link works: minutes before the start and after the planned end."""

    before: Minutes
    after: Minutes


class Durations(Value):
    """All lengths of time at a hearing (durations.toml)."""

    on_site: Duration
    remote: Duration
    no_show: Waiting
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


class Approvers(Sourced):
    """Who agrees the hearing plan: for the two kinds of appeal and for the computer exam."""

    score: tuple[Role, ...]
    procedure: tuple[Role, ...]
    kege: tuple[Role, ...]


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
    """Who acts, in this order, when the chair or the secretary is absent."""

    chair: tuple[Role, ...]
    secretary: tuple[Role, ...]


class Incompatibility(Sourced):
    """Roles whose holders may not sit in the commission."""

    roles: tuple[Role, ...]


class CommissionRules(Value):
    """The commission's own rules (commission.toml)."""

    votes: Votes
    substitution: Substitution
    incompatibility: Incompatibility


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
