"""What roles are called to people."""

from __future__ import annotations

from collections.abc import Mapping

from apella.identity.roles import Role

ROLE_NAMES: Mapping[Role, str] = {
    Role.PARTICIPANT: "участник экзамена",
    Role.PARENT: "родитель (законный представитель)",
    Role.PROXY: "представитель по доверенности",
    Role.SCHOOL_OPERATOR: "ответственный в школе",
    Role.MUNICIPAL_OPERATOR: "специалист органа управления образованием",
    Role.QUEUE_CLERK: "оператор электронной очереди",
    Role.EXAM_COMMISSION_MEMBER: "член ГЭК",
    Role.EXAM_COMMISSION_CHAIR: "председатель ГЭК",
    Role.SECRETARY: "ответственный секретарь",
    Role.CHAIR: "председатель комиссии",
    Role.DEPUTY_CHAIR: "заместитель председателя",
    Role.MEMBER: "член комиссии",
    Role.SUBJECT_CHAIR: "председатель предметной комиссии",
    Role.EXPERT: "эксперт",
    Role.DATA_CENTRE_OPERATOR: "оператор центра обработки информации",
    Role.SITE_SPECIALIST: "ответственный специалист пункта",
    Role.SITE_TECHNICIAN: "технический специалист пункта",
    Role.OBSERVER: "общественный наблюдатель",
    Role.TENANT_ADMIN: "администратор региона",
    Role.FEDERAL_OBSERVER: "федеральный наблюдатель",
    Role.FEDERAL_ANALYST: "федеральный аналитик",
    Role.PLATFORM_ADMIN: "администратор платформы",
}
"""Every role in Russian, in the nominative."""
