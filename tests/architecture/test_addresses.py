"""No address holds what names a person: addresses end in histories, bookmarks and the logs of others (ASVS 14.2.1).

A registration code, a surname, a document or a telephone is sent in a body; an address names rows by their ids.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask

CORE = Path("platform/src/apella")
NAMES = frozenset({
    "participant", "login", "login_code", "registration_code", "surname", "given_name", "patronymic", "document",
    "phone", "email",
})  # fmt: skip
"""What names a person: as a parameter of an address, or as an attribute that goes into one."""
MAKES_ADDRESSES = {"url_for", "urlencode"}
REVIEWED = {"web/errors.py": "the sign-in name of staff, whom the identity provider asks anew"}
FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>|{% call filter_form\((.*?)\) %}(.*?){% endcall", re.DOTALL)
FIELD = re.compile(r"""(?:_field\(|\bname=)\s*["'](?P<name>\w+)["']""")


def asked(tree: ast.AST) -> Iterator[str]:
    """The names that are read from a query."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=source), args=[ast.Constant(value=str(name)), *_]):
                pass
            case ast.Subscript(value=source, slice=ast.Constant(value=str(name))):
                pass
            case ast.Compare(left=ast.Constant(value=str(name)), comparators=[source]):
                pass
            case _:
                continue
        if ast.unparse(source) in {"request.args", "request.values"}:
            yield name


def told(tree: ast.AST) -> Iterator[str]:
    """What of a person is put into an address: an attribute that goes in by itself, or a parameter so named."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in MAKES_ADDRESSES:
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            parts = (part for value in given for part in ast.walk(value))
            yield from (part.attr for part in parts if isinstance(part, ast.Attribute) and part.attr in NAMES)
            yield from (keyword.arg for keyword in node.keywords if keyword.arg in NAMES)


def typed_into_an_address(page: str) -> Iterator[str]:
    """The fields of a form whose fields become its address."""
    for form in FORM.finditer(page):
        head, body = (form[1], form[2]) if form[3] is None else (form[3], form[4])
        if 'method="post"' not in head and "csrf_token=" not in head:
            yield from (field["name"] for field in FIELD.finditer(body) if field["name"] in NAMES)


def told_by_a_page(page: str) -> Iterator[str]:
    """What of a person a template puts into an address."""
    for call in re.findall(r"url_for\(([^)]*)\)", page):
        words = re.sub(r"""'[^']*'|"[^"]*\"""", "", call)
        yield from (name for name in NAMES if re.search(rf"\.{name}\b|\b{name}=", words))


def files(trees: Mapping[Path, ast.Module]) -> Iterator[tuple[str, ast.Module]]:
    """What is shipped and runs, each by its path in the core."""
    for path, tree in trees.items():
        place = path.relative_to(CORE) if path.is_relative_to(CORE) else path
        if place.parts[0] != "testing":
            yield str(place), tree


def test_no_page_reads_what_names_a_person_from_its_address(product_trees: Mapping[Path, ast.Module]) -> None:
    assert {place for place, tree in files(product_trees) if NAMES & set(asked(tree))} == set()


def test_no_operation_of_the_api_takes_it_in_its_address(web: Flask) -> None:
    document = web.test_client().get("/api/openapi.json").get_json()
    found = {
        f"{method} {path}: {one['name']}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict)
        for one in operation.get("parameters", ())
        if one["in"] == "query" and one["name"] in NAMES
    }
    assert found == set()


def test_nothing_puts_it_into_an_address(product_trees: Mapping[Path, ast.Module]) -> None:
    assert {place for place, tree in files(product_trees) if any(told(tree))} == REVIEWED.keys()


def test_no_template_puts_it_into_an_address(root: Path) -> None:
    templates = root / CORE / "web/templates"
    pages = {str(path.relative_to(templates)): path.read_text("utf-8") for path in templates.rglob("*.html")}
    assert len(pages) > 20
    found = {place for place, page in pages.items() if any((*typed_into_an_address(page), *told_by_a_page(page)))}
    assert found == set()


@pytest.mark.parametrize(
    "source",
    [
        "request.args.get('participant', '')",
        "request.args.getlist('participant')",
        "request.values['participant']",
        "'participant' in request.args",
    ],
)
def test_a_code_that_is_read_from_an_address_is_noticed(source: str) -> None:
    assert list(asked(ast.parse(source))) == ["participant"]
    assert list(asked(ast.parse(source.replace("args", "form").replace("values", "form")))) == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("url_for('.show', participant=code)", ["participant"]),
        ("url_for('.show', who=visitor.person.login)", ["login"]),
        ("flask.url_for('.show', q=f'{person.surname}')", ["surname"]),
        ("urlencode({'q': person.document})", ["document"]),
        ("url_for('.show', person_id=person.id)", []),
    ],
)
def test_a_person_that_is_put_into_an_address_is_noticed(source: str, what: list[str]) -> None:
    assert list(told(ast.parse(source))) == what


@pytest.mark.parametrize(
    ("page", "noticed"),
    [
        ('<form action="/x">{{ text_field("participant", _("Код")) }}</form>', True),
        ('<form method="get"><input type="text" name="surname"></form>', True),
        ('{% call filter_form(url, _("Отбор")) %}{{ text_field("login", _("Кто")) }}{% endcall %}', True),
        ("<a href=\"{{ url_for('x.show', q=person.login) }}\">x</a>", True),
        ('<form method="post">{{ text_field("participant", _("Код")) }}</form>', False),
        ('<form method="get">{{ text_field("number", _("Номер")) }}</form>', False),
    ],
)
def test_a_template_that_does_so_is_noticed(page: str, noticed: bool) -> None:
    assert any((*typed_into_an_address(page), *told_by_a_page(page))) is noticed
