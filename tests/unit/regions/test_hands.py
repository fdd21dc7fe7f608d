"""A paper that goes through several hands comes to the commission no later than the law lets one hand bring it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from apella.regions.loader import load_region

Problems = Callable[..., tuple[str, ...]]

TWO_HANDS = """
[[channel]]
kind = "score"
code = "school_desk"
title = "Школа"
categories = ["student", "extern", "earlier_graduate"]
applicants = ["participant"]
operator = "school_operator"
forwarding = [
    { role = "school_operator", term = "score.forwarding" },
    { role = "municipal_operator", term = "score.onward_forwarding" },
]
receipt_event = "registered"
copies = 1
form = "1-AP"
closes_with_office = true
clauses = ["federal:100.4"]
"""

SAME_DAY = '["score.forwarding"]\nlength = 0\nclauses = ["core:E1"]\n'
EARLIER_OF_TWO = """
["score.{term}"]
clauses = ["core:E1"]
combine = "earliest"
parts = [
    {{ id = "day", start_event = "accepted", length = 1, unit = "working_day", week = 5 }},
    {{ id = "hours", start_event = "accepted", length = {hours}, unit = "hour" }},
]
"""


@pytest.mark.clause("federal:100.12")
def test_a_working_day_for_each_hand_is_more_than_the_law_gives_to_all(problems: Problems) -> None:
    (sentence,) = problems(channels_toml=TWO_HANDS)
    assert sentence == (
        "ozerny/channels.toml: score, school_desk: forwarding: принятую чт 01.01.2026 апелляцию все вместе передают до "
        "23:59 вт 13.01.2026, а по Порядку она передана до 23:59 пн 12.01.2026: 1 рабочий день (пятидневная неделя) "
        "после события «приём апелляции для передачи в комиссию» (federal:100.11, federal:100.12); сократите сроки "
        "передачи. Акт, который даёт больше, называют ключом deviation у срока, что сам длиннее федерального."
    )


@pytest.mark.clause("federal:100.12")
@pytest.mark.parametrize("hours", [24, 8784])
def test_a_hand_whose_term_is_combined_counts_as_well(problems: Problems, hours: int) -> None:
    both = EARLIER_OF_TWO.format(term="forwarding", hours=hours) + EARLIER_OF_TWO.format(
        term="onward_forwarding", hours=hours
    )
    (sentence,) = problems(channels_toml=TWO_HANDS, terms_toml=both)
    assert sentence.startswith("ozerny/channels.toml: score, school_desk: forwarding: принятую ")
    assert "(federal:100.11, federal:100.12)" in sentence


@pytest.mark.clause("federal:100.12")
def test_a_paper_accepted_in_the_last_hours_of_a_day_counts_as_well(problems: Problems) -> None:
    late = EARLIER_OF_TWO.format(term="forwarding", hours=3)
    (sentence,) = problems(channels_toml=TWO_HANDS, terms_toml=late)
    assert "forwarding: принятую " in sentence


@pytest.mark.parametrize(
    "terms",
    [
        SAME_DAY,
        SAME_DAY + '["score.onward_forwarding"]\ncutoff = "15:00"\nclauses = ["core:E1"]\n',
        SAME_DAY + EARLIER_OF_TWO.format(term="onward_forwarding", hours=20),
        '["score.onward_forwarding"]\nlength = 0\nclauses = ["core:E1"]\n',
    ],
)
def test_hands_that_together_keep_the_law_s_term_load(folder: Path, terms: str) -> None:
    (folder / "channels.toml").write_text(TWO_HANDS, encoding="utf-8")
    (folder / "terms.toml").write_text(terms, encoding="utf-8")
    steps = load_region(folder).channels[0].forwarding
    assert [step.role for step in steps] == ["school_operator", "municipal_operator"]


def test_an_act_lets_several_hands_have_more(folder: Path) -> None:
    longer = (
        '["score.onward_forwarding"]\nlength = 2\nclauses = ["core:E1"]\n'
        'deviation = { act = "Приказ", number = "1", date = 2026-01-15 }\n'
    )
    (folder / "channels.toml").write_text(TWO_HANDS, encoding="utf-8")
    (folder / "terms.toml").write_text(longer, encoding="utf-8")
    assert load_region(folder).channels[0].start_state == "in_transit"


@pytest.mark.parametrize("length", [2, 366])
def test_a_hand_that_is_too_slow_by_itself_is_told_of_once(problems: Problems, length: int) -> None:
    slow = f'["score.forwarding"]\nlength = {length}\nclauses = ["core:E1"]\n'
    (sentence,) = problems(channels_toml=TWO_HANDS, terms_toml=slow)
    assert sentence.startswith("ozerny/terms.toml: score.forwarding: length: ")
