"""Plausible marks: the better somebody is, the more positions come out right; the scale makes them a test score."""

from __future__ import annotations

import random
import tomllib
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise
from types import MappingProxyType

from apella.regions.values.exams import Position, Subject

_LINEAR = ((0, 0), (1, 100))


@cache
def _scales() -> Mapping[str, tuple[tuple[int, int], ...]]:
    text = resources.files("apella.demo").joinpath("scales.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)["scale"]
    return MappingProxyType({code: tuple((low, high) for low, high in points) for code, points in table.items()})


def test_score(subject_code: str, primary: int, *, max_primary: int) -> int:
    """The test score (the mark, for mathematics at the basic level) of a primary score on the teaching scale.

    A year whose greatest primary score differs stretches the scale.
    """
    points = _scales().get(subject_code, _LINEAR)
    at = primary * points[-1][0] / max_primary
    for (left, low), (right, high) in pairwise(points):
        if at <= right:
            return int(low + (at - left) * (high - low) / (right - left) + 0.5)
    return points[-1][1]


def made_up_ability(chance: random.Random) -> float:
    """How well somebody does, from about 0.3 to 0.95, mostly in the middle."""
    return 0.3 + 0.65 * (chance.random() + chance.random() + chance.random()) / 3


def made_up_marks(chance: random.Random, subject: Subject, ability: float, *, arguable: bool) -> tuple[int, ...]:
    """The marks of the positions in their order; extended answers come out worse than short ones.

    An `arguable` work has, among the experts' marks, one that could go up and one that could go down.
    """
    marks = [
        sum(
            chance.random() < (ability if position.task_type == "B" else ability * 0.85)
            for _ in range(position.max_mark)
        )
        for position in subject.positions
    ]
    if arguable:
        scored = [place for place, position in enumerate(subject.positions) if position.task_type != "B"]
        _make_arguable(marks, subject.positions, scored)
    return tuple(marks)


def _make_arguable(marks: list[int], positions: Sequence[Position], scored: Sequence[int]) -> None:
    if scored and all(marks[place] == positions[place].max_mark for place in scored):
        marks[scored[0]] -= 1
    if scored and not any(marks[place] for place in scored):
        marks[scored[-1]] += 1


def made_up_answer(work_code: str, subject_code: str, position: Position, mark: int) -> str | None:
    """What stands in the answer form 1 at a position: the key when it got all points, else something near it."""
    if position.task_type != "B":
        return None
    key = 10 + zlib.crc32(f"{subject_code}|{position.number}".encode()) % 990
    if mark == position.max_mark:
        return str(key)
    return str(key + 1 + zlib.crc32(f"{work_code}|{position.number}".encode()) % 7)
