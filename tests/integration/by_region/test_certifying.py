"""The copies of a paper are signed by who took them in, before the paper is handed on."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select, update

from apella.appeals import journal
from apella.appeals.lifecycle import StaleVersion
from apella.appeals.states import State
from apella.audit.model import AuditEvent
from apella.errors import Conflict, Forbidden, Malformed, NotFound, RuleViolation
from apella.identity.model import Category, Person
from apella.identity.roles import Role
from apella.testing.console import Console
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay

pytestmark = pytest.mark.usefixtures("paperless")

SIGNED = "appeal:paper:certified"


def signatures(play: Play, case_id: uuid.UUID) -> list[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.case_id == case_id, AuditEvent.tag == SIGNED)
    return play.read(lambda s: list(s.scalars(query)))


@pytest.mark.clause("kuzbass:18.3", "federal:100.11")
def test_a_paper_is_not_handed_on_until_who_took_it_in_has_signed_both_copies(play: StartPlay) -> None:
    region = play("kuzbass")
    case_id = region.file(channel="school_desk")
    with refused("forward.not_certified", RuleViolation) as missing:
        region.act("school-operator", journal.forward, case_id)
    assert "руководитель образовательной организации" in missing.value.message
    assert isinstance(missing.value, RuleViolation)
    assert set(missing.value.clauses) == {"kuzbass:18.3", "federal:100.11"}
    with refused("forward.not_certified", RuleViolation):
        region.act("secretary", journal.register, case_id)
    assert region.case(case_id).state is State.IN_TRANSIT
    head = region.actor("school-operator")
    region.act(head, journal.certify, case_id, copies=2)
    case = region.case(case_id)
    assert (case.certified_by, case.certified_as, case.certified_copies) == (
        head.person_id, Role.SCHOOL_OPERATOR, 2,
    )  # fmt: skip
    assert case.certified_at is not None
    (event,) = signatures(region, case_id)
    assert (event.actor_id, event.role, '"copies":2' in event.changes) == (head.person_id, "school_operator", True)
    region.act(head, journal.forward, case_id)
    region.act("secretary", journal.register, case_id)
    assert region.case(case_id).state is State.REGISTERED


@pytest.mark.clause("kuzbass:18.3")
def test_at_the_authority_s_door_its_named_specialist_signs(play: StartPlay) -> None:
    region = play("kuzbass")
    person = region.actor(0).person_id
    region.read(
        lambda s: s.execute(update(Person).where(Person.id == person).values(category=Category.EARLIER_GRADUATE))
    )
    own = region.hire(Role.MUNICIPAL_OPERATOR, organisation_id=region.world.school)
    case_id = region.file(channel="municipal_desk", who=own)
    with refused("forward.not_certified", RuleViolation) as missing:
        region.act(own, journal.forward, case_id)
    assert "специалист МОУО, ответственный за ГИА" in missing.value.message
    region.act(own, journal.certify, case_id, copies=2)
    region.act(own, journal.forward, case_id)
    assert region.case(case_id).certified_as is Role.MUNICIPAL_OPERATOR


@pytest.mark.clause("kuzbass:18.3", "kuzbass:18.2")
@pytest.mark.parametrize("copies", [1, 3])
def test_another_number_of_copies_is_not_written_down(play: StartPlay, copies: int) -> None:
    region = play("kuzbass")
    case_id = region.file(channel="school_desk")
    with refused("certify.copies", Malformed) as wrong:
        region.act("school-operator", journal.certify, case_id, copies=copies)
    assert isinstance(wrong.value, Malformed)
    assert list(wrong.value.fields) == ["copies"]
    assert region.case(case_id).certified_at is None


@pytest.mark.clause("kuzbass:18.3")
def test_nobody_else_signs(play: StartPlay) -> None:
    region = play("kuzbass")
    case_id = region.file(channel="school_desk")
    with refused("permission.role", Forbidden):
        region.act("secretary", journal.certify, case_id, copies=2)
    stranger = region.hire(Role.SCHOOL_OPERATOR, organisation_id=region.world.point)
    with refused("appeal.not_found", NotFound):
        region.act(stranger, journal.certify, case_id, copies=2)
    specialist = region.hire(Role.MUNICIPAL_OPERATOR, organisation_id=region.world.school)
    with refused("certify.role", RuleViolation):
        region.act(specialist, journal.certify, case_id, copies=2)
    assert signatures(region, case_id) == []


@pytest.mark.clause("kuzbass:18.3")
def test_a_signature_is_written_down_once(play: StartPlay) -> None:
    region = play("kuzbass")
    case_id = region.file(channel="school_desk")
    seen = region.case(case_id).version
    region.act("school-operator", journal.certify, case_id, copies=2, version=seen)
    signed = region.case(case_id)
    region.clock(hours=1)
    region.act("school-operator", journal.certify, case_id, copies=2, version=seen)
    again = region.case(case_id)
    assert (again.certified_at, again.version) == (signed.certified_at, signed.version)
    assert len(signatures(region, case_id)) == 1
    other = region.hire(Role.SCHOOL_OPERATOR, organisation_id=region.world.school)
    with refused("certify.done", Conflict):
        region.act(other, journal.certify, case_id, copies=2)
    stale = region.file(1, channel="school_desk")
    with refused("appeal.stale_version", StaleVersion):
        region.act("school-operator", journal.certify, stale, copies=2, version=99)


@pytest.mark.parametrize(
    ("slug", "channel", "who"), [("kuzbass", "exam_point", "exam-commission-member"), ("north", "school_desk", None)]
)
def test_a_door_that_asks_for_no_signature_hands_a_paper_on_without_one(
    play: StartPlay, slug: str, channel: str, who: str | None
) -> None:
    region = play(slug, on_exam_day=channel == "exam_point")
    keeper = who or "school-operator"
    case_id = region.file(channel=channel)
    with refused("certify.not_asked", RuleViolation):
        region.act(keeper, journal.certify, case_id, copies=2)
    region.act(keeper, journal.forward, case_id, check_conclusion="Учебная проверка")
    assert region.case(case_id).certified_at is None


@pytest.mark.clause("kuzbass:18.3")
def test_the_pages_ask_for_the_signature_first_and_then_say_who_gave_it(play: StartPlay, client_for: ClientFor) -> None:
    region = play("kuzbass")
    case_id = region.file(channel="school_desk")
    region.drain()
    school = Console(client_for(region.actor("school-operator"), slug="kuzbass"))
    receipt = school.get(f"file/receipt/{case_id}")
    assert "Напечатайте 2 экземпляра" in receipt.text
    assert "каждый заверяет подписью руководитель образовательной организации" in " ".join(receipt.text.split())
    assert receipt.link("Заверить апелляцию подписью").endswith("/do/certify")
    assert not receipt.has_link("Передать апелляцию в комиссию")
    assert school.get("").link("Заверить апелляцию подписью").endswith("/do/certify")
    early = school.act(case_id, "forward")
    assert (early.status, "ещё не заверена" in early.text) == (409, True)
    wrong = school.act(case_id, "certify", {"copies": "1"})
    assert (wrong.status, "Экземпляров должно быть 2" in wrong.text) == (422, True)
    assert school.act(case_id, "certify", {"copies": "2"}).status == 303
    shown = " ".join(school.get(f"cases/{case_id}").text.split())
    assert "Подпись на апелляции 2 экземпляра" in shown
    assert "руководитель образовательной организации" in shown
    assert "Апелляция заверена подписью, 2 экземпляра." in shown
    assert school.act(case_id, "forward").status == 303


@pytest.mark.clause("kuzbass:18.3")
def test_the_api_says_what_a_door_asks_for_and_what_was_signed(play: StartPlay, client_for: ClientFor) -> None:
    region = play("kuzbass")
    case_id = region.file(channel="school_desk")
    school = client_for(region.actor("school-operator"), slug="kuzbass")
    doors = {(door["kind"], door["code"]): door for door in school.get("channels").get_json()}
    assert (doors["score", "school_desk"]["copies"], doors["score", "school_desk"]["certified_by"]) == (
        2, ["school_operator"],
    )  # fmt: skip
    assert doors["procedure", "exam_point"]["certified_by"] == []
    seen = school.get(f"appeals/{case_id}").get_json()
    assert {"certify", "forward"} & set(seen["actions"]) == {"certify"}
    early = school.act(case_id, "forward")
    assert (early.status_code, early.get_json()["code"]) == (409, "forward.not_certified")
    signed = school.act(case_id, "certify", copies=2).get_json()
    assert (signed["certified_copies"], signed["certified_at"] is not None) == (2, True)
    assert {"certify", "forward"} & set(signed["actions"]) == {"forward"}
    assert school.act(case_id, "certify", copies=4).status_code == 422
