"""Whether an expert may see a case; pure.

Having checked the work bars an expert from the case in every region (federal:98.2, federal:101.9).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from apella.regions.values.hearing import ExpertRules


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An expert as the rule sees one."""

    code: str
    subject_code: str
    status: str
    status_year: int
    checked_first_second: bool
    checked_third: bool
    subject_chair: bool


def obstacles(
    candidate: Candidate, *, subject_code: str, exam_year: int, checked_by: Collection[str], rules: ExpertRules
) -> tuple[str, ...]:
    """Say every reason why this expert may not take the case, in Russian; empty when there is none.

    `checked_by` are the codes of those who checked the work at any stage (reading A17: any checking disqualifies).
    """
    found: list[str] = []
    if candidate.code in checked_by:
        found.append("эксперт уже проверял эту работу")
    if candidate.subject_code != subject_code:
        found.append("эксперт по другому предмету")
    if rules.statuses and candidate.status not in rules.statuses:
        found.append("нет нужного статуса: ведущий или старший эксперт")
    if rules.status_of_this_year and candidate.status_year != exam_year:
        found.append("статус присвоен не в этом году")
    if "first_second" in rules.experience and not candidate.checked_first_second:
        found.append("нет опыта первой и второй проверки в этом году")
    if "third" in rules.experience and not candidate.checked_third:
        found.append("нет опыта третьей проверки в этом году")
    if candidate.subject_chair and not rules.chair_may_be_expert:
        found.append("председателя предметной комиссии не привлекают")
    return tuple(found)
