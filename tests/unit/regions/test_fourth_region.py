"""A region made of tables alone behaves as the federal Procedure says, and may change what tables can say."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from apella.deadlines.engine import compute
from apella.regions.loader import load_region
from apella.regions.rules import RegionRules
from apella.regions.values.cases import CaseFacts

MADE_UP = Path(__file__).parents[2] / "data" / "tenants"


def case(*, mode: str = "on_site", kind: str = "score", subject_code: str = "02") -> CaseFacts:
    """Facts of a case of the made-up region."""
    return CaseFacts(kind=kind, subject_code=subject_code, category="student", mode=mode, territory="Восточный")


@pytest.mark.clause("federal:100.1", "federal:102.3", "federal:99.13", "federal:102.4")
def test_it_counts_by_the_federal_terms(folder: Path) -> None:
    rules = load_region(folder)
    assert rules.terms == rules.federal_terms
    counted = {
        term_id: (rules.terms[term_id].length, str(rules.terms[term_id].unit), rules.terms[term_id].week)
        for term_id in ("score.filing", "score.consideration", "procedure.consideration", "protocol.handover")
    }
    assert counted == {
        "score.filing": (2, "working_day", 5),
        "score.consideration": (4, "working_day", 5),
        "procedure.consideration": (2, "working_day", 5),
        "protocol.handover": (1, "calendar_day", None),
    }


@pytest.mark.clause("federal:100.4", "federal:100.5", "federal:100.9", "federal:100.11")
def test_a_score_appeal_is_filed_at_the_school_or_where_the_participant_registered(folder: Path) -> None:
    rules = load_region(folder)
    doors = {
        category: [channel.code for channel in rules.channels_for(kind="score", category=category)]
        for category in ("student", "extern", "earlier_graduate")
    }
    assert doors == {"student": ["school_desk"], "extern": ["school_desk"], "earlier_graduate": ["municipal_desk"]}
    desk = rules.channel(kind="score", category="student", code="school_desk")
    assert desk is not None
    assert (desk.start_state, desk.self_service, desk.applicants) == ("in_transit", False, ("participant", "parent"))
    assert rules.channel(kind="score", category="student", code="portal") is None


@pytest.mark.clause("federal:99.2", "federal:99.3", "federal:99.8")
def test_a_procedure_appeal_is_filed_at_the_exam_point(folder: Path) -> None:
    (channel,) = load_region(folder).channels_for(kind="procedure", category="student")
    assert (channel.code, channel.operator, channel.form) == ("exam_point", "exam_commission_member", "PPE-02")
    assert [step.term for step in channel.forwarding] == ["procedure.forwarding"]


def test_its_hooks_are_the_core_s(folder: Path) -> None:
    rules = load_region(folder)
    assert rules.hooks.own == frozenset()
    assert rules.choose_site(case()).site_code == rules.sites.main.code == "main"
    assert [(part.code, part.minutes) for part in rules.hearing_parts(case())] == [("hearing", 20)]
    assert [stop.role for stop in rules.kit_route(case())] == [
        "data_centre_operator",
        "secretary",
        "expert",
        "secretary",
    ]
    assert [stop.task for stop in rules.kit_route(case(subject_code="22"))] == ["assemble", "receive", "present"]


def test_a_remote_appellant_joins_by_link_where_there_are_no_remote_sites(folder: Path) -> None:
    choice = load_region(folder).choose_site(case(mode="remote"))
    assert (choice.site_code, choice.by_hand) == (None, False)


def test_the_secretary_chooses_where_there_are_remote_sites_but_no_rule(folder: Path) -> None:
    (folder / "sites.csv").write_text(
        "code;kind;name;host;address;alias;teaching;clauses\n"
        "main;main;Комиссия;Министерство;г. Озёрск;;да;core:E1\n"
        "east;remote;Восток;Школа № 1;г. Восточный;;да;core:E1\n",
        encoding="utf-8",
    )
    choice = load_region(folder).choose_site(case(mode="remote"))
    assert (choice.site_code, choice.by_hand) == (None, True)


def test_tables_alone_change_its_names_terms_and_lengths(folder: Path) -> None:
    (folder / "sources.toml").write_text(
        '[[act]]\nprefix = "ozerny"\ntitle = "Положение"\napproved = "приказ № 1"\n', encoding="utf-8"
    )
    (folder / "terms.toml").write_text(
        '["score.consideration"]\nweek = 6\nclauses = ["ozerny:5.1"]\n', encoding="utf-8"
    )
    (folder / "durations.toml").write_text(
        '[on_site]\ntotal = 12\nhard = true\nclauses = ["ozerny:6.1"]\n', encoding="utf-8"
    )
    (folder / "bodies.toml").write_text('[commission]\nshort = "АК"\nclauses = ["ozerny:1.1"]\n', encoding="utf-8")
    (folder / "days_off.toml").write_text(
        '[[day]]\ndate = 2026-06-18\nname = "День края"\n'
        'act = { act = "Закон края", number = "1", date = 2026-01-10 }\ncarry_over = false\n',
        encoding="utf-8",
    )
    rules = load_region(folder)
    assert (rules.terms["score.consideration"].week, rules.federal_terms["score.consideration"].week) == (6, 5)
    assert rules.terms["score.consideration"].clauses == ("ozerny:5.1",)
    assert rules.hearing_parts(case())[0].minutes == 12
    assert rules.bodies.commission.short == "АК"
    assert rules.bodies.commission.full.genitive == "конфликтной комиссии"
    assert not rules.calendar.is_working(rules.exams[0].date.replace(day=18), 5)


# --- A region unlike the others, of tables alone ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def unlike() -> RegionRules:
    """The made-up region of tests/data/tenants."""
    return load_region(MADE_UP / "beloozero")


def due(rules: RegionRules, term: str, **events: date) -> datetime:
    """The end of a term in the region's zone."""
    found = compute(
        rules.terms[term],
        events=dict(events),
        calendar=rules.calendar,
        zone=rules.zone,
        federal=rules.federal_terms[term],
        terms=rules.terms,
    ).due
    assert found is not None
    return found.astimezone(rules.zone)


def test_it_has_no_plugin_and_an_act_of_its_own(unlike: RegionRules) -> None:
    assert (unlike.tenant.plugin, unlike.hooks.own) == (None, frozenset())
    assert str(unlike.zone) == "Asia/Chita"
    assert "beloozero" in {act.prefix for act in unlike.sources.act}
    assert unlike.bodies.commission.full.dative == "апелляционному совету Белоозёрского края"


@pytest.mark.parametrize(
    ("category", "doors"),
    [
        ("student", ["school_desk", "commission_desk", "email", "external_portal"]),
        ("extern", ["municipal_desk", "commission_desk", "email", "external_portal"]),
        ("earlier_graduate", ["municipal_desk", "commission_desk", "email"]),
    ],
)
def test_each_category_has_doors_of_its_own(unlike: RegionRules, category: str, doors: list[str]) -> None:
    assert [channel.code for channel in unlike.channels_for(kind="score", category=category)] == doors


def test_weeks_hours_and_windows_are_said_term_by_term(unlike: RegionRules) -> None:
    friday = date(2026, 6, 19)
    # Monday the 22nd is the region's own day off; Saturday works for violation appeals alone.
    assert due(unlike, "procedure.consideration", registered=friday).date() == date(2026, 6, 24)
    assert due(unlike, "score.consideration", registered=friday).date() == date(2026, 6, 27)
    assert due(unlike, "score.onward_forwarding", accepted=friday) == datetime(2026, 6, 23, 15, tzinfo=unlike.zone)
    assert due(unlike, "score.forwarding", accepted=friday).date() == date(2026, 6, 20)
    # Three working days with the day of the decision as the first of them.
    assert due(unlike, "decision.notice", decided=date(2026, 6, 16)).date() == date(2026, 6, 19)
    assert due(unlike, "score.filing", results_announced=date(2026, 6, 18)).date() == date(2026, 6, 25)


def test_what_is_weaker_than_the_law_names_its_act(unlike: RegionRules) -> None:
    weaker = {term.id: term.deviation for term in unlike.terms.values() if term.deviation is not None}
    (act,) = weaker.values()
    assert set(weaker) == {"approval.submission"}
    assert (act.number, act.date) == ("31-о", date(2026, 2, 2))


def test_its_hearings_are_what_its_tables_say(unlike: RegionRules) -> None:
    assert (unlike.hearing.plan.strategy, len(unlike.hearing.plan.sessions)) == ("session", 3)
    remote = CaseFacts(kind="score", subject_code="02", category="student", mode="remote", territory="Заболотский м.о.")
    assert [(part.code, part.minutes) for part in unlike.hearing_parts(remote)] == [
        ("consultation", 15),
        ("hearing", 10),
    ]
    placed = unlike.choose_site(CaseFacts(**{**vars(remote), "territory": "г.о. Светлый Мыс"}))
    assert (placed.site_code, placed.by_hand) == ("sever", False)
