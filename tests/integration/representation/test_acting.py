"""A parent does what the participant may; a proxy what the power of attorney gives, about its exams, while it lasts."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from apella.appeals.filing import file_appeal
from apella.appeals.model import AppealTransition
from apella.appeals.repository import visible_case
from apella.appeals.withdrawal import withdraw
from apella.casework import reading
from apella.errors import Forbidden, NotFound, RuleViolation
from apella.identity.roles import Role
from apella.notices.model import Notice, NoticeChannel
from apella.regions.codes import PowerCode
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import StartPlay
from apella.testing.representatives import Representatives

pytestmark = pytest.mark.usefixtures("paperless")

SIX = frozenset(PowerCode) - {PowerCode.FILE, PowerCode.WITHDRAW}


def with_powers(play: Play, *powers: PowerCode) -> None:
    """The same region whose form gives these powers."""
    rules = play.world.rules
    known = rules.presence.proxy.powers
    given = tuple(power.model_copy(update={"code": code}) for power, code in zip(known * 2, powers, strict=False))
    proxy = rules.presence.proxy.model_copy(update={"powers": given})
    presence = rules.presence.model_copy(update={"proxy": proxy})
    play.world = replace(play.world, rules=replace(rules, presence=presence))


def sees(play: Play, who: Any, case_id: uuid.UUID) -> bool:
    return play.do(who, lambda desk: visible_case(desk.session, desk.actor, case_id)) is not None


# --- Parents ----------------------------------------------------------------------------------------------------------


@pytest.mark.clause("federal:100.9")
@pytest.mark.parametrize("slug", ["kbr", "moscow"])
def test_a_linked_parent_files_and_the_filer_s_role_is_stored(play: StartPlay, slug: str) -> None:
    region = play(slug)
    people = Representatives(region)
    mother = people.actor(people.parent())
    case = region.case(region.file(0, who=mother))
    child = region.world.participants[0].person_id
    assert (case.person_id, case.filed_by, case.filer_role) == (child, mother.person_id, Role.PARENT)
    first = region.read(lambda s: s.scalars(select(AppealTransition).where(AppealTransition.case_id == case.id)).one())
    assert (first.role, first.actor_id) == (Role.PARENT, mother.person_id)


def test_a_parent_files_for_nobody_else_s_child(play: StartPlay) -> None:
    region = play("kbr")
    people = Representatives(region)
    mother = people.actor(people.parent(0))
    with refused("filing.work", NotFound):
        region.file(1, who=mother)
    region.file(0, who=mother)


def test_where_the_door_names_no_parents_none_files(play: StartPlay) -> None:
    region = play("kbr")
    people = Representatives(region)
    mother = people.actor(people.parent(0))
    rules = region.world.rules
    alone = tuple(channel.model_copy(update={"applicants": ("participant",)}) for channel in rules.channels)
    region.world = replace(region.world, rules=replace(rules, channels=alone))
    with refused("filing.operator", Forbidden):
        region.file(0, who=mother)
    region.file(0)


def test_a_parent_sees_the_child_s_cases_and_no_others(play: StartPlay) -> None:
    region = play("kbr")
    people = Representatives(region)
    link = people.parent(0)
    own, foreign = region.file(0), region.file(1)
    mother = people.actor(link)
    assert [sees(region, mother, case) for case in (own, foreign)] == [True, False]
    people.end(link)
    undecided = replace(mother, principal_id=None, mandates=())
    assert [sees(region, undecided, case) for case in (own, foreign)] == [False, False]


def test_a_parent_takes_an_appeal_back(play: StartPlay) -> None:
    region = play("kbr")
    people = Representatives(region)
    mother = people.actor(people.parent(0))
    own, foreign = region.file(0), region.file(1)
    with refused("appeal.not_found", NotFound):
        region.act(mother, withdraw, foreign)
    assert region.act(mother, withdraw, own).outcome == "withdrawn"


def test_where_parents_take_nothing_back_none_does(play: StartPlay) -> None:
    region = play("kbr")
    people = Representatives(region)
    mother = people.actor(people.parent(0))
    case = region.file(0)
    rules = region.world.rules
    alone = rules.withdrawal.model_copy(update={"applicants": ("participant",)})
    region.world = replace(region.world, rules=replace(rules, withdrawal=alone))
    with refused("withdrawal.applicant", RuleViolation):
        region.do(mother, lambda desk: withdraw(_same_rules(desk), case_id=case, version=None))


def _same_rules(desk: Any) -> Any:
    """A desk that stays with its rules instead of turning to those that the case was filed under."""
    object.__setattr__(desk, "turn_to", lambda _: None)
    return desk


def test_who_filed_is_told_too(play: StartPlay) -> None:
    region = play("kbr")
    people = Representatives(region)
    mother = people.actor(people.parent(0))
    by_mother, by_oneself = region.file(0, who=mother), region.file(1)
    region.drain()

    def told(case: uuid.UUID) -> set[tuple[uuid.UUID, str]]:
        rows = region.read(lambda s: s.scalars(select(Notice).where(Notice.case_id == case)).all())
        return {(row.person_id, row.channel) for row in rows}

    assert mother.person_id is not None
    hers = {channel for person, channel in told(by_mother) if person == mother.person_id}
    childs = {channel for person, channel in told(by_mother) if person != mother.person_id}
    assert hers == childs - {NoticeChannel.CABINET} != set()
    assert {person for person, _ in told(by_oneself)} == {region.world.participants[1].person_id}


# --- Proxies: which cases ---------------------------------------------------------------------------------------------


@pytest.mark.clause("moscow:A1.3")
@pytest.mark.parametrize(("wish", "seen"), [({}, True), ({"subject_code": "03"}, False), ({"year": 2024}, False)])
def test_a_power_for_another_subject_or_year_opens_nothing(play: StartPlay, wish: dict[str, Any], seen: bool) -> None:
    region = play("moscow")
    people = Representatives(region)
    case = region.file(0, channel="queue_clerk")
    somebody = people.actor(people.proxy(**wish))
    assert sees(region, somebody, case) is seen
    works = region.do(somebody, lambda desk: reading.works_of(desk, participant=None))
    assert bool(works) is seen


def test_a_plain_power_without_a_subject_covers_every_exam_of_the_principal_alone(play: StartPlay) -> None:
    region = play("kbr")
    people = Representatives(region)
    own, foreign = region.file(0), region.file(1)
    somebody = people.actor(people.proxy(0))
    assert [sees(region, somebody, case) for case in (own, foreign)] == [True, False]


def test_of_two_powers_each_opens_its_own_subject_by_its_own_powers(play: StartPlay) -> None:
    region = play("moscow")
    people = Representatives(region)
    region.world = region.world
    people.proxy(subject_code="03")
    somebody = people.actor(people.proxy())
    assert len(somebody.mandates) == 2
    assert somebody.has_power(PowerCode.MATERIALS, subject_code="03", year=region.world.exam_day.year)
    assert not somebody.has_power(PowerCode.MATERIALS, subject_code="02", year=region.world.exam_day.year)


# --- Proxies: which deeds ---------------------------------------------------------------------------------------------

A_FORM_AND_ITS_TWIN = [
    pytest.param("appellant", marks=pytest.mark.clause("moscow:A1.9", "core:D11")),
    pytest.param("parent", marks=pytest.mark.clause("moscow:A2.4", "core:D11")),
]


def proxy_of(people: Representatives, issuer: str) -> Any:
    """A proxy by the first form, or by the second one."""
    if issuer == "appellant":
        return people.actor(people.proxy())
    mother = people.parent()
    stated = {**people.paper().principal, "name": "Примерова Ольга Тестовна", "document": "45 10 777001"}
    paper = people.paper(issuer="parent", given_by=mother.representative_id, principal=stated)
    return people.actor(people.proxy(paper=paper))


@pytest.mark.parametrize("issuer", A_FORM_AND_ITS_TWIN)
def test_by_the_region_s_forms_a_proxy_neither_files_nor_takes_back(play: StartPlay, issuer: str) -> None:
    region = play("moscow")
    people = Representatives(region)
    somebody = proxy_of(people, issuer)
    with refused("representation.power", Forbidden):
        region.do(somebody, file_appeal, region.application(channel="portal"))
    case = region.file(0)
    with refused("representation.power", Forbidden):
        region.act(somebody, withdraw, case)
    assert region.case(case).state != "closed"
    year = region.world.exam_day.year
    subject = somebody.mandates[0].subject_code
    assert all(somebody.has_power(power, subject_code=subject, year=year) for power in SIX)


def test_where_the_region_s_form_gives_both_powers_a_proxy_files_and_takes_back(play: StartPlay) -> None:
    region = play("moscow")
    with_powers(region, PowerCode.FILE, PowerCode.WITHDRAW)
    people = Representatives(region)
    somebody = people.actor(people.proxy())
    case = region.file(0, who=somebody)
    assert region.case(case).filer_role is Role.PROXY
    assert region.act(somebody, withdraw, case).outcome == "withdrawn"


@pytest.mark.parametrize("power", [PowerCode.READ_DECISION, PowerCode.RECEIVE_NOTICE, PowerCode.MATERIALS])
def test_each_power_opens_its_own_papers(play: StartPlay, power: PowerCode) -> None:
    region = play("kbr")
    people = Representatives(region)
    case = region.walk(region.file(0), "decided")
    region.drain()
    forms = {
        PowerCode.MATERIALS: {"1-AP"},
        PowerCode.READ_DECISION: {"2-AP"},
        PowerCode.RECEIVE_NOTICE: {"U-33"},
    }
    every = region.do(0, lambda desk: reading.documents_of(desk, reading.case_for(desk, case)))
    assert {document.form for document, _ in every} == set().union(*forms.values())
    somebody = people.actor(people.proxy(powers=frozenset({power})))
    opened = region.do(somebody, lambda desk: reading.documents_of(desk, reading.case_for(desk, case)))
    assert {document.form for document, _ in opened} == forms[power]
