"""What may be decided (decisions.toml), what goes on from there (exchange.toml), what is kept (records.toml)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from apella.identity.roles import Role
from apella.regions.codes import BodyCode, OutcomeCode
from apella.regions.values.base import Keyed, Line, Sourced, Statement, Value

Bodies = Annotated[tuple[BodyCode, ...], Field(min_length=1)]
PartyCode = Literal["secretary", BodyCode, "information_system"]

_POLICIES = ("score", "kege", "procedure")


class Policy(Sourced):
    """What the commission may decide on one kind of case, and on what grounds."""

    outcomes: Annotated[tuple[OutcomeCode, ...], Field(min_length=2)]
    rejected_if: Line
    satisfied_if: Line


class ShortAnswers(Sourced):
    """What of short answers is looked at: how they were recognised, never the key (A30).

    `permitted_symbols_only`: an answer written against the instruction is not corrected.
    """

    recognition_corrected: bool
    permitted_symbols_only: bool


class Recalculation(Sourced):
    """Who recalculates a state final exam taken not as the unified one (GVE); None: as the unified one."""

    gve_by: BodyCode | None = None


class Approval(Sourced):
    """Who submits changed results and who approves them."""

    submitted_by: Bodies
    gve_submitted_by: Bodies
    approved_by: Literal["exam_commission", "exam_commission_chair"]


class DecisionRules(Value):
    """Decisions and their approval. `policy` has the three keys score, kege and procedure."""

    policy: Keyed[Policy]
    short_answers: ShortAnswers
    recalculation: Recalculation
    approval: Approval

    @model_validator(mode="after")
    def _policies_are_known(self) -> Self:
        unknown = sorted(set(self.policy) - set(_POLICIES))
        if unknown:
            raise ValueError(f"policy.{unknown[0]}: таких дел нет; есть {', '.join(_POLICIES)}")
        return self


class ExchangeStep(Sourced):
    """One hand-over: what, from whom, to whom, in which term (an id)."""

    what: Line
    sender: PartyCode
    receiver: PartyCode
    term: Line | None = None


class Suspension(Sourced):
    """Who stops a recalculation, until when, and on what ground the case goes on."""

    by: BodyCode
    until: Line
    resumed: Line


class ExchangeRules(Value):
    """The way of a decision to the changed result, step by step, and what may stop it."""

    step: Annotated[Keyed[ExchangeStep], Field(min_length=1)]
    suspension: Suspension | None = None


class Minutes(Sourced):
    """The record of a sitting as a whole, beside each case's protocol; `contents` says what it holds."""

    contents: Line


class Extracts(Sourced):
    """Who allows an extract from the minutes, and who signs it."""

    allowed_by: Annotated[tuple[Role, ...], Field(min_length=1)]
    signed_by: Annotated[tuple[Role, ...], Field(min_length=1)]


class UploadLimits(Sourced):
    """How many files, and how many megabytes of them, one person may send: for one case, and in a whole season."""

    case_files: Annotated[int, Field(ge=1, description="целое число от 1")]
    case_megabytes: Annotated[int, Field(ge=1, description="целое число от 1")]
    season_files: Annotated[int, Field(ge=1, description="целое число от 1")]
    season_megabytes: Annotated[int, Field(ge=1, description="целое число от 1")]


class RecordRules(Value):
    """What the commission keeps, and how much of it people may send; until when says the term of retention."""

    reporting: Keyed[Statement]
    uploads: UploadLimits
    minutes: Minutes | None = None
    extracts: Extracts | None = None
