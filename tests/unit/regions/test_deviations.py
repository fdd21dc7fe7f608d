"""A term weaker than the Procedure's loads only with the act that sets it, and is listed with its reasons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from apella.regions.loader import load_region

Problems = Callable[..., tuple[str, ...]]

ACT = 'deviation = { act = "Учебный приказ министерства", number = "00-УП", date = 2026-01-30 }\n'
SOURCES = '[[act]]\nprefix = "ozerny"\ntitle = "Порядок края"\napproved = "приказ"\n'
SHORTER = '["score.filing"]\nlength = 1\nclauses = ["ozerny:3"]\n'


@pytest.mark.clause("federal:100.1")
def test_a_shorter_right_without_an_act_is_an_error_with_file_key_and_clause(problems: Problems) -> None:
    assert problems(terms_toml=SHORTER, sources_toml=SOURCES) == (
        (
            "ozerny/terms.toml: score.filing: length: 1 рабочий день (пятидневная неделя) после события «официальное "
            "объявление результатов» – может истечь раньше федерального срока участника: 2 рабочих дня (пятидневная "
            "неделя) после события «официальное объявление результатов» (federal:100.1, federal:100.2). "
            "Исправьте срок или назовите акт ключом deviation."
        ),
    )


@pytest.mark.clause("federal:102.3")
def test_a_longer_term_of_an_authority_without_an_act_names_every_key(problems: Problems) -> None:
    (problem,) = problems(
        terms_toml='["score.consideration"]\nlength = 5\nweek = 6\nclauses = ["ozerny:4"]\n', sources_toml=SOURCES
    )
    assert problem.startswith("ozerny/terms.toml: score.consideration: length, week: 5 рабочих дней (шестидневная")
    assert "(federal:102.3)" in problem


@pytest.mark.clause("federal:100.1")
def test_with_its_act_the_weaker_term_loads_and_is_listed(folder: Path) -> None:
    (folder / "terms.toml").write_text(SHORTER + ACT, encoding="utf-8")
    (folder / "sources.toml").write_text(SOURCES, encoding="utf-8")
    rules = load_region(folder)
    (deviation,) = rules.deviations
    assert (deviation.term, str(deviation.act)) == (
        rules.terms["score.filing"],
        "Учебный приказ министерства от 30.01.2026 № 00-УП",
    )
    assert len(deviation.sentences) == 1
    assert "может истечь раньше федерального срока участника" in deviation.sentences[0]
    assert "deviation" not in deviation.sentences[0]


def test_an_act_that_is_not_needed_is_an_error(problems: Problems) -> None:
    longer = '["score.filing"]\nlength = 3\nclauses = ["ozerny:3"]\n' + ACT
    assert problems(terms_toml=longer, sources_toml=SOURCES) == (
        (
            "ozerny/terms.toml: score.filing: deviation: срок не слабее федерального: 2 рабочих дня (пятидневная "
            "неделя) после события «официальное объявление результатов» (federal:100.1, federal:100.2); уберите ключ."
        ),
    )


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        ('deviation = "приказ"\n', "deviation = 'приказ' не подходит; нужно: таблица { act"),
        ('deviation = { act = "приказ" }\n', "deviation.date"),
        ('deviation = { act = "", date = 2026-01-30 }\n', "deviation.act = '' не подходит"),
    ],
)
def test_an_act_must_be_named_in_full(problems: Problems, act: str, sentence: str) -> None:
    assert any(sentence in problem for problem in problems(terms_toml=SHORTER + act, sources_toml=SOURCES))


def test_an_act_stands_with_the_whole_term_not_with_a_part(problems: Problems) -> None:
    part = '{ id = "one", start_event = "filed", length = 0, unit = "calendar_day", deviation = { act = "приказ" } }'
    other = '{ id = "two", start_event = "hearing_day", unit = "date" }'
    text = f'["score.withdrawal"]\nclauses = ["ozerny:5"]\ncombine = "earliest"\nparts = [{part}, {other}]\n'
    assert any("отступление называют у всего срока" in problem for problem in problems(terms_toml=text))


def test_a_reference_to_an_unknown_term_stops_the_loading(problems: Problems) -> None:
    text = '["hearing.notice"]\nevent_from = "score.filling"\nclauses = ["core:E25"]\n'
    assert problems(terms_toml=text) == (
        (
            "ozerny/terms.toml: hearing.notice: event_from: срока score.filling нет, "
            "похожие: score.filing, score.forwarding, procedure.filing (core:E25)."
        ),
    )


def test_terms_in_a_circle_stop_the_loading(problems: Problems) -> None:
    text = (
        '["hearing.notice"]\nevent_from = "case.close"\nclauses = ["core:E25"]\n'
        '["case.close"]\nevent_from = "hearing.notice"\nclauses = ["core:E25"]\n'
    )
    (problem,) = problems(terms_toml=text)
    assert "hearing.notice → case.close → hearing.notice (core:E25)" in problem
