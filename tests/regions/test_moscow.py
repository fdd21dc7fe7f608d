"""What the oblast's instruction says, and only there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from apella.regions.rules import RegionRules
from apella.regions.values.cases import CaseFacts, SiteChoice

Due = Callable[..., datetime]
SEEDS = Path(__file__).parents[2].parent / "shared" / "seeds"


def site_for(
    rules: RegionRules, territory: str | None, *, mode: str = "remote", kind: str = "score", subject_code: str = "02"
) -> SiteChoice:
    """The site chosen for a participant of a territory."""
    facts = CaseFacts(kind=kind, subject_code=subject_code, category="student", mode=mode, territory=territory)
    return rules.choose_site(facts)


@pytest.mark.clause("moscow:5.2")
def test_there_are_sixteen_remote_sites_with_sixty_territories(rules: RegionRules) -> None:
    attached = Counter(territory.site for territory in rules.sites.territories)
    assert len(rules.sites.remote) == 16
    assert attached.total() == 60
    assert [attached[site.code] for site in rules.sites.remote] == [3, 1, 2, 2, 9, 1, 1, 5, 2, 11, 7, 8, 1, 2, 1, 4]


@pytest.mark.clause("moscow:5.8", *(f"moscow:5.T{number}" for number in range(1, 17)))
def test_every_territory_leads_to_its_one_site_under_both_spellings(rules: RegionRules) -> None:
    for territory in rules.sites.territories:
        number = int(territory.site.removeprefix("upra_"))
        assert territory.clauses == (f"moscow:5.T{number}",)
        for name in (territory.name, territory.alias):
            choice = site_for(rules, name)
            assert (choice.site_code, choice.by_hand) == (territory.site, False)
            assert f"moscow:5.T{number}" in choice.clauses


@pytest.mark.clause("moscow:5.T1")
def test_a_participant_of_lobnya_comes_to_dmitrov(rules: RegionRules) -> None:
    site = rules.sites.get(str(site_for(rules, "г.о. Лобня").site_code))
    assert site is not None
    assert site.address == "г. Дмитров, ул. Школьная, д. 14"


def test_the_table_stands_in_the_instruction_word_for_word(rules: RegionRules) -> None:
    seeds = list(SEEDS.glob("003_*.txt"))
    if not seeds:
        pytest.skip(f"{SEEDS} is not beside the repository: the table cannot be compared with the instruction")
    text = seeds[0].read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if "\t" in line]
    hosts = [(row[1], row[2]) for row in rows if row[0].isdecimal() and not row[1].isdecimal()]
    assert [(site.alias or site.address, site.host) for site in rules.sites.remote] == hosts
    spelled = " ".join(row[-1] for row in rows if row[0].isdecimal() or row[0] == "").split()
    typed = " ".join(territory.alias for territory in rules.sites.territories).split()
    assert typed == [word for word in spelled if not word.isdecimal()]


@pytest.mark.clause("moscow:5.8", "core:D14")
@pytest.mark.parametrize("territory", [None, "городской округ Заречный"])
def test_a_participant_from_elsewhere_is_sent_by_hand(rules: RegionRules, territory: str | None) -> None:
    choice = site_for(rules, territory)
    assert (choice.site_code, choice.by_hand) == (None, True)


@pytest.mark.parametrize(("mode", "kind"), [("in_absence", "score"), ("on_site", "score"), ("on_site", "procedure")])
def test_without_video_the_place_is_the_main_site(rules: RegionRules, mode: str, kind: str) -> None:
    assert site_for(rules, "г.о. Лобня", mode=mode, kind=kind).site_code == "opra"


@pytest.mark.clause("moscow:4.3", "moscow:4.4", "core:D2")
def test_the_hearing_is_announced_by_seven_in_the_evening_and_a_working_day_before(due: Due) -> None:
    closed, hearing = date(2025, 6, 23), date(2025, 6, 25)
    assert due("hearing.announcement", filing_closed=closed, hearing_day=hearing) == datetime.fromisoformat(
        "2025-06-24T19:00:00+03:00"
    )
    assert due("hearing.announcement", filing_closed=date(2025, 6, 24), hearing_day=hearing).date() == hearing


@pytest.mark.clause("moscow:1.1", "moscow:1.2")
def test_a_clerk_s_and_a_participant_s_filing_are_received_at_once(rules: RegionRules) -> None:
    doors = rules.channels_for(kind="score", category="earlier_graduate")
    assert [(channel.code, channel.start_state, channel.operator) for channel in doors] == [
        ("queue_clerk", "registered", "queue_clerk"),
        ("portal", "registered", "participant"),
    ]


@pytest.mark.clause("moscow:3.1")
def test_three_marks_are_obligatory_and_there_is_no_other_choice(rules: RegionRules) -> None:
    assert rules.presence.modes == ()
    assert rules.presence.persons == ("participant", "parent", "proxy")
    for channel in rules.channels:
        if channel.kind == "score":
            assert "presence" in channel.required_fields


@pytest.mark.clause("moscow:12.1")
def test_the_explanation_has_a_hard_limit_of_twenty_minutes(rules: RegionRules) -> None:
    for mode in ("on_site", "remote"):
        duration = rules.durations.of(mode)
        assert (duration.consultation, duration.hard) == (20, True)


@pytest.mark.parametrize(
    ("changed", "kege", "signed"),
    [
        pytest.param(("B",), False, ("U-33",), marks=pytest.mark.clause("moscow:15.2", "core:D3")),
        pytest.param(("C",), False, ("2-AP-2", "U-33"), marks=pytest.mark.clause("moscow:15.3")),
        pytest.param(("D",), False, ("2-AP-3", "U-33"), marks=pytest.mark.clause("moscow:15.4")),
        pytest.param((), True, ("2-AP-5", "U-33"), marks=pytest.mark.clause("moscow:15.5")),
        pytest.param(("B", "C"), False, ("U-33", "2-AP-2"), marks=pytest.mark.clause("moscow:15.6")),
    ],
)
def test_what_is_signed_follows_from_what_changed(
    rules: RegionRules, changed: tuple[str, ...], signed: tuple[str, ...], *, kege: bool
) -> None:
    outcome = "referred" if kege else "satisfied_up"
    assert rules.forms.signed_by_appellant(outcome=outcome, changed=changed, kege=kege) == signed


@pytest.mark.clause("moscow:15.7", "core:D4")
def test_the_result_notice_is_drawn_up_on_satisfaction_alone(rules: RegionRules) -> None:
    def forms(outcome: str) -> tuple[str, ...]:
        return rules.forms.for_decision(kind="score", outcome=outcome, changed=(), kege=False)

    assert "U-33" not in forms("rejected")
    assert "U-33" in forms("satisfied_unchanged")


def test_a_proxy_has_six_powers_and_filing_is_none_of_them(rules: RegionRules) -> None:
    proxy = rules.presence.proxy
    assert (proxy.form, proxy.per_subject_and_year, len(proxy.powers)) == ("regional", True, 6)
    assert all("proxy" not in channel.applicants for channel in rules.channels)
    assert "proxy" not in rules.withdrawal.applicants


def test_procedure_appeals_follow_the_federal_procedure(rules: RegionRules) -> None:
    assert rules.terms["procedure.consideration"] == rules.federal_terms["procedure.consideration"]
    assert [channel.code for channel in rules.channels_for(kind="procedure", category="student")] == ["exam_point"]
