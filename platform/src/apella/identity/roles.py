"""The roles of the glossary: the core's, the same in every region."""

from __future__ import annotations

import enum


class Role(enum.StrEnum):
    """What a person is in one tenant's season; a person may hold several."""

    PARTICIPANT = "participant"
    PARENT = "parent"
    PROXY = "proxy"
    SCHOOL_OPERATOR = "school_operator"
    MUNICIPAL_OPERATOR = "municipal_operator"
    QUEUE_CLERK = "queue_clerk"
    EXAM_COMMISSION_MEMBER = "exam_commission_member"
    EXAM_COMMISSION_CHAIR = "exam_commission_chair"
    SECRETARY = "secretary"
    CHAIR = "chair"
    DEPUTY_CHAIR = "deputy_chair"
    MEMBER = "member"
    SUBJECT_CHAIR = "subject_chair"
    EXPERT = "expert"
    DATA_CENTRE_OPERATOR = "data_centre_operator"
    SITE_SPECIALIST = "site_specialist"
    SITE_TECHNICIAN = "site_technician"
    OBSERVER = "observer"
    TENANT_ADMIN = "tenant_admin"
    FEDERAL_OBSERVER = "federal_observer"
    FEDERAL_ANALYST = "federal_analyst"
    PLATFORM_ADMIN = "platform_admin"
