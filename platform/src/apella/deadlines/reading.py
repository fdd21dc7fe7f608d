"""From a table of terms to terms: what is missing, misspelt or runs in a circle is told all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from apella.calendar.reading import TableError, read_row
from apella.deadlines.terms import Term, Unit, near_ids

_COUNTING = (
    *("start_event", "length", "unit", "direction", "week", "following_day", "cutoff"),
    *("month_day", "years", "event_from"),
)
_INHERITED = ("title", "clauses", "sources", "hardness", "owed_by", "action")


def load_terms(table: Mapping[str, object], *, source: str = "terms.toml") -> dict[str, Term]:
    """Read a table `id -> term` (in TOML: `["score.filing"]`, the id quoted); `source` names the file in messages.

    A part of a combined term is named by its own `id`, a word, and takes title, clauses, sources, hardness, owed_by
    and action of the whole unless it has its own.
    Raises TableError with a Russian sentence for every fault of every term, references that lead nowhere or in a
    circle among them.
    """
    terms: dict[str, Term] = {}
    problems: list[str] = []
    for term_id, row in table.items():
        try:
            terms[term_id] = _read_term(term_id, row, source)
        except TableError as error:
            problems.extend(error.problems)
    if not problems:
        problems.extend(_reference_problems(terms, source))
    if problems:
        raise TableError(tuple(problems), code="configuration.terms")
    return terms


def _reference_problems(terms: Mapping[str, Term], source: str) -> Iterator[str]:
    """Say which `event_from` names no term, and which terms wait for each other."""
    links: dict[str, list[str]] = {}
    for term in terms.values():
        links[term.id] = []
        for part in _leaves(term):
            if part.event_from is None:
                continue
            if part.event_from in terms:
                links[term.id].append(part.event_from)
            else:
                yield (
                    f"{source}: {part.id}: event_from: срока {part.event_from} нет, {near_ids(terms, part.event_from)} "
                    f"({', '.join(part.grounds)})."
                )
    told: set[frozenset[str]] = set()
    for term_id in links:
        circle = _circle(links, (term_id,))
        if circle and frozenset(circle) not in told:
            told.add(frozenset(circle))
            yield (
                f"{source}: {term_id}: event_from: сроки считаются друг от друга по кругу: {' → '.join(circle)} "
                f"({', '.join(terms[term_id].grounds)}); уберите одну из ссылок."
            )


def _leaves(term: Term) -> Iterator[Term]:
    if not term.parts:
        yield term
    for part in term.parts:
        yield from _leaves(part)


def _circle(links: Mapping[str, list[str]], path: tuple[str, ...]) -> tuple[str, ...]:
    """Follow the references from the end of `path`; give the way back to its beginning, or nothing."""
    for target in links[path[-1]]:
        if target == path[0]:
            return (*path, target)
        if target not in path:
            circle = _circle(links, (*path, target))
            if circle:
                return circle
    return ()


def _read_term(term_id: str, row: object, source: str) -> Term:
    place = f"{source}: {term_id}"
    if not isinstance(row, Mapping):
        raise TableError((f"{place}: здесь нужна таблица срока, а стоит {row!r}.",))
    if row and all(isinstance(value, Mapping) for value in row.values()):
        inner = next(iter(row))
        raise TableError((f'{place}: возьмите идентификатор в кавычки: ["{term_id}.{inner}"].',))
    values: dict[str, Any] = dict(row)
    if "id" in values:
        raise TableError((f"{place}: ключ id лишний: идентификатором служит имя таблицы.",))
    values["id"] = term_id
    if "parts" in values:
        own = [key for key in _COUNTING if key in values]
        if own:
            raise TableError((f"{place}: у составного срока счёт задают части; уберите {', '.join(own)}.",))
        parts = _read_parts(term_id, values, source)
        values["parts"] = parts
        values["start_event"] = parts[0].start_event
        values["unit"] = Unit.DATE
        values["direction"] = parts[0].direction
    return read_row(Term, values, place=place)


def _read_parts(term_id: str, whole: Mapping[str, Any], source: str) -> tuple[Term, ...]:
    place = f"{source}: {term_id}.parts"
    rows = whole["parts"]
    if not isinstance(rows, list) or not rows:
        raise TableError((f"{place}: здесь нужен список из двух или более таблиц.",))
    inherited = {key: whole[key] for key in _INHERITED if key in whole}
    parts: dict[str, Term] = {}
    problems: list[str] = []
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping) or not isinstance(row.get("id"), str):
            problems.append(f'{place}: у части {number} нет ключа id; нужно слово, например "next_day".')
            continue
        values = {key: value for key, value in row.items() if key != "id"}
        grounds = {"clauses", "sources"}
        dropped = grounds if grounds & values.keys() else set()
        base = {key: value for key, value in inherited.items() if key not in dropped}
        part_id = f"{term_id}.{row['id']}"
        if "deviation" in values:
            problems.append(f"{place}: {row['id']}: отступление называют у всего срока; перенесите deviation к нему.")
        if part_id in parts:
            problems.append(f"{place}: часть {row['id']} повторяется; дайте частям разные id.")
        try:
            parts[part_id] = _read_term(part_id, {**base, **values}, source)
        except TableError as error:
            problems.extend(error.problems)
    if problems:
        raise TableError(tuple(problems))
    return tuple(parts.values())
