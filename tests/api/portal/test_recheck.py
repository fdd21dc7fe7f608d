"""The cabinet of somebody whose work was checked again: what is said, and until when an appeal is taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

import pytest

from apella.appeals.model import Appeal
from apella.identity.actor import Actor
from apella.testing.play import Play
from apella.testing.plugin import StartPlay
from apella.testing.rechecks import recheck
from apella.testing.visitor import Page, Visitor

Visit = Callable[[Actor], Visitor]
Checked = Callable[..., Page]
Cases = Callable[[Play], Sequence[Appeal]]

RECHECKED = date(2026, 6, 24)
UNTIL = "Это результат после перепроверки вашей работы, апелляцию о нём можно подать до пт 26 июня, 23:59."


def june(play: Play, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=play.world.rules.zone)


@pytest.mark.clause("federal:100.3", "federal:100.1")
def test_a_re_check_opens_filing_again_for_two_working_days(
    play: StartPlay, visit: Visit, checked: Checked, cases: Cases
) -> None:
    north = play()
    own, other = (visit(north.world.participants[number]) for number in (0, 1))
    north.clock_to(june(north, 24, 9))
    over = own.open(f"file/{north.world.works[0]}")
    assert over.status == 409
    assert "Срок подачи апелляции закончился: вт 16 июня, 23:59." in over.text
    assert "перепроверки" not in own.open().text

    for number in (0, 1):
        recheck(north, number, RECHECKED, more=1)

    north.clock_to(june(north, 26, 23, 50))
    page = own.open()
    assert UNTIL in page.text
    assert "Подать апелляцию можно до пт 26 июня, 23:59" in page.text
    assert "Результат перепроверки объявили в среду, 24 июня." in page.text
    assert "Второй рабочий день – пятница, 26 июня." in page.text
    assert UNTIL in own.open(f"file/{north.world.works[0]}").text
    answers = checked(own, north)
    assert UNTIL in answers.text
    late = checked(other, north, 1).form("/send")
    assert own.send(answers.form("/send"), agreed="yes").status == 303
    (case,) = cases(north)
    assert (case.filed_late, case.rechecked_on) == (False, RECHECKED)
    assert "Это результат после перепроверки вашей работы." in own.open().text

    north.clock_to(june(north, 27, 0))
    refused = other.send(late, agreed="yes")
    assert refused.status == 409
    assert "Срок подачи апелляции закончился: пт 26 июня, 23:59." in refused.text
    assert "Результат перепроверки объявили в среду, 24 июня." in refused.text
    assert "апелляцию о нём принимали до пт 26 июня, 23:59." in other.open().text
    assert len(cases(north)) == 1


@pytest.mark.clause("federal:100.3")
def test_others_are_told_of_no_re_check(play: StartPlay, visit: Visit) -> None:
    north = play()
    north.clock_to(june(north, 24))
    recheck(north, 0, RECHECKED)
    page = visit(north.world.participants[2]).open()
    assert "Срок подачи апелляции закончился: вт 16 июня, 23:59." in page.text
    assert "перепроверки" not in page.text
