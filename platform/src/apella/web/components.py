"""Values that the macros of templates/kit draw. Each is finished: words in Russian, dates counted, nothing to compute.

A value has the name of its macro. Who makes one from a domain object: the page, with `formatting`, `dues` and
`daystrip`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Tone(enum.StrEnum):
    """How a state is coloured. The word says it all: grey is the normal case, «Отклонена» is neutral."""

    NEUTRAL = "neutral"
    INFO = "info"
    WARN = "warn"
    OK = "ok"
    BAD = "bad"


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link, or a button that is one. `hidden` completes the label for a screen reader: «Передать» + «3 протокола»."""

    label: str
    url: str
    hidden: str = ""
    icon: str | None = None
    primary: bool = False


@dataclass(frozen=True, kw_only=True)
class Tag:
    """A state as a short participle or fact."""

    text: str
    tone: Tone = Tone.NEUTRAL
    icon: str | None = None


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A message. OK is announced as a status, BAD at once; `live` false for one that was there before."""

    title: str
    text: str = ""
    tone: Tone = Tone.INFO
    actions: tuple[Link, ...] = ()
    live: bool = True


class DueState(enum.StrEnum):
    """over: the term is broken; soon: under four hours or the last day of a hand-over; met: done in time or not."""

    OVER = "over"
    SOON = "soon"
    PLAIN = "plain"
    MET = "met"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Due:
    """A deadline as a promise: date, time left, and the instant for machines (`iso`). See `apella.web.dues`."""

    state: DueState
    date_text: str
    left_text: str = ""
    iso: str = ""


# --- Start page -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class TodoItem:
    """One obligation: what, by when, why. Either an `action`, or `blocked`: the reason why it cannot be done yet."""

    due: Due
    title: str
    url: str
    why: str
    action: Link | None = None
    blocked: str | None = None


@dataclass(frozen=True, kw_only=True)
class TodoGroup:
    """Obligations of one day; the group of broken terms (`overdue`) comes first."""

    title: str
    items: tuple[TodoItem, ...]
    overdue: bool = False


@dataclass(frozen=True, kw_only=True)
class Counter:
    """How many cases stand at a place of the process; a link to them."""

    number: int
    label: str
    url: str
    note: str = ""
    note_icon: str | None = None
    warning: bool = False


# --- Case -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """The earliest obligation of a case. Without a right to act, `holder` says who has it and `actions` is empty."""

    title: str
    text: str
    actions: tuple[Link, ...] = ()
    holder: str = ""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A name and its value, in a row of facts."""

    name: str
    value: str
    action: Link | None = None


class StepState(enum.StrEnum):
    """Where a step of the course stands."""

    DONE = "done"
    HERE = "here"
    AHEAD = "ahead"


@dataclass(frozen=True, kw_only=True)
class TimelineStep:
    """A step of the course of a case: when it was, or until when it must be."""

    name: str
    state: StepState
    when: str = ""


@dataclass(frozen=True, kw_only=True)
class ScoreRow:
    """A position, or a sum: the score given, the expert's, the commission's. None = there is none yet."""

    position: str
    maximum: int | None
    given: int
    proposed: int | None = None
    decided: int | None = None
    change: int | None = None
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class ScoreTable:
    """Scores by position. A sum that the federal centre has not set says «предварительно» in its `why`."""

    caption: str
    rows: tuple[ScoreRow, ...]
    totals: tuple[ScoreRow, ...] = ()


class DayKind(enum.StrEnum):
    """What a day is in a count: the day it starts from, counted, skipped, the last."""

    START = "start"
    COUNT = "count"
    SKIP = "skip"
    DUE = "due"


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day of a strip. `mark` is its number, or the letter of the reason; `spoken` says the same in words."""

    text: str
    kind: DayKind
    mark: str
    spoken: str
    new: bool = False


@dataclass(frozen=True, kw_only=True)
class DayStrip:
    """One way to count: «Регион: до сб 14.06», a note on its week, the days."""

    title: str
    label: str
    days: tuple[Day, ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class DayReason:
    """Why the days with this letter are not counted."""

    mark: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Clause:
    """A statement of a regulation: «Положение, п. 41», its words, and where its text stands."""

    title: str
    text: str
    link: Link | None = None


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A term of a case with its count: strips, reasons and clauses, or one sentence (`plain`) where that is enough."""

    name: str
    rule: str
    due: Due
    tag: Tag
    tag_note: str = ""
    plain: str = ""
    strips: tuple[DayStrip, ...] = ()
    reasons: tuple[DayReason, ...] = ()
    clauses: tuple[Clause, ...] = ()
    open: bool = False


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document of a case. Without `url` it cannot be opened yet and `note` says when it can."""

    title: str
    note: str
    url: str | None = None
    tag: Tag | None = None
    print_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """One line of the history: a plain sentence, who, and when in two lines of a column."""

    day_text: str
    time_text: str
    text: str
    who: str


# --- Register ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column's head. `sort` is `ascending` or `descending` where the rows stand in its order."""

    label: str
    sort_url: str | None = None
    sort: str | None = None
    numeric: bool = False
    fit: bool = False


@dataclass(frozen=True, kw_only=True)
class View:
    """A ready selection above a register."""

    label: str
    url: str
    count: int | None = None
    current: bool = False


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A filter in force; the link takes it off."""

    label: str
    remove_url: str


@dataclass(frozen=True, kw_only=True)
class Pager:
    """Neighbours of a page of rows, by key: there is a next and a previous one, never a number."""

    text: str
    previous_url: str | None = None
    next_url: str | None = None


# --- Sitting ----------------------------------------------------------------------------------------------------------


class Vote(enum.StrEnum):
    """What a member did. `off` = did not vote, and the row says why."""

    FOR = "for"
    AGAINST = "against"
    WAITING = "waiting"
    OFF = "off"


@dataclass(frozen=True, kw_only=True)
class VoteRow:
    """A member of the commission. `note` is the office, or the reason of not voting: recused, absent."""

    name: str
    note: str
    vote: Vote


@dataclass(frozen=True, kw_only=True)
class VotePanel:
    """A question put to the vote. `outcome` explains a tie or a missing quorum; `quorum_text` counts those present."""

    question: str
    rows: tuple[VoteRow, ...]
    votes_for: int
    votes_against: int
    quorum: Tag
    quorum_text: str
    outcome: Alert | None = None


@dataclass(frozen=True, kw_only=True)
class AgendaItem:
    """A case of a sitting: its time, whose it is, what is with it."""

    time_text: str
    name: str
    url: str
    note: str
    icon: str
    current: bool = False


# --- Forms ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """What to do with the field `name` (empty for the whole form): «Укажите номер паспорта матери или отца»."""

    name: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """An option of a select, of radio buttons or check boxes."""

    value: str
    label: str
    hint: str = ""


class TaskState(enum.StrEnum):
    """done, to do, or locked until an earlier step is done."""

    DONE = "done"
    TODO = "todo"
    LOCKED = "locked"


@dataclass(frozen=True, kw_only=True)
class Task:
    """A step of filing. A locked one has no address; its note says what opens it."""

    name: str
    note: str
    state: TaskState
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class SummaryRow:
    """An answer to check. `change_url` leads to its question, `change_what` completes «Изменить» when read aloud."""

    name: str
    value: str
    change_url: str | None = None
    change_what: str = ""


@dataclass(frozen=True, kw_only=True)
class Job:
    """Long work: how much of it is done. `refresh_url` shows this page again; nothing refreshes by itself."""

    id: str
    title: str
    done: int
    total: int
    note: str
    refresh_url: str | None = None
