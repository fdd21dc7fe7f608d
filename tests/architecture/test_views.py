"""Personal data are opened and files handed out only where somebody looked at it: there a view is recorded."""

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
