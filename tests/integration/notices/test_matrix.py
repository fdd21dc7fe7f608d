"""Who is told what, by which way, in every region: the tenant's table, tried on a case that goes all its way."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from apella.appeals import journal
from apella.appeals.model import Appeal
from apella.appeals.states import AppealKind
from apella.appeals.withdrawal import withdraw
from apella.audit.model import AuditEvent
from apella.deadlines.model import Deadline
from apella.hearings import service as hearings
from apella.hearings.model import Hearing
from apella.identity.roles import Role
from apella.jobs.model import Task, TaskState
from apella.notices.model import Notice, NoticeChannel, NoticeState, OutboxMessage
from apella.notices.wording import OUTCOMES
from apella.regions.codes import NoticeEvent
from apella.regions.values.papers import NoticeRule
from apella.testing.papers import take_in_withdrawal
from apella.testing.play import Play
from apella.testing.plugin import StartPlay
from apella.testing.tenants import NORTH, SOUTH

pytestmark = pytest.mark.usefixtures("paperless")

# Told of pauses and on the eve: `tests/integration/clocks`; of a changed calendar: `tests/integration/calendar`.
TOLD_ELSEWHERE = {
    "appeal_suspended", "appeal_resumed", "appeal_reopened", "appeal_moot", "hearing_reminder", "deadline_moved",
}  # fmt: skip
PHONE, EMAIL = "+7 900 000-00-00", "p@example.ru"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every region that is shipped, and the two made-up ones."""
    if "slug" in metafunc.fixturenames:
        shipped = sorted(folder.parent.name for folder in (metafunc.config.rootpath / "tenants").glob("*/tenant.toml"))
        metafunc.parametrize("slug", [NORTH, SOUTH, *shipped])


class Reader:
    """What people got about one case, and what they should have got by the tenant's table."""

    def __init__(self, play: Play, case_id: uuid.UUID) -> None:
        self.play, self.case_id = play, case_id
        self.rules = play.world.rules
        self.case: Appeal = play.case(case_id)
        self.seen: set[uuid.UUID] = set()
        self.events: list[str] = []

    def new(self) -> list[Notice]:
        """The notices since the last look."""
        query = select(Notice).where(Notice.case_id == self.case_id).order_by(Notice.id)
        fresh = [row for row in self.play.read(lambda s: s.scalars(query).all()) if row.id not in self.seen]
        self.seen |= {row.id for row in fresh}
        return fresh

    def expect(self, *events: str, **facts: Callable[[], str]) -> None:
        """Drain, and find just these events told, each to whom and as the table says, in these words."""
        self.play.drain()
        self.case = self.play.case(self.case_id)
        got = {
            (row.event, row.person_id, str(row.channel)): (row.text, row.state, row.sent_at is None)
            for row in self.new()
        }
        wanted = {}
        for event in events:
            rule = self.rules.notice(event, kind=self.case.kind)
            assert rule is not None, f"{event} is told to nobody"
            for person_id in self.people(rule):
                for channel in rule.channels:
                    state = self.state(person_id, channel)
                    text = self.text(rule, facts)
                    wanted[event, person_id, channel] = (text, state, state is not NoticeState.SENT)
        assert got == wanted
        self.events += events

    def people(self, rule: NoticeRule) -> list[uuid.UUID | None]:
        expert = self.play.actor("expert-2").person_id
        by_role = {Role.PARTICIPANT: self.case.person_id, Role.EXPERT: expert}
        return [by_role[Role(role)] for role in rule.recipients]

    def state(self, person_id: uuid.UUID | None, channel: str) -> NoticeState:
        """The made-up experts have neither telephone nor mailbox."""
        reached = channel == "cabinet" or person_id == self.case.person_id
        return NoticeState.SENT if reached else NoticeState.UNDELIVERABLE

    def text(self, rule: NoticeRule, facts: Mapping[str, Callable[[], str]]) -> str:
        """The row's words with what the test knows of the case."""
        bodies = self.rules.bodies
        known: dict[str, Callable[[], str]] = {
            "receipt": lambda: self.case.receipt_number,
            "number": lambda: self.case.journal_number or self.case.receipt_number,
            "subject": lambda: self.rules.subjects["04"].name,
            "commission": lambda: bodies.commission.full.nominative,
            "portal": lambda: self.rules.tenant.links.portal or "личный кабинет",
            "time_caption": lambda: self.rules.tenant.time_caption,
            **facts,
        }
        values = {name: known[name]() for name in rule.fields}
        assert all(value and value != "–" for value in values.values()), values
        text = rule.text.format(**values)
        return text[0].upper() + text[1:]

    def local(self, moment: datetime | None, pattern: str) -> str:
        assert moment is not None
        return moment.astimezone(self.rules.zone).strftime(pattern)

    def day(self, moment: datetime | None) -> str:
        assert moment is not None
        weekday = int(self.local(moment, "%u"))
        return f"{'_пнвтсрчтптсбвс'[2 * weekday - 1 : 2 * weekday + 1]} {self.local(moment, '%d.%m.%Y')}"

    def filing(self) -> dict[str, Callable[[], str]]:
        return {
            "day": lambda: self.day(self.case.filed_at),
            "hour": lambda: self.local(self.case.filed_at, "%H:%M"),
        }

    def hearing(self, hearing: Hearing) -> dict[str, Callable[[], str]]:
        return {
            "day": lambda: self.day(hearing.starts_at),
            "hour": lambda: self.local(hearing.starts_at, "%H:%M"),
            "consultation_hour": lambda: self.local(hearing.consultation_at, "%H:%M"),
            "place": lambda: hearing.place,
        }

    def due(self, term: str) -> dict[str, Callable[[], str]]:
        """The last day that still counts."""
        query = select(Deadline.due_at).where(Deadline.case_id == self.case_id, Deadline.term == term)
        return {"due": lambda: self.day(self.play.read(lambda s: s.scalars(query).one()) - timedelta(seconds=1))}


def door(play: Play, kind: str) -> str:
    """A door that is open in the region for appeals of this kind, and at which they can be taken back."""
    rules = play.world.rules
    known = ("portal", "school_desk", "queue_clerk") if kind == "score" else ("exam_point",)
    decided = {None, *(decision.code for decision in rules.demo_decisions)}
    channels = [rules.channel(kind=AppealKind(kind), category="student", code=code) for code in known]
    doors = [channel.code for channel in channels if channel is not None and channel.decision in decided]
    return next(code for code in doors if code in rules.withdrawal.doors(AppealKind(kind)))


def file(play: Play, kind: str, number: int) -> Reader:
    return Reader(play, play.file(number, channel=door(play, kind)))


def register(reader: Reader) -> None:
    """The filing, told of at once; the entry in the journal, at the door that enters or after the way there."""
    at_once = reader.case.journal_number is not None
    due = reader.due(f"{reader.case.kind}.consideration")
    if at_once:
        reader.expect("appeal_filed", "appeal_registered", **reader.filing(), **due)
        return
    reader.expect("appeal_filed", **reader.filing())
    reader.play.walk(reader.case_id, "registered")
    reader.expect("appeal_registered", **due)


def settle(reader: Reader, *, outcome: str, after: str) -> None:
    """The time, another time, the decision and, after approval, the result."""
    play, case_id = reader.play, reader.case_id
    hearing = play.schedule(case_id)
    reader.expect("hearing_scheduled", **reader.hearing(hearing))
    moved = play.act(
        "secretary",
        hearings.reschedule,
        case_id,
        starts_at=hearing.starts_at + timedelta(hours=3),
        reason="занят зал",
        site_code=hearing.site_code,
    )
    reader.expect("hearing_moved", **reader.hearing(moved))
    play.walk(case_id, "voted", after="scheduled", outcome=outcome)
    reader.expect()
    play.walk(case_id, "decided", after="voted", outcome=outcome)
    decided = play.case(case_id).outcome
    assert decided is not None
    reader.expect("decision_made", outcome=lambda: OUTCOMES[decided])
    play.walk(case_id, "recalculated", after="decided", outcome=outcome)
    reader.expect()
    play.walk(case_id, "approved", after="recalculated", outcome=outcome)
    reader.expect("result_approved", score_before=lambda: "50", score_after=lambda: "53")
    play.walk(case_id, "closed", after="approved", outcome=outcome)
    reader.expect()


def take_back(reader: Reader) -> None:
    """By the second participant in the cabinet, or on paper at the door where it was filed."""
    play, case = reader.play, reader.case
    if "portal" in play.world.rules.withdrawal.doors(case.kind):
        play.act(1, withdraw, case.id)
    else:
        clerk = {"school_desk": "school-operator", "exam_point": "exam-commission-member"}[case.channel]
        take_in_withdrawal(play, clerk, case.id)
        play.act("secretary", withdraw, case.id)
    reader.expect("appeal_withdrawn")


def refuse(reader: Reader) -> None:
    reader.play.act("secretary", journal.refuse, reader.case_id, ground="task_content")
    reader.expect("appeal_refused", reason=lambda: journal.REFUSAL_GROUNDS["task_content"].label)


def deliver_again(play: Play) -> None:
    """Let the broker bring every task a second time."""
    told = (Task.season_id == play.world.season_id, Task.job.startswith("notices."))
    with play.app.database.unit_of_work(play.world.rules.tenant.tenant_id) as work:
        work.session.execute(update(Task).where(*told).values(state=TaskState.SENT, attempts=0))
    assert play.drain() > 0


def outbox(play: Play) -> list[tuple[str, str, str]]:
    """What went out of the season: channel, address and text."""
    tenant_id = play.world.rules.tenant.tenant_id
    query = select(OutboxMessage).where(OutboxMessage.season_id == play.world.season_id)
    with play.app.database.unit_of_work(tenant_id) as work:
        vault = play.app.vaults.of_season(work.session, tenant_id=tenant_id, season_id=play.world.season_id)
        return sorted(
            (
                str(row.channel),
                vault.of_case(row.case_id).open("outbox_message.address", row.id, row.address_cipher),
                vault.of_case(row.case_id).open("outbox_message.text", row.id, row.text_cipher),
            )
            for row in work.session.scalars(query)
        )


def check_what_went_out(play: Play, readers: list[Reader]) -> None:
    """One message went out for each notice that is no cabinet's, to the application's addresses; again adds none."""
    query = select(Notice).where(
        Notice.case_id.in_([reader.case_id for reader in readers]),
        Notice.channel != NoticeChannel.CABINET,
        Notice.state == NoticeState.SENT,
    )
    sent = play.read(lambda s: s.scalars(query).all())
    addresses = {NoticeChannel.SMS: PHONE, NoticeChannel.EMAIL: EMAIL}
    wanted = sorted((str(row.channel), addresses[row.channel], row.text) for row in sent)
    assert outbox(play) == wanted
    deliver_again(play)
    for reader in readers:
        reader.expect()
    assert outbox(play) == wanted


@pytest.mark.clause(
    "federal:97.1", "federal:98.6", "federal:98.7", "federal:101.8", "federal:102.3", "federal:102.10",
    "core:E16", "core:E17",
)  # fmt: skip
def test_people_are_told_of_a_score_appeal_as_the_region_says(play: StartPlay, slug: str) -> None:
    region = play(slug)
    taken_back, refused = file(region, "score", 1), file(region, "score", 2)
    register(taken_back)
    take_back(taken_back)
    register(refused)
    refuse(refused)
    heard = file(region, "score", 0)
    register(heard)
    region.walk(heard.case_id, "kit_received", after="registered")
    heard.expect()
    region.walk(heard.case_id, "assigned", after="kit_received")
    heard.expect("expert_assigned", **heard.due("expert.conclusion"))
    region.walk(heard.case_id, "concluded", after="assigned")
    heard.expect()
    settle(heard, outcome="up", after="concluded")
    every = [taken_back, refused, heard]
    assert {event for reader in every for event in reader.events} == set(NoticeEvent) - TOLD_ELSEWHERE
    check_what_went_out(region, every)


@pytest.mark.clause("federal:98.6", "federal:98.7", "federal:99.11", "federal:99.13", "core:E17")
def test_people_are_told_of_a_procedure_appeal_as_the_region_says(play: StartPlay, slug: str) -> None:
    region = play(slug, on_exam_day=True)
    taken_back, refused, heard = (file(region, "procedure", number) for number in (1, 2, 0))
    register(taken_back)
    take_back(taken_back)
    register(refused)
    refuse(refused)
    register(heard)
    settle(heard, outcome="satisfied", after="registered")
    every = [taken_back, refused, heard]
    told = {event for reader in every for event in reader.events}
    assert told == set(NoticeEvent) - TOLD_ELSEWHERE - {"expert_assigned"}
    check_what_went_out(region, every)


@pytest.mark.clause("federal:98.6", "federal:98.7")
def test_a_time_that_was_changed_before_it_was_told_is_not_told(play: StartPlay) -> None:
    region = play()
    heard = file(region, "score", 0)
    region.walk(heard.case_id, "concluded", after="registered")
    region.drain()
    heard.new()
    hearing = region.schedule(heard.case_id)
    moved = region.act(
        "secretary",
        hearings.reschedule,
        heard.case_id,
        starts_at=hearing.starts_at + timedelta(hours=3),
        reason="занят зал",
        site_code=hearing.site_code,
    )
    heard.expect("hearing_moved", **heard.hearing(moved))


@pytest.mark.clause("federal:98.6", "federal:98.7")
def test_a_message_on_its_way_is_overtaken_by_another_time(play: StartPlay) -> None:
    region = play()
    heard = file(region, "score", 0)
    region.walk(heard.case_id, "concluded", after="registered")
    region.drain()
    before = outbox(region)
    hearing = region.schedule(heard.case_id)
    region.run_one("notices.tell")
    region.act(
        "secretary",
        hearings.reschedule,
        heard.case_id,
        starts_at=hearing.starts_at + timedelta(hours=3),
        reason="занят зал",
        site_code=hearing.site_code,
    )
    region.drain()
    query = select(Notice.event, Notice.state).where(
        Notice.case_id == heard.case_id,
        Notice.event.in_(("hearing_scheduled", "hearing_moved")),
        Notice.channel != NoticeChannel.CABINET,
    )
    told = set(region.read(lambda s: [tuple(row) for row in s.execute(query)]))
    assert told == {("hearing_scheduled", NoticeState.OVERTAKEN), ("hearing_moved", NoticeState.SENT)}
    assert len(outbox(region)) - len(before) == 1


def test_who_has_no_address_is_put_down_for_a_person_to_reach(play: StartPlay) -> None:
    region = play()
    case_id = region.walk(file(region, "score", 0).case_id, "assigned", after="registered")
    region.drain()
    expert = region.actor("expert-2").person_id
    missed = select(Notice).where(Notice.case_id == case_id, Notice.state == NoticeState.UNDELIVERABLE)
    (notice,) = region.read(lambda s: s.scalars(missed).all())
    assert (notice.event, notice.person_id, notice.channel) == ("expert_assigned", expert, NoticeChannel.EMAIL)
    assert all(channel != "email" for channel, _, _ in outbox(region))
    trail = select(AuditEvent.tag, AuditEvent.subject_id).where(
        AuditEvent.case_id == case_id, AuditEvent.tag == "notice:person:undeliverable"
    )
    assert region.read(lambda s: s.execute(trail).all()) == [("notice:person:undeliverable", notice.id)]
