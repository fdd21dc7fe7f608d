"""How an appeal comes in: channels, what an application states, who may be present, how it is withdrawn."""

from __future__ import annotations

import string
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from apella.identity.roles import Role
from apella.regions.codes import (
    DATED_DOORS,
    DOOR_OPERATORS,
    ONWARD,
    ApplicationField,
    CategoryCode,
    ChannelCode,
    DecisionCode,
    IssuerCode,
    KindCode,
    PersonCode,
    PowerCode,
)
from apella.regions.values.base import Line, Sourced, Value

Applicants = Annotated[tuple[PersonCode, ...], Field(min_length=1)]

REPLY_FIELDS = frozenset({"receipt", "commission", "phone", "portal"})
"""What a reply by open mail may name: nothing about a person (reading C5)."""


class ForwardingStep(Value):
    """Who passes a paper on, and the id of the term in which it must be passed, counted from when it came there."""

    role: Role
    term: Line


class Certification(Sourced):
    """Who certifies every copy of a paper with a signature, after it is printed and before it is handed on.

    `roles` are those of the door's staff who may, `post` is who that is in the words of the act.
    """

    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    post: Line


class Channel(Sourced):
    """One door for one kind of appeal and some categories of participants.

    `operator` is the role that enters the appeal; `applicants` are those whose will it states. `forwarding` lists who
    passes the paper on to the commission, in order: empty means that filing is receipt (`receipt_event` says so in
    the words of the terms). `decision` names the decision of the exam commission without which the door is shut.
    `form` is the form of the application, `kege_form` the one for the computer exam (None: the same). `copies` of a
    paper, 0 where there is none; with a `certification` they are handed on only once each has its signature.
    `closes_with_office`: the last day ends with the office hours, not at midnight (E1).
    `open_reply` is all that is ever written to the mailbox of somebody who filed by open mail (C5); its fields are
    `{receipt}`, `{commission}`, `{phone}`, `{portal}`.
    """

    kind: KindCode
    code: ChannelCode
    title: Line
    categories: Annotated[tuple[CategoryCode, ...], Field(min_length=1)]
    applicants: Applicants
    operator: Role
    forwarding: tuple[ForwardingStep, ...] = ()
    receipt_event: Literal["filed", "registered"]
    required_fields: tuple[ApplicationField, ...] = ()
    prefilled_fields: tuple[ApplicationField, ...] = ()
    copies: Annotated[int, Field(ge=0, le=3)]
    certification: Certification | None = None
    form: Line
    kege_form: Line | None = None
    decision: DecisionCode | None = None
    closes_with_office: bool
    open_reply: Line | None = None

    @field_validator("open_reply")
    @classmethod
    def _names_nobody(cls, value: str | None) -> str | None:
        named = [name for _, name, _, _ in string.Formatter().parse(value or "") if name is not None]
        unknown = sorted(set(named) - REPLY_FIELDS)
        if unknown:
            raise ValueError(
                f"поля {{{unknown[0]}}} в ответе по открытой почте быть не может; "
                f"можно писать: {', '.join(f'{{{name}}}' for name in sorted(REPLY_FIELDS))}"
            )
        return value

    @model_validator(mode="after")
    def _fits_its_door(self) -> Self:
        allowed = DOOR_OPERATORS[self.code]
        if self.operator not in allowed:
            raise ValueError(
                f"у канала {self.code} принимать не может {self.operator}; operator – одно из: {', '.join(allowed)}"
            )
        if (self.code is ChannelCode.EMAIL) != (self.open_reply is not None):
            raise ValueError("open_reply, ответ без персональных данных, нужен каналу email и только ему")
        if self.self_service and ApplicationField.REMOTE_SITE in self.required_fields:
            raise ValueError(
                "личный кабинет спрашивает об удалённом пункте сам, где его выбирает участник (hearing.toml, "
                "remote_place); уберите remote_site из required_fields"
            )
        if self.dated and (self.copies or self.closes_with_office):
            raise ValueError(f"у канала {self.code} бумаги и приёмных часов нет; укажите copies = 0 и уберите часы")
        return self

    @model_validator(mode="after")
    def _passes_from_hand_to_hand(self) -> Self:
        roles = [step.role for step in self.forwarding]
        if roles and roles[0] != self.operator:
            raise ValueError(f"первым апелляцию передаёт тот, кто её принял: {self.operator}")
        strangers = [role for role in roles[1:] if role not in ONWARD or roles.count(role) > 1]
        if strangers:
            raise ValueError(
                f"дальше апелляцию передаёт каждый по разу, и это может быть {' или '.join(ONWARD)}, "
                f"а не {strangers[0]}"
            )
        return self

    @model_validator(mode="after")
    def _receipt_follows_forwarding(self) -> Self:
        if self.forwarding and self.receipt_event == "filed":
            raise ValueError(
                "апелляция передаётся дальше, значит в комиссию она поступает не при подаче; "
                'укажите receipt_event = "registered" или уберите forwarding'
            )
        return self

    @model_validator(mode="after")
    def _certifies_what_it_hands_on(self) -> Self:
        if self.certification is None:
            return self
        if not self.copies or not self.forwarding:
            raise ValueError(
                "certification: заверяют бумагу, которую передают дальше; укажите copies и forwarding "
                "или уберите certification"
            )
        allowed = DOOR_OPERATORS[self.code]
        strangers = [role for role in self.certification.roles if role not in allowed]
        if strangers:
            raise ValueError(
                f"certification: у канала {self.code} заверять не может {strangers[0]}; "
                f"roles – из этих: {', '.join(allowed)}"
            )
        return self

    @property
    def self_service(self) -> bool:
        """Whether the applicant enters it: such a door refuses what staff would have to take on paper."""
        return self.operator in ("participant", "parent")

    @property
    def dated(self) -> bool:
        """Whether an appeal has arrived here before it is entered, so that its time of filing must be given."""
        return self.code in DATED_DOORS

    @property
    def start_state(self) -> Literal["in_transit", "registered"]:
        """The state in which a case from this door begins."""
        return "in_transit" if self.forwarding else "registered"


class PresenceMode(Sourced):
    """One of several ways of consideration that the applicant chooses between."""

    code: Literal["in_presence", "in_absence"]
    label: Line


class PresenceMark(Sourced):
    """A yes/no mark about one person of the appellant's side."""

    person: PersonCode
    with_label: Line
    without_label: Line


class ProxyPower(Sourced):
    """A power that a power of attorney gives, in the words of the region's form."""

    code: PowerCode
    says: Line


class ProxyForm(Sourced):
    """A form of the region for a power of attorney, and who gives one of this form."""

    code: Line
    title: Line
    issuer: IssuerCode


class ProxyRules(Sourced):
    """What a power of attorney must be and what it allows.

    `powers` are those that the region's form gives; where the region names none, a paper gives those of
    `UNNAMED_POWERS` that stand in it. `forms` are the region's where `form` is "regional": each states whole data of
    both people. `issuers` are those who may give it: where they are named, it is asked and recorded who did.
    """

    allowed: bool
    form: Literal["plain", "regional"]
    notary_required: bool
    per_subject_and_year: bool
    powers: tuple[ProxyPower, ...]
    forms: tuple[ProxyForm, ...] = ()
    issuers: tuple[IssuerCode, ...] = ()

    @model_validator(mode="after")
    def _names_its_forms(self) -> Self:
        if self.allowed and (self.form == "regional") != bool(self.forms):
            raise ValueError('forms: формы доверенности перечисляют там и только там, где form = "regional"')
        codes = [power.code for power in self.powers]
        if len(set(codes)) < len(codes):
            raise ValueError("powers: каждое полномочие называют один раз")
        return self

    @property
    def grantable(self) -> tuple[PowerCode, ...]:
        """The powers that a paper of this region may give."""
        return tuple(power.code for power in self.powers) or UNNAMED_POWERS


UNNAMED_POWERS = tuple(code for code in PowerCode if code not in (PowerCode.FILE, PowerCode.WITHDRAW))
"""What a power of attorney may give where the region's act names no powers: all but filing and taking back (D11)."""


class Presence(Sourced):
    """What the applicant says about presence (presence.toml).

    With `modes` the form asks for one of them first and shows the marks only for `in_presence`; without modes the
    marks alone decide, and no mark at all means consideration in absence. `parent_proof_required`: a parent proves
    the right to represent beside the identity.
    """

    modes: tuple[PresenceMode, ...] = ()
    marks: Annotated[tuple[PresenceMark, ...], Field(min_length=1)]
    parent_proof_required: bool
    proxy: ProxyRules

    @property
    def persons(self) -> tuple[PersonCode, ...]:
        """Those about whom a mark may be made."""
        return tuple(mark.person for mark in self.marks)


class Withdrawal(Sourced):
    """Where and by whom an appeal is taken back; until when say the terms `score.withdrawal`, `procedure.withdrawal`.

    In every region the beginning of the consideration of the case ends the window (A12).
    `forwarded`: a withdrawal taken in at a door with forwarding goes the way of the appeal, each hand within the term
    `withdrawal.forwarding`; the case is blocked from its acceptance all the same (C3).
    `form` is made of a withdrawal in the cabinet; None where none is. `written`: staff takes one in only by a written
    application, whose day and signer are recorded.
    """

    allowed: bool
    applicants: Applicants
    score_doors: tuple[ChannelCode, ...]
    procedure_doors: tuple[ChannelCode, ...]
    forwarded: bool = False
    written: bool = False
    form: Line | None = None

    def doors(self, kind: str) -> tuple[ChannelCode, ...]:
        """The channels that take a withdrawal of this kind of appeal."""
        return self.score_doors if kind == "score" else self.procedure_doors
