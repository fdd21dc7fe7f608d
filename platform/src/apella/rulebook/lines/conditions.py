"""Names, addresses, time, subjects, and what else is worth knowing: «Условия»."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from apella.regions.rules import RegionRules
from apella.regions.values.exams import Subject
from apella.rulebook.lines.entry import SILENT, Entry, Names
from apella.rulebook.lines.words import TOPICS, WEEKDAYS, sentence

_BODIES: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "commission": ("Комиссия", (1,)),
    "data_centre": ("Центр обработки информации", (2,)),
    "ministry": ("Орган управления образованием региона", (3,)),
    "exam_commission": ("Экзаменационная комиссия", (3,)),
    "subject_commission": ("Предметная комиссия", (3,)),
    "municipal_authority": ("Муниципальный орган", (3,)),
    "federal_centre": ("Федеральный центр", (3,)),
    "supervision": ("Надзор", (3,)),
    "clarification": ("Кто разъясняет критерии", (35,)),
}


def conditions(rules: RegionRules, names: Names) -> Iterator[Entry]:
    """Bodies, place and time, subjects, notes."""
    for code, (title, rows) in _BODIES.items():
        body = getattr(names.bodies, code)
        yield Entry(
            key=f"bodies.{code}", title=title, value=f"{body.short} – {body.full}", clauses=body.clauses, rows=rows
        )
    yield from _place(rules)
    yield from _time(rules)
    for code, subject in rules.subjects.items():
        yield _subject(code, subject)
    yield from _exams(rules)
    for note in rules.notes:
        yield Entry(
            key=f"notes.{'+'.join(note.clauses)}", title=TOPICS[note.topic], value=note.text, clauses=note.clauses
        )


def _place(rules: RegionRules) -> Iterator[Entry]:
    contacts, numbers = rules.tenant.contacts, rules.tenant.numbers
    yield Entry(
        key="tenant.contacts",
        title="Адрес и связь",
        value=sentence(contacts.address, contacts.phone, contacts.email, "учебные данные" if contacts.teaching else ""),
        clauses=contacts.clauses,
    )
    yield Entry(
        key="tenant.portal",
        title="Портал участника",
        value=rules.tenant.links.portal or "кабинет платформы",
        clauses=rules.tenant.links.clauses,
    )
    yield Entry(
        key="tenant.numbers",
        title="Номера расписки и журнала",
        value=sentence(numbers.receipt, numbers.journal_score, numbers.journal_procedure),
        clauses=numbers.clauses,
    )


def _time(rules: RegionRules) -> Iterator[Entry]:
    office, zone = rules.tenant.office_hours, rules.tenant
    yield Entry(
        key="tenant.zone",
        title="Часовой пояс",
        value=f"{zone.time_caption} ({zone.zone})",
        clauses=("core:E18",),
        rows=(96,),
    )
    yield Entry(
        key="tenant.office_hours",
        title="Часы приёма бумаг",
        value=f"{' '.join(WEEKDAYS[day - 1] for day in office.weekdays)} {office.opens:%H:%M}–{office.closes:%H:%M}",
        clauses=office.clauses,
    )
    days = rules.calendar.regional
    yield Entry(
        key="calendar.regional",
        title="Региональные нерабочие дни",
        value="; ".join(f"{day.date:%d.%m.%Y} {day.name} ({day.act})" for day in days) or SILENT,
        clauses=(),
        rows=(97,),
    )


def _subject(code: str, subject: Subject) -> Entry:
    return Entry(
        key=f"subjects.{code}",
        title=f"Предмет {code}",
        value=sentence(
            subject.name,
            f"до {subject.max_primary} первичных баллов",
            "развёрнутые ответы" if subject.has_extended else "без развёрнутых ответов",
            "устная часть" if subject.oral else "",
            "компьютерный экзамен" if subject.kege else "",
        ),
        clauses=subject.clauses,
        rows=(98,),
    )


def _exams(rules: RegionRules) -> Iterator[Entry]:
    days = rules.exams
    yield Entry(
        key="exams",
        title=f"Дни экзаменов {rules.tables_year} года",
        value=f"{len(days)} дней: {min(day.date for day in days):%d.%m.%Y}–{max(day.date for day in days):%d.%m.%Y}",
        clauses=tuple(dict.fromkeys(clause for day in days for clause in day.clauses)),
    )
    published = rules.schedule.exam
    if published:
        yield Entry(
            key="schedule",
            title="Опубликованный график апелляций",
            value=f"для экзаменов: {', '.join(f'{one.date:%d.%m.%Y}' for one in published)}",
            clauses=tuple(dict.fromkeys(clause for one in published for clause in one.clauses)),
            rows=(14,),
        )
