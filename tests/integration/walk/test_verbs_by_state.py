"""Every verb × every state that a case can stand in × every role: the table is asked, and nothing passes beside it.

The table is the agreed one of `tests/data/permissions.toml`. Real cases are walked into each state once; each cell is
one deed with the right version, done and taken back.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from apella.appeals import suspension
from apella.appeals.desk import Desk
from apella.appeals.model import Appeal
from apella.appeals.states import State, SuspensionReason
from apella.bootstrap import App
from apella.casework.offers import VERBS
from apella.errors import ApellaError
from apella.experts import conflicts
from apella.identity.actor import Actor
from apella.identity.mandate import Mandate
from apella.identity.roles import Role
from apella.materials import attachments
from apella.materials.model import AttachmentKind
from apella.regions.codes import PowerCode
from apella.testing.client import Client
from apella.testing.conflicts import GROUND
from apella.testing.factories import desk_for, make_world
from apella.testing.permission_table import read_rights
from apella.testing.play import STEPS, Play

RIGHTS = read_rights(Path(__file__).parents[2] / "data" / "permissions.toml")
WALKS = {
    State.IN_TRANSIT: ("school_desk", "filed"),
    State.REGISTERED: ("portal", "registered"),
    State.SCHEDULED: ("portal", "scheduled"),
    State.HEARING: ("portal", "hearing"),
    State.DECIDED: ("portal", "decided"),
    State.IN_EXCHANGE: ("portal", "handed_over"),
    State.SUSPENDED: ("portal", "registered"),
    State.CLOSED: ("portal", "closed"),
}
"""By which door a case comes and how far it is walked; the one to be suspended stands still after that."""
ACT = {"basis_number": "уч-7", "basis_date": "2026-06-01"}
BODIES: Mapping[str, Mapping[str, Any]] = {
    "certify": {"copies": 1},
    "refuse": {"ground": "task_content"},
    "admit_late": {"reason": "болел"},
    "receive_kit": {"absent_reason": "учебный комплект"},
    "assign_expert": {"expert_id": str(uuid.UUID(int=1))},
    "conclude": {"summary": "Проверено"},
    "schedule": {"starts_at": "2030-07-01T10:00:00+03:00"},
    "reschedule": {"starts_at": "2030-07-01T10:00:00+03:00", "reason": "занят зал"},
    "open_hearing": {"came": ["participant"], "identity_checked": True, "materials_confirmed": True},
    "vote": {"ballot": "reject"},
    "decide": {"reason": "Учебное основание"},
    "enter_recalculation": {"primary_score": 10, "test_score": 60},
    "approve": {"act_number": "уч-1", "act_date": "2026-06-01"},
    "suspend": {"reason": "federal_centre", **ACT},
    "resume": {"outside_told": True, **ACT},
    "reopen": {"outside_told": True, **ACT},
    "declare_moot": ACT,
}
"""What a verb needs beside the version."""
ILLEGAL, UNSEEN = "appeal.illegal_transition", "appeal.not_found"
BEGUN = {"withdraw": "withdrawal.begun", "accept_withdrawal": "withdrawal.begun"}
"""In what other words a verb may say that its time is over."""
OUTSIDE = frozenset({ILLEGAL, UNSEEN, "permission.role", "permission.state", *BEGUN.values()})
"""What nobody is told who may do it there; another refusal comes later, and is about something else."""
APPELLANT = (Role.PARTICIPANT, Role.PARENT, Role.PROXY)

Deed = Callable[[Desk, uuid.UUID, int], object]
Try = Callable[[Actor, Deed, State], str]


@dataclass(frozen=True, kw_only=True)
class Season:
    """A case in each state, everybody's; `people` are one of each role of staff."""

    play: Play
    cases: Mapping[State, uuid.UUID]
    people: Mapping[Role, Actor]

    def actor(self, role: Role, state: State) -> Actor:
        """Somebody of a role who has the case of a state before them."""
        if role not in APPELLANT:
            return self.people[role]
        own = self.play.actor(list(self.cases).index(state))
        if role is Role.PARTICIPANT or own.person_id is None:
            return own
        mandate = Mandate(
            representation_id=own.person_id, participant_id=own.person_id, role=role, powers=frozenset(PowerCode)
        )
        return replace(own, roles=frozenset({role}), principal_id=own.person_id, mandates=(mandate,))

    def everybody_but(self, roles: frozenset[Role]) -> Actor:
        """Somebody of every role of staff but these."""
        return replace(self.people[Role.SCHOOL_OPERATOR], roles=frozenset(self.people) - roles)

    def versions(self) -> dict[State, int]:
        """The present version of each case."""
        wanted = select(Appeal).where(Appeal.id.in_(self.cases.values()))
        return self.play.read(lambda session: {case.state: case.version for case in session.scalars(wanted)})

    @contextmanager
    def trying(self) -> Iterator[Try]:
        """Give what does a deed as somebody on the case of a state, at its present version, takes it back, and tells.

        It tells the refusal's code, or «» for what was done. One unit of work serves many, and leaves nothing.
        """
        with self.play.app.database.unit_of_work(self.play.world.rules.tenant.tenant_id) as work:
            work.discard()
            desk = desk_for(self.play.app, work, self.play.world, self.people[Role.SECRETARY])

            def do(who: Actor, deed: Deed, state: State) -> str:
                case = work.session.get_one(Appeal, (who.tenant_id, self.cases[state]))
                assert case.state is state
                undone = work.session.begin_nested()
                try:
                    deed(replace(desk, actor=who), case.id, case.version)
                    work.session.flush()
                except ApellaError as error:
                    return error.error_code
                finally:
                    undone.rollback()
                return ""

            yield do


@pytest.fixture(scope="module")
def season(app: App) -> Season:
    with pytest.MonkeyPatch.context() as paperless:
        paperless.setattr("apella.documents.jobs.render", lambda form, *_, **__: f"%PDF-1.7 {form}".encode())
        play = Play(app, make_world(app, "north", participants=len(WALKS)))
        cases = {}
        for number, (state, (channel, _)) in enumerate(WALKS.items()):
            cases[state] = play.file(number, channel=channel)
        # Times are given first: what is heard moves the clock to the last day for all.
        for state, (_, step) in WALKS.items():
            play.walk(cases[state], min(step, "scheduled", key=STEPS.index))
        for state, (_, step) in WALKS.items():
            play.walk(cases[state], step, after="scheduled")
        act = suspension.Act(number="уч-3", day=play.now().date())
        reason = SuspensionReason.INVESTIGATION
        play.act("exam-commission-chair", suspension.suspend, cases[State.SUSPENDED], reason=reason, act=act)
    season = Season(play=play, cases=cases, people=people(play))
    bring_within_reach(season)
    return season


def people(play: Play) -> dict[Role, Actor]:
    """One of each role of staff."""
    found: dict[Role, Actor] = {}
    for actor in play.world.staff.values():
        (role,) = actor.roles
        found.setdefault(role, actor)
    at_school = {"organisation_id": play.world.school}
    for role in set(Role) - found.keys() - {*APPELLANT}:
        found[role] = play.hire(role, **(at_school if role is Role.MUNICIPAL_OPERATOR else {}))
    return found


def bring_within_reach(season: Season) -> None:
    """Let every case be one that the school and the exam commission's member took in, and the expert looks at."""
    everybodys = update(Appeal).where(Appeal.id.in_(season.cases.values()))
    season.play.read(
        lambda session: session.execute(
            everybodys.values(
                accepted_organisation_id=season.play.world.school,
                accepted_by=season.people[Role.EXAM_COMMISSION_MEMBER].person_id,
                expert_person_id=season.people[Role.EXPERT].person_id,
            )
        )
    )


def deed_of(play: Play, action: str) -> Deed:
    """What is done by a verb, or by another action on a case."""
    if action == "attach":
        return lambda at, case_id, _: attachments.announce(
            at,
            play.app.store,
            case_id=case_id,
            kind=AttachmentKind.OTHER,
            file_name="x.pdf",
            size=1,
            sha256=bytes(32),
        )
    if action == "declare_conflict":
        return lambda at, case_id, version: conflicts.declare(at, case_id=case_id, version=version, ground=GROUND)
    verb = VERBS[action]
    body = verb.schema().load({"version": 1, **BODIES.get(action, {})})
    return lambda at, case_id, version: verb.call(at, case_id, version, body)


@pytest.mark.parametrize("action", [*VERBS, "attach", "declare_conflict"])
def test_a_verb_is_done_by_its_roles_in_its_states_and_nowhere_else(season: Season, action: str) -> None:
    right, deed = RIGHTS[action], deed_of(season.play, action)
    wrong = []
    with season.trying() as done:
        for state in season.cases:
            for role in right.states:
                code = done(season.actor(role, state), deed, state)
                fits = code not in OUTSIDE if right.allows(role, state) else code in {ILLEGAL, BEGUN.get(action)}
                if not fits:
                    wrong.append(f"{role}, {state}: «{code}»")
            others = done(season.everybody_but(frozenset(right.states)), deed, state)
            if others not in {"permission.role", UNSEEN}:
                wrong.append(f"everybody else, {state}: «{others}»")
    assert wrong == []


@pytest.mark.parametrize("action", VERBS)
def test_outside_its_states_the_api_and_the_page_of_a_verb_refuse_it(
    season: Season, app: App, web: Flask, action: str
) -> None:
    """By its first role of staff, with the version that the case has, so that nothing but the state is in the way."""
    role = next(role for role in RIGHTS[action].states if role in season.people)
    client = Client(web, "north")
    client.sign_in(app, season.people[role])
    path, versions = VERBS[action].path, season.versions()
    for state, case_id in season.cases.items():
        page = client.get(f"/north/cases/{case_id}/do/{path}")
        if RIGHTS[action].allows(role, state):
            assert page.status_code == 200, state
            continue
        answer = client.post(f"appeals/{case_id}/{path}", {**BODIES.get(action, {}), "version": versions[state]})
        assert (page.status_code, answer.status_code) == (409, 409), state
        assert answer.get_json()["code"] in {ILLEGAL, BEGUN.get(action)}, state
    assert season.versions() == versions


def test_these_are_the_states_that_a_case_can_stand_in(season: Season) -> None:
    """No verb leads to `incomplete`; the table lets nobody do anything there but what is always done."""
    assert set(State) - season.cases.keys() == {State.INCOMPLETE}
    named = {state for right in RIGHTS.values() for states in right.states.values() for state in states}
    assert str(State.INCOMPLETE) not in named
