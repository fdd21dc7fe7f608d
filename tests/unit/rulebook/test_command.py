"""`apella deadline`: answered from the tenants' files, for people and for programs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from apella.regions.registry import RegionRegistry
from apella.regions.rules import RegionRules
from apella.rulebook.asking import ask, document, start_events
from apella.rulebook.explain_text import explain_text
from apella.rulebook.in_force import on_day
from apella.rulebook.terms_view import platform_reading, reading_words
from apella.rulebook.wording import rule_words
from apella.tenancy.files import tenant_directories
from apella.testing.embedded import free_port

# How the fixture `apella` answers: see conftest.
Apella = Callable[..., Any]

SHIPPED = RegionRegistry.load(tenant_directories(None))
HEAVY = ("sqlalchemy", "flask", "requests", "dramatiq", "psycopg", "boto3", "PIL", "typst", "marshmallow")


def explain(apella: Apella, *more: str, tenant: str = "north", term: str = "score.filing") -> Any:
    return apella("deadline", "explain", "--tenant", tenant, "--term", term, *more)


@pytest.mark.clause("federal:100.1")
def test_people_read_the_sentence_the_days_and_the_acts(apella: Apella) -> None:
    said = explain(apella, "--from", "2025-06-11")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0].endswith("2 рабочих дня (пятидневная неделя) после ср 11.06.2025 → вт 17.06.2025, 23:59.")
    assert "  чт 12.06.2025  –         День России" in lines
    assert "  вт 17.06.2025  2-й день  рабочий день" in lines
    assert any("(federal:100.1" in line and "Порядок проведения" in line for line in lines)


def test_programs_get_the_contract(apella: Apella, contract: Draft202012Validator) -> None:
    said = explain(apella, "--from", "2025-06-04T12:00", "--json")
    contract.validate(said.json)
    assert (said.code, said.json["calendar_version"], said.json["opens"][11:16]) == (0, "base", "12:00")


@pytest.mark.parametrize("rules", list(SHIPPED), ids=SHIPPED.slugs)
def test_every_term_of_every_tenant_keeps_the_contract(contract: Draft202012Validator, rules: RegionRules) -> None:
    found = on_day(SHIPPED, rules.slug, date(2025, 6, 4))
    for term in found.rules.terms.values():
        others = [f"{event}=2025-06-09T10:00" for event in start_events(rules, term)[1:]]
        answer = document(found, ask(found.rules, term_id=term.id, start="2025-06-04", events=others))
        contract.validate(answer)
        assert answer["due"] is not None
        assert explain_text(answer).count("\n") > 2
        assert rule_words(term)


def test_without_the_date_that_it_hangs_on_there_is_no_end_and_the_code_is_2(
    apella: Apella, contract: Draft202012Validator
) -> None:
    said = explain(apella, "--event", "hearing_opened=2025-06-10T10:00", "--json", term="score.withdrawal")
    assert (said.code, said.json["due"][:16]) == (0, "2025-06-10T10:00")
    contract.validate(said.json)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--from", "2025-06-04", "--term", "score.filling"], 1, "score.filing"),
        (["--from", "2025-06-04", "--tenant", "nord"], 1, "north"),
        (["--from", "2029-06-04"], 2, "Календарь на 2029 год не загружен"),
        (["--from", "9999-12-31"], 2, "Календарь на 9999 год не загружен"),
        (["--from", "0001-01-01"], 2, "Календарь на 1 год не загружен"),
        (["--from", "9999-01-01", "--term", "papers.retention"], 2, "Календарь на 9999 год не загружен"),
        (["--from", "9999-12-31", "--term", "protocol.handover"], 2, "Календарь на 9999 год не загружен"),
        (["--from", "9999-12-31", "--term", "procedure.filing"], 2, "Календарь на 9999 год не загружен"),
        (["--from", "9999-12-31T23:59", "--term", "hearing.no_show"], 2, "Календарь на 9999 год не загружен"),
        (["--from", "0001-01-01", "--term", "information.publication"], 2, "Календарь на 1 год не загружен"),
        (["--from", "yesterday"], 2, "Дата «yesterday» не читается"),
        (["--event", "decided=2025-06-04"], 2, "results_announced"),
        (["--from", "2025-06-04", "--channel", "window"], 2, "Двери «window» в этом регионе нет"),
        ([], 2, "Не указано ни одной даты"),
    ],
)
def test_a_wrong_question_gets_one_sentence(apella: Apella, arguments: list[str], code: int, sentence: str) -> None:
    said = explain(apella, *arguments)
    assert (said.code, said.out) == (code, "")
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_a_live_answer_needs_a_running_instance(apella: Apella) -> None:
    said = explain(apella, "--from", "2025-06-04", "--live", "--url", f"http://127.0.0.1:{free_port()}")
    assert said.code == 1
    assert "Apella не отвечает" in said.err


def test_all_terms_are_listed_for_people_and_programs(apella: Apella, rules: RegionRules) -> None:
    listed = apella("deadline", "terms", "--tenant", "north", "--json").json
    assert [term["term"] for term in listed["terms"]] == list(rules.terms)
    assert all(term["rule"] and (term["clauses"] or term["sources"]) for term in listed["terms"])
    said = apella("deadline", "terms", "--tenant", "north").out
    for term in rules.terms.values():
        assert f"\n{term.id}  {term.title}\n" in f"\n{said}"


@pytest.mark.parametrize("rules", list(SHIPPED), ids=SHIPPED.slugs)
def test_a_term_that_differs_names_the_federal_limit_and_a_weaker_one_its_act(
    apella: Apella, rules: RegionRules
) -> None:
    listed = apella("deadline", "terms", "--tenant", rules.slug, "--json").json
    weaker = {term.id for term in rules.terms.values() if term.deviation is not None}
    assert set(listed["deviations"]) == weaker
    for term in listed["terms"]:
        own, federal = rules.terms[term["term"]], rules.federal_terms.get(term["term"])
        differs = federal is not None and (own.length, own.unit, own.week) != (
            federal.length,
            federal.unit,
            federal.week,
        )
        # What only readings set is no federal limit, and the list does not call it one.
        assert not (differs and federal is not None and federal.is_law) or term["federal"] is not None
        assert term["federal"] is None or any(clause.startswith("federal:") for clause in term["federal"]["clauses"])
        assert (term["deviation"] is not None) == (own.id in weaker)
    text = apella("deadline", "terms", "--tenant", rules.slug).out
    for own in rules.terms.values():
        reading = platform_reading(rules, own)
        assert reading is None or f"  {reading_words(reading)}\n" in text


def test_the_answer_comes_without_what_an_instance_needs() -> None:
    tried = (
        "import sys\n"
        "from apella.cli import main\n"
        "try:\n"
        "    main(['deadline', 'explain', '--tenant', sys.argv[1], '--term', 'score.filing', '--from', '2025-06-04'])\n"
        "except SystemExit as left:\n"
        f"    loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "    sys.exit(f'{left.code} {loaded}')\n"
    )
    left = subprocess.run(
        [sys.executable, "-c", tried, SHIPPED.slugs[0]], capture_output=True, text=True, timeout=60, check=False
    )
    assert left.stderr.strip() == "0 []"
