"""The page of statements says which terms are counted while the deed that begins them is still to come."""

from __future__ import annotations

from pathlib import Path

from apella.regions.clause_coverage import as_markdown
from apella.regions.registry import RegionRegistry
from apella.rulebook.clockless import DOCS, awaited_terms, clauses_of, with_introduction
from apella.tenancy.files import tenant_directories

ROOT = Path(__file__).parents[3]
SHIPPED = RegionRegistry.load(tenant_directories(None))


def test_terms_that_wait_for_a_deed_stand_in_the_introduction_with_their_statements() -> None:
    docs = (ROOT / DOCS).read_text(encoding="utf-8")
    found = clauses_of(awaited_terms(docs), SHIPPED)
    assert set(found) == {
        "information.publication",
        "ris.registration",
        "hearing.link",
        "kit.hand_on",
        "kit.return",
        "kim.delivery",
    }
    page = with_introduction(as_markdown(()), found)
    introduction = page.partition("\nProved / shown / open:\n")[0]
    for term_id, clauses in found.items():
        assert f"- `{term_id}`: {', '.join(clauses)}\n" in introduction
    assert page.replace(introduction, "").startswith("\nProved / shown / open:\n")
