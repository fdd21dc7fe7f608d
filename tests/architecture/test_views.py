"""What shows personal data, files, cases, marks or names was looked at: a view is recorded there, or need not be."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

# Where sealed data are opened or links signed -> why a view is recorded there, or need not be.
REVIEWED = {
    "casework/reading.py document_number_of": "record_view stands before it",
    "casework/resources.py link_to_document": "each link is an event of its own",
    "casework/pages/case.py _document_number": "shown masked",
    "materials/attachments.py link_to": "each link is an event of its own",
    "reception/service.py shown": "shown masked",
    "portal/sheet.py _opened": "one's own, and masked where it is shown",
    "documents/sheet.py document": "into a paper, whose every opening is recorded",
    "documents/sheet.py phone": "the same",
    "documents/sheet.py email": "the same",
    "notices/sending.py address_of": "to a gateway, no person sees it",
    "identity/sms_codes.py take_code_to_send": "the same",
    "identity/sms_codes.py phone_on_record": "the same, or masked before it is shown",
    "identity/phone_binding.py bind_phone": "the same",
    "identity/phone_binding.py take_binding_code": "to a gateway, no person sees it",
    "identity/phone_binding.py take_old_phone": "the same",
    "onboarding/staff_accounts.py staff_plan": "to the identity provider, no person sees it",
    "embedded/pages.py outbox": "a classroom of made-up people",
    "demo/making.py demo_participant": "the same",
    "identity/vault.py open": "the vault itself",
    "identity/case_keys.py open": "the vault itself, of one case",
    "identity/key_rotation.py _anew": "sealed anew at once, no person sees it",
    "identity/master_change.py _index": "an index is made of it, no person sees it",
}

# Where a case, marks, a score or somebody's works are read -> the same. Reason -> functions.
READERS = {
    "record_view or record_look stands in it": {
        "casework/reading.py case_to_read",
        "casework/reading.py marks_of",
        "casework/resources.py marks",
        "experts/resources.py of_case",
        "hearings/resources.py hearing_times",
        "hearings/resources.py hearing_representatives",
    },
    "its readers come by one of those, or by a deed": {
        "appeals/repository.py case_or_refusal",
        "casework/forms.py scores_of",
        "casework/pages/acts/commission.py values",
        "casework/pages/acts/commission.py body",
        "casework/pages/acts/experts.py values",
        "casework/pages/acts/experts.py body",
        "casework/pages/case.py _page",
        "casework/pages/conflicts.py _case_of_oneself",
        "casework/reading.py case_for",
    },
    "participant_in_reach came before it, which records the look, or the works are one's own": {
        "casework/forms_filing.py work_at_desk",
        "casework/pages/filing.py _work_lines",
        "casework/reading.py participant_by_code",
        "casework/reading.py participant_by_id",
        "casework/reading.py works_of",
    },
    "a deed, an event of its own": {
        "appeals/lifecycle.py take",
        "appeals/withdrawal.py _take",
        "casework/attachments/resources.py link",
        "casework/pages/act.py do",
        "casework/pages/case.py show_document_number",
        "casework/pages/conflicts.py allocate",
        "casework/pages/conflicts.py lift",
        "casework/resources.py _add_verb",
        "casework/resources.py act",
        "casework/resources.py document_number",
        "casework/resources.py link_to_document",
        "commissions/service.py _check_changes",
        "commissions/service.py decide",
        "exchange/service.py _copy_marks",
        "exchange/service.py enter_recalculation",
        "experts/service.py conclude",
        "hearings/service.py _take_to_hear",
    },
    "one's own": {
        "notices/wording.py _score",
        "portal/case.py _scores",
        "portal/case.py own_case",
        "portal/sheet.py sheet_of",
    },
    "into a paper, whose every opening is recorded": {
        "documents/filling.py _appeal_form",
        "documents/sheet.py __init__",
    },
    "says whether there is such a case, and nothing of it": {
        "casework/pages/conflicts.py _sees",
        "experts/conflicts.py _taken_as_own",
    },
}
READING = frozenset(
    {
        "case_for",
        "case_or_refusal",
        "marks_in_force",
        "participant_in_reach",
        "result_in_force",
        "scores_of",
        "visible_case",
        "works_of_person",
    }
)
# Where somebody's name is put together to be shown -> the same. Reason -> files.
NAMES = {
    "a case that was opened by a way that records the look": {
        "casework/pages/act.py",
        "casework/pages/acts/commission.py",
        "casework/pages/acts/experts.py",
        "casework/pages/acts/hearings.py",
        "casework/pages/case.py",
        "casework/pages/conflicts.py",
        "casework/pages/exclusions.py",
        "casework/pages/history.py",
        "casework/pages/labels.py",
        "casework/pages/receipt.py",
        "hearings/resources.py",
    },
    "somebody found at a desk or a counter, where the look is recorded": {
        "casework/pages/filing.py",
        "reception/pages.py",
        "reception/representatives/pages.py",
        "reception/representatives/resources.py",
        "reception/service.py",
    },
    "staff": {
        "casework/pages/break_glass.py",
        "casework/pages/commission.py",
        "casework/pages/frame.py",
        "casework/pages/substitutions.py",
        "rulebook/pages/versions.py",
        "sign_ins/pages.py",
    },
    "a list of deeds": {"casework/pages/chain.py"},
    "one's own": {
        "identity/representation.py",
        "portal/pages/cabinet.py",
        "portal/pages/principal.py",
        "portal/pages/site.py",
        "portal/sheet.py",
    },
    "into a paper, whose every opening is recorded": {"documents/filling.py", "documents/sheet.py"},
}
NAMING = frozenset({"full_name", "short_name", "whole_name"})


def calls(tree: ast.AST, names: frozenset[str]) -> Iterator[str]:
    """The functions that call one of these."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and _called(call.func) in names:
                    yield node.name


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def of_the_core(trees: Mapping[Path, ast.Module]) -> Iterator[tuple[str, ast.Module]]:
    """The product's modules and how they are named here, without the kit of the tests."""
    core = Path("platform/src/apella")
    for path, tree in trees.items():
        if path.is_relative_to(core) and path.relative_to(core).parts[0] != "testing":
            yield str(path.relative_to(core)), tree


def openings(tree: ast.AST) -> Iterator[str]:
    """The functions that open sealed data or sign a link to a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and _opens(call.func):
                    yield node.name


def _opens(function: ast.Attribute) -> bool:
    owner = function.value
    if isinstance(owner, ast.Call) and isinstance(owner.func, ast.Attribute) and owner.func.attr == "of_case":
        # The same vault's, under the keys of one case.
        owner = owner.func.value
    name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
    return function.attr in {"presign_get", "decrypt"} or (function.attr == "open" and name == "vault")


def test_every_opening_was_looked_at(product_trees: Mapping[Path, ast.Module]) -> None:
    core = Path("platform/src/apella")
    kept = {"storage", "db", "testing"}
    found = {
        f"{path.relative_to(core)} {name}"
        for path, tree in product_trees.items()
        if path.is_relative_to(core) and path.relative_to(core).parts[0] not in kept
        for name in openings(tree)
    }
    assert found == set(REVIEWED)


def test_every_reader_of_a_case_of_marks_and_of_works_was_looked_at(product_trees: Mapping[Path, ast.Module]) -> None:
    found = {f"{name} {function}" for name, tree in of_the_core(product_trees) for function in calls(tree, READING)}
    assert found == set().union(*READERS.values())


def test_every_page_that_names_somebody_was_looked_at(product_trees: Mapping[Path, ast.Module]) -> None:
    found = {name for name, tree in of_the_core(product_trees) if any(calls(tree, NAMING))}
    assert found == set().union(*NAMES.values())


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def show(at): return at.vault.open('person.phone', 1, b'')", ["show"]),
        ("def show(vault): return vault.open('x', 1, b'')", ["show"]),
        ("def show(at): return at.vault.of_case(1).open('appeal.contact_phone', 1, b'')", ["show"]),
        ("def link(store): return store.presign_get(1)", ["link"]),
        ("def read(path): return path.open()", []),
    ],
)
def test_an_opening_is_recognised(source: str, found: list[str]) -> None:
    assert list(openings(ast.parse(source))) == found


def test_a_reader_is_recognised() -> None:
    source = "def show(at): return reading.case_for(at, 1)\ndef marks(s): return marks_in_force(s, 1)\ndef no(): pass"
    assert list(calls(ast.parse(source), READING)) == ["show", "marks"]
