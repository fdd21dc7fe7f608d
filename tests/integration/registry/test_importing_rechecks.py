"""Results of re-checks in a delivery (federal:100.3): each is a result of its own, also where no mark has changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date

import pytest

from apella.registry.importing_delivery import Delivery, read_delivery
from apella.registry.model import Result
from apella.testing.registry import Registry

RECHECKED = date(2026, 7, 1)


def edited(registry: Registry, delivery: Delivery, *, header: str | None = None, **days: str) -> Delivery:
    """The delivery with these works' re-checks in results.csv; or under an older header, without the column."""
    path = delivery.directory / "results.csv"
    first, *rows = path.read_text(encoding="utf-8").splitlines()
    assert first == "work_code;primary_score;test_score;rechecked_on"
    assert all(row.endswith(";") for row in rows)
    rows = [row + days.get(row.partition(";")[0].replace("-", "_"), "") for row in rows]
    if header is not None:
        first, rows = header, [row.rpartition(";")[0] for row in rows]
    path.write_text("\n".join([first, *rows, ""]), encoding="utf-8")
    manifest = delivery.manifest.model_dump()
    manifest["tables"]["results.csv"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (delivery.directory / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return read_delivery(delivery.directory, rules=registry.rules)


def versions(results: list[Result]) -> list[tuple[int, date | None]]:
    return [(result.version, result.rechecked_on) for result in results]


@pytest.mark.clause("federal:100.3")
def test_the_same_marks_after_a_re_check_are_a_new_result_once(registry: Registry) -> None:
    season = registry.season()
    registry.take(season)
    code = season.marked[0][0].work_code
    others = {row.work_code for row in season.results()} - {code}
    again = edited(registry, registry.delivery(season), **{code.replace("-", "_"): RECHECKED.isoformat()})
    report = registry.take(again)
    assert (report.counts["results_changed"], report.counts["results_added"]) == (1, 0)
    first, second = registry.results(code)
    assert versions([first, second]) == [(1, None), (2, RECHECKED)]
    assert (second.primary_score, second.test_score) == (first.primary_score, first.test_score)
    assert report.counts["marks_added"] == len(season.marked[0][1])
    assert not registry.take(replace(again, sha256=b"x" * 32)).changed
    assert all(versions(registry.results(other)) == [(1, None)] for other in others)


@pytest.mark.clause("federal:100.3")
def test_a_table_that_does_not_know_the_column_undoes_no_re_check(registry: Registry) -> None:
    season = registry.season()
    code = season.marked[0][0].work_code
    older = edited(registry, registry.delivery(season), header="work_code;primary_score;test_score")
    assert registry.take(older).counts["results_added"] == len(season.marked)
    registry.take(edited(registry, registry.delivery(season), **{code.replace("-", "_"): RECHECKED.isoformat()}))
    assert not registry.take(replace(older, sha256=b"o" * 32)).changed
    assert not registry.take(replace(registry.delivery(season), sha256=b"e" * 32)).changed, "an empty cell"
    assert versions(registry.results(code)) == [(1, None), (2, RECHECKED)]
    raised = replace(
        season,
        marked=tuple(
            (work, bytes([1 - marks[0], *marks[1:]]) if work.work_code == code else marks)
            for work, marks in season.marked
        ),
    )
    assert registry.take(raised).counts["results_changed"] == 1
    assert versions(registry.results(code)) == [(1, None), (2, RECHECKED), (3, RECHECKED)]


@pytest.mark.clause("federal:100.3")
def test_a_corrected_day_and_a_second_re_check_are_results_too(registry: Registry) -> None:
    season = registry.season()
    registry.take(season)
    code = season.marked[0][0].work_code
    days = (RECHECKED, date(2026, 7, 2))
    for day in days:
        registry.take(edited(registry, registry.delivery(season), **{code.replace("-", "_"): day.isoformat()}))
    assert versions(registry.results(code)) == [(1, None), (2, days[0]), (3, days[1])]
