"""Participants at their browsers, and what tests look up behind the pages."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from apella.appeals.model import Appeal
from apella.audit.model import AuditEvent
from apella.bootstrap import App
from apella.identity.actor import Actor
from apella.regions.codes import ApplicationField
from apella.regions.rules import RegionRules
from apella.registry.model import Exam, Mark, Result, ResultSource, TaskType, Work
from apella.testing.play import Play
from apella.testing.plugin import ClientFor
from apella.testing.visitor import Form, Page, Visitor


@pytest.fixture
def visit(client_for: ClientFor) -> Callable[[Actor], Visitor]:
    """Sign an actor in and give the browser."""
    return lambda actor: Visitor(client_for(actor))


@pytest.fixture
def answered() -> Callable[[RegionRules, Form], Form]:
    """Answer every question that a region's form asks: the participant comes, two extended answers are disputed."""

    def answer(rules: RegionRules, form: Form) -> Form:
        channel = next(at for at in rules.channels_for(kind="score", category="student") if at.self_service)
        given: dict[str, str | tuple[str, ...]] = {}
        if ApplicationField.POSITIONS in channel.required_fields:
            given["positions_C"] = ("C1", "C2")
        if ApplicationField.FORMS_CONFIRMED in channel.required_fields:
            given["forms"] = "yes"
        if rules.presence.modes:
            given |= {"presence": "in_presence", "who": ("participant",)}
        else:
            persons = rules.presence.persons
            given |= {f"with_{person}": "with" if person == "participant" else "without" for person in persons}
        if len(rules.hearing.modes.score) > 1:
            given["hearing_mode"] = "remote"
        return Form(action=form.action, id=form.id, fields=form.with_(**given))

    return answer


@pytest.fixture
def checked(answered: Callable[[RegionRules, Form], Form]) -> Callable[..., Page]:
    """Answer the form of a work and press its button; give the page with the answers to check."""

    def check(cabinet: Visitor, play: Play, number: int = 0, **changes: str | tuple[str, ...]) -> Page:
        form = answered(play.world.rules, cabinet.open(f"file/{play.world.works[number]}").form())
        page = cabinet.send(form, **changes)
        assert page.status == 200, page.text
        return page

    return check


@pytest.fixture
def cases() -> Callable[[Play], Sequence[Appeal]]:
    """The cases of a season."""

    def read(play: Play) -> Sequence[Appeal]:
        season = play.world.season_id
        return play.read(lambda session: session.scalars(select(Appeal).where(Appeal.season_id == season)).all())

    return read


@pytest.fixture
def refused_attempts() -> Callable[[Play], list[str]]:
    """The codes of the refused filings that the season's audit keeps."""

    def read(play: Play) -> list[str]:
        query = select(AuditEvent.changes).where(
            AuditEvent.season_id == play.world.season_id, AuditEvent.tag == "appeal:filing:refused"
        )
        return play.read(lambda session: list(session.scalars(query.order_by(AuditEvent.seq))))

    return read


@pytest.fixture
def add_exam() -> Callable[..., uuid.UUID]:
    """Give a participant the work and the result of another exam, announced `days` after the first one."""

    def add(play: Play, subject_code: str, *, number: int = 0, days: int = 0) -> uuid.UUID:
        world = play.world
        day = next(day for day in world.rules.exams if subject_code in day.subjects and day.wave == 2)
        with play.app.database.unit_of_work(world.rules.tenant.tenant_id) as work:
            session = work.session
            exam = Exam(
                season_id=world.season_id,
                subject_code=subject_code,
                exam_date=day.date,
                wave=2,
                announced_on=world.announced_on + timedelta(days=days),
            )
            session.add(exam)
            session.flush()
            paper = Work(
                season_id=world.season_id,
                code=f"X{subject_code}{number}",
                person_id=world.participants[number].person_id,
                exam_id=exam.id,
                exam_point_id=world.point,
                room="0001",
                variant_code="1",
                cross_checked=False,
            )
            session.add(paper)
            session.flush()
            result = Result(work_id=paper.id, version=1, primary_score=10, test_score=40, source=ResultSource.IMPORT)
            session.add(result)
            session.flush()
            for position in world.rules.subjects[subject_code].positions:
                session.add(
                    Mark(
                        result_id=result.id,
                        task_type=TaskType(position.task_type),
                        position=position.number,
                        task=position.task,
                        criterion=position.criterion,
                        mark=0,
                        max_mark=position.max_mark,
                    )
                )
            return paper.id

    return add


@pytest.fixture(scope="session")
def own_door(app: App) -> list[str]:
    """The tenants whose students file score appeals in the cabinet, by the decisions of their demo season."""
    return [
        rules.slug
        for rules in app.regions
        if any(
            channel.self_service
            and (channel.decision is None or channel.decision in {made.code for made in rules.demo_decisions})
            for channel in rules.channels_for(kind="score", category="student")
        )
    ]


@pytest.fixture(scope="session")
def desks_only(app: App) -> list[str]:
    """The tenants whose students file score appeals at somebody's desk."""
    return [
        rules.slug
        for rules in app.regions
        if not any(channel.self_service for channel in rules.channels_for(kind="score", category="student"))
    ]


@pytest.fixture(scope="session")
def region_where(app: App) -> Callable[[Callable[[RegionRules], bool]], str]:
    """The slug of the first tenant whose rules are so."""
    return lambda wanted: next(rules.slug for rules in app.regions if wanted(rules))
