"""The published график: what loads, what clashes with the Procedure, and the hour of every door."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from apella.deadlines import service as deadlines
from apella.deadlines.explain import Explanation
from apella.regions.doors import door_limit, published_filing
from apella.regions.loader import load_region
from apella.regions.published import published_end
from apella.regions.rules import RegionRules
from apella.regions.values.filing import Channel

Problems = Callable[..., tuple[str, ...]]

SOURCES = '[[act]]\nprefix = "ozerny"\ntitle = "Учебный график"\napproved = "приказ от 30.01.2026 № 00-УГ"\n'
PORTAL = """
[[channel]]
kind = "score"
code = "portal"
title = "Личный кабинет"
categories = ["student", "extern", "earlier_graduate"]
applicants = ["participant"]
operator = "participant"
receipt_event = "filed"
required_fields = ["presence"]
copies = 0
form = "1-AP"
closes_with_office = false
clauses = ["core:E1"]

[[channel]]
kind = "score"
code = "queue_clerk"
title = "Операторы приёма"
categories = ["student"]
applicants = ["participant"]
operator = "queue_clerk"
receipt_event = "registered"
required_fields = ["presence"]
copies = 1
form = "1-AP"
closes_with_office = true
clauses = ["core:E1"]
"""
SCHOOL = """
[[channel]]
kind = "score"
code = "school_desk"
title = "Школа"
categories = ["student"]
applicants = ["participant"]
operator = "school_operator"
forwarding = [{ role = "school_operator", term = "score.forwarding" }]
receipt_event = "registered"
required_fields = ["presence"]
copies = 2
form = "1-AP"
closes_with_office = true
clauses = ["core:E1"]
"""
WHOLE = [("2026-06-15", "10:00", "15:00"), ("2026-06-16", "10:00", "15:00")]


def row(
    intake: list[tuple[str, str, str]] = WHOLE,
    *,
    exam: str = "2026-06-01",
    of: str = 'subjects = ["07"]',
    results: str = "2026-06-11",
    more: str = 'clerk_closes = { portal = "24:00", queue_clerk = "18:00" }',
) -> str:
    days = ", ".join(f'{{ date = {day}, opens = "{opens}", closes = "{closes}" }}' for day, opens, closes in intake)
    return f'[[exam]]\ndate = {exam}\n{of}\nresults_on = {results}\nintake = [{days}]\n{more}\nclauses = ["ozerny:1"]\n'


@pytest.fixture
def timetable(folder: Path) -> Path:
    """The tenant with a portal, a clerk's door and an exam whose results come on Thu 11.06.2026.

    The 12th is a holiday, so the Procedure gives Mon 15.06 and Tue 16.06.
    """
    (folder / "sources.toml").write_text(SOURCES, encoding="utf-8")
    (folder / "channels.toml").write_text(PORTAL, encoding="utf-8")
    (folder / "2026").mkdir()
    return folder


@pytest.fixture
def rules(timetable: Path) -> Callable[[str], RegionRules]:
    """Load the tenant with this график, in the year that its exams are of."""

    def load(text: str) -> RegionRules:
        (timetable / "2026" / "schedule.toml").write_text(text, encoding="utf-8")
        return load_region(timetable, year=2026)

    return load


@pytest.fixture
def faults(timetable: Path, problems: Problems) -> Callable[[str], tuple[str, ...]]:
    """Give what loading the tenant with this график ends in."""

    def load(text: str) -> tuple[str, ...]:
        return problems(**{"2026__schedule_toml": text})

    return load


def channel(rules: RegionRules, code: str) -> Channel:
    return next(one for one in rules.channels if one.code == code and one.kind == "score")


def window(rules: RegionRules, subject: str = "07", announced: dt.date = dt.date(2026, 6, 11)) -> Explanation:
    published = published_filing(rules, exam_date=dt.date(2026, 6, 1), subject_code=subject, wave=2)
    return deadlines.explain(rules, "score.filing", {"results_announced": announced}, published=published)


def shown(explanation: Explanation) -> list[str]:
    ends = (explanation.due, explanation.federal_due)
    return ["" if end is None else f"{end.astimezone(dt.timezone(dt.timedelta(hours=5))):%d.%m %H:%M}" for end in ends]


@pytest.mark.clause("federal:100.1", "core:E1")
def test_every_door_ends_at_its_own_hour(rules: Callable[[str], RegionRules]) -> None:
    found = rules(row())
    assert shown(window(found)) == ["16.06 15:00", "17.06 00:00"]
    assert shown(door_limit(found, channel(found, "portal"), window(found))) == ["17.06 00:00", "17.06 00:00"]
    clerk = door_limit(found, channel(found, "queue_clerk"), window(found))
    assert shown(clerk) == ["16.06 18:00", "16.06 18:00"]
    assert clerk.cutoff == "18:00"
    assert "(Учебный график, приказ от 30.01.2026 № 00-УГ)" in clerk.summary()


@pytest.mark.clause("core:E1")
def test_without_a_schedule_only_an_office_ends_before_midnight(rules: Callable[[str], RegionRules]) -> None:
    found = rules("")
    closes = found.tenant.office_hours.closes
    assert shown(door_limit(found, channel(found, "portal"), window(found))) == ["17.06 00:00", "17.06 00:00"]
    office = door_limit(found, channel(found, "queue_clerk"), window(found))
    assert shown(office) == [f"16.06 {closes:%H:%M}"] * 2
    assert office.hours == "часы приёма: Операторы приёма"


def test_a_schedule_says_nothing_of_other_exams(rules: Callable[[str], RegionRules]) -> None:
    found = rules(row())
    assert not window(found, subject="03").is_published
    assert published_filing(found, exam_date=dt.date(2026, 6, 4), subject_code="07", wave=2) is None


def test_a_row_of_a_subject_goes_before_one_of_the_wave(rules: Callable[[str], RegionRules]) -> None:
    longer = [*WHOLE, ("2026-06-17", "10:00", "15:00")]
    found = rules(row(longer, of="wave = 2") + row())
    assert shown(window(found))[0] == "16.06 15:00"
    assert shown(window(found, subject="04"))[0] == "17.06 15:00"


@pytest.mark.clause("federal:100.1", "core:D1")
def test_results_that_come_late_move_the_federal_limit_on(rules: Callable[[str], RegionRules]) -> None:
    found = rules(row())
    late = door_limit(found, channel(found, "portal"), window(found, announced=dt.date(2026, 6, 15)))
    assert shown(late) == ["17.06 00:00", "18.06 00:00"]
    assert late.final_due == late.federal_due


@pytest.mark.clause("federal:100.1", "core:D1")
def test_an_intake_that_ends_before_the_federal_window_is_an_error(faults: Callable[[str], tuple[str, ...]]) -> None:
    assert faults(row([WHOLE[0]])) == (
        (
            "ozerny/2026/schedule.toml: пн 01.06.2026, 07: intake: приём кончается пн 15.06.2026, а Порядок даёт "
            "2 рабочих дня (пятидневная неделя) после события «официальное объявление результатов», до вт 16.06.2026 "
            "(federal:100.1, federal:100.2); продлите приём."
        ),
    )


def test_an_intake_that_begins_after_the_first_day_is_an_error(faults: Callable[[str], tuple[str, ...]]) -> None:
    (problem,) = faults(row([WHOLE[1]]))
    assert "intake: приём начинается вт 16.06.2026, а Порядок даёт" in problem


@pytest.mark.clause("federal:100.1", "core:E1")
def test_an_electronic_door_that_closes_before_midnight_is_an_error(faults: Callable[[str], tuple[str, ...]]) -> None:
    (problem,) = faults(row(more='clerk_closes = { portal = "22:00" }'))
    assert problem.startswith(
        "ozerny/2026/schedule.toml: пн 01.06.2026, 07: clerk_closes: канал portal работает без приёмных часов, "
        "а закрывается вт 16.06.2026 в 22:00; Порядок даёт"
    )
    assert problem.endswith('добавьте portal = "24:00".')
    (problem,) = faults(row(more=""))
    assert "а закрывается вт 16.06.2026 в 15:00" in problem


@pytest.mark.clause("core:E1")
def test_the_hours_of_an_office_are_no_weakening(rules: Callable[[str], RegionRules]) -> None:
    found = rules(row(more='clerk_closes = { portal = "24:00" }'))
    assert shown(door_limit(found, channel(found, "queue_clerk"), window(found))) == ["16.06 15:00", "16.06 15:00"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (row(exam="2026-06-02"), "такого экзамена нет в 2026/exams.toml; проверьте дату и 07."),
        (row(of='subjects = ["77"]'), "такого экзамена нет в 2026/exams.toml; проверьте дату и 77."),
        (row() + row(), "07 этого дня стоит в двух строках; оставьте одну."),
        (row(of=""), "назовите либо предметы в subjects, либо волну в wave"),
        (row(of='subjects = ["07"]\nwave = 2'), "назовите либо предметы в subjects, либо волну в wave"),
        (row([WHOLE[1], WHOLE[0]]), "intake: дни приёма идут по порядку и не повторяются"),
        (row([WHOLE[0], WHOLE[0]]), "intake: дни приёма идут по порядку и не повторяются"),
        (row([("2026-06-15", "15:00", "10:00")]), "opens должно быть раньше closes"),
        (row([("2026-06-15", "10:00", "25:00")]), 'нужно: час "ЧЧ:ММ" от "00:00" до "24:00"'),
        (row(results="2026-05-30"), "даты идут по порядку"),
        (row(results="2026-06-17"), "даты идут по порядку"),
        (row(more="regional_until = 2026-06-15"), "даты идут по порядку"),
        (row(more="federal_until = 2026-06-25\napproval_until = 2026-06-24"), "даты идут по порядку"),
        (row(more='clerk_closes = { portal = "14:00" }'), "clerk_closes: portal закрывается раньше"),
        (
            row(more='clerk_closes = { portal = "24:00", school_desk = "18:00" }'),
            "clerk_closes: канала school_desk нет; есть portal, queue_clerk.",
        ),
        (row(results="2026-06-11").replace("ozerny:1", "nowhere:1"), "на nowhere:1 ссылается таблица schedule"),
    ],
)
def test_a_faulty_row_is_named(faults: Callable[[str], tuple[str, ...]], text: str, sentence: str) -> None:
    assert any(sentence in problem for problem in faults(text))


def test_the_dates_of_the_federal_schedule_are_kept(rules: Callable[[str], RegionRules]) -> None:
    found = rules(
        row(more='clerk_closes = { portal = "24:00" }\nregional_until = 2026-06-20\nfederal_until = 2026-06-30')
    )
    (published,) = found.schedule.exam
    assert (published.regional_until, published.federal_until, published.approval_until) == (
        dt.date(2026, 6, 20),
        dt.date(2026, 6, 30),
        None,
    )


# --- The last days of the authorities ---------------------------------------------------------------------------------

ENDS = 'clerk_closes = { portal = "24:00" }\n'


def end(rules: RegionRules, term_id: str, registered: dt.date) -> Explanation:
    """The count of a term of the authorities with the day that the график names for it."""
    published = published_end(rules, term_id, exam_date=dt.date(2026, 6, 1), subject_code="07", wave=2)
    events = {str(rules.terms[term_id].start_event): registered}
    return deadlines.explain(rules, term_id, events, published=published)


def test_every_column_names_its_terms(rules: Callable[[str], RegionRules]) -> None:
    """And every term that a column names is one of the federal table."""
    found = rules(
        row(more=f"{ENDS}regional_until = 2026-06-20\nfederal_until = 2026-06-26\napproval_until = 2026-06-29")
    )
    ends = {
        term_id: published.until
        for term_id in found.terms
        if (published := published_end(found, term_id, exam_date=dt.date(2026, 6, 1), subject_code="07", wave=2))
    }
    assert {term_id: f"{until.astimezone(found.zone):%d.%m %H:%M}" for term_id, until in ends.items() if until} == {
        "score.consideration": "21.06 00:00",
        "protocol.handover": "21.06 00:00",
        "recalculation.dispatch": "21.06 00:00",
        "recalculation.federal": "27.06 00:00",
        "approval": "30.06 00:00",
    }
    assert published_end(found, "approval", exam_date=dt.date(2026, 6, 4), subject_code="07", wave=2) is None


@pytest.mark.clause("federal:102.3")
def test_a_stricter_day_binds_with_the_act_named(rules: Callable[[str], RegionRules]) -> None:
    found = rules(row(more=f"{ENDS}regional_until = 2026-06-20"))
    strict = end(found, "score.consideration", dt.date(2026, 6, 16))
    assert shown(strict) == ["21.06 00:00", "23.06 00:00"]
    assert "(Учебный график, приказ от 30.01.2026 № 00-УГ)" in strict.summary()
    assert shown(end(found, "score.consideration", dt.date(2026, 6, 11))) == ["19.06 00:00", "19.06 00:00"]


@pytest.mark.clause("federal:102.3", "federal:102.4", "federal:102.6")
def test_a_region_that_is_slower_than_the_law_is_an_error(
    rules: Callable[[str], RegionRules], faults: Callable[[str], tuple[str, ...]]
) -> None:
    """From Tue 16.06: four working days to Mon 22.06, a day of handing over, two of sending: Thu 25.06."""
    assert rules(row(more=f"{ENDS}regional_until = 2026-06-25")).schedule.exam
    assert faults(row(more=f"{ENDS}regional_until = 2026-06-26")) == (
        (
            "ozerny/2026/schedule.toml: пн 01.06.2026, 07: regional_until: обработка апелляций кончается "
            "пт 26.06.2026, а по Порядку она кончается не позднее чт 25.06.2026: 4 рабочих дня (пятидневная неделя) "
            "после события «поступление апелляции в комиссию» (federal:102.3); 1 календарный день после события "
            "«решение комиссии» (federal:102.4); 2 календарных дня после события «передача протокола» (federal:102.6); "
            "назовите более ранний день."
        ),
    )


@pytest.mark.clause("federal:102.8")
def test_a_federal_centre_that_is_slower_than_the_law_is_an_error(
    rules: Callable[[str], RegionRules], faults: Callable[[str], tuple[str, ...]]
) -> None:
    assert rules(row(more=f"{ENDS}federal_until = 2026-07-02")).schedule.exam
    (problem,) = faults(row(more=f"{ENDS}federal_until = 2026-07-03"))
    assert problem.startswith("ozerny/2026/schedule.toml: пн 01.06.2026, 07: federal_until: ")
    assert "(federal:102.8)" in problem


@pytest.mark.clause("federal:100.12")
def test_where_a_school_forwards_the_law_gives_its_day_too(
    timetable: Path, rules: Callable[[str], RegionRules], faults: Callable[[str], tuple[str, ...]]
) -> None:
    school = SCHOOL + (timetable / "channels.toml").read_text(encoding="utf-8")
    (timetable / "channels.toml").write_text(school, encoding="utf-8")
    schedule = ENDS.replace(" }", ', school_desk = "18:00" }')
    assert rules(row(more=f"{schedule}regional_until = 2026-06-26")).schedule.exam
    (problem,) = faults(row(more=f"{schedule}regional_until = 2026-06-27"))
    assert "«приём апелляции для передачи в комиссию» (federal:100.11, federal:100.12)" in problem
