"""The page of terms: every term in words, and any of them counted with its days."""

from __future__ import annotations

import pytest

from apella.testing.console import Console, ConsoleFor
from apella.testing.play import Who
from apella.testing.plugin import StartPlay


@pytest.fixture
def secretary(play: StartPlay, console_for: ConsoleFor) -> Console:
    return console_for(play().actor("secretary"))


@pytest.mark.parametrize(
    ("who", "status"), [("secretary", 200), ("expert-1", 200), ("school-operator", 200), ("member-1", 200), (0, 403)]
)
def test_everybody_who_works_reads_the_terms(play: StartPlay, console_for: ConsoleFor, who: Who, status: int) -> None:
    assert console_for(play().actor(who)).get("deadlines").status == status


def test_every_term_stands_with_its_rule_and_its_act(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    page = console_for(run.actor("secretary")).get("deadlines")
    for term in run.world.rules.terms.values():
        assert term.title in page.text
    assert "2 рабочих дня (пятидневная неделя) после события «официальное объявление результатов»" in page.text
    assert "Порядок, п. 100" in page.text
    assert page.link("Сроки").endswith("/north/deadlines")


@pytest.mark.clause("federal:100.1")
def test_a_term_is_chosen_and_then_counted(secretary: Console) -> None:
    page = secretary.get("deadlines")
    chosen = secretary.get(page.link("Подача апелляции о несогласии с баллами"))
    form = chosen.form("/deadlines")
    assert set(form.fields) == {"term", "results_announced"}
    counted = secretary.get(f"{form.action}?term=score.filing&results_announced=11.06.2025")
    assert counted.status == 200
    assert "2 рабочих дня (пятидневная неделя) после ср 11.06.2025 → вт 17.06.2025, 23:59." in counted.text
    # The days stand folded below the sentence.
    assert "<details" in counted.html
    assert "чт 12: не считается, День России" in counted.text


def test_an_hour_may_be_typed_and_several_events(secretary: Console) -> None:
    page = secretary.get("deadlines?term=score.withdrawal&filed=05.06.2025&hearing_opened=06.06.2025 10:30")
    assert "действует пт 06.06.2025, 10:30" in page.text


def test_a_missing_event_leaves_its_part_out(secretary: Console) -> None:
    page = secretary.get("deadlines?term=score.withdrawal&filed=05.06.2025&hearing_opened=")
    assert page.status == 200
    assert "дата которого ещё не известна" in page.text
    assert "пт 06.06.2025, 23:59" in page.text


@pytest.mark.parametrize(
    ("asked", "year"),
    [
        ("term=protocol.handover&decided=31.12.9999", 9999),
        ("term=recalculation.federal&dispatched=31.12.9999", 9999),
        ("term=score.withdrawal&filed=01.01.0001 00:00", 1),
        ("term=score.withdrawal&filed=31.12.9999 23:59", 9999),
    ],
)
def test_a_date_at_the_ends_of_time_is_outside_every_calendar(secretary: Console, asked: str, year: int) -> None:
    page = secretary.get(f"deadlines?{asked}")
    assert page.status == 422
    assert f"Календарь на {year} год не загружен" in page.text


def test_the_page_says_by_which_rules_it_counts(play: StartPlay, console_for: ConsoleFor) -> None:
    run = play()
    note = run.world.rules.edition_note(run.world.rules.year)
    text = console_for(run.actor("secretary")).get("deadlines").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Правила сезона «" in text
    assert run.world.rules.edition.title in text
    assert note is not None
    assert note in text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("31.02.2025", "Укажите дату: день.месяц.год"),
        ("", "Укажите дату события, от которого считают срок"),
        ("05.06.2029", "Календарь на 2029 год не загружен"),
        ("05.06.2025 25:00", "Укажите дату: день.месяц.год"),
    ],
)
def test_what_cannot_be_counted_is_said_at_the_field(secretary: Console, typed: str, sentence: str) -> None:
    page = secretary.get(f"deadlines?term=score.filing&results_announced={typed}")
    assert page.status == 422
    assert page.title.startswith("Ошибка:")
    assert sentence in page.text
    assert page.form("/deadlines").fields["results_announced"] == typed


def test_a_term_that_there_is_not_only_shows_the_list(secretary: Console) -> None:
    assert secretary.get("deadlines?term=nothing.such").status == 200
