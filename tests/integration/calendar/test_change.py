"""A day off that arrives in the middle of running terms: what it moves, what is written down, who is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from html import unescape

import pytest

from apella.calendar.model import VersionState
from apella.deadlines import service as deadlines
from apella.deadlines.difference import Listed, Move, difference
from apella.errors import Forbidden
from apella.regions.book import rules_of_version
from apella.testing.calendars import CalendarPlay, StartCalendar, day_off
from apella.testing.plugin import ClientFor

pytestmark = pytest.mark.usefixtures("paperless")

DAY_BEFORE_THE_HEARING = day_off("2025-06-10")
NEXT_WORKING_DAY = day_off("2025-06-09")


def dates(north: CalendarPlay, listed: Listed[Move]) -> Sequence[tuple[str, str, str]]:
    """Term, old and new end of each row."""
    zone = north.rules.zone
    return sorted(
        (
            move.clock.term,
            f"{move.clock.limit.astimezone(zone):%d.%m %H:%M}",
            f"{move.limit.astimezone(zone):%d.%m %H:%M}",
        )
        for move in listed.rows
    )


@pytest.mark.clause("federal:102.3")
def test_the_difference_names_every_clock_that_moves_and_changes_nothing(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.file(0)
    version = north.propose()
    found = north.difference(version)
    assert dates(north, found.later) == [
        ("hearing.schedule", "10.06 00:00", "11.06 00:00"),
        ("kit.request", "07.06 00:00", "10.06 00:00"),
        ("score.consideration", "12.06 00:00", "17.06 00:00"),
        ("score.withdrawal", "07.06 00:00", "10.06 00:00"),
    ]
    assert {move.clock.number for move in found.later.rows} == {north.play.case(case_id).journal_number}
    assert (found.moved, found.earlier.total, found.expired.total, found.failures.total) == (4, 0, 0, 0)
    assert found.looked_at == 4
    assert [(day.date.isoformat(), day.week, day.works) for day in found.days] == [
        ("2025-06-06", 5, False),
        ("2025-06-06", 6, False),
    ]
    assert found.days[0].reason_after == (
        "региональный выходной: Праздник области (Указ Губернатора от 01.06.2025 № 15-УГ)"
    )
    assert north.last_day(case_id, "score.consideration") == "ср 11.06.2025"
    assert north.version(version).state is VersionState.PROPOSED
    assert north.in_force() == north.base


def test_a_list_shows_what_ends_first_and_says_how_many_there_are(calendar: StartCalendar) -> None:
    north = calendar()
    for number in range(3):
        north.play.file(number)
    found = north.difference(north.propose(), limit=2)
    assert (found.later.total, len(found.later.rows)) == (12, 2)
    assert found.later.rows[0].clock.due_at <= found.later.rows[1].clock.due_at


@pytest.mark.clause("federal:98.6")
def test_what_is_counted_back_from_its_event_becomes_earlier_and_stands_apart(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.walk(north.play.file(0), "scheduled")
    assert north.clock(case_id, "hearing.announcement").explanation["direction"] == "backward"
    assert dates(north, north.difference(north.propose()).earlier) == []
    found = north.difference(north.propose(DAY_BEFORE_THE_HEARING))
    assert dates(north, found.earlier) == [("hearing.announcement", "11.06 00:00", "10.06 00:00")]
    assert found.earlier.rows[0].backward
    assert not found.earlier.rows[0].over


def test_a_term_that_is_over_by_the_new_calendar_is_named_so(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.walk(north.play.file(0), "scheduled")
    north.play.clock_to(north.clock(case_id, "hearing.announcement").due_at - timedelta(minutes=30))
    (move,) = north.difference(north.propose(DAY_BEFORE_THE_HEARING)).earlier.rows
    assert move.over


@pytest.mark.clause("federal:102.3")
def test_applying_moves_every_clock_and_says_so_on_its_case(calendar: StartCalendar, client_for: ClientFor) -> None:
    north = calendar()
    case_id, quiet = north.play.file(0), north.play.file(1)
    north.play.walk(quiet, "kit_requested")
    applied = north.approve(north.propose())
    assert (applied.state, applied.label, applied.decided_login) == (
        VersionState.APPLIED,
        "base+1",
        north.play.actor("chair").login,
    )
    clock = north.clock(case_id, "score.consideration")
    assert north.last_day(case_id, "score.consideration") == "пн 16.06.2025"
    assert (clock.calendar_version, clock.explanation["calendar_version"]) == ("base+1", "base+1")
    assert any("Указ Губернатора" in reason for _, _, reason in clock.explanation["steps"])
    assert north.clock(quiet, "kit.request").calendar_version == "base"
    events = dict(north.told_by_audit("deadline:calendar:moved"))
    assert events.keys() == {case_id, quiet}
    assert events[case_id]["calendar"] == 1
    moved = next(move for move in events[case_id]["moves"] if move["term"] == "score.consideration")
    assert (moved["from"][:13], moved["to"][:13]) == ("2025-06-11T19", "2025-06-16T19")
    page = unescape(client_for(north.play.actor("secretary")).get(f"/north/cases/{case_id}").text)
    assert "Срок изменился: " in page
    assert "«Рассмотрение апелляции о несогласии с баллами» – до" in page
    assert "Праздник области (Указ Губернатора от 01.06.2025 № 15-УГ)" in page


def test_a_clock_that_stays_where_it_is_is_counted_by_the_new_calendar_too(calendar: StartCalendar) -> None:
    north = calendar("2025-06-04T09:00")
    case_id = north.play.file(0)
    before = north.clock(case_id, "kit.request")
    north.approve(north.propose())
    after = north.clock(case_id, "kit.request")
    assert (after.due_at, after.explanation) == (before.due_at, before.explanation)
    assert after.calendar_version == "base+1"
    assert "kit.request" not in {
        move["term"] for _, told in north.told_by_audit("deadline:calendar:moved") for move in told["moves"]
    }


def test_a_part_that_does_not_decide_is_counted_again_without_a_word(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.walk(north.play.file(0), "concluded")
    early = datetime(2025, 6, 6, 16, tzinfo=north.rules.zone)
    north.play.schedule(case_id, starts_at=early, reason="учебная спешка")
    north.approve(north.propose())
    clock = north.clock(case_id, "score.withdrawal")
    end_of_its_day = datetime(2025, 6, 7, tzinfo=north.rules.zone)
    assert (clock.due_at, clock.explanation["calendar_version"]) == (end_of_its_day, "base+1")
    moved = [move["term"] for _, told in north.told_by_audit("deadline:calendar:moved") for move in told["moves"]]
    assert "score.withdrawal" not in moved


def test_the_same_calendar_moves_nothing_however_far_a_case_has_come(calendar: StartCalendar) -> None:
    region = calendar(participants=7)
    ahead = ("scheduled", "hearing", "decided", "handed_over", "dispatched")
    cases = [region.play.file(number) for number in range(7)]
    region.play.walk(cases[6], "concluded")
    for case_id in cases[: len(ahead)]:
        region.play.walk(case_id, "scheduled")
    for case_id, step in zip(cases, ahead, strict=False):
        region.play.walk(case_id, step, after="scheduled")
    found = region.play.do(
        "secretary",
        lambda desk: difference(
            desk.session,
            old=region.base,
            new=region.base,
            rules_for=partial(rules_of_version, desk.session, region.rules),
            machine_now=desk.machine_now - timedelta(days=30),
        ),
    )
    assert found.looked_at > 10
    assert (found.moved, found.failures.rows, found.windows) == (0, [], ())


def test_who_was_told_the_old_date_is_told_the_new_one_once_and_by_the_same_ways(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.walk(north.play.file(0), "assigned")
    unheard = north.play.file(1, channel="school_desk")
    north.play.drain()
    north.approve(north.propose())
    north.play.drain()
    told = {(notice.person_id, str(notice.channel)): notice.text for notice in north.notices(case_id, "deadline_moved")}
    participant, expert = (north.play.actor(who).person_id for who in (0, "expert-2"))
    if participant is None or expert is None:
        raise LookupError("both are people")
    # The participant reads it in the cabinet, as the first notice; the expert has no mailbox on record.
    assert told.keys() == {(participant, "cabinet"), (expert, "cabinet")}
    number = north.play.case(case_id).journal_number
    assert told[participant, "cabinet"] == (
        f"Апелляция {number} (Химия): срок изменился, рассмотрение апелляции о несогласии с баллами – "
        "не позднее пн 16.06.2025 (было ср 11.06.2025). Причина – рабочий календарь: "
        "пт 06.06.2025 – выходной: Праздник области (Указ Губернатора от 01.06.2025 № 15-УГ)."
    )
    assert "заключение" in told[expert, "cabinet"].lower()
    assert "рассмотрение" not in told[expert, "cabinet"].lower()
    assert north.notices(unheard, "deadline_moved") == []


def test_a_date_that_moves_twice_before_anybody_was_told_is_told_once_as_it_is(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.file(0)
    north.play.drain()
    north.approve(north.propose())
    north.approve(north.propose(NEXT_WORKING_DAY, name="two.toml"))
    north.play.drain()
    texts = [notice.text for notice in north.notices(case_id, "deadline_moved")]
    assert [text.partition("срок изменился, ")[2].partition(". Причина")[0] for text in texts] == [
        "рассмотрение апелляции о несогласии с баллами – не позднее вт 17.06.2025 (было ср 11.06.2025)"
    ]


def test_a_warning_is_given_again_when_the_longer_term_runs_out_in_its_turn(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.file(0)
    north.play.clock(days=5)
    north.sweep()
    assert north.clock(case_id, "score.consideration").warned == 50
    north.approve(north.propose())
    assert north.clock(case_id, "score.consideration").warned == 0
    north.play.clock(days=1)
    north.sweep()
    assert north.clock(case_id, "score.consideration").warned == 50


def test_a_suspended_clock_is_left_alone_until_it_goes_on(calendar: StartCalendar) -> None:
    north = calendar()
    case_id = north.play.file(0)
    north.play.do(
        "secretary",
        lambda desk: deadlines.suspend_all(
            desk.session, rules=desk.rules, case_id=case_id, at=desk.now, cause="учебная проверка"
        ),
    )
    version = north.propose()
    assert north.difference(version).looked_at == 0
    north.approve(version)
    assert north.last_day(case_id, "score.consideration") == "ср 11.06.2025"
    north.play.do(
        "secretary",
        lambda desk: deadlines.resume_all(
            desk.session, rules=desk.rules, actor=desk.actor, case_id=case_id, at=desk.now
        ),
    )
    assert north.last_day(case_id, "score.consideration") == "пн 16.06.2025"
    assert north.clock(case_id, "score.consideration").calendar_version == "base+1"


def test_only_those_whom_the_table_names_propose_and_decide(calendar: StartCalendar) -> None:
    north = calendar()
    with pytest.raises(Forbidden):
        north.propose(who="chair")
    with pytest.raises(Forbidden):
        north.approve(north.propose(), who="secretary")
