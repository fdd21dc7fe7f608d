"""What becomes of a statement: proved, shown or open; and that nothing is counted that was not earned."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from apella.regions import clause_coverage
from apella.regions.clause_coverage import RECORD, read_record
from apella.regions.clauses import READINGS, Clause, read_clauses
from apella.regions.loader import FEDERAL
from apella.regions.reading import RegionFilesError
from apella.regions.registry import RegionRegistry
from apella.tenancy.files import shipped_tenants
from apella.testing.clause_record import ClauseRecorder, note_clauses

DOMAIN = Path(__file__).parents[4] / "shared" / "domain"


def listed() -> tuple[Clause, ...]:
    """Every statement and reading of the core and the shipped tenants."""
    return tuple(clause for folder in (FEDERAL, *shipped_tenants().values()) for clause in read_clauses(folder))


def statuses(record: Mapping[str, Mapping[str, bool]], *clauses: Clause) -> dict[str, str]:
    """What becomes of the statements under a record, with the shipped regions on display."""
    regions = RegionRegistry.load(shipped_tenants())
    return {
        found.clause.id: found.status for found in clause_coverage.coverage(clauses, record=record, regions=regions)
    }


def test_the_list_has_628_statements_and_is_that_of_the_regulations() -> None:
    statements = {clause.id: clause.kind for clause in listed() if clause.source != READINGS}
    assert len(statements) == 628
    if not DOMAIN.is_dir():
        return
    texts = [tomllib.loads(file.read_text("utf-8"))["clause"] for file in (DOMAIN / "clauses").glob("*.toml")]
    assert statements == {clause["id"]: clause["kind"] for clauses in texts for clause in clauses}


def test_a_passing_test_proves_and_a_failing_one_opens_again() -> None:
    clause = Clause("federal:102.3", "deadline")
    assert statuses({}, clause) == {clause.id: "open"}
    assert statuses({"a": {clause.id: True}}, clause) == {clause.id: "proved"}
    assert statuses({"a": {clause.id: True}, "b": {clause.id: False}}, clause) == {clause.id: "open"}


def test_only_what_software_cannot_carry_out_may_be_shown() -> None:
    """federal:100.1 is cited by a value of every region: on display, and yet its kind asks for a test."""
    assert statuses({}, Clause("federal:100.1", "deadline")) == {"federal:100.1": "open"}
    assert statuses({}, Clause("federal:100.1", "info")) == {"federal:100.1": "shown"}
    assert statuses({}, Clause("federal:999.9", "info")) == {"federal:999.9": "open"}


def test_readings_are_not_counted() -> None:
    assert statuses({}, Clause("core:E17", "reading")) == {}


def test_the_json_keeps_its_contract() -> None:
    schema = json.loads((Path(__file__).parent / "clauses.schema.json").read_text("utf-8"))
    found = clause_coverage.coverage(
        listed(), record={"tests/x.py::test": {"federal:102.3": True}}, regions=RegionRegistry.load(shipped_tenants())
    )
    answer = clause_coverage.as_json(found)
    Draft202012Validator(schema).validate(answer)
    assert (answer["total"], answer["proved"]) == (628, 1)
    assert answer["proved"] + answer["shown"] + answer["open"] == 628
    (proved,) = [one for one in answer["clauses"] if one["status"] == "proved"]
    assert (proved["id"], proved["tests"]) == ("federal:102.3", ["tests/x.py::test"])


def _report(item: pytest.Item, *, when: str = "call", outcome: str = "passed") -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=item.nodeid,
        location=("", 0, ""),
        keywords={},
        outcome=outcome,  # type: ignore[arg-type]
        longrepr=None,
        when=when,  # type: ignore[arg-type]
        user_properties=item.user_properties,
    )


def test_the_record_keeps_the_worst_of_a_test_and_what_other_runs_proved(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    item = pytest.Function.from_parent(request.node.parent, name="made_up[1]", callobj=lambda: None)
    note_clauses(item, ["federal:102.3"])
    (tmp_path / RECORD).parent.mkdir()
    (tmp_path / RECORD).write_text(json.dumps({"other": {"federal:99.1": True}}), encoding="utf-8")
    recorder = ClauseRecorder(tmp_path)
    recorder.pytest_runtest_logreport(_report(item))
    recorder.pytest_runtest_logreport(_report(item, outcome="failed"))
    recorder.pytest_runtest_logreport(_report(item))
    recorder.write(whole=False)
    (made_up,) = (test for test in read_record(tmp_path / RECORD) if test != "other")
    assert "[" not in made_up
    assert read_record(tmp_path / RECORD) == {"other": {"federal:99.1": True}, made_up: {"federal:102.3": False}}
    recorder.write(whole=True)
    assert read_record(tmp_path / RECORD) == {made_up: {"federal:102.3": False}}


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
def test_a_test_that_did_not_get_to_run_proves_nothing(
    tmp_path: Path, request: pytest.FixtureRequest, outcome: str
) -> None:
    item = pytest.Function.from_parent(request.node.parent, name="made_up", callobj=lambda: None)
    note_clauses(item, ["federal:102.3"])
    recorder = ClauseRecorder(tmp_path)
    recorder.pytest_runtest_logreport(_report(item, when="setup", outcome=outcome))
    recorder.write(whole=False)
    assert [proved for clauses in read_record(tmp_path / RECORD).values() for proved in clauses.values()] == [False]


def test_a_point_listed_twice_is_named(tmp_path: Path) -> None:
    (tmp_path / "clauses.toml").write_text('[points.made_up]\ninfo = ["1.1"]\nvideo = ["1.1"]\n', encoding="utf-8")
    with pytest.raises(RegionFilesError, match=r"clauses\.toml: points\.made_up: пункты 1\.1 указаны дважды"):
        read_clauses(tmp_path)


def test_every_statement_that_a_shipped_value_cites_is_listed() -> None:
    from apella.regions.checks import citations

    known = {clause.id for clause in listed()}
    prefixes = {clause.source for clause in listed()}
    cited = {
        (rules.slug, place, clause)
        for rules in RegionRegistry.load(shipped_tenants())
        for place, clause in citations(rules)
    }
    assert {one for one in cited if one[2].partition(":")[0] in prefixes and one[2] not in known} == set()
