"""The forms of an appeal and the data that each one shows.

Every value here is finished: the caller has read the case, applied the region's rules and chosen the words; a template
only sets type. Dates are calendar dates of the tenant. Moments are aware and stand in the tenant's zone already.
An empty value prints as an empty field that a pen can fill, so the same class serves a blank form and a full one.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from apella.documents.parts import (
    NO_DOCUMENT,
    NO_NAME,
    NOBODY,
    UNSIGNED,
    ChangeCount,
    Checker,
    Choice,
    CodedName,
    CommissionName,
    Confirmation,
    Decision,
    IdentityDocument,
    Material,
    NoticeChange,
    Person,
    Representative,
    ScoreChange,
    Signature,
    TechnicalChange,
    attendance_choices,
    presence_choices,
)


class FormCode(enum.StrEnum):
    """The machine code of a form; `label` and `full_title` are what people call it."""

    APPEAL = "1-AP"
    HEARING_PROTOCOL = "2-AP"
    ANSWER_FORM_2_CHANGES = "2-AP-2"
    RESULT_NOTICE = "U-33"
    PROCEDURE_APPEAL = "PPE-02"
    PROCEDURE_PROTOCOL = "PPE-03"
    WITHDRAWAL = "WITHDRAWAL"

    @property
    def label(self) -> str:
        """The Russian code, as the regulations write it."""
        return _LABELS[self]

    @property
    def full_title(self) -> str:
        """The Russian title, as the regulations write it."""
        return _TITLES[self]

    @property
    def template(self) -> str:
        """The file name under which a tenant's folder or a plugin replaces the template."""
        return f"{self.value.lower()}.typ"

    @property
    def layout_note(self) -> str:
        """The note on where the layout comes from: no form of this set is published in full."""
        return _PARTLY_OWN if self in _PARTLY_PUBLISHED else _OWN


_LABELS = {
    FormCode.APPEAL: "1-АП",
    FormCode.HEARING_PROTOCOL: "2-АП",
    FormCode.ANSWER_FORM_2_CHANGES: "2-АП-2",
    FormCode.RESULT_NOTICE: "У-33",
    FormCode.PROCEDURE_APPEAL: "ППЭ-02",
    FormCode.PROCEDURE_PROTOCOL: "ППЭ-03",
    FormCode.WITHDRAWAL: "Отзыв",
}
_TITLES = {
    FormCode.APPEAL: "Апелляция о несогласии с выставленными баллами",
    FormCode.HEARING_PROTOCOL: "Протокол рассмотрения апелляции по результатам ЕГЭ",
    FormCode.ANSWER_FORM_2_CHANGES: (
        "Содержание изменений для пересчета результатов ЕГЭ при рассмотрении апелляции "
        "(по бланку ответов № 2 и дополнительным бланкам ответов № 2)"
    ),
    FormCode.RESULT_NOTICE: ("Уведомление по итогам рассмотрения апелляции о несогласии с выставленными баллами"),
    FormCode.PROCEDURE_APPEAL: "Апелляция о нарушении установленного порядка проведения ГИА",
    FormCode.PROCEDURE_PROTOCOL: ("Протокол рассмотрения апелляции о нарушении установленного порядка проведения ГИА"),
    FormCode.WITHDRAWAL: "Заявление об отзыве апелляции",
}
_OWN = "Форма собственной разметки: официальный макет не опубликован."
_PARTLY_OWN = "Форма частично собственной разметки: официальный макет опубликован не полностью."
_PARTLY_PUBLISHED = frozenset({FormCode.APPEAL, FormCode.HEARING_PROTOCOL, FormCode.PROCEDURE_PROTOCOL})


@dataclass(frozen=True, kw_only=True)
class AppealForm:
    """Form 1-АП: a participant disagrees with the scores (federal:96.1, federal:100.1, federal:100.9).

    `exam_kind` completes «результаты …» («ЕГЭ», «ГВЭ»); `scores` are the awarded scores in words and numbers;
    `disputed` names positions; `materials_confirmed` says how the participant confirmed the answer forms as his own.
    `accepted_by` is None where nobody takes the paper (the portal). `decide_by` is the last day of consideration
    (federal:102.3). `copies` is 2 where the region asks for a copy that stays with the participant.
    """

    form: ClassVar[FormCode] = FormCode.APPEAL

    commission: CommissionName
    region: CodedName
    subject: CodedName = NO_NAME
    exam_kind: str = "ЕГЭ"
    exam_date: date | None = None
    school: CodedName = NO_NAME
    exam_point: CodedName = NO_NAME
    appellant: Person = NOBODY
    document: IdentityDocument = NO_DOCUMENT
    phone: str = ""
    email: str = ""
    representative: Representative | None = None
    scores: str = ""
    disputed: tuple[str, ...] = ()
    grounds: str = ""
    materials_confirmed: str = ""
    presence: tuple[Choice, ...] = presence_choices()
    hearing_mode: tuple[Choice, ...] = ()
    signature: Signature = UNSIGNED
    filed_at: datetime | None = None
    accepted_by: Signature | None = None
    receipt_number: str = ""
    journal_number: str = ""
    decide_by: date | None = None
    copies: int = 1
    teaching: bool = False


@dataclass(frozen=True, kw_only=True)
class HearingProtocolForm:
    """Form 2-АП: how one score appeal was considered and decided (federal:101.6, federal:101.7, federal:102.1).

    `sequence` is the case's number in the commission; region code, subject code and it make the protocol's number.
    `materials_confirmation` is None when nobody came. `technical_errors` and `scoring_errors` are the grounds of a
    satisfied appeal. The `kege` line is printed for the computer exam only. `sent_to_data_centre` and
    `sent_to_federal_centre` are the days of federal:102.4 and federal:102.6.
    """

    form: ClassVar[FormCode] = FormCode.HEARING_PROTOCOL

    commission: CommissionName
    region: CodedName
    subject: CodedName = NO_NAME
    sequence: int | None = None
    journal_number: str = ""
    filed_on: date | None = None
    exam_point: CodedName = NO_NAME
    room: str = ""
    heard_on: date | None = None
    school: CodedName = NO_NAME
    appellant: Person = NOBODY
    document: IdentityDocument = NO_DOCUMENT
    attendance: tuple[Choice, ...] = attendance_choices()
    attended_by: tuple[str, ...] = ()
    materials: tuple[Material, ...] = ()
    materials_confirmation: Confirmation | None = None
    recognition_matches: bool | None = None
    recognition_note: str = ""
    decision: Decision | None = None
    technical_errors: bool = False
    scoring_errors: bool = False
    changes: tuple[ChangeCount, ...] = ()
    kege: bool = False
    sent_to_data_centre: date | None = None
    sent_to_federal_centre: date | None = None
    commission_signatures: tuple[Signature, ...] = ()
    invited_signatures: tuple[Signature, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()
    teaching: bool = False


@dataclass(frozen=True, kw_only=True)
class AnswerForm2ChangesForm:
    """Form 2-АП-2, annex to 2-АП: changes to the extended answers for the recalculation (federal:102.7)."""

    form: ClassVar[FormCode] = FormCode.ANSWER_FORM_2_CHANGES

    commission: CommissionName
    region: CodedName
    subject: CodedName = NO_NAME
    sequence: int | None = None
    journal_number: str = ""
    heard_on: date | None = None
    appellant: Person = NOBODY
    document: IdentityDocument = NO_DOCUMENT
    scoring: tuple[ScoreChange, ...] = ()
    technical: tuple[TechnicalChange, ...] = ()
    experts: tuple[Signature, ...] = ()
    data_centre: Signature | None = None
    confirmations: tuple[Confirmation, ...] = ()
    teaching: bool = False


@dataclass(frozen=True, kw_only=True)
class ResultNoticeForm:
    """Form У-33: what the commission decided and what changed (federal:102.1, federal:102.2).

    The changes are listed only for a satisfied appeal. `recalculation_due` is the last day on which the recalculated
    result is to be approved, where the law or the region sets one.
    """

    form: ClassVar[FormCode] = FormCode.RESULT_NOTICE

    commission: CommissionName
    region: CodedName
    subject: CodedName = NO_NAME
    sequence: int | None = None
    journal_number: str = ""
    exam_date: date | None = None
    appellant: Person = NOBODY
    filed_on: date | None = None
    heard_on: date | None = None
    decision: Decision | None = None
    reason: str = ""
    changes: tuple[NoticeChange, ...] = ()
    recalculation_due: date | None = None
    confirmations: tuple[Confirmation, ...] = ()
    commission_signatures: tuple[Signature, ...] = ()
    issued_on: date | None = None
    teaching: bool = False


@dataclass(frozen=True, kw_only=True)
class ProcedureAppealForm:
    """Form ППЭ-02: the Procedure was violated (federal:99.1, federal:99.2, federal:99.3); made out in two copies.

    `statement` is the appellant's own text; empty, it prints as ruled lines. `accepted_by` is the exam commission's
    member. `decide_by` is the last day of consideration (federal:99.13).
    """

    form: ClassVar[FormCode] = FormCode.PROCEDURE_APPEAL

    commission: CommissionName
    region: CodedName
    municipality_code: str = ""
    exam_point: CodedName = NO_NAME
    room: str = ""
    subject: CodedName = NO_NAME
    exam_date: date | None = None
    appellant: Person = NOBODY
    document: IdentityDocument = NO_DOCUMENT
    phone: str = ""
    statement: str = ""
    signature: Signature = UNSIGNED
    filed_at: datetime | None = None
    accepted_by: Signature = UNSIGNED
    journal_number: str = ""
    decide_by: date | None = None
    teaching: bool = False


@dataclass(frozen=True, kw_only=True)
class ProcedureProtocolForm:
    """Form ППЭ-03: the conclusion on the check and the commission's decision (federal:99.7, federal:99.10).

    `facts` are the checked facts in short, `conclusion` the text of the exam commission's member, signed in
    `concluded_by`.
    """

    form: ClassVar[FormCode] = FormCode.PROCEDURE_PROTOCOL

    commission: CommissionName
    region: CodedName
    municipality_code: str = ""
    exam_point: CodedName = NO_NAME
    room: str = ""
    subject: CodedName = NO_NAME
    exam_date: date | None = None
    sequence: int | None = None
    journal_number: str = ""
    appellant: Person = NOBODY
    filed_at: datetime | None = None
    facts: str = ""
    checkers: tuple[Checker, ...] = ()
    conclusion: str = ""
    concluded_by: Signature = UNSIGNED
    heard_on: date | None = None
    decision: Decision | None = None
    commission_signatures: tuple[Signature, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()
    teaching: bool = False


@dataclass(frozen=True, kw_only=True)
class WithdrawalForm:
    """The application by which an appeal is taken back in the cabinet (reading E17).

    `about` completes «апелляцию …» («о несогласии с выставленными баллами»). `submitted_by` is the role in Russian of
    who pressed the button, `login` the name of that person's sign-in; `submitted_at` is when.
    """

    form: ClassVar[FormCode] = FormCode.WITHDRAWAL

    commission: CommissionName
    region: CodedName
    subject: CodedName = NO_NAME
    exam_date: date | None = None
    appellant: Person = NOBODY
    document: IdentityDocument = NO_DOCUMENT
    about: str = ""
    filed_at: datetime | None = None
    receipt_number: str = ""
    journal_number: str = ""
    submitted_at: datetime | None = None
    submitted_by: str = ""
    login: str = ""
    signature: Signature = UNSIGNED
    teaching: bool = False


FormData = (
    AppealForm
    | HearingProtocolForm
    | AnswerForm2ChangesForm
    | ResultNoticeForm
    | ProcedureAppealForm
    | ProcedureProtocolForm
    | WithdrawalForm
)
