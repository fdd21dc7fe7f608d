"""Taking a case through its walk by the services, one unit of work for each deed, as people and jobs would."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.appeals import journal
from apella.appeals.application import Presence
from apella.appeals.desk import Desk
from apella.appeals.facts import facts_of
from apella.appeals.filing import Application, file_appeal
from apella.appeals.model import Appeal, ProxyIssuer
from apella.appeals.states import AppealKind
from apella.bootstrap import App
from apella.commissions import service as commissions
from apella.commissions.model import Ballot, ErrorKind
from apella.commissions.outcome import Change
from apella.commissions.statements import state_for_all
from apella.db.ids import new_id
from apella.deadlines import service as deadlines
from apella.exchange import service as exchange
from apella.experts import service as experts
from apella.experts.service import Proposal
from apella.hearings import service as hearings
from apella.hearings.model import Hearing
from apella.identity.actor import Actor
from apella.identity.roles import Role
from apella.jobs.model import Task, TaskState
from apella.jobs.running import run_task
from apella.materials import service as materials
from apella.onboarding.people import Post, add_staff
from apella.regions.rules import RegionRules
from apella.registry.model import Exam, Mark, TaskType, Work
from apella.registry.repository import marks_in_force
from apella.tenancy.model import Season
from apella.testing.factories import TEST_ISSUER, World, actor_of, desk_for
from apella.testing.papers import certify

T = TypeVar("T")
Who = Actor | str | int

VOTERS: Final = ("chair", "member-1", "member-2")
STEPS: Final = (
    "filed", "forwarded", "registered", "kit_requested", "kit_received", "assigned", "concluded", "scheduled",
    "hearing", "voted", "decided", "handed_over", "entered", "dispatched", "recalculated", "approved", "closed",
)  # fmt: skip
"""How far `Play.walk` takes a case; steps that its kind, door or outcome does not have are passed over."""


@contextmanager
def open_desk(app: App, world: World, actor: Actor) -> Iterator[Desk]:
    """A unit of work at the desk of this actor; it commits when the block ends well."""
    with app.database.unit_of_work(actor.tenant_id) as work:
        yield desk_for(app, work, world, actor)


def move_clock(app: App, world: World, forward: timedelta) -> None:
    """Move the season's case time forward."""
    tenant_id = world.rules.tenant.tenant_id
    with app.database.unit_of_work(tenant_id) as work:
        work.session.get_one(Season, (tenant_id, world.season_id)).clock_offset += forward


class Play:
    """A season whose people act. `who` is a login of `World.staff`, the number of a participant, or an actor."""

    def __init__(self, app: App, world: World) -> None:
        self.app = app
        self.world = world

    def actor(self, who: Who) -> Actor:
        """Whom a name means."""
        if isinstance(who, Actor):
            return who
        return self.world.participants[who] if isinstance(who, int) else self.world.staff[who]

    def do(self, who: Who, verb: Callable[..., T], *args: Any, **wishes: Any) -> T:
        """Do `verb(desk, …)` as this person, in a unit of work of its own."""
        with open_desk(self.app, self.world, self.actor(who)) as desk:
            return verb(desk, *args, **wishes)

    def act(self, who: Who, verb: Callable[..., T], case_id: uuid.UUID, **wishes: Any) -> T:
        """Take a verb on a case, at whatever version it has unless `version` is named."""
        return self.do(who, verb, case_id=case_id, **{"version": None, **wishes})

    def read(self, query: Callable[[Session], T]) -> T:
        """Look into the database."""
        with self.app.database.unit_of_work(self.world.rules.tenant.tenant_id) as work:
            return query(work.session)

    def case(self, case_id: uuid.UUID) -> Appeal:
        """The case as it stands."""
        return self.read(lambda session: session.get_one(Appeal, (self.world.rules.tenant.tenant_id, case_id)))

    def marks(self, number: int = 0) -> list[Mark]:
        """The marks in force of a participant's work."""
        return self.read(lambda session: list(marks_in_force(session, self.world.works[number])))

    def now(self) -> datetime:
        """The season's case time (UTC)."""
        with open_desk(self.app, self.world, self.actor("secretary")) as desk:
            return desk.now

    def clock(self, **forward: float) -> None:
        """Move case time forward."""
        move_clock(self.app, self.world, timedelta(**forward))

    def clock_to(self, moment: datetime) -> None:
        """Move case time to a moment, which lies ahead."""
        move_clock(self.app, self.world, moment - self.now())

    def drain(self) -> int:
        """Do what waits in the background of this season, and what that asks for; say how many tasks ran."""
        tenant_id = self.world.rules.tenant.tenant_id
        seen: set[uuid.UUID] = set()
        while waiting := set(self.read(self._waiting)) - seen:
            for task_id in sorted(waiting):
                run_task(self.app.database, tenant_id=tenant_id, task_id=task_id, parts=self.app)
            seen |= waiting
        return len(seen)

    def run_one(self, job: str) -> None:
        """Do the one task of this kind that waits, and leave what it asks for."""
        query = select(Task.id).where(
            Task.season_id == self.world.season_id, Task.job == job, Task.state == TaskState.NEW
        )
        task_id = self.read(lambda session: session.scalars(query).one())
        run_task(self.app.database, tenant_id=self.world.rules.tenant.tenant_id, task_id=task_id, parts=self.app)

    def _waiting(self, session: Session) -> Sequence[uuid.UUID]:
        open_states = (TaskState.NEW, TaskState.SENT)
        return session.scalars(
            select(Task.id).where(Task.season_id == self.world.season_id, Task.state.in_(open_states))
        ).all()

    def application(self, number: int = 0, *, channel: str = "portal", **wishes: Any) -> Application:
        """An application of a participant that states everything a door may ask for."""
        fields: dict[str, Any] = {
            "kind": AppealKind.PROCEDURE if channel == "exam_point" else AppealKind.SCORE,
            "channel": channel,
            "work_id": self.world.works[number],
            "presence": Presence(participant=True),
            "forms_confirmed": True,
            "disputed": ("C1",),
            "statement": "Учебное нарушение",
            "phone": "+7 900 000-00-00",
            "email": "p@example.ru",
        }
        application = Application(**{**fields, **wishes})
        presence = application.presence
        if presence.proxy and presence.proxy_issuer is None and self.world.rules.presence.proxy.issuers:
            return replace(application, presence=replace(presence, proxy_issuer=ProxyIssuer.APPELLANT))
        return application

    def file(self, number: int = 0, *, channel: str = "portal", who: Who | None = None, **wishes: Any) -> uuid.UUID:
        """File an appeal of a participant and give the case's id."""
        doors: dict[str, Who] = {
            "portal": number,
            "school_desk": "school-operator",
            "queue_clerk": "queue-clerk",
            "exam_point": "exam-commission-member",
        }
        application = self.application(number, channel=channel, **wishes)
        return self.do(doors[channel] if who is None else who, file_appeal, application).id

    def unmarked_work(self, number: int) -> uuid.UUID:
        """One more work of a participant on an exam of its own, whose results were announced without it."""

        def add(session: Session) -> uuid.UUID:
            earlier = session.get_one(Work, (self.world.rules.tenant.tenant_id, self.world.works[number]))
            exam = Exam(
                season_id=self.world.season_id,
                subject_code="01",
                exam_date=self.world.exam_day,
                wave=2,
                announced_on=self.world.announced_on,
            )
            session.add(exam)
            session.flush()
            work = Work(
                season_id=self.world.season_id,
                code=f"U{number:06d}",
                person_id=earlier.person_id,
                exam_id=exam.id,
                exam_point_id=earlier.exam_point_id,
                room="0001",
                variant_code=None,
                cross_checked=False,
            )
            session.add(work)
            session.flush()
            return work.id

        return self.read(add)

    def hire(self, role: Role, **place: Any) -> Actor:
        """One more member of staff; `place` says where (`organisation_id`, `exam_point_code`, `commission_id`)."""
        with open_desk(self.app, self.world, self.actor("secretary")) as desk:
            person = add_staff(
                desk.session,
                season_id=self.world.season_id,
                slug=self.world.rules.slug,
                iss=TEST_ISSUER,
                login=f"{role}-{new_id().hex[-8:]}",
                name=("Новиков", "Илья", "Петрович"),
                posts=(Post(role=role, **place),),
            )
            seated = self.world.rules.commission.composition
            if seated.statement and role in seated.roles:
                today = desk.now.date()
                state_for_all(desk.session, season_id=self.world.season_id, roles=seated.roles, on=today, at=desk.now)
            return actor_of(self.world, person, role, **place)

    # --- The walk -----------------------------------------------------------------------------------------------------

    def walk(self, case_id: uuid.UUID, to: str, *, after: str = "filed", outcome: str = "rejected") -> uuid.UUID:
        """Take a case on from the step `after` to the step `to` (`STEPS`); the clock is moved to its hearing.

        `outcome` is `rejected`, `up`, `down`, `unchanged`, or for a procedure appeal `satisfied`.
        """
        for step in STEPS[STEPS.index(after) + 1 : STEPS.index(to) + 1]:
            if self._has(case_id, step, outcome):
                getattr(self, f"_{step}")(case_id, outcome)
        return case_id

    def _has(self, case_id: uuid.UUID, step: str, outcome: str) -> bool:
        case = self.case(case_id)
        score = case.kind is AppealKind.SCORE
        return {
            "forwarded": case.state == "in_transit",
            "registered": case.state == "in_transit",
            "kit_requested": score,
            "kit_received": score,
            "assigned": score,
            "concluded": score,
            "dispatched": score,
            "recalculated": score and outcome != "rejected",
            "approved": outcome != "rejected",
        }.get(step, True)

    def _forwarded(self, case_id: uuid.UUID, _: str) -> None:
        door = self.case(case_id).channel
        who = "exam-commission-member" if door == "exam_point" else "school-operator"
        certify(self, who, case_id)
        self.act(who, journal.forward, case_id, check_conclusion="Учебная проверка")

    def _registered(self, case_id: uuid.UUID, _: str) -> None:
        self.act("secretary", journal.register, case_id)

    def _kit_requested(self, case_id: uuid.UUID, _: str) -> None:
        self.act("secretary", materials.request_kit, case_id)

    def _kit_received(self, case_id: uuid.UUID, _: str) -> None:
        self.act("data-centre-operator", materials.receive_kit, case_id, absent_reason="учебный комплект")

    def _assigned(self, case_id: uuid.UUID, _: str) -> None:
        self.act(
            "secretary",
            experts.assign_expert,
            case_id,
            expert_id=self.world.experts[1],
            named_by_subject_chair=True,
        )

    def _concluded(self, case_id: uuid.UUID, _: str) -> None:
        lines = [Proposal(task_type=TaskType.C, position=1, proposed=1, criterion=None, argument="По критерию верно")]
        self.act("expert-2", experts.conclude, case_id, summary="Проверено", proposals=lines)

    def _scheduled(self, case_id: uuid.UUID, _: str) -> None:
        self.schedule(case_id)

    def schedule(self, case_id: uuid.UUID, *, starts_at: datetime | None = None, **wishes: Any) -> Hearing:
        """Give a case its time, by default at ten on the last day of its term."""

        def appoint(desk: Desk) -> Hearing:
            case = desk.session.get_one(Appeal, (desk.actor.tenant_id, case_id))
            choice = desk.rules.choose_site(facts_of(desk, case))
            if choice.by_hand:
                wishes.setdefault("site_code", desk.rules.sites.all[-1].code)
            return hearings.schedule(
                desk, case_id=case_id, version=None, starts_at=starts_at or last_morning(desk, case), **wishes
            )

        return self.do("secretary", appoint)

    def _hearing(self, case_id: uuid.UUID, _: str) -> None:
        self.open_hearing(case_id)

    def open_hearing(self, case_id: uuid.UUID, *, came: frozenset[str] = frozenset({"participant"})) -> Hearing:
        """Move the clock to the appointed time and begin; who has not come is waited for."""
        starts_at = self.do("secretary", lambda desk: self._hearing_of(desk, case_id).starts_at)
        if self.now() < starts_at:
            self.clock_to(starts_at + timedelta(minutes=1 if came else 20))
        return self.act(
            "secretary",
            hearings.open_hearing,
            case_id,
            came=came,
            identity_checked=True,
            materials_confirmed=True if came else None,
        )

    @staticmethod
    def _hearing_of(desk: Desk, case_id: uuid.UUID) -> Hearing:
        found = hearings.hearing_of(desk, desk.session.get_one(Appeal, (desk.actor.tenant_id, case_id)))
        if found is None:
            raise LookupError("no hearing was appointed")
        return found

    def _voted(self, case_id: uuid.UUID, outcome: str) -> None:
        ballot = Ballot.REJECT if outcome == "rejected" else Ballot.SATISFY
        for voter in VOTERS:
            self.act(voter, commissions.cast_vote, case_id, ballot=ballot)

    def _decided(self, case_id: uuid.UUID, outcome: str) -> None:
        self.act("chair", commissions.decide, case_id, reason="Учебное основание", changes=self.changes(outcome))

    def changes(self, outcome: str, *, number: int = 0) -> list[Change]:
        """Decided changes of the first extended answer that have this outcome."""
        deltas = {"up": (1, ErrorKind.SCORING), "down": (-1, ErrorKind.SCORING), "unchanged": (0, ErrorKind.TECHNICAL)}
        if outcome not in deltas:
            return []
        delta, kind = deltas[outcome]
        mark = next(mark for mark in self.marks(number) if mark.task_type is TaskType.C)
        return [
            Change(
                task_type=TaskType.C,
                position=mark.position,
                was=mark.mark,
                becomes=mark.mark + delta,
                error_kind=kind,
                criterion=None,
                reason="Учебное обоснование",
            )
        ]

    def _handed_over(self, case_id: uuid.UUID, _: str) -> None:
        self.drain()
        self.act("secretary", exchange.hand_over, case_id)

    def _entered(self, case_id: uuid.UUID, _: str) -> None:
        self.act("data-centre-operator", exchange.enter_packet, case_id)

    def _dispatched(self, case_id: uuid.UUID, _: str) -> None:
        self.act("data-centre-operator", exchange.dispatch_packet, case_id)

    def _recalculated(self, case_id: uuid.UUID, _: str) -> None:
        decision = self.do(
            "secretary",
            lambda desk: commissions.decision_of(desk, desk.session.get_one(Appeal, (desk.actor.tenant_id, case_id))),
        )
        if decision is None:
            raise LookupError("nothing was decided")
        self.act(
            "data-centre-operator",
            exchange.enter_recalculation,
            case_id,
            primary_score=decision.primary_after,
            test_score=53,
        )

    def _approved(self, case_id: uuid.UUID, _: str) -> None:
        self.act("exam-commission-chair", exchange.approve, case_id, act_number="уч-1", act_date=self.now().date())

    def _closed(self, case_id: uuid.UUID, _: str) -> None:
        self.drain()
        self.act("secretary", exchange.close, case_id)


def exam_noon(rules: RegionRules, *, subject_code: str = "04") -> datetime:
    """Noon of the day on which `make_world` lets the exam be held."""
    day = next(day for day in rules.exams if subject_code in day.subjects and day.wave == 2)
    return datetime.combine(day.date, time(12), tzinfo=rules.zone)


def last_morning(desk: Desk, case: Appeal) -> datetime:
    """Ten o'clock of the last day on which a case may be considered in time."""
    limit = next(
        clock
        for clock in deadlines.open_terms(desk.session, case_id=case.id)
        if clock.term == f"{case.kind}.consideration"
    )
    return limit.due_at - timedelta(hours=14)
