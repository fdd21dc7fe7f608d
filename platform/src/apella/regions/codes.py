"""The words that rules of a region are written with.

What the rooms above this one own (kinds, outcomes, hearing modes, categories) stands here as plain literals; a contract
test keeps both in step. Their StrEnum members compare equal to these strings. Roles are the core's own `Role`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final, Literal

from apella.identity.roles import Role

KindCode = Literal["score", "procedure"]
ModeCode = Literal["on_site", "remote", "in_absence"]
CategoryCode = Literal["student", "extern", "earlier_graduate"]
PersonCode = Literal["participant", "parent", "proxy"]
IssuerCode = Literal["appellant", "parent"]
TaskTypeCode = Literal["B", "C", "D"]
ExpertStatusCode = Literal["lead", "senior", "main"]
ConfirmedWhen = Literal["at_filing", "before_hearing", "at_hearing"]
OutcomeCode = Literal[
    "rejected",
    "satisfied_up",
    "satisfied_down",
    "satisfied_unchanged",
    "satisfied",
    "referred",
    "withdrawn",
    "inadmissible",
    "moot",
]
BodyCode = Literal[
    "commission",
    "data_centre",
    "ministry",
    "exam_commission",
    "subject_commission",
    "municipal_authority",
    "federal_centre",
    "supervision",
    "clarification",
]


class SignInScheme(enum.StrEnum):
    """How participants prove who they are.

    `document_sms`: document and phone as registered, then a code by SMS. `application_sms`: surname and number of the
    application, then a code by SMS to the phone on record. `school_code`: document and a code on paper.
    """

    DOCUMENT_SMS = "document_sms"
    APPLICATION_SMS = "application_sms"
    SCHOOL_CODE = "school_code"


class PowerCode(enum.StrEnum):
    """What a power of attorney may let a representative do; a region's data say which of them it does."""

    MATERIALS = "materials"
    CONFIRM_OWNERSHIP = "confirm_ownership"
    EXPLANATION = "explanation"
    READ_DECISION = "read_decision"
    RECEIVE_NOTICE = "receive_notice"
    SIGN_PAPERS = "sign_papers"
    FILE = "file"
    WITHDRAW = "withdraw"


class ChannelCode(enum.StrEnum):
    """The doors through which an appeal comes in.

    `commission_desk` is the commission's own door, `secretary_desk` the secretary's help where another door would be
    the usual one (reading A34), `email` a mailbox, `external_portal` a site of somebody else.
    """

    PORTAL = "portal"
    SCHOOL_DESK = "school_desk"
    MUNICIPAL_DESK = "municipal_desk"
    QUEUE_CLERK = "queue_clerk"
    EXAM_POINT = "exam_point"
    COMMISSION_DESK = "commission_desk"
    SECRETARY_DESK = "secretary_desk"
    EMAIL = "email"
    EXTERNAL_PORTAL = "external_portal"


_OF_THE_SEASON: Final = (Role.SECRETARY, Role.DATA_CENTRE_OPERATOR)
"""Staff that serves every participant of a season."""

DOOR_OPERATORS: Final[Mapping[ChannelCode, tuple[Role, ...]]] = {
    ChannelCode.PORTAL: (Role.PARTICIPANT, Role.PARENT),
    ChannelCode.SCHOOL_DESK: (Role.SCHOOL_OPERATOR,),
    ChannelCode.MUNICIPAL_DESK: (Role.MUNICIPAL_OPERATOR,),
    ChannelCode.QUEUE_CLERK: (Role.QUEUE_CLERK,),
    ChannelCode.EXAM_POINT: (Role.EXAM_COMMISSION_MEMBER,),
    ChannelCode.COMMISSION_DESK: _OF_THE_SEASON,
    ChannelCode.SECRETARY_DESK: (Role.SECRETARY,),
    ChannelCode.EMAIL: _OF_THE_SEASON,
    ChannelCode.EXTERNAL_PORTAL: _OF_THE_SEASON,
}
"""Who may stand at a door: those who can see the participants that come to it."""

DATED_DOORS: Final = frozenset({ChannelCode.EMAIL, ChannelCode.EXTERNAL_PORTAL})
"""Doors at which an appeal has arrived before somebody enters it: the time of filing is the time of arrival."""

ONWARD: Final = (Role.MUNICIPAL_OPERATOR, Role.DATA_CENTRE_OPERATOR)
"""Who may pass on a paper that somebody else took in: those who get to see it on its way."""


class ApplicationField(enum.StrEnum):
    """What an application may have to state beside the exam it is about."""

    PHONE = "phone"
    EMAIL = "email"
    PRESENCE = "presence"
    HEARING_MODE = "hearing_mode"
    EXAM_POINT = "exam_point"
    SCORE = "score"
    POSITIONS = "positions"
    FORMS_CONFIRMED = "forms_confirmed"
    STATEMENT = "statement"
    REMOTE_SITE = "remote_site"


class DecisionCode(enum.StrEnum):
    """What the exam commission may decide for a season (federal:100.7)."""

    ELECTRONIC_FILING = "electronic_filing"
    REMOTE_HEARING = "remote_hearing"


class NoticeEvent(enum.StrEnum):
    """What people are told of."""

    APPEAL_FILED = "appeal_filed"
    APPEAL_REGISTERED = "appeal_registered"
    HEARING_SCHEDULED = "hearing_scheduled"
    HEARING_MOVED = "hearing_moved"
    EXPERT_ASSIGNED = "expert_assigned"
    DECISION_MADE = "decision_made"
    RESULT_APPROVED = "result_approved"
    APPEAL_WITHDRAWN = "appeal_withdrawn"
    APPEAL_REFUSED = "appeal_refused"
    APPEAL_SUSPENDED = "appeal_suspended"
    APPEAL_RESUMED = "appeal_resumed"
    APPEAL_REOPENED = "appeal_reopened"
    APPEAL_MOOT = "appeal_moot"
    HEARING_REMINDER = "hearing_reminder"
    DEADLINE_MOVED = "deadline_moved"


class SiteKind(enum.StrEnum):
    """Where appellants come: to the commission, or to a remote site joined to it by video."""

    MAIN = "main"
    REMOTE = "remote"
