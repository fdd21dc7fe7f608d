"""A federal table that somebody edits by hand: what is refused, and in which words."""

from __future__ import annotations

import copy
import datetime as dt
import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from apella.calendar.reading import TableError
from apella.calendar.tables import load_federal_table

TABLE = tomllib.loads("""
[[holiday]]
name = "День России"
days = ["06-12"]
[[year]]
year = 2026
act = "акт"
confirmed = true
moved = [{ from = 2026-01-03, to = 2026-01-09 }]
observed = []
shortened = [2026-06-11]
""")

Edit = Callable[[dict[str, Any]], None]


def _move(source: str, target: str) -> dict[str, dt.date]:
    return {"from": dt.date.fromisoformat(source), "to": dt.date.fromisoformat(target)}


def _set_moves(*moves: dict[str, dt.date]) -> Edit:
    def edit(table: dict[str, Any]) -> None:
        table["year"][0]["moved"] = list(moves)

    return edit


def _set(key: str, value: object) -> Edit:
    def edit(table: dict[str, Any]) -> None:
        table["year"][0][key] = value

    return edit


def _skip_a_year(table: dict[str, Any]) -> None:
    later = {**table["year"][0], "year": 2028, "moved": [], "shortened": []}
    table["year"].append(later)


def test_a_good_table_is_read() -> None:
    assert load_federal_table(TABLE, place="federal.toml").years[0].moves[0].target == dt.date(2026, 1, 9)


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (_set_moves(_move("2026-01-06", "2026-01-09")), "вт 06.01.2026 – не выходной, переносить с него нечего"),
        (_set_moves(_move("2026-01-03", "2026-01-03")), "сб 03.01.2026 перенесён сам на себя, укажите разные даты"),
        (
            _set_moves(_move("2026-01-03", "2026-06-12")),
            "пт 12.06.2026 – праздник «День России», перенос на него лишний",
        ),
        (
            _set_moves(_move("2026-01-03", "2026-01-09"), _move("2026-01-03", "2026-01-12")),
            "сб 03.01.2026 указана дважды",
        ),
        (
            _set_moves(_move("2026-01-03", "2026-01-09"), _move("2026-01-04", "2026-01-09")),
            "пт 09.01.2026 указана дважды",
        ),
        (_set_moves(_move("2025-01-04", "2026-01-09")), "сб 04.01.2025 не относится к 2026 году"),
        (_set("shortened", [dt.date(2025, 6, 11)]), "ср 11.06.2025 не относится к 2026 году"),
        (_set("working", []), "ключа year.0.working нет в схеме"),
        (_set("confirmed", "да"), "year.0.confirmed = 'да' не подходит"),
        (_skip_a_year, "годы должны идти подряд и без повторов, а указаны 2026, 2028"),
    ],
)
def test_a_faulty_table_is_refused_with_the_place_and_the_reason(edit: Edit, sentence: str) -> None:
    table = copy.deepcopy(TABLE)
    edit(table)
    with pytest.raises(TableError) as caught:
        load_federal_table(table, place="federal.toml")
    assert "federal.toml" in caught.value.message
    assert sentence in caught.value.message
