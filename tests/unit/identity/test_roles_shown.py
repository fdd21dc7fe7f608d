"""`apella roles show` tells the whole table, and the table names exactly what the code asks it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import apella
from apella.casework.offers import VERBS
from apella.cli import main
from apella.identity.permission_words import permission_words
from apella.identity.permissions import Reach, reaches, table
from apella.identity.role_names import ROLE_NAMES
from apella.identity.roles import Role

GLOSSARY = {
    "participant", "parent", "proxy", "school_operator", "municipal_operator", "queue_clerk", "exam_commission_member",
    "exam_commission_chair", "secretary", "chair", "deputy_chair", "member", "subject_chair", "expert",
    "data_centre_operator", "site_specialist", "site_technician", "observer", "tenant_admin", "federal_observer",
    "federal_analyst", "platform_admin",
}  # fmt: skip
"""The roles of the glossary, which is not shipped with the code."""
ASKING = {"require": 1, "role_for": 1, "may_ever": 1, "visitor_by_code": 1, "visitor_by_id": 1}
"""What asks the table, and which of its arguments is the action."""


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str]) -> Any:
    def ask(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(["roles", "show", *arguments])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return ask


def asked_in_code() -> Iterator[str]:
    """Every action that some line of the package asks the table for by its name."""
    package = Path(apella.__path__[0])
    for file in package.rglob("*.py"):
        if file.is_relative_to(package / "testing"):
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield from _actions(node)


def _actions(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    asked: list[ast.expr] = []
    if name in ASKING:
        asked = call.args[ASKING[name] : ASKING[name] + 1]
    elif name in {"take", "Verb"}:
        asked = [keyword.value for keyword in call.keywords if keyword.arg == "action"]
    yield from (one.value for one in asked if isinstance(one, ast.Constant) and isinstance(one.value, str))


def test_every_role_of_the_glossary_is_shown_by_its_russian_name(show: Any) -> None:
    code, out, _ = show()
    assert code == 0
    assert {str(role) for role in Role} == GLOSSARY
    assert [role for role in GLOSSARY if f"({role})" not in out] == []
    assert [name for name in ROLE_NAMES.values() if name.lower() not in out.lower()] == []


def test_a_role_has_rights_and_a_reach_or_a_sentence_why_it_has_none() -> None:
    words = permission_words()
    with_rights = {role for roles in table().values() for role in roles}
    assert reaches().keys() == set(Role)
    assert words.reach.keys() == set(Reach)
    assert words.without_rights.keys() == set(Role) - with_rights


def test_who_may_open_a_case_is_who_has_cases_before_them() -> None:
    assert set(table()["see_case"]) == {role for role, reach in reaches().items() if reach is not Reach.NONE}
    beyond = permission_words().beyond_reach
    assert beyond.keys() == set(table()["break_glass"])
    assert {reaches()[role] for role in beyond} == {Reach.NONE}


def test_every_action_has_one_title() -> None:
    titles = permission_words().actions
    assert titles.keys() | VERBS.keys() == table().keys()
    assert titles.keys() & VERBS.keys() == set()


def test_what_the_code_asks_stands_in_the_table_and_the_other_way_round() -> None:
    asked = set(asked_in_code())
    assert asked == table().keys()


def test_a_role_is_shown_with_what_it_may_do_and_when(show: Any) -> None:
    code, out, _ = show("--role", "expert")
    assert code == 0
    assert out.splitlines()[0] == "Эксперт (expert)"
    assert "  Дела: дела, на которые он назначен." in out.splitlines()
    assert "  Сдать заключение (conclude): «В журнале», «В графике»" in out.splitlines()
    assert "Принять решение" not in out
    _, out, _ = show("--role", "tenant_admin")
    assert "  Дела: не видит; одно дело, только для чтения, – по аварийному доступу на 30 минут." in out.splitlines()


def test_a_role_without_rights_says_so(show: Any) -> None:
    _, out, _ = show("--role", "site_technician")
    assert "Прав в таблице нет." in out


def test_an_action_is_shown_with_who_may_do_it(show: Any) -> None:
    _, out, _ = show("--action", "decide")
    assert out.splitlines() == [
        "Принять решение (decide)",
        "  председатель комиссии (chair): «Рассматривается»",
        "  заместитель председателя (deputy_chair): «Рассматривается»",
    ]
    _, out, _ = show("--action", "decide", "--role", "member")
    assert out.splitlines()[1:] == ["  член комиссии (member): никогда"]


def test_the_json_is_the_table_itself(show: Any) -> None:
    _, out, _ = show("--json")
    assert {line["role"]: line["reach"] for line in json.loads(out)} == {
        str(role): reach for role, reach in reaches().items()
    }
    told = {
        (cell["action"], line["role"]): frozenset(cell["states"] or ["*"])
        for line in json.loads(out)
        for cell in line["actions"]
    }
    assert told == {(action, str(role)): states for action, roles in table().items() for role, states in roles.items()}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("--role", "secretry"), "Роли «secretry» нет. Похоже на: secretary (ответственный секретарь)."),
        (("--role", "эксперт"), "Роли «эксперт» нет. Похоже на: expert (эксперт)."),
        (("--action", "regster"), "Действия «regster» нет. Похоже на: register (Внести апелляцию в журнал)."),
        (("--action", "zzz"), "Действия «zzz» нет. Есть: "),
    ],
)
def test_what_is_not_known_is_refused_in_a_sentence(show: Any, asked: tuple[str, str], sentence: str) -> None:
    code, out, err = show(*asked)
    assert (code, out) == (1, "")
    assert err.startswith(sentence)
