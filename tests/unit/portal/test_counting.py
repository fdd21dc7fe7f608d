"""A count of days in sentences that need no regulation."""

from __future__ import annotations

import datetime as dt

import pytest

from apella.deadlines import service as deadlines
from apella.portal.pages.counting import counted
from apella.regions.loader import load_region
from apella.regions.rules import RegionRules
from apella.testing.tenants import NORTH, write_tenants


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RegionRules:
    """The rules of a tenant that follows the federal terms."""
    folder = write_tenants(tmp_path_factory.mktemp("tenants"))
    return load_region(folder / NORTH)


@pytest.mark.clause("federal:100.1")
def test_the_window_of_filing(rules: RegionRules) -> None:
    window = deadlines.explain(rules, "score.filing", {"results_announced": dt.date(2026, 6, 11)})
    told = counted(window, rules=rules)
    assert [sentence.replace("\u00a0", " ") for sentence in told.sentences] == [
        "Результаты официально объявили в четверг, 11 июня.",
        "Этот день не считается.",
        "Первый рабочий день – понедельник, 15 июня.",
        "Второй рабочий день – вторник, 16 июня.",
    ]
    assert [day.mark for day in told.strips[0].days] == ["", "а", "б", "в", "1", "2"]
    assert len(told.reasons) == 3
    assert told.rule.endswith("Порядок, п. 100.")


def test_a_term_of_the_same_day(rules: RegionRules) -> None:
    window = deadlines.explain(rules, "procedure.withdrawal", {"filed": dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)})
    assert counted(window, rules=rules).sentences == (
        "Апелляция подана в понедельник, 1\u00a0июня.",
        "Срок – до конца этого дня.",
    )


def test_a_term_that_has_not_begun_has_its_rule_only(rules: RegionRules) -> None:
    told = counted(deadlines.explain(rules, "score.filing", {}), rules=rules)
    assert (told.sentences, told.strips) == ((), ())
    assert "дата которого ещё не известна" in told.rule


def test_of_two_terms_the_binding_one_is_told(rules: RegionRules) -> None:
    filed = dt.datetime(2026, 6, 12, 9, tzinfo=rules.zone)
    hearing = dt.datetime(2026, 6, 13, 9, tzinfo=rules.zone)
    early = counted(
        deadlines.explain(rules, "score.withdrawal", {"filed": filed, "hearing_opened": hearing}), rules=rules
    )
    late = counted(deadlines.explain(rules, "score.withdrawal", {"filed": filed}), rules=rules)
    assert early.strips == ()
    assert late.sentences[-1].replace("\u00a0", " ") == "Первый рабочий день – понедельник, 15 июня."
