"""What the region's own order says, and only there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from apella.regions.rules import RegionRules
from apella.regions.values.cases import CaseFacts

Due = Callable[..., datetime]


def parts(rules: RegionRules, *, mode: str, subject_code: str = "02", kind: str = "score") -> list[tuple[str, int]]:
    """The parts of a hearing with their minutes."""
    facts = CaseFacts(kind=kind, subject_code=subject_code, category="student", mode=mode)
    return [(part.code, part.minutes) for part in rules.hearing_parts(facts)]


@pytest.mark.clause("kuzbass:28.1", "kuzbass:29.1", "kuzbass:31.1", "core:C1")
def test_on_site_the_consultation_is_taken_out_of_the_twenty_five_minutes(rules: RegionRules) -> None:
    assert parts(rules, mode="on_site") == [("consultation", 20), ("hearing", 5)]


@pytest.mark.clause("kuzbass:65.1", "kuzbass:67.1", "core:C1")
def test_at_a_remote_point_the_hearing_has_its_own_slot_after_the_consultation(rules: RegionRules) -> None:
    assert parts(rules, mode="remote") == [("consultation", 20), ("hearing", 5)]
    assert rules.durations.remote.total - rules.durations.remote.consultation == 25


@pytest.mark.parametrize(
    ("mode", "subject_code", "kind"),
    [
        ("in_absence", "02", "score"),
        ("on_site", "22", "score"),
        ("remote", "25", "score"),
        ("on_site", "02", "procedure"),
    ],
)
def test_without_an_explanation_there_is_no_consultation(
    rules: RegionRules, mode: str, subject_code: str, kind: str
) -> None:
    assert parts(rules, mode=mode, subject_code=subject_code, kind=kind) == [("hearing", 25)]


@pytest.mark.clause("kuzbass:15.1")
def test_the_filing_window_ends_at_midnight_of_the_region_s_own_zone(due: Due) -> None:
    end = due("score.filing", results_announced=date(2025, 6, 20))
    assert (end.date(), end.utcoffset()) == (date(2025, 6, 25), timedelta(hours=7))


@pytest.mark.clause("kuzbass:57.1", "core:C4")
def test_a_monday_sitting_is_announced_on_friday(due: Due) -> None:
    assert due("hearing.announcement", hearing_day=date(2025, 6, 23)).date() == date(2025, 6, 21)


@pytest.mark.clause("kuzbass:78.2")
def test_a_score_appeal_is_withdrawn_within_the_next_working_day(due: Due) -> None:
    assert due("score.withdrawal", filed=date(2025, 6, 20)).date() == date(2025, 6, 24)


@pytest.mark.clause("kuzbass:16.1", "kuzbass:17.1", "kuzbass:18.2", "core:C10")
def test_pupils_file_at_school_and_earlier_graduates_where_they_registered(rules: RegionRules) -> None:
    doors = {
        category: [(channel.code, channel.copies) for channel in rules.channels_for(kind="score", category=category)]
        for category in ("student", "extern", "earlier_graduate")
    }
    assert doors == {
        "student": [("school_desk", 2), ("email", 0)],
        "extern": [("school_desk", 2), ("email", 0)],
        "earlier_graduate": [("municipal_desk", 2), ("email", 0)],
    }


@pytest.mark.clause("kuzbass:21.1", "core:C5", "core:C6")
def test_a_mail_is_a_filing_that_nobody_passes_on(rules: RegionRules) -> None:
    mail = rules.channel(kind="score", category="student", code="email")
    assert mail is not None
    assert (mail.dated, mail.start_state, mail.forwarding, mail.copies) == (True, "registered", (), 0)
    assert mail.operator == "data_centre_operator"
    assert rules.channel(kind="procedure", category="student", code="email") is None


@pytest.mark.clause("kuzbass:20.4", "core:C5")
def test_the_reply_to_a_mail_says_nothing_about_a_person(rules: RegionRules) -> None:
    mail = rules.channel(kind="score", category="student", code="email")
    assert mail is not None
    assert mail.open_reply is not None
    assert set(re.findall(r"{(\w+)}", mail.open_reply)) == {"commission", "receipt", "phone"}


@pytest.mark.clause("kuzbass:19.1", "kuzbass:19.2", "kuzbass:19.3")
def test_the_application_states_phone_mail_and_form_of_consideration(rules: RegionRules) -> None:
    for channel in rules.channels:
        if channel.kind == "score" and not channel.dated:
            assert {"phone", "email", "hearing_mode"} <= set(channel.required_fields)


@pytest.mark.clause("kuzbass:7.1")
def test_a_remote_hearing_needs_a_decision_of_the_exam_commission(rules: RegionRules) -> None:
    assert rules.hearing.modes_for(kind="score", subject_code="02", decisions=()) == ("on_site",)
    assert rules.hearing.modes_for(kind="score", subject_code="02", decisions=("remote_hearing",)) == (
        "on_site",
        "remote",
    )


def test_the_secretary_names_the_remote_point_since_no_rule_does(rules: RegionRules) -> None:
    facts = CaseFacts(kind="score", subject_code="02", category="student", mode="remote", territory="Новокузнецк")
    choice = rules.choose_site(facts)
    assert (choice.site_code, choice.by_hand) == (None, True)
    assert rules.sites.remote


@pytest.mark.clause("kuzbass:52.3")
def test_the_main_centre_is_where_the_order_puts_it(rules: RegionRules) -> None:
    main = rules.sites.main
    assert (main.address, main.host) == (
        "г. Кемерово, ул. Красная, д. 23",
        "ГБНОУ «Губернаторская кадетская школа-интернат полиции»",
    )


@pytest.mark.clause("kuzbass:46.2")
def test_the_notice_states_consultation_hearing_and_place(rules: RegionRules) -> None:
    rule = rules.notice("hearing_scheduled", kind="score")
    assert rule is not None
    assert {"consultation_hour", "hour", "place"} <= rule.fields
    assert rule.sender == "data_centre"
    assert "cabinet" not in rule.channels


@pytest.mark.clause("kuzbass:63.3")
def test_three_things_are_ticked_off_when_identity_is_checked(rules: RegionRules) -> None:
    assert rules.hearing.identity.by == "secretary"
    assert len(rules.hearing.identity.steps) == 3


@pytest.mark.clause("kuzbass:35.1", "core:C2")
def test_every_decided_case_gets_the_result_notice(rules: RegionRules) -> None:
    for outcome in ("rejected", "satisfied_up"):
        assert "U-33" in rules.forms.for_decision(kind="score", outcome=outcome, changed=(), kege=False)


@pytest.mark.clause("kuzbass:36.1", "core:C23")
def test_who_is_present_signs_both_documents(rules: RegionRules) -> None:
    assert rules.forms.signed_by_appellant(outcome="satisfied_up", changed=("C", "B"), kege=False) == ("2-AP", "U-33")


def test_the_data_centre_has_a_name_of_its_own(rules: RegionRules) -> None:
    assert rules.bodies.data_centre.short == "ГУ ОЦМКО"
