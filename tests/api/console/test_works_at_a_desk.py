"""A desk sees the works that it serves, and scores only where it takes in appeals about them."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from apella.registry.model import Exam, Work
from apella.testing.console import ConsoleFor
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay


@pytest.fixture
def north(play: StartPlay) -> Play:
    """The first participant has a second work, written at another exam point."""
    north = play()

    def elsewhere(session: Session) -> None:
        exam = session.get_one(Exam, (north.world.rules.tenant.tenant_id, north.world.exam))
        other = Exam(
            season_id=exam.season_id,
            subject_code=exam.subject_code,
            exam_date=exam.exam_date + timedelta(days=1),
            wave=exam.wave,
            announced_on=exam.announced_on,
        )
        session.add(other)
        session.flush()
        session.execute(
            update(Work)
            .where(Work.id == north.world.works[1])
            .values(person_id=north.actor(0).person_id, exam_id=other.id, exam_point_id=north.world.school)
        )

    north.read(elsewhere)
    return north


def test_a_school_sees_all_works_of_its_participant_with_scores(north: Play, client_for: ClientFor) -> None:
    found = client_for(north.actor("school-operator")).post("works/search", {"participant": north.actor(0).login})
    assert {work["id"] for work in found.get_json()} == {str(one) for one in north.world.works[:2]}
    assert all(work["test_score"] is not None and work["primary_score"] is not None for work in found.get_json())


def test_an_exam_point_sees_what_was_written_there_and_no_scores(north: Play, client_for: ClientFor) -> None:
    member = client_for(north.actor("exam-commission-member"))
    (work,) = member.post("works/search", {"participant": north.actor(0).login}).get_json()
    assert (work["id"], work["test_score"], work["primary_score"]) == (str(north.world.works[0]), None, None)


def test_the_pages_of_an_exam_point_say_that_the_score_is_not_for_it(north: Play, console_for: ConsoleFor) -> None:
    member = console_for(north.actor("exam-commission-member"))
    page = member.find("file", north.actor(0).login)
    assert page.text.count("вам не показан") == 1
    assert "первичный" not in page.text
    school = console_for(north.actor("school-operator")).find("file", north.actor(0).login)
    assert school.text.count("первичный") == 2


def test_a_work_of_another_exam_point_has_no_form_there(north: Play, client_for: ClientFor) -> None:
    member = client_for(north.actor("exam-commission-member"))

    def form(work: uuid.UUID) -> int:
        return member.get(f"/north/file/{work}?kind=procedure&channel=exam_point").status_code

    assert (form(north.world.works[0]), form(north.world.works[1])) == (200, 404)
