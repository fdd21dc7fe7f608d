"""The words that rules of a region are written with.

What the rooms above this one own (kinds, outcomes, hearing modes, categories) stands here as plain literals; a contract
test keeps both in step. Their StrEnum members compare equal to these strings. Roles are the core's own `Role`.
"""

from __future__ import annotations

import enum
from typing import Literal

KindCode = Literal["score", "procedure"]
ModeCode = Literal["on_site", "remote", "in_absence"]
CategoryCode = Literal["student", "extern", "earlier_graduate"]
PersonCode = Literal["participant", "parent", "proxy"]
TaskTypeCode = Literal["B", "C", "D"]
ExpertStatusCode = Literal["lead", "senior", "main"]
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


class ChannelCode(enum.StrEnum):
    """The doors through which an appeal comes in."""

    PORTAL = "portal"
    SCHOOL_DESK = "school_desk"
    MUNICIPAL_DESK = "municipal_desk"
    QUEUE_CLERK = "queue_clerk"
    EXAM_POINT = "exam_point"


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


class SiteKind(enum.StrEnum):
    """Where appellants come: to the commission, or to a remote site joined to it by video."""

    MAIN = "main"
    REMOTE = "remote"
