"""Names of people who do not exist: surname, given name and patronymic agree in gender."""

from __future__ import annotations

import random
import tomllib
from functools import cache
from importlib import resources
from typing import NamedTuple

_FEMININE = (("ский", "ская"), ("цкий", "цкая"), ("ной", "ная"), ("ный", "ная"), ("вой", "вая"))


class FullName(NamedTuple):
    """A person's name in its three parts, nominative."""

    surname: str
    given_name: str
    patronymic: str

    def __str__(self) -> str:
        return " ".join(self)


class _Lists(NamedTuple):
    surnames: tuple[str, ...]
    men: tuple[tuple[str, str, str], ...]
    women: tuple[str, ...]


def made_up_name(chance: random.Random) -> FullName:
    """Make up a man's or a woman's name."""
    lists = _lists()
    surname = chance.choice(lists.surnames)
    _, his, hers = chance.choice(lists.men)
    if chance.random() < 0.5:
        return FullName(surname, chance.choice(lists.men)[0], his)
    return FullName(feminine(surname), chance.choice(lists.women), hers)


def feminine(surname: str) -> str:
    """A woman's form of a surname in -ов, -ин or of an adjectival one: Рябинин – Рябинина, Полянский – Полянская."""
    for his, hers in _FEMININE:
        if surname.endswith(his):
            return surname.removesuffix(his) + hers
    return f"{surname}а"


def chance_of(*parts: object) -> random.Random:
    """A source of chance that is the same for the same words, whatever was drawn before."""
    return random.Random("|".join(map(str, parts)))  # noqa: S311 made-up data must come out the same each time


@cache
def _lists() -> _Lists:
    table = tomllib.loads(resources.files("apella.demo").joinpath("names.toml").read_text(encoding="utf-8"))
    men = (entry.split("/") for entry in table["men"].split())
    return _Lists(
        surnames=tuple(table["surnames"].split()),
        men=tuple((name, his, hers) for name, his, hers in men),
        women=tuple(table["women"].split()),
    )
