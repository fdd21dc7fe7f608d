"""Where, by whom and with what each region's acts let an appeal be filed and taken back, and what they leave out."""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import cache

import pytest

from apella.appeals.application import Presence, check_application
from apella.appeals.filing import Application
from apella.appeals.states import AppealKind
from apella.errors import Malformed
from apella.regions.codes import ApplicationField
from apella.regions.loader import federal_counterpart, load_region
from apella.regions.rules import RegionRules
from apella.regions.values.filing import Channel
from apella.rulebook.rules_view import rules_view
from apella.tenancy.files import tenant_directories

SLUGS = ("kbr", "kuzbass", "moscow")
COMPLETE = Application(
    kind=AppealKind.SCORE,
    channel="portal",
    work_id=uuid.UUID(int=1),
    presence=Presence(participant=True),
    forms_confirmed=True,
    disputed=("B1",),
    phone="+79000000000",
)


@cache
def region(slug: str) -> RegionRules:
    """A region; `federal` is what it would be by federal tables alone."""
    return federal_counterpart(region("kbr")) if slug == "federal" else load_region(tenant_directories(None)[slug])


def door(slug: str, code: str, *, kind: str = "score", category: str = "student") -> Channel:
    """A door of a region that must be there."""
    channel = region(slug).channel(kind=kind, category=category, code=code)
    assert channel is not None
    return channel


def shown(slug: str) -> str:
    """All that the page of rules tells of a region."""
    view = rules_view(region(slug), region("federal"))
    return "\n".join(line.value for section in view.sections for line in section.lines)


@pytest.mark.clause("kbr_portal:I.1", "kbr_portal:I.4")
def test_the_portal_takes_score_appeals_and_no_others() -> None:
    kinds = [channel.kind for channel in region("kbr").channels if channel.code == "portal"]
    assert kinds == ["score"]


@pytest.mark.parametrize(
    ("left_out", "field"),
    [
        pytest.param(
            {"forms_confirmed": None},
            "forms_confirmed",
            marks=pytest.mark.clause("kbr:41.3", "kbr_portal:II.9"),
            id="forms",
        ),
        pytest.param({"disputed": ()}, "disputed", marks=pytest.mark.clause("kbr_portal:II.11"), id="positions"),
    ],
)
def test_an_application_of_the_portal_without_a_part_is_sent_back(left_out: dict[str, object], field: str) -> None:
    subject = region("kbr").subjects["02"]
    check_application(COMPLETE, door("kbr", "portal"), subject)
    with pytest.raises(Malformed) as refused:
        check_application(replace(COMPLETE, **left_out), door("kbr", "portal"), subject)  # type: ignore[arg-type]
    assert list(refused.value.fields) == [field]


@pytest.mark.clause(
    "kbr_portal:II.6", "kbr_portal:II.7", "kbr_portal:II.8", "kbr_portal:II.10", "kbr_portal:II.22", "core:B8"
)
def test_the_portal_asks_for_all_of_the_guide_s_fields_and_fills_in_what_is_known() -> None:
    portal = door("kbr", "portal")
    assert {
        ApplicationField.EXAM_POINT,
        ApplicationField.PRESENCE,
        ApplicationField.FORMS_CONFIRMED,
        ApplicationField.SCORE,
        ApplicationField.POSITIONS,
    } <= set(portal.required_fields)
    assert set(portal.prefilled_fields) == {ApplicationField.EXAM_POINT, ApplicationField.SCORE}


@pytest.mark.parametrize(
    "slug",
    [
        pytest.param("kbr", marks=pytest.mark.clause("kbr:39.1", "kbr:40.2", "kbr:40.3", "core:A9")),
        pytest.param("kuzbass", marks=pytest.mark.clause("kuzbass:8.2", "kuzbass:9.2", "core:C6")),
    ],
)
def test_a_procedure_appeal_is_two_papers_for_the_exam_commission_s_member_at_the_exam_point(slug: str) -> None:
    (channel,) = (one for one in region(slug).channels if one.kind == "procedure")
    assert (channel.code, channel.operator, channel.copies) == ("exam_point", "exam_commission_member", 2)


@pytest.mark.parametrize(
    ("slug", "categories"),
    [
        pytest.param("federal", {"student", "extern"}, marks=pytest.mark.clause("federal:100.4")),
        pytest.param("kuzbass", {"student", "extern"}, marks=pytest.mark.clause("kuzbass:16.1")),
    ],
)
def test_the_school_s_door_takes_a_paper_of_those_whom_it_admitted(slug: str, categories: set[str]) -> None:
    (channel,) = (one for one in region(slug).channels if one.code == "school_desk")
    assert set(channel.categories) == categories
    assert (channel.operator, channel.copies > 0, channel.form) == ("school_operator", True, "1-AP")


@pytest.mark.clause("kuzbass:17.2", "core:C10")
def test_a_graduate_of_earlier_years_goes_to_the_authority_where_the_exam_was_registered() -> None:
    desk = door("kuzbass", "municipal_desk", category="earlier_graduate")
    assert "зарегистрирован на экзамен" in desk.title
    assert region("kuzbass").channel(kind="score", category="earlier_graduate", code="school_desk") is None


@pytest.mark.clause("kbr_portal:I.5", "core:A10")
def test_an_appeal_is_taken_back_on_the_portal_and_a_paper_one_where_it_was_handed_in_too() -> None:
    withdrawal = region("kbr").withdrawal
    assert "portal" in withdrawal.doors("score")
    assert {"portal", "exam_point"} <= set(withdrawal.doors("procedure"))


@pytest.mark.clause("federal:97.1", "federal:97.2", "federal:97.3", "federal:97.4", "core:A30")
@pytest.mark.parametrize("slug", ["federal", *SLUGS])
def test_four_grounds_are_left_out_everywhere_and_no_more(slug: str) -> None:
    rules = region(slug)
    assert set(rules.admission.grounds) == {"task_content", "short_answer_scoring", "own_breach", "wrong_completion"}
    assert all(text in shown(slug) for text in rules.admission.not_considered("score"))
    assert len(rules.admission.not_considered("procedure")) == 4


@pytest.mark.parametrize(
    ("slug", "codes"),
    [
        pytest.param("kbr", {"drafts", "task_notes"}, marks=pytest.mark.clause("kbr:10.1", "kbr:10.2")),
        pytest.param("kuzbass", {"drafts"}, marks=pytest.mark.clause("kuzbass:4.1")),
        pytest.param("moscow", set(), id="moscow"),
    ],
)
def test_materials_are_left_out_where_the_act_says_so(slug: str, codes: set[str]) -> None:
    admission = region(slug).admission
    assert set(admission.materials) == codes
    assert len(admission.not_considered("score")) == 4 + len(codes)


@pytest.mark.clause("moscow:A1.9", "core:D11")
def test_a_representative_has_the_six_powers_and_files_nothing() -> None:
    rules = region("moscow")
    assert rules.presence.proxy.allowed
    assert len(rules.presence.proxy.powers) == 6
    assert all("proxy" not in channel.applicants for channel in rules.channels)
    assert "proxy" not in rules.withdrawal.applicants
