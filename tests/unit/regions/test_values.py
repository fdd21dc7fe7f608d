"""What the values of a region answer by themselves."""

from __future__ import annotations

from pathlib import Path

import pydantic
import pytest

from apella.regions.loader import load_region
from apella.regions.rules import RegionRules


@pytest.fixture
def rules(folder: Path) -> RegionRules:
    """The rules of a region that says nothing of its own."""
    return load_region(folder)


def test_values_and_mappings_are_frozen(rules: RegionRules) -> None:
    with pytest.raises(pydantic.ValidationError):
        rules.durations.on_site.total = 1
    for mapping in (rules.terms, rules.subjects, rules.forms.form, rules.forms.wording):
        with pytest.raises(TypeError):
            mapping["x"] = None  # type: ignore[index]


def test_numbers_follow_the_formats(rules: RegionRules) -> None:
    assert rules.receipt_number(subject_code="02", number=17) == "99-2026-000017"
    assert rules.journal_number(kind="score", subject_code="02", number=17) == "99-02-000017"
    assert rules.journal_number(kind="procedure", subject_code="02", number=17) == "99-П-000017"


def test_the_version_changes_with_every_value(folder: Path, rules: RegionRules) -> None:
    assert rules.version.startswith("ozerny-2026-")
    assert load_region(folder).version == rules.version
    (folder / "durations.toml").write_text('[on_site]\ntotal = 11\nclauses = ["core:E25"]\n', encoding="utf-8")
    assert load_region(folder).version != rules.version


@pytest.mark.clause("federal:100.7")
def test_a_remote_hearing_needs_the_decision_of_the_exam_commission(rules: RegionRules) -> None:
    def modes(*decisions: str) -> tuple[str, ...]:
        return rules.hearing.modes_for(kind="score", subject_code="02", decisions=decisions)

    assert modes() == ("on_site",)
    assert modes("remote_hearing") == ("on_site", "remote")
    assert rules.hearing.modes_for(kind="procedure", subject_code="02", decisions=("remote_hearing",)) == ("on_site",)


@pytest.mark.clause("federal:101.8")
def test_only_extended_answers_need_an_expert(rules: RegionRules) -> None:
    assert rules.needs_expert("02")
    assert rules.needs_expert("29")
    assert not rules.needs_expert("22")
    assert not rules.needs_expert("25")


@pytest.mark.parametrize(
    ("outcome", "changed", "kege", "forms"),
    [
        ("rejected", (), False, ("2-AP", "U-33")),
        ("satisfied_up", ("C", "B"), False, ("2-AP", "2-AP-1", "2-AP-2", "U-33")),
        ("satisfied_down", ("D",), False, ("2-AP", "2-AP-3", "U-33")),
        ("referred", (), True, ("2-AP", "2-AP-5", "U-33")),
    ],
)
def test_a_decision_brings_about_its_forms(
    rules: RegionRules, outcome: str, changed: tuple[str, ...], forms: tuple[str, ...], *, kege: bool
) -> None:
    assert rules.forms.for_decision(kind="score", outcome=outcome, changed=changed, kege=kege) == forms


def test_a_procedure_appeal_has_its_own_protocol(rules: RegionRules) -> None:
    assert rules.forms.for_decision(kind="procedure", outcome="satisfied", changed=(), kege=False) == ("PPE-03",)


@pytest.mark.parametrize(("members", "quorum"), [(0, 1), (3, 1), (4, 2), (9, 3), (10, 4)])
def test_a_third_of_the_members_is_a_quorum(rules: RegionRules, members: int, quorum: int) -> None:
    assert rules.commission.votes.quorum(members) == quorum


def test_positions_are_numbered_within_their_type(rules: RegionRules) -> None:
    positions = rules.subjects["01"].positions
    first_extended = next(position for position in positions if position.task_type == "C")
    assert (first_extended.number, first_extended.task, first_extended.criterion) == (1, "27", "К1")
    assert sum(position.max_mark for position in positions) == rules.subjects["01"].max_primary == 50


def test_a_notice_is_filled_in(rules: RegionRules) -> None:
    rule = rules.notice("appeal_withdrawn", kind="score")
    assert rule is not None
    assert rule.fields == {"receipt", "subject"}
    assert "99-2026-000017" in rule.render({"receipt": "99-2026-000017", "subject": "Физика"})
    with pytest.raises(KeyError):
        rule.render({"receipt": "1"})


def test_an_event_that_nobody_is_told_of_has_no_notice(rules: RegionRules) -> None:
    assert rules.notice("expert_assigned", kind="procedure") is None
