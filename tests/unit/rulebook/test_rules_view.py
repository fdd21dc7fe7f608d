"""A rule set in words: complete, beside the federal one, the same for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apella.regions.checks import citations
from apella.regions.loader import FEDERAL, federal_counterpart, load_region
from apella.regions.registry import RegionRegistry
from apella.regions.rules import RegionRules
from apella.regions.tables import value_tables
from apella.regions.values.base import Sourced
from apella.rulebook.in_force import on_day
from apella.rulebook.lines.entry import SILENT
from apella.rulebook.rules_view import ABSENT, Line, RulesView, rules_text, rules_view
from apella.rulebook.today import machine_day

# How the fixture `apella` answers: see conftest.
Apella = Callable[..., Any]

TITLES = [
    "Кто и где подаёт",
    "Сроки",
    "Подготовка",
    "Слушание",
    "Решение и документы",
    "Обмен",
    "Хранение",
    "Условия",
]


def view_of(rules: RegionRules, *, only_differences: bool = False) -> RulesView:
    return rules_view(rules, federal_counterpart(rules), only_differences=only_differences)


def lines_of(view: RulesView) -> dict[str, Line]:
    """The lines by their keys; each key stands once."""
    lines = [line for section in view.sections for line in section.lines]
    twice = [key for key, times in Counter(line.key for line in lines).items() if times > 1]
    assert twice == []
    return {line.key: line for line in lines}


@pytest.fixture
def changed(tenants: Path, tmp_path: Path) -> Callable[..., RegionRules]:
    """The made-up region with other tables beside its own."""

    def make(**tables: str) -> RegionRules:
        folder = tmp_path / "north"
        folder.mkdir()
        for path in (tenants / "north").iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        for name, text in tables.items():
            (folder / f"{name}.toml").write_text(text, encoding="utf-8")
        return load_region(folder)

    return make


def test_the_sections_stand_in_their_order(rules: RegionRules) -> None:
    assert [section.title for section in view_of(rules).sections] == TITLES


def test_every_source_of_a_value_stands_beside_a_line(rules: RegionRules) -> None:
    shown = {clause for line in lines_of(view_of(rules)).values() for clause in line.clauses}
    assert {clause for _, clause in citations(rules)} - shown == set()


def test_a_line_without_a_source_says_that_nothing_is_set(rules: RegionRules) -> None:
    assert {line.value for line in lines_of(view_of(rules)).values() if not line.clauses} == {SILENT}


def test_what_is_as_the_federal_tables_say_is_no_difference(rules: RegionRules) -> None:
    line = lines_of(view_of(rules))["durations.on_site"]
    assert (line.differs, line.federal, line.federal_clauses) == (False, None, ())
    federal = view_of(federal_counterpart(rules))
    assert [line.key for line in lines_of(federal).values() if line.differs] == ["sites.main"]


def test_another_value_has_the_federal_one_beside_it(changed: Callable[..., RegionRules]) -> None:
    rules = changed(durations='[on_site]\ntotal = 12\nclauses = ["core:C1"]\n')
    line = lines_of(view_of(rules, only_differences=True))["durations.on_site"]
    assert line.value.startswith("всего 12 мин")
    assert line.federal is not None
    assert line.federal.startswith("всего 20 мин")
    assert (line.clauses, line.federal_clauses, line.differs) == (("core:C1",), ("core:E25",), True)


def test_another_name_of_a_body_is_no_other_rule(changed: Callable[..., RegionRules]) -> None:
    names = "\n".join(
        f'{case} = "центр данных"'
        for case in ("nominative", "genitive", "dative", "accusative", "instrumental", "prepositional")
    )
    rules = changed(
        bodies=f'[data_centre]\nshort = "ЦД"\nclauses = ["core:B4"]\n[data_centre.full]\n{names}\n',
        sources='[[act]]\nprefix = "north"\ntitle = "Положение"\napproved = "приказ № 1"\n',
    )
    lines = lines_of(view_of(rules))
    assert lines["bodies.data_centre"].differs
    assert lines["exchange.handover"].value.startswith("ответственный секретарь → ЦД")
    assert not lines["exchange.handover"].differs


def test_what_the_region_left_out_is_said_to_be_absent(tenants: Path) -> None:
    lines = lines_of(view_of(load_region(tenants / "south"), only_differences=True))
    replaced = [line for line in lines.values() if line.value == ABSENT]
    assert "channels.score.school_desk.student+extern" in [line.key for line in replaced]
    assert all(line.differs and line.federal and line.federal_clauses for line in replaced)


def test_a_term_weaker_than_the_law_stands_first_with_its_act(changed: Callable[..., RegionRules]) -> None:
    rules = changed(
        terms='["procedure.consideration"]\nlength = 3\nclauses = ["core:E16"]\n'
        'deviation = { act = "приказ министерства", number = "5", date = 2026-02-01 }\n'
    )
    view = view_of(rules)
    assert [line.key for line in view.deviations] == ["terms.procedure.consideration"]
    assert view.deviations[0].deviation == "приказ министерства от 01.02.2026 № 5"
    text = rules_text(view)
    assert text.index("Отступления от федеральных сроков") < text.index(TITLES[0])


def test_the_term_of_keeping_stands_with_the_papers_kept(rules: RegionRules) -> None:
    kept = next(section for section in view_of(rules).sections if section.code == "keeping")
    assert "terms.papers.retention" in [line.key for line in kept.lines]


def test_the_command_prints_what_the_view_says(apella: Apella, regions: RegionRegistry) -> None:
    found = on_day(regions, "north", machine_day(regions.get("north").zone))
    view = rules_view(found.rules, federal_counterpart(found.rules), found=found)
    assert apella("rules", "show", "--tenant", "north").out == f"{rules_text(view)}\n"
    said = apella("rules", "show", "--tenant", "north", "--diff", "federal", "--json")
    assert said.json["different"] == sum(len(section["lines"]) for section in said.json["sections"])
    assert all(line["differs"] for section in said.json["sections"] for line in section["lines"])
    assert all(isinstance(line["rows"], list) for section in said.json["sections"] for line in section["lines"])


def test_the_command_names_the_regions_there_are(apella: Apella) -> None:
    said = apella("rules", "show", "--tenant", "nowhere")
    assert (said.code, said.err.startswith("Региона «nowhere» нет. Есть: ")) == (1, True)
    assert apella("rules", "show", "--tenant", "north", "--diff", "yesterday").code == 2


def test_what_only_readings_set_is_not_called_a_federal_rule(changed: Callable[..., RegionRules]) -> None:
    rules = changed(
        terms='["kit.hand_on"]\nlength = 3\nclauses = ["core:E1"]\n["score.consideration"]\nlength = 3\n'
        'clauses = ["core:E1"]\n'
    )
    view = view_of(rules)
    lines = lines_of(view)
    reading, law = lines["terms.kit.hand_on"], lines["terms.score.consideration"]
    assert (reading.only_advised, law.only_advised) == (True, False)
    text = rules_text(view)
    assert f"    принято платформой: {reading.federal} (core:E25)" in text
    assert f"    федеральное правило: {law.federal} (federal:102.3" in text


def test_a_season_without_an_own_act_is_told_so(rules: RegionRules) -> None:
    view = view_of(rules)
    assert view.note is not None
    assert view.note in rules_text(view)


# --- The federal tables themselves ------------------------------------------------------------------------------------


def test_the_core_s_tables_cite_the_procedure_and_the_readings_alone(rules: RegionRules) -> None:
    foreign = {"public", "recalled", "teaching"}
    prefixes = {clause.partition(":")[0] for _, clause in citations(federal_counterpart(rules))}
    assert prefixes - foreign == {"federal", "core"}


@pytest.mark.parametrize("name", [name for name, model in value_tables(0).items() if "/" not in name])
def test_no_value_stands_without_a_source(name: str) -> None:
    """A plain value belongs to a group with clauses; what only names or joins groups needs none of its own."""
    unsourced = {
        "TenantInfo",  # who the tenant is
        "Kit",  # a title over items, each of which has clauses
        "CaseForms",  # a name in six cases
        "SessionHours",  # inside a plan that has clauses
        "ForwardingStep",  # inside a channel that has clauses
        "Act",  # is itself a source
        "Reference",  # is itself a source
        "DemoDecision",  # made up for lessons
    }
    assert {model.__name__ for model in _groups(value_tables(0)[name]) if not issubclass(model, Sourced)} <= unsourced


def _groups(model: type[Any]) -> set[type[Any]]:
    """The models under this one that hold a value of their own."""
    found: set[type[Any]] = set()
    for field in model.model_fields.values():
        inner = set(_models(field.annotation))
        if not inner:
            found.add(model)
        for one in inner:
            found |= _groups(one)
    return found


def _models(annotation: Any) -> list[type[Any]]:
    if hasattr(annotation, "model_fields"):
        return [annotation]
    return [one for argument in getattr(annotation, "__args__", ()) for one in _models(argument)]


def test_the_federal_folder_says_everything_but_who_the_tenant_is() -> None:
    assert sorted(path.name for path in FEDERAL.glob("*.toml")) == sorted(
        {name for name in value_tables(0) if "/" not in name and name != "demo_decisions.toml"}
        | {"terms.toml", "clauses.toml"}
    )
