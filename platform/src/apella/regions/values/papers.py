"""What goes out: notices, forms, acts that values rest on, decisions of the demo season."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from apella.identity.roles import Role
from apella.regions.codes import DecisionCode, KindCode, NoticeEvent
from apella.regions.values.base import Code, Line, Sourced, SubjectCode, Url, Value

NOTICE_FIELDS = frozenset(
    {
        "receipt",
        "number",
        "subject",
        "exam_date",
        "commission",
        "data_centre",
        "exam_commission",
        "portal",
        "phone",
        "time_caption",
        "day",
        "hour",
        "consultation_hour",
        "place",
        "outcome",
        "score_before",
        "score_after",
        "reason",
        "due",
        "moved",
        "calendar_reason",
    }
)
"""What a notice's text may name in braces. `day` is «чт 18.06.2026», `hour` is «10:00», both in the tenant's zone.

`moved` and `calendar_reason` are known to the event `deadline_moved` alone: the person's dates that a change of the
working calendar moved, old and new, and what changed in it.
"""

NOTICE_RECIPIENTS = frozenset(
    {
        Role.PARTICIPANT,
        Role.EXPERT,
        Role.SCHOOL_OPERATOR,
        Role.MUNICIPAL_OPERATOR,
        Role.QUEUE_CLERK,
        Role.EXAM_COMMISSION_MEMBER,
    }
)
"""Who may be told: the applicant, the case's expert, and whoever took the paper in."""

OF_A_NEW_TIME = frozenset({NoticeEvent.HEARING_SCHEDULED, NoticeEvent.HEARING_MOVED})
"""Events whose notice is the announcement of a hearing."""

NoticeChannelCode = Literal["sms", "email", "cabinet"]
NoticeSender = Literal["commission", "data_centre", "secretary", "exam_commission"]


class NoticeRule(Sourced):
    """Who is told of an event, by which ways, in whose name and with which words.

    `sender` names a body of bodies.toml or the secretary, `kege_sender` another one for the computer exam. `term` is
    the id of the term that the notice must keep.
    """

    event: NoticeEvent
    kinds: Annotated[tuple[KindCode, ...], Field(min_length=1)]
    recipients: Annotated[tuple[Role, ...], Field(min_length=1)]
    channels: Annotated[tuple[NoticeChannelCode, ...], Field(min_length=1)]
    sender: NoticeSender
    kege_sender: NoticeSender | None = None
    title: Line
    text: Line
    term: Line | None = None

    @field_validator("recipients")
    @classmethod
    def _names_people_of_the_case(cls, value: tuple[Role, ...]) -> tuple[Role, ...]:
        strangers = [role for role in value if role not in NOTICE_RECIPIENTS]
        if strangers:
            raise ValueError(
                f"«{strangers[0]}» у дела один не определён, сообщить некому; "
                f"можно назвать: {', '.join(sorted(NOTICE_RECIPIENTS))}"
            )
        return value

    @field_validator("text")
    @classmethod
    def _names_only_known_fields(cls, value: str) -> str:
        try:
            names = {name for _, name, _, _ in string.Formatter().parse(value) if name is not None}
        except ValueError as error:
            raise ValueError("фигурные скобки в тексте не парные; проверьте текст") from error
        unknown = sorted(names - NOTICE_FIELDS)
        if unknown:
            raise ValueError(
                f"поля {{{unknown[0]}}} нет; можно писать: {', '.join(f'{{{name}}}' for name in sorted(NOTICE_FIELDS))}"
            )
        return value

    @model_validator(mode="after")
    def _tells_time_and_place(self) -> Self:
        missing = sorted({"day", "hour", "place"} - self.fields) if self.event in OF_A_NEW_TIME else []
        if missing:
            raise ValueError(
                "о рассмотрении сообщают день, время и место (federal:98.6); "
                f"добавьте в текст {', '.join(f'{{{name}}}' for name in missing)}"
            )
        return self

    @property
    def fields(self) -> frozenset[str]:
        """The names that the text needs."""
        return frozenset(name for _, name, _, _ in string.Formatter().parse(self.text) if name is not None)

    def render(self, values: Mapping[str, str]) -> str:
        """The text with its fields filled in, a capital first. Raises KeyError for a field that `values` lacks."""
        text = self.text.format_map(values)
        return text[:1].upper() + text[1:]


class Form(Sourced):
    """A form: its code in the product, its label in Russian, its title. `own_layout`: no public layout was found."""

    label: Line
    title: Line
    own_layout: bool


class ProtocolForms(Sourced):
    """The protocols of hearings, the result notice and the protocol's annexes by type of position.

    `kege_annexes` go with the protocol of every case of the computer exam, `kege_satisfied` with a referred one.
    """

    score: Line
    procedure: Line
    notice: Line
    annex_b: Line
    annex_c: Line
    annex_d: Line
    kege_annexes: tuple[Line, ...] = ()
    kege_satisfied: tuple[Line, ...] = ()


class ResultNotice(Sourced):
    """When the result notice is drawn up: for every decided case, or for satisfied ones."""

    policy: Literal["always", "on_satisfaction"]


class SignedForms(Sourced):
    """What an appellant who is present signs once the decision is known, by what changed; several changes add up."""

    rejected: tuple[Line, ...]
    b: tuple[Line, ...]
    c: tuple[Line, ...]
    d: tuple[Line, ...]
    kege: tuple[Line, ...]


class Wording(Sourced):
    """A sentence that a form carries word for word."""

    text: Line


_SATISFIED = frozenset({"satisfied_up", "satisfied_down", "satisfied_unchanged", "satisfied", "referred"})


class FormRules(Value):
    """Forms, which of them a decision brings about, and fixed wordings (forms.toml)."""

    form: Annotated[Mapping[Line, Form], Field(min_length=1), AfterValidator(MappingProxyType)]
    protocol: ProtocolForms
    result_notice: ResultNotice
    signed: SignedForms
    wording: Annotated[Mapping[Code, Wording], AfterValidator(MappingProxyType)]

    @model_validator(mode="after")
    def _every_form_is_described(self) -> Self:
        protocol, signed = self.protocol, self.signed
        named = {
            protocol.score,
            protocol.procedure,
            protocol.notice,
            protocol.annex_b,
            protocol.annex_c,
            protocol.annex_d,
            *protocol.kege_annexes,
            *protocol.kege_satisfied,
            *(form for forms in (signed.rejected, signed.b, signed.c, signed.d, signed.kege) for form in forms),
        }
        missing = sorted(named - self.form.keys())
        if missing:
            raise ValueError(f'формы {", ".join(missing)} названы, но не описаны; добавьте [form."{missing[0]}"]')
        return self

    def for_decision(self, *, kind: str, outcome: str, changed: Collection[str], kege: bool) -> tuple[str, ...]:
        """The codes of the forms that a decision brings about, the protocol first.

        `changed` are the types of the positions (B, C, D) whose mark or answer changes; `outcome` is one taken at a
        hearing.
        """
        protocol = self.protocol
        if kind == "procedure":
            return (protocol.procedure,)
        annexes = {"B": protocol.annex_b, "C": protocol.annex_c, "D": protocol.annex_d}
        forms = [protocol.score, *(annexes[task_type] for task_type in ("B", "C", "D") if task_type in changed)]
        if kege:
            forms.extend(protocol.kege_annexes)
            if outcome == "referred":
                forms.extend(protocol.kege_satisfied)
        if self.result_notice.policy == "always" or outcome in _SATISFIED:
            forms.append(protocol.notice)
        return tuple(forms)

    def signed_by_appellant(self, *, outcome: str, changed: Collection[str], kege: bool) -> tuple[str, ...]:
        """What an appellant who is present signs after learning the decision: codes of forms, without repeats."""
        if outcome not in _SATISFIED:
            return self.signed.rejected
        if kege:
            return self.signed.kege
        by_type = {"B": self.signed.b, "C": self.signed.c, "D": self.signed.d}
        return tuple(dict.fromkeys(form for kind in ("B", "C", "D") if kind in changed for form in by_type[kind]))


class Act(Value):
    """An act that values rest on; its statements are cited as `<prefix>:<point>`."""

    prefix: Code
    title: Line
    approved: Line
    date: dt.date | None = None
    note: Line | None = None


class Reference(Value):
    """A source that is no act, cited by its whole id.

    `trust`: `public` was read in a public source, `recalled` is to be confirmed, `teaching` is made up for lessons.
    """

    id: Line
    title: Line
    url: Url | None = None
    trust: Literal["public", "recalled", "teaching"]


class Sources(Value):
    """Everything that values of this region may cite (sources.toml)."""

    act: Annotated[tuple[Act, ...], Field(min_length=1)]
    reference: tuple[Reference, ...] = ()


class DemoDecision(Value):
    """A decision of the exam commission for the demo season, shown as «учебное» (demo_decisions.toml)."""

    code: DecisionCode
    kinds: Annotated[tuple[KindCode, ...], Field(min_length=1)]
    except_subjects: tuple[SubjectCode, ...] = ()
    act_number: Line
    act_date: dt.date
    title: Line
