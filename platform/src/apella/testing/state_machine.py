"""T7.2: the appeal as a state machine: people do the right and the wrong thing in any order, and the rules hold.

Sizes are the caller's: `run_state_machine_as_test(machine_for(play), settings=…)`.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func as sql
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from apella.appeals import journal, suspension, withdrawal
from apella.appeals.lifecycle import OrphanCase
from apella.appeals.model import Appeal, AppealTransition
from apella.appeals.states import RETURN, TRANSITIONS, Action, State, SuspensionReason
from apella.audit.model import AuditEvent
from apella.commissions import service as commissions
from apella.commissions.model import Ballot, Decision
from apella.deadlines import service as deadlines
from apella.deadlines.model import Deadline
from apella.deadlines.sweep import sweep_season
from apella.errors import ApellaError
from apella.exchange import service as exchange
from apella.experts import service as experts
from apella.hearings import service as hearings
from apella.jobs.model import Task
from apella.jobs.running import Ran, run_task
from apella.materials import service as materials
from apella.notices.model import Notice, NoticeChannel, NoticeState, OutboxMessage
from apella.tenancy.model import Season
from apella.testing.chain import chain_faults
from apella.testing.play import Play, Who, last_morning

PEOPLE: Final[tuple[Who, ...]] = (
    "secretary", "chair", "member-1", "member-2", "data-centre-operator", "exam-commission-chair", "school-operator",
    "expert-2",
)  # fmt: skip
DOORS: Final = ("portal", "school_desk", "queue_clerk")

# The way that a case usually goes; wrong turns come from the other rules.
WAY: Final = (
    "forward", "register", "request_kit", "receive_kit", "assign_expert", "conclude", "schedule", "open_hearing",
    "vote", "decide", "hand_over", "enter_packet", "dispatch_packet", "enter_recalculation", "approve", "close",
)  # fmt: skip
WHO: Final[dict[str, Who]] = {
    "forward": "school-operator",
    "receive_kit": "data-centre-operator",
    "conclude": "expert-2",
    "vote": "member-1",
    "decide": "chair",
    "admit_late": "chair",
    "enter_packet": "data-centre-operator",
    "dispatch_packet": "data-centre-operator",
    "enter_recalculation": "data-centre-operator",
    "approve": "exam-commission-chair",
    "accept_withdrawal": "school-operator",
    **dict.fromkeys(("suspend", "review_suspension", "resume", "reopen"), "exam-commission-chair"),
}
SIDE_WAYS: Final = (
    "refuse", "admit_late", "withdraw", "accept_withdrawal", "reschedule", "suspend", "review_suspension", "resume",
    "reopen",
)  # fmt: skip


class Appeals(RuleBasedStateMachine):
    """One case of one participant at a time, in a season whose clock is set back before each run."""

    play: Play
    begins: datetime
    turn: int
    ends: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        type(self).turn += 1
        self.number = type(self).turn % len(self.play.world.participants)
        self.case_id = uuid.UUID(int=0)
        self.dues: dict[uuid.UUID, datetime] = {}
        self.version = 0

    @initialize(door=st.sampled_from(DOORS), late=st.booleans(), outcome=st.sampled_from(["rejected", "up", "down"]))
    def file(self, door: str, late: bool, outcome: str) -> None:
        """Set the clock back and file, perhaps late."""
        self._set_clock(self.begins)
        self.play.read(self._end_earlier)
        self.outcome = outcome
        if late and door != "portal":
            self.play.clock(days=10)
        self.case_id = self.play.file(self.number, channel=door)
        self.version = self.play.case(self.case_id).version

    # --- What people and jobs do --------------------------------------------------------------------------------------

    @rule(ahead=st.integers(min_value=0, max_value=2))
    def next_step(self, ahead: int) -> None:
        """Do what usually comes next, or something a little later."""
        usual = WAY[min(self._step() + ahead, len(WAY) - 1)]
        self._try(usual, WHO.get(usual, "secretary"))

    @rule(verb=st.sampled_from([*WAY, *SIDE_WAYS]), who=st.sampled_from(PEOPLE))
    def any_deed(self, verb: str, who: Who) -> None:
        """Anybody tries anything."""
        self._try(verb, who)

    @rule(verb=st.sampled_from(SIDE_WAYS))
    def side_way(self, verb: str) -> None:
        """Leave the usual way."""
        self._try(verb, self.number if verb == "withdraw" else WHO.get(verb, "secretary"))

    @precondition(lambda self: self.version > 1)
    @rule(verb=st.sampled_from(WAY), behind=st.integers(min_value=1, max_value=3))
    def old_page(self, verb: str, behind: int) -> None:
        """Act on what an old page shows: never with effect."""
        self._try(verb, WHO.get(verb, "secretary"), version=max(1, self.version - behind), must_fail=True)

    @rule(hours=st.integers(min_value=1, max_value=40), swept=st.booleans())
    def time_passes(self, hours: int, swept: bool) -> None:
        """Move the clock, and perhaps let the sweep look."""
        self.play.clock(hours=hours)
        if swept:
            self.play.do("secretary", lambda desk: sweep_season(desk.session, actor=desk.actor, now=desk.now))

    @rule()
    def jobs_run(self) -> None:
        """Do what waits in the background, and deliver every finished task once more."""
        self.play.drain()
        tenant_id = self.play.world.rules.tenant.tenant_id
        for task_id in self.play.read(self._tasks):
            again = run_task(self.play.app.database, tenant_id=tenant_id, task_id=task_id, parts=self.play.app)
            _require(again is Ran.NOTHING, f"a finished task ran again: {again}")

    # --- What holds after every deed ----------------------------------------------------------------------------------

    @invariant()
    def the_rules_hold(self) -> None:
        """Look at the case once, at all of it."""
        if self.case_id.int:
            self.play.read(self._look)

    def _look(self, session: Session) -> None:
        case = session.get_one(Appeal, (self.play.world.rules.tenant.tenant_id, self.case_id))
        self._the_history_is_legal(session, case)
        self._nobody_is_forgotten(session, case)
        self._no_due_date_moves_silently(session)
        self._people_are_told_once(session)

    def _the_history_is_legal(self, session: Session, case: Appeal) -> None:
        """Every move stands in the table, and each begins where the one before ended."""
        query = select(AppealTransition).where(AppealTransition.case_id == case.id).order_by(AppealTransition.seq)
        moves = session.scalars(query).all()
        _require([move.seq for move in moves] == list(range(1, len(moves) + 1)), "a gap in the history")
        _require(moves[0].action is Action.FILE and moves[0].from_state is None, "a case that nobody filed")
        for before, move in pairwise(moves):
            target = None if move.from_state is None else TRANSITIONS.get((case.kind, move.from_state, move.action))
            _require(move.from_state is before.to_state, "a move from elsewhere")
            _require(target is RETURN or target is move.to_state, f"no such move: {move.from_state} {move.action}")
        _require(case.state is moves[-1].to_state, "a state without its move")

    def _nobody_is_forgotten(self, session: Session, case: Appeal) -> None:
        """An open case is owed something; a closed one nothing, and says how it ended."""
        owed = deadlines.owes_something(session, case_id=case.id)
        _require(owed != (case.state is State.CLOSED), f"{case.state}, and owed something: {owed}")
        _require((case.state is State.CLOSED) == (case.closed_at is not None), "a case that is half closed")
        stands_in = case.returns_to if case.state is State.SUSPENDED else case.state
        decided = stands_in in (State.DECIDED, State.IN_EXCHANGE, State.CLOSED)
        _require((case.outcome is not None) == decided, f"{case.state} with the outcome {case.outcome}")
        decisions = session.scalar(select(sql.count()).select_from(Decision).where(Decision.case_id == case.id)) or 0
        _require(decisions <= case.round, "decided twice")

    def _no_due_date_moves_silently(self, session: Session) -> None:
        """A date that is not the one seen before was told to the chain."""
        told = select(AuditEvent.subject_id).where(
            AuditEvent.case_id == self.case_id, AuditEvent.tag == "deadline:term:recounted"
        )
        recounted = set(session.scalars(told))
        for clock in session.scalars(select(Deadline).where(Deadline.case_id == self.case_id)):
            seen = self.dues.setdefault(clock.id, clock.due_at)
            _require(seen == clock.due_at or clock.id in recounted, f"{clock.term} moved silently")
            self.dues[clock.id] = clock.due_at

    def _people_are_told_once(self, session: Session) -> None:
        """What went out is what the notices say, one message for each."""
        ways = (NoticeChannel.SMS, NoticeChannel.EMAIL)
        sent = select(sql.count()).where(
            Notice.case_id == self.case_id, Notice.state == NoticeState.SENT, Notice.channel.in_(ways)
        )
        went = select(sql.count()).where(OutboxMessage.dedup_key.startswith(str(self.case_id)))
        _require(session.scalar(sent) == session.scalar(went), "a message too many or too few")

    def teardown(self) -> None:
        """At the end of a run the chain is whole."""
        _require(self.play.read(chain_faults) == [], "the audit chain is broken")
        type(self).ends[str(self.play.case(self.case_id).state)] += 1

    # --- How --------------------------------------------------------------------------------------------------------

    def _try(self, verb: str, who: Who, *, version: int | None = None, must_fail: bool = False) -> None:
        before = self.play.case(self.case_id)
        try:
            self._deed(verb, who, version)
        except OrphanCase:
            raise
        except ApellaError:
            after = self.play.case(self.case_id)
            _require((after.version, after.state) == (before.version, before.state), "a refused deed left something")
            return
        finally:
            self.version = self.play.case(self.case_id).version
        _require(not must_fail, f"{verb} went through on an old page")
        _require(self.version > before.version, f"{verb} left no trace")
        if verb in set(Action):
            _require((before.kind, before.state, Action(verb)) in TRANSITIONS, f"{verb} in {before.state}")

    def _deed(self, verb: str, who: Who, version: int | None) -> None:
        play = self.play
        verbs: dict[str, tuple[Callable[..., object], dict[str, Any]]] = {
            "forward": (journal.forward, {}),
            "register": (journal.register, {}),
            "refuse": (journal.refuse, {"ground": "task_content"}),
            "admit_late": (journal.admit_late, {"reason": "учебная"}),
            "withdraw": (withdrawal.withdraw, {}),
            "accept_withdrawal": (withdrawal.accept_withdrawal, {}),
            "request_kit": (materials.request_kit, {}),
            "receive_kit": (materials.receive_kit, {"absent_reason": "учебный"}),
            "assign_expert": (
                experts.assign_expert,
                {"expert_id": play.world.experts[1], "named_by_subject_chair": True},
            ),
            "conclude": (experts.conclude, {"summary": "Вывод", "proposals": []}),
            "vote": (
                commissions.cast_vote,
                {"ballot": Ballot.REJECT if self.outcome == "rejected" else Ballot.SATISFY},
            ),
            "hand_over": (exchange.hand_over, {}),
            "enter_packet": (exchange.enter_packet, {}),
            "dispatch_packet": (exchange.dispatch_packet, {}),
            "approve": (exchange.approve, {"act_number": "1", "act_date": self.begins.date()}),
            "close": (exchange.close, {}),
            "suspend": (suspension.suspend, {"reason": SuspensionReason.INVESTIGATION, "act": self._act()}),
            "review_suspension": (suspension.review, {}),
            "resume": (suspension.resume, {"act": self._act(), "outside_told": True}),
            "reopen": (suspension.reopen, {"act": self._act(), "outside_told": True}),
        }
        if verb in verbs:
            function, wishes = verbs[verb]
            play.act(who, function, self.case_id, version=version, **wishes)
            return
        with_time = {"schedule": hearings.schedule, "reschedule": hearings.reschedule}
        if verb in with_time:
            play.do(who, self._appoint, with_time[verb], version)
        elif verb == "open_hearing":
            play.act(
                who, hearings.open_hearing, self.case_id, version=version, came=frozenset(), identity_checked=False
            )
        elif verb == "decide":
            changes = play.changes(self.outcome, number=self.number)
            play.act(who, commissions.decide, self.case_id, version=version, reason="Основание", changes=changes)
        else:
            primary = sum(mark.mark for mark in play.marks(self.number)) + {"up": 1, "down": -1}.get(self.outcome, 0)
            play.act(
                who,
                exchange.enter_recalculation,
                self.case_id,
                version=version,
                primary_score=primary,
                test_score=50,
            )

    def _act(self) -> suspension.Act:
        return suspension.Act(number="1", day=self.begins.date())

    def _appoint(self, desk: Any, function: Callable[..., object], version: int | None) -> None:
        case = desk.session.get_one(Appeal, (desk.actor.tenant_id, self.case_id))
        try:
            moment = last_morning(desk, case)
        except StopIteration:
            moment = desk.now
        soon = desk.now + timedelta(hours=30)
        function(desk, case_id=self.case_id, version=version, starts_at=max(moment, soon), reason="учебная")

    def _step(self) -> int:
        """How far the case is on its usual way: the number of its last usual deed, plus one."""
        tags = {
            "appeal:kit:requested": 3, "appeal:kit:received": 4, "appeal:expert:assigned": 5,
            "appeal:expert:concluded": 6, "appeal:state:schedule": 7, "appeal:state:open_hearing": 8,
            "appeal:vote:cast": 9, "appeal:state:decide": 10, "appeal:state:hand_over": 11,
            "appeal:packet:entered": 12, "appeal:packet:dispatched": 13, "appeal:result:recalculated": 14,
            "appeal:result:approved": 15, "appeal:state:forward": 1, "appeal:state:register": 2,
        }  # fmt: skip
        query = select(AuditEvent.tag).where(AuditEvent.case_id == self.case_id)
        done = [tags[tag] for tag in self.play.read(lambda s: s.scalars(query).all()) if tag in tags]
        start = 0 if self.play.case(self.case_id).state is State.IN_TRANSIT else 2
        return max([start, *done])

    def _tasks(self, session: Session) -> list[uuid.UUID]:
        query = select(Task.id).where(Task.season_id == self.play.world.season_id, Task.done_at.is_not(None))
        return list(session.scalars(query.order_by(Task.done_at.desc()).limit(3)))

    def _set_clock(self, moment: datetime) -> None:
        tenant_id = self.play.world.rules.tenant.tenant_id
        with self.play.app.database.unit_of_work(tenant_id) as work:
            season = work.session.get_one(Season, (tenant_id, self.play.world.season_id))
            season.clock_offset = moment - work.machine_now

    def _end_earlier(self, session: Session) -> None:
        """A participant's case of an earlier run would stand in the way of this one."""
        person_id = self.play.actor(self.number).person_id
        session.execute(
            update(Appeal)
            .where(Appeal.person_id == person_id, Appeal.state != State.CLOSED)
            .values(state=State.CLOSED, outcome="moot", closed_at=self.begins)
        )


def machine_for(play: Play) -> type[Appeals]:
    """The machine of this season, which begins now; its `ends` count in which states the runs' cases came to rest."""
    return type("AppealsOfSeason", (Appeals,), {"play": play, "begins": play.now(), "turn": 0, "ends": Counter()})


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
