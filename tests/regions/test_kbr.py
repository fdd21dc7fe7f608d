"""What the Regulation of the republic says, and only there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest

from apella.regions.rules import RegionRules
from apella.regions.values.cases import CaseFacts

Due = Callable[..., datetime]
DECISIONS = ("electronic_filing", "remote_hearing")


def case(subject_code: str = "02", *, expert_is_subject_chair: bool = False) -> CaseFacts:
    """A score appeal heard by video."""
    return CaseFacts(
        kind="score",
        subject_code=subject_code,
        category="student",
        mode="remote",
        expert_is_subject_chair=expert_is_subject_chair,
    )


@pytest.mark.clause("kbr:41.6", "core:A6")
def test_a_score_appeal_is_considered_in_four_days_that_only_sundays_stop(due: Due) -> None:
    assert due("score.consideration", registered=date(2025, 6, 18)).date() == date(2025, 6, 24)
    assert due("score.consideration", federal=True, registered=date(2025, 6, 18)).date() == date(2025, 6, 25)


@pytest.mark.clause("kbr:41.7", "core:A7")
def test_saturday_counts_in_this_term_alone(rules: RegionRules) -> None:
    six_day = [term.id for term in rules.terms.values() if 6 in (term.week, *(part.week for part in term.parts))]
    assert six_day == ["score.consideration"]


@pytest.mark.clause("kbr:44.2", "core:A12")
def test_a_score_appeal_is_withdrawn_within_the_next_working_day_but_not_after_the_sitting(due: Due) -> None:
    filed = date(2025, 6, 20)
    assert due("score.withdrawal", filed=filed, hearing_day=date(2025, 6, 24)).date() == date(2025, 6, 24)
    assert due("score.withdrawal", filed=filed, hearing_day=date(2025, 6, 20)).date() == date(2025, 6, 21)


@pytest.mark.clause("kbr:43.3", "core:A1")
def test_the_federal_centre_has_five_working_days(due: Due) -> None:
    assert due("recalculation.federal", dispatched=date(2025, 6, 23)).date() == date(2025, 7, 1)


def test_the_day_off_set_by_decree_does_not_work(rules: RegionRules) -> None:
    assert not rules.calendar.is_working(date(2025, 3, 31), 5)
    assert "Ураза-байрам" in rules.calendar.reason(date(2025, 3, 31), 6)


@pytest.mark.clause("kbr:41.2", "kbr:39.2", "core:A34")
def test_score_appeals_come_by_the_portal_and_with_the_secretary_s_help_as_an_exception(rules: RegionRules) -> None:
    doors = [channel for channel in rules.channels if channel.kind == "score"]
    assert [channel.code for channel in doors] == ["portal", "secretary_desk"]
    assert doors[0].self_service
    assert doors[1].operator == "secretary"
    assert doors[1].applicants == ("participant", "parent")
    assert doors[0].start_state == "registered"
    assert rules.tenant.links.portal == "http://ege.edu07.ru"


@pytest.mark.clause("kbr:11.2", "kbr:26.1", "core:A8")
def test_informatics_is_heard_on_site_and_the_rest_by_video_when_the_exam_commission_says_so(
    rules: RegionRules,
) -> None:
    hearing = rules.hearing
    assert hearing.modes_for(kind="score", subject_code="02", decisions=DECISIONS) == ("remote",)
    assert hearing.modes_for(kind="score", subject_code="25", decisions=DECISIONS) == ("on_site",)
    assert hearing.modes_for(kind="score", subject_code="02", decisions=()) == ("on_site",)
    assert hearing.modes_for(kind="procedure", subject_code="02", decisions=DECISIONS) == ("on_site",)


@pytest.mark.clause("kbr:64.2")
def test_one_appeal_takes_ten_minutes_as_a_recommendation(rules: RegionRules) -> None:
    (part,) = rules.hearing_parts(case())
    assert (part.code, part.minutes, part.hard) == ("hearing", 10, False)


@pytest.mark.clause("kbr:13.3")
def test_basic_mathematics_and_informatics_take_no_expert(rules: RegionRules) -> None:
    without = {code for code in rules.subjects if not rules.needs_expert(code)}
    assert {rules.subjects[code].name for code in without} == {"Математика (базовый уровень)", "Информатика"}


def test_the_expert_has_a_status_of_this_year_and_all_three_checks(rules: RegionRules) -> None:
    expert = rules.expert
    assert (expert.statuses, expert.status_of_this_year) == (("lead", "senior"), True)
    assert expert.experience == ("first_second", "third")
    assert (expert.chair_may_be_expert, expert.proposed_by, expert.exception_by) == (True, "subject_chair", "chair")


@pytest.mark.clause("kbr:54.1", "kbr:54.2", "kbr:58.1")
def test_the_kit_goes_through_both_chairs_each_on_the_day_it_came(rules: RegionRules) -> None:
    route = [(stop.role, stop.task, stop.same_day) for stop in rules.kit_route(case())]
    assert route == [
        ("data_centre_operator", "assemble", False),
        ("secretary", "receive", False),
        ("chair", "hand_on", True),
        ("subject_chair", "hand_on", False),
        ("expert", "examine", False),
        ("subject_chair", "hand_on", True),
        ("chair", "present", False),
    ]


@pytest.mark.clause("kbr:54.2", "core:A20")
def test_the_subject_commission_is_left_out_where_nothing_is_extended(rules: RegionRules) -> None:
    assert [stop.role for stop in rules.kit_route(case("22"))] == ["data_centre_operator", "secretary", "chair"]


@pytest.mark.clause("kbr:38.5", "core:A16")
def test_a_subject_chair_who_is_the_expert_hands_the_kit_to_nobody(rules: RegionRules) -> None:
    route = rules.kit_route(case(expert_is_subject_chair=True))
    assert [stop.role for stop in route] == ["data_centre_operator", "secretary", "chair", "expert", "chair"]


def test_the_plan_is_agreed_by_kind_of_appeal(rules: RegionRules) -> None:
    approvers = rules.hearing.approvers
    assert (approvers.score, approvers.procedure, approvers.kege) == (
        ("chair", "subject_chair"),
        ("chair",),
        ("chair",),
    )


def test_the_portal_s_two_ways_of_consideration_are_offered(rules: RegionRules) -> None:
    labels = {mode.code: mode.label for mode in rules.presence.modes}
    assert labels == {
        "in_absence": "Без моего присутствия (и/или законного представителя)",
        "in_presence": "В моём присутствии (и/или законного представителя)",
    }
    assert rules.presence.persons == ("participant", "parent", "proxy")
    assert rules.presence.proxy.allowed
    assert not rules.presence.proxy.notary_required


@pytest.mark.clause("kbr:84.2", "kbr:85.1")
def test_the_computer_exam_s_decisions_are_worded_as_the_regulation_words_them(rules: RegionRules) -> None:
    wording = rules.forms.wording
    assert wording["referred"].text == (
        "Признать необходимость передачи в ГЭК информации о возможном техническом сбое при проведении КЕГЭ "
        "(апелляция удовлетворена)"
    )
    assert wording["rejected"].text == (
        "Признать отсутствие технических ошибок и ошибок оценивания (апелляция отклонена)"
    )


def test_senders_differ_by_kind_of_appeal(rules: RegionRules) -> None:
    senders = {}
    for kind in ("score", "procedure"):
        rule = rules.notice("hearing_scheduled", kind=kind)
        assert rule is not None
        senders[kind] = rule.sender
    assert senders == {"score": "data_centre", "procedure": "secretary"}


def test_the_commission_is_called_an_appeals_commission(rules: RegionRules) -> None:
    assert rules.bodies.commission.short == "АК"
    assert rules.bodies.commission.full.dative == "апелляционной комиссии Кабардино-Балкарской Республики"
