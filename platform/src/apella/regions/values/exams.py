"""Subjects and the timetable of one year (<year>/subjects.toml, <year>/exams.toml)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from apella.regions.codes import TaskTypeCode
from apella.regions.values.base import Line, Sourced, SubjectCode

Marks = tuple[Annotated[int, Field(ge=1, le=20)], ...]


@dataclass(frozen=True, kw_only=True)
class Position:
    """A scoring position: what forms and marks are keyed by.

    `number` counts from 1 within its type; `task` is the number in the exam variant, `criterion` («К1») its part.
    """

    task_type: TaskTypeCode
    number: int
    max_mark: int
    task: str
    criterion: str | None


class Subject(Sourced):
    """A subject in one year. Short answers are type B, written extended answers C, oral ones D.

    `b`, `c`, `d` are the greatest marks of the positions in order; `c_tasks`, `d_tasks` name each one's task and
    criterion («27 К1»). `teaching_positions`: the split is made up, only `max_primary` is public.
    """

    name: Line
    short_name: Line
    max_primary: Annotated[int, Field(ge=1, le=200)]
    kege: bool = False
    b: Marks = ()
    c: Marks = ()
    d: Marks = ()
    c_tasks: tuple[Line, ...] = ()
    d_tasks: tuple[Line, ...] = ()
    teaching_positions: bool

    @model_validator(mode="after")
    def _positions_add_up(self) -> Self:
        total = sum((*self.b, *self.c, *self.d))
        if total != self.max_primary:
            raise ValueError(f"сумма по позициям {total}, а max_primary = {self.max_primary}: приведите их к одному")
        for marks, tasks, key in ((self.c, self.c_tasks, "c"), (self.d, self.d_tasks, "d")):
            if len(marks) != len(tasks):
                raise ValueError(f"позиций {key} {len(marks)}, а имён в {key}_tasks {len(tasks)}: дайте каждой имя")
        return self

    @property
    def has_extended(self) -> bool:
        """Whether anything in it is scored by experts."""
        return bool(self.c or self.d)

    @property
    def oral(self) -> bool:
        """Whether it is an oral exam."""
        return bool(self.d)

    @cached_property
    def positions(self) -> tuple[Position, ...]:
        """All scoring positions, short answers first."""
        short_tasks = tuple(str(number) for number in range(1, len(self.b) + 1))
        parts: tuple[tuple[TaskTypeCode, Marks, tuple[str, ...]], ...] = (
            ("B", self.b, short_tasks),
            ("C", self.c, self.c_tasks),
            ("D", self.d, self.d_tasks),
        )
        return tuple(
            _position(task_type, number, mark, task)
            for task_type, marks, tasks in parts
            for number, (mark, task) in enumerate(zip(marks, tasks, strict=True), start=1)
        )


def _position(task_type: TaskTypeCode, number: int, max_mark: int, label: str) -> Position:
    task, _, criterion = label.partition(" ")
    return Position(task_type=task_type, number=number, max_mark=max_mark, task=task, criterion=criterion or None)


class ExamDay(Sourced):
    """Exams of one day. `results_on` is the official day of results (federal:100.2); `teaching_results`: made up.

    `wave`: 1 early, 2 main, 3 additional. `starts` is the hour in the tenant's zone.
    """

    date: dt.date
    wave: Literal[1, 2, 3]
    reserve: bool = False
    subjects: Annotated[tuple[SubjectCode, ...], Field(min_length=1)]
    starts: dt.time
    results_on: dt.date
    teaching_results: bool

    @model_validator(mode="after")
    def _results_follow(self) -> Self:
        if self.results_on <= self.date:
            raise ValueError("день объявления результатов должен быть позже дня экзамена")
        return self
