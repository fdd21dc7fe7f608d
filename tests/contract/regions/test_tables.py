"""What holds for the tables of every region."""

from __future__ import annotations

import itertools
import re
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import get_args

import pytest

from apella.appeals.model import HearingMode
from apella.appeals.states import AppealKind, Outcome
from apella.experts.model import ExpertStatus
from apella.identity.model import Category
from apella.notices.model import NoticeChannel
from apella.regions import codes
from apella.regions.checks import citations
from apella.regions.registry import RegionRegistry
from apella.regions.rules import RegionRules
from apella.regions.values.papers import NOTICE_FIELDS, NoticeChannelCode
from apella.registry.model import TaskType

ROOT = Path(__file__).parents[3]
DOMAIN = ROOT.parent / "shared" / "domain"

TERMS = {
    "information.publication",
    "score.filing",
    "score.withdrawal",
    "withdrawal.entry",
    "score.forwarding",
    "score.onward_forwarding",
    "procedure.onward_forwarding",
    "withdrawal.forwarding",
    "score.registration",
    "score.consideration",
    "procedure.filing",
    "procedure.withdrawal",
    "procedure.check",
    "procedure.forwarding",
    "procedure.registration",
    "procedure.consideration",
    "hearing.announcement",
    "hearing.link",
    "hearing.reminder",
    "hearing.no_show",
    "hearing.notice",
    "hearing.schedule",
    "kit.request",
    "kit.receipt",
    "kit.hand_on",
    "kit.return",
    "kim.delivery",
    "expert.assignment",
    "expert.conclusion",
    "clarification.answer",
    "protocol.handover",
    "ris.registration",
    "ris.entry",
    "ris.procedure_result",
    "recalculation.dispatch",
    "recalculation.federal",
    "recalculation.reminder",
    "federal_request.answer",
    "approval.submission",
    "approval",
    "decision.notice",
    "case.close",
    "suspension.review",
    "reopened.consideration",
    "papers.retention",
}


@pytest.mark.parametrize(
    ("literal", "enum", "absent"),
    [
        (codes.KindCode, AppealKind, set()),
        (codes.ModeCode, HearingMode, set()),
        (codes.CategoryCode, Category, set()),
        (codes.OutcomeCode, Outcome, set()),
        (codes.ExpertStatusCode, ExpertStatus, set()),
        (codes.TaskTypeCode, TaskType, {"A"}),
        (NoticeChannelCode, NoticeChannel, set()),
    ],
)
def test_the_words_of_the_tables_are_those_of_the_core(literal: object, enum: type[StrEnum], absent: set[str]) -> None:
    assert set(get_args(literal)) == {str(member) for member in enum} - absent


def test_every_region_has_the_same_terms(region: RegionRules) -> None:
    assert region.terms.keys() == region.federal_terms.keys() == TERMS


def test_what_no_act_limits_is_advice(region: RegionRules) -> None:
    for term in region.federal_terms.values():
        advice = not term.clauses and "core:E25" in term.sources
        assert advice == (term.hardness == "advice"), term.id


def test_every_name_has_all_its_cases(region: RegionRules) -> None:
    for name in type(region.bodies).model_fields:
        body = getattr(region.bodies, name)
        forms = body.full.model_dump().values()
        assert len(forms) == 6
        assert str(body) == body.short
        assert len(set(forms)) >= 3, f"{name}: the cases look alike"
        stems = {form.split()[0][:4].lower() for form in forms}
        assert len(stems) == 1, f"{name}: a case of another word: {stems}"


def test_every_kind_of_appeal_is_announced(region: RegionRules) -> None:
    told = {"appeal_filed", "hearing_scheduled", "hearing_moved", "decision_made", "appeal_withdrawn", "appeal_refused"}
    for event, kind in itertools.product(told, get_args(codes.KindCode)):
        rule = region.notice(event, kind=kind)
        assert rule is not None, (event, kind)
        assert "participant" in rule.recipients
        text = rule.render(dict.fromkeys(NOTICE_FIELDS, "значение"))
        assert "{" not in text


@pytest.mark.clause("federal:98.7")
def test_a_hearing_notice_states_time_and_place(region: RegionRules) -> None:
    for event, kind in itertools.product(("hearing_scheduled", "hearing_moved"), get_args(codes.KindCode)):
        rule = region.notice(event, kind=kind)
        assert rule is not None
        assert {"day", "hour", "time_caption", "place"} <= rule.fields
        assert rule.term == "hearing.announcement"


def test_numbers_of_receipts_and_journals_look_different(regions: RegionRegistry) -> None:
    for region in regions:
        numbers = {
            region.receipt_number(subject_code="02", number=7),
            region.journal_number(kind="score", subject_code="02", number=7),
            region.journal_number(kind="procedure", subject_code="02", number=7),
        }
        assert len(numbers) == 3
        assert all(number.startswith(region.tenant.region_code) for number in numbers)


def test_exams_name_subjects_and_results_come_later(region: RegionRules) -> None:
    days = [(day.date, code) for day in region.exams for code in day.subjects]
    assert len(days) == len(set(days))
    for day in region.exams:
        assert region.calendar.is_working(day.results_on, 5), day.results_on


def test_made_up_values_say_so(region: RegionRules) -> None:
    teaching = {reference.id for reference in region.sources.reference if reference.trust == "teaching"}
    for site in region.sites.all:
        assert site.teaching == bool(teaching & set(site.clauses)), site.code
    assert region.tenant.contacts.teaching == bool(teaching & set(region.tenant.contacts.clauses))
    for day in region.exams:
        assert day.teaching_results == bool(teaching & set(day.clauses))
    assert all("учебн" in decision.title for decision in region.demo_decisions)


def test_every_cited_statement_exists(region: RegionRules) -> None:
    if not DOMAIN.is_dir():
        pytest.skip(f"{DOMAIN} is not beside the repository: cited statements cannot be looked up")
    known = {
        clause["id"]
        for file in (DOMAIN / "clauses").glob("*.toml")
        for clause in tomllib.loads(file.read_text(encoding="utf-8"))["clause"]
    }
    readings = re.findall(
        r"^\| ([A-E]\d+) \|", (DOMAIN / "contradictions.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    known |= {f"core:{reading}" for reading in readings}
    known |= {reference.id for reference in region.sources.reference}
    missing = sorted({f"{place}: {clause}" for place, clause in citations(region) if clause not in known})
    assert not missing


def test_a_region_cites_only_itself_and_the_law(region: RegionRules, regions: RegionRegistry) -> None:
    own = {act.prefix for act in region.sources.act}
    others = {act.prefix for other in regions if other.slug != region.slug for act in other.sources.act}
    assert own & others == {"federal", "core"}
