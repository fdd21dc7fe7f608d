"""Terms as tables: what loads, what is refused, and in which words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

from apella.calendar.reading import TableError
from apella.deadlines.reading import load_terms
from apella.deadlines.terms import Combine, Direction, StartEvent, Term, Unit, length_phrase

GOOD: Mapping[str, Any] = {
    "title": "Подача апелляции",
    "clauses": ["federal:100.1"],
    "start_event": "results_announced",
    "length": 2,
    "unit": "working_day",
    "week": 5,
    "hardness": "refuse",
    "owed_by": "participant",
    "action": "file",
}
WHOLE: Mapping[str, Any] = {key: GOOD[key] for key in ("title", "clauses", "hardness", "owed_by", "action")} | {
    "combine": "earliest"
}
PART: Mapping[str, Any] = {"id": "next_day", "start_event": "filed", "length": 1, "unit": "working_day", "week": 5}
OTHER: Mapping[str, Any] = {"id": "hearing", "start_event": "hearing_day", "unit": "date"}


def _problems(row: object, term_id: str = "score.filing") -> tuple[str, ...]:
    with pytest.raises(TableError) as caught:
        load_terms({term_id: row}, source="terms.toml")
    assert caught.value.error_code == "configuration.terms"
    return caught.value.problems


def test_a_table_becomes_frozen_terms_by_id() -> None:
    term = load_terms({"score.filing": GOOD})["score.filing"]
    assert (term.id, term.start_event, term.unit) == ("score.filing", StartEvent.RESULTS_ANNOUNCED, Unit.WORKING_DAY)
    assert (term.length, term.week, term.following_day, term.cutoff) == (2, 5, True, None)
    assert (term.owed_by, term.action, term.grounds) == ("participant", "file", ("federal:100.1",))
    with pytest.raises(ValueError, match="frozen"):
        term.length = 3
    assert hash(term) == hash(load_terms({"score.filing": dict(GOOD)})["score.filing"])


def test_a_part_takes_from_the_whole_what_it_does_not_say_itself() -> None:
    whole = {**WHOLE, "sources": ["core:E17"], "parts": [PART, {**OTHER, "sources": ["core:A12"], "title": "Начало"}]}
    term = load_terms({"score.withdrawal": whole})["score.withdrawal"]
    first, second = term.parts
    assert (term.combine, term.start_event, term.length) == (Combine.EARLIEST, StartEvent.FILED, None)
    assert (first.id, first.title, first.clauses) == (
        "score.withdrawal.next_day",
        "Подача апелляции",
        ("federal:100.1",),
    )
    assert (first.sources, first.owed_by) == (("core:E17",), "participant")
    assert (second.id, second.title, second.clauses) == ("score.withdrawal.hearing", "Начало", ())
    assert second.grounds == ("core:A12",)


def test_a_combined_term_looks_the_way_its_first_part_does() -> None:
    term = load_terms({"a": {**WHOLE, "parts": [{**PART, "direction": "backward"}, OTHER]}})["a"]
    assert (term.direction, term.unit) == (Direction.BACKWARD, Unit.DATE)


def test_parts_may_be_combined_themselves() -> None:
    inner = {"id": "inner", "combine": "latest", "parts": [PART, OTHER]}
    term = load_terms({"a": {**WHOLE, "parts": [inner, OTHER]}})["a"]
    assert [part.id for part in term.parts[0].parts] == ["a.inner.next_day", "a.inner.hearing"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"week": 7}, "terms.toml: score.filing: week = 7 не подходит; нужно: 5 или 6, только для рабочих дней."),
        ({"week": None}, "terms.toml: score.filing: week: для рабочих дней укажите неделю, 5 или 6."),
        (
            {"unit": "calendar_day"},
            "terms.toml: score.filing: week: неделя бывает только у рабочих дней; уберите ключ.",
        ),
        (
            {"length": -1},
            "terms.toml: score.filing: length = -1 не подходит; нужно: целое число от 0; 0 – тот же день.",
        ),
        ({"length": 99999999}, "score.filing: length: 99999999 – срок длиннее года; в этой единице не больше 366."),
        ({"length": "два"}, "terms.toml: score.filing: length = 'два' не подходит"),
        ({"length": None}, "terms.toml: score.filing: length: укажите длину срока целым числом; 0 – тот же день."),
        ({"unit": "date", "week": None}, "terms.toml: score.filing: length: у срока-даты длины нет; уберите ключ."),
        ({"unit": "week"}, "terms.toml: score.filing: unit = 'week' не подходит; нужно: одна из единиц: working_day,"),
        ({"start_event": "birthday"}, "terms.toml: score.filing: start_event = 'birthday' не подходит; нужно: одно из"),
        ({"cutoff": "25:00"}, "terms.toml: score.filing: cutoff = '25:00' не подходит; нужно: час дня \"ЧЧ:ММ\""),
        ({"cutoff": "00:00"}, "terms.toml: score.filing: cutoff: конец дня подразумевается сам"),
        ({"unit": "hour", "week": None, "cutoff": "19:00"}, "cutoff: у срока в часах и минутах час дня получается сам"),
        ({"direction": "backward", "following_day": False}, "following_day: false бывает только у срока в днях"),
        (
            {"unit": "date", "week": None, "length": None, "direction": "backward"},
            "direction: срок-дата не считается назад",
        ),
        ({"following_day": "нет"}, "terms.toml: score.filing: following_day = 'нет' не подходит; нужно: true – счёт"),
        ({"hardness": "soft"}, "terms.toml: score.filing: hardness = 'soft' не подходит; нужно: \"refuse\" – отказать"),
        ({"clauses": []}, "terms.toml: score.filing: clauses: укажите пункт, который задаёт срок, или источник"),
        ({"clauses": ["100.1"]}, "terms.toml: score.filing: clauses.0 = '100.1' не подходит; нужно: список пунктов"),
        ({"combine": "earliest"}, "terms.toml: score.filing: combine: ключи combine и parts указывают вместе."),
        ({"owed_by": "Секретарь"}, "terms.toml: score.filing: owed_by = 'Секретарь' не подходит; нужно: код роли"),
        (
            {"days": 2},
            "terms.toml: score.filing: ключа days нет в схеме; проверьте написание. Возможные ключи: id, title",
        ),
        ({"id": "x"}, "terms.toml: score.filing: ключ id лишний: идентификатором служит имя таблицы."),
    ],
)
def test_a_faulty_key_is_named_with_its_reason_and_its_remedy(change: Mapping[str, Any], sentence: str) -> None:
    row = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    problems = _problems(row)
    assert len(problems) == 1
    assert sentence in problems[0]


@pytest.mark.parametrize(
    ("unit", "most"), [("working_day", 366), ("calendar_day", 366), ("month", 12), ("hour", 8784), ("minute", 527040)]
)
def test_no_term_is_longer_than_a_year(unit: str, most: int) -> None:
    row = {**GOOD, "unit": unit, "week": 5 if unit == "working_day" else None, "length": most}
    row = {key: value for key, value in row.items() if value is not None}
    assert load_terms({"score.filing": row})["score.filing"].length == most
    (problem,) = _problems({**row, "length": most + 1})
    assert problem.endswith(f"length: {most + 1} – срок длиннее года; в этой единице не больше {most}.")


@pytest.mark.parametrize("key", ["title", "start_event", "unit", "hardness", "owed_by", "action"])
def test_a_missing_key_is_named(key: str) -> None:
    problems = _problems({name: value for name, value in GOOD.items() if name != key})
    assert problems[0].startswith(f"terms.toml: score.filing: нет ключа {key}; нужно: ")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"parts": []}, "terms.toml: a.parts: здесь нужен список из двух или более таблиц."),
        ({"parts": [PART]}, "terms.toml: a: parts: нужно не меньше двух частей, а указана одна."),
        ({"parts": [PART, OTHER], "length": 2}, "terms.toml: a: у составного срока счёт задают части; уберите length."),
        ({"parts": [PART, PART]}, "terms.toml: a.parts: часть next_day повторяется; дайте частям разные id."),
        ({"parts": [PART, "hearing"]}, "terms.toml: a.parts: у части 2 нет ключа id"),
        ({"parts": [PART, {**OTHER, "week": 5}]}, "terms.toml: a.hearing: week: неделя бывает только у рабочих дней"),
        ({"parts": [PART, {**OTHER, "id": "Day 1"}]}, "terms.toml: a.Day 1: id = 'a.Day 1' не подходит"),
    ],
)
def test_a_faulty_combination_is_named(change: Mapping[str, Any], sentence: str) -> None:
    assert any(sentence in problem for problem in _problems({**WHOLE, **change}, "a"))


def test_combining_without_saying_how_is_refused() -> None:
    whole = {key: value for key, value in WHOLE.items() if key != "combine"}
    assert "combine: ключи combine и parts указывают вместе" in _problems({**whole, "parts": [PART, OTHER]}, "a")[0]


def test_an_id_without_quotes_gets_the_right_spelling() -> None:
    row = tomllib.loads('[score.filing]\ntitle = "x"')["score"]
    assert _problems(row, "score") == ('terms.toml: score: возьмите идентификатор в кавычки: ["score.filing"].',)
    assert _problems("2 дня")[0] == "terms.toml: score.filing: здесь нужна таблица срока, а стоит '2 дня'."


def test_every_fault_of_every_term_is_told_at_once() -> None:
    with pytest.raises(TableError) as caught:
        load_terms({"a": {**GOOD, "week": 7, "length": "x"}, "b": {**GOOD, "unit": "x"}, "c": GOOD})
    assert [problem.split(":")[1].strip() for problem in caught.value.problems] == ["a", "a", "b"]


def test_every_start_event_has_a_russian_name() -> None:
    assert all(event.label for event in StartEvent)


@pytest.mark.parametrize(
    ("length", "unit", "week", "phrase"),
    [
        (4, Unit.WORKING_DAY, 6, "4 рабочих дня (шестидневная неделя)"),
        (1, Unit.WORKING_DAY, 5, "1 рабочий день (пятидневная неделя)"),
        (2, Unit.CALENDAR_DAY, None, "2 календарных дня"),
        (1, Unit.MONTH, None, "1 месяц"),
        (24, Unit.HOUR, None, "24 часа"),
        (15, Unit.MINUTE, None, "15 минут"),
    ],
)
def test_a_length_reads_as_russian(length: int, unit: Unit, week: int | None, phrase: str) -> None:
    assert length_phrase(length=length, unit=unit, week=week) == phrase


def test_the_federal_terms_of_these_tests_load(terms: Mapping[str, Term]) -> None:
    assert len(terms) == 16
