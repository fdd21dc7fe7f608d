"""The command `apella roles`: the table of permissions as people read it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from apella.errors import NotFound
from apella.identity.permission_words import permission_words
from apella.identity.permissions import ANY, reaches, table
from apella.identity.role_names import ROLE_NAMES
from apella.identity.roles import Role


@click.group()
def roles() -> None:
    """Роли и права."""


@roles.command()
@click.option("--role", "role_asked", metavar="РОЛЬ", help="Показать только эту роль: secretary.")
@click.option("--action", "action_asked", metavar="ДЕЙСТВИЕ", help="Показать только это действие: register.")
@click.option("--json", "as_json", is_flag=True, help="Напечатать в виде JSON.")
def show(role_asked: str | None, action_asked: str | None, as_json: bool) -> None:
    """Показать, кто что может сделать и в каком состоянии дела.

    Эту же таблицу читают программа, страницы и команды.
    """
    titles = _titles()
    _check(role_asked, {str(role): name for role, name in ROLE_NAMES.items()}, what="Роли", code="roles.role")
    _check(action_asked, titles, what="Действия", code="roles.action")
    wanted = [Role(role_asked)] if role_asked else list(Role)
    rights = [
        Right(action=action, title=titles[action], role=role, states=_in_order(states))
        for action, by_role in table().items()
        if action_asked in (None, action)
        for role, states in by_role.items()
        if role in wanted
    ]
    if as_json:
        click.echo(json.dumps([_as_json(role, rights) for role in wanted], ensure_ascii=False, indent=2))
    elif action_asked is None:
        click.echo("\n\n".join("\n".join(_about_role(role, rights)) for role in wanted))
    else:
        click.echo("\n".join(_about_action(titles[action_asked], action_asked, rights, role_asked)))


@dataclass(frozen=True, kw_only=True)
class Right:
    """One cell of the table; `states` are None where any state will do, or where the action has no case."""

    action: str
    title: str
    role: Role
    states: tuple[str, ...] | None

    @property
    def when(self) -> str:
        """In which states, in Russian."""
        if self.states is None:
            return "всегда"
        from apella.appeals.states import State
        from apella.casework.pages.labels import STATES

        words = [STATES[State(state)].text for state in self.states]
        return ", ".join(f"«{word}»" for word in words)


def _titles() -> Mapping[str, str]:
    from apella.casework.offers import VERBS

    return {action: verb.title for action, verb in VERBS.items()} | dict(permission_words().actions)


def _in_order(states: frozenset[str]) -> tuple[str, ...] | None:
    from apella.appeals.states import State

    return None if ANY in states else tuple(str(state) for state in State if state in states)


def _check(asked: str | None, known: Mapping[str, str], *, what: str, code: str) -> None:
    if asked is None or asked in known:
        return
    near = difflib.get_close_matches(asked, known, n=3, cutoff=0.7) or [
        one for one, name in known.items() if asked.lower() in name.lower()
    ]
    hint = f"Похоже на: {_named(near, known)}." if near else f"Есть: {', '.join(known)}."
    raise NotFound(f"{what} «{asked}» нет. {hint}", code=code)


def _named(codes: Iterable[str], known: Mapping[str, str]) -> str:
    return ", ".join(f"{one} ({known[one]})" for one in codes)


def _about_role(role: Role, rights: Iterable[Right]) -> list[str]:
    words = permission_words()
    own = [right for right in rights if right.role is role]
    lines = [f"{_capital(ROLE_NAMES[role])} ({role})"]
    if not own:
        return [*lines, f"  Прав в таблице нет. {words.without_rights[role]}"]
    return [
        *lines,
        f"  Дела: {words.cases_of(role)}.",
        *(f"  {right.title} ({right.action}): {right.when}" for right in own),
    ]


def _about_action(title: str, action: str, rights: Iterable[Right], role: str | None) -> list[str]:
    lines = [f"  {ROLE_NAMES[right.role]} ({right.role}): {right.when}" for right in rights]
    if not lines and role is not None:
        lines = [f"  {ROLE_NAMES[Role(role)]} ({role}): никогда"]
    return [f"{title} ({action})", *lines]


def _as_json(role: Role, rights: Iterable[Right]) -> dict[str, Any]:
    words = permission_words()
    return {
        "role": str(role),
        "name": ROLE_NAMES[role],
        "reach": str(reaches()[role]),
        "cases": words.cases_of(role),
        "note": words.without_rights.get(role),
        "actions": [
            {"action": right.action, "title": right.title, "states": right.states}
            for right in rights
            if right.role is role
        ],
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


COMMANDS = (roles,)
"""What `apella` gets from here."""
