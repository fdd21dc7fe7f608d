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


# --- What no act can change -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["", ACT])
@pytest.mark.parametrize(
    ("term", "key", "value", "law"),
    [
        pytest.param(
            *("score.consideration", "hardness", "refuse", "federal:102.3"), marks=pytest.mark.clause("federal:102.3")
        ),
        pytest.param(
            *("protocol.handover", "hardness", "refuse", "federal:102.4"), marks=pytest.mark.clause("federal:102.4")
        ),
        ("expert.conclusion", "hardness", "refuse", "core:E25"),
        ("score.consideration", "owed_by", "participant", "federal:102.3"),
        pytest.param(
            *("procedure.filing", "owed_by", "secretary", "federal:99.1, federal:99.3"),
            marks=pytest.mark.clause("federal:99.1"),
        ),
        ("score.filing", "minimum", True, "federal:100.1, federal:100.2"),
    ],
)
def test_it_is_an_error_with_an_act_too(
    problems: Problems, term: str, key: str, value: str | bool, law: str, act: str
) -> None:
    said = "true" if value is True else f'"{value}"'
    text = f'["{term}"]\n{key} = {said}\nclauses = ["ozerny:3"]\n{act}'
    (problem,) = problems(terms_toml=text, sources_toml=SOURCES)
    assert problem.startswith(f"ozerny/terms.toml: {term}: {key}")
    assert f"({law})" in problem


@pytest.mark.parametrize("action", ["fly", "notify"])
def test_what_meets_a_term_is_a_deed_that_there_is(problems: Problems, action: str) -> None:
    text = f'["score.consideration"]\naction = "{action}"\nclauses = ["ozerny:3"]\n'
    (problem,) = problems(terms_toml=text, sources_toml=SOURCES)
    assert problem.startswith(f"ozerny/terms.toml: score.consideration: action: действия {action}, которое")
    assert "decide" in problem


def test_the_role_and_the_deed_of_a_part_are_looked_at_as_well(problems: Problems) -> None:
    part = '{ id = "one", start_event = "registered", length = 4, unit = "working_day", week = 5, owed_by = "nobody" }'
    other = '{ id = "two", start_event = "registered", length = 3, unit = "working_day", week = 5, action = "fly" }'
    text = f'["score.consideration"]\nclauses = ["ozerny:5"]\ncombine = "earliest"\nparts = [{part}, {other}]\n'
    found = problems(terms_toml=text, sources_toml=SOURCES)
    assert [one.split(": ")[1:3] for one in found] == [
        ["score.consideration.one", "owed_by"],
        ["score.consideration.two", "action"],
    ]


# --- Papers are kept at least so long ---------------------------------------------------------------------------------


@pytest.mark.clause("core:E23", "core:A42")
def test_keeping_papers_shorter_without_an_act_is_an_error(problems: Problems) -> None:
    (problem,) = problems(terms_toml='["papers.retention"]\nyears = 0\nclauses = ["ozerny:9"]\n', sources_toml=SOURCES)
    assert problem.startswith(
        "ozerny/terms.toml: papers.retention: years: не раньше конца дня 1 марта того же года после события «год "
        "экзамена» – может истечь раньше наименьшего федерального срока: не раньше конца дня 1 марта через 1 год"
    )
    assert "(core:E23, core:A42)" in problem


@pytest.mark.clause("core:E23")
@pytest.mark.parametrize("hardness", ["breach", "advice"])
def test_that_papers_are_kept_cannot_become_advice(problems: Problems, hardness: str) -> None:
    (problem,) = problems(
        terms_toml=f'["papers.retention"]\nhardness = "{hardness}"\nclauses = ["ozerny:9"]\n', sources_toml=SOURCES
    )
    assert f'papers.retention: hardness = "{hardness}" мягче федерального "refuse"' in problem


@pytest.mark.parametrize(
    "longer",
    [
        "years = 2\n",
        'month_day = "12-31"\n',
        (
            'combine = "latest"\nparts = [\n'
            '    { id = "year", start_event = "exam_year", unit = "date", month_day = "03-01", years = 1 },\n'
            '    { id = "season", start_event = "exam_year", unit = "date", month_day = "12-31", years = 3 },\n]\n'
        ),
    ],
)
def test_papers_may_be_kept_longer(folder: Path, longer: str) -> None:
    (folder / "terms.toml").write_text(f'["papers.retention"]\n{longer}clauses = ["ozerny:9"]\n', encoding="utf-8")
    (folder / "sources.toml").write_text(SOURCES, encoding="utf-8")
    rules = load_region(folder)
    assert rules.deviations == ()
    assert rules.terms["papers.retention"].minimum
