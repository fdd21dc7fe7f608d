"""The recorded representative at a hearing: who may come, and what their power of attorney lets them do there."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from apella.appeals.model import Appeal, ProxyIssuer
from apella.appeals.states import Attendance, State
from apella.audit.model import AuditEvent
from apella.documents.filling import fill
from apella.documents.forms import FormCode
from apella.errors import Malformed, RuleViolation
from apella.hearings import service as hearings
from apella.hearings.attending import AT_A_HEARING, attendants_for
from apella.hearings.model import Hearing
from apella.identity.representation_model import Representation
from apella.regions.codes import PowerCode
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import StartPlay
from apella.testing.representatives import Representatives, with_rules

pytestmark = pytest.mark.usefixtures("paperless")

WITH_FORMS = "moscow"
SIX = frozenset(AT_A_HEARING)


def begin(play: Play) -> uuid.UUID:
    """A case whose hearing may be opened at once."""
    case_id = play.walk(
        play.file(0, channel="queue_clerk" if play.world.rules.slug == WITH_FORMS else "portal"), "scheduled"
    )
    starts_at = play.read(lambda s: s.scalars(select(Hearing.starts_at).where(Hearing.case_id == case_id)).one())
    play.clock_to(starts_at + timedelta(minutes=1))
    return case_id


def opened(
    play: Play, case_id: uuid.UUID, link: Representation | uuid.UUID | None, *came: str, **wishes: Any
) -> Hearing:
    told = {"identity_checked": True, "materials_confirmed": True, **wishes}
    wanted = link.id if isinstance(link, Representation) else link
    return play.act("secretary", hearings.open_hearing, case_id, came=frozenset(came), representation_id=wanted, **told)


def offered(play: Play, case_id: uuid.UUID) -> list[uuid.UUID]:
    def read(desk: Any) -> list[uuid.UUID]:
        case = desk.session.get_one(Appeal, (desk.actor.tenant_id, case_id))
        return [one.row.id for one in attendants_for(desk, case)]

    return play.do("secretary", read)


def form(play: Play, case_id: uuid.UUID, code: FormCode) -> Any:
    return play.do(
        "secretary", lambda desk: fill(desk, desk.session.get_one(Appeal, (desk.actor.tenant_id, case_id)), code)
    )


# --- Who may come -----------------------------------------------------------------------------------------------------


def test_the_hearing_keeps_which_representative_came(play: StartPlay) -> None:
    region = play("kbr")
    people = Representatives(region)
    mother, lawyer = people.parent(), people.proxy()
    case_id = begin(region)
    assert offered(region, case_id) == [mother.id, lawyer.id]
    hearing = opened(region, case_id, mother)
    assert (hearing.representation_id, hearing.attendance) == (mother.id, Attendance.REPRESENTED)
    query = select(AuditEvent).where(AuditEvent.case_id == case_id, AuditEvent.tag == "appeal:representative:came")
    (event,) = region.read(lambda s: s.scalars(query).all())
    assert str(mother.representative_id) in event.changes
    assert "Примеров" not in event.changes


@pytest.mark.clause("moscow:0.24")
@pytest.mark.parametrize("issuer", ProxyIssuer)
def test_a_recorded_proxy_s_issuer_is_the_one_on_record(play: StartPlay, issuer: ProxyIssuer) -> None:
    region = play(WITH_FORMS)
    people = Representatives(region)
    paper = people.paper()
    if issuer is ProxyIssuer.PARENT:
        mother = people.parent()
        stated = {**paper.principal, "name": "Примерова Ольга Тестовна", "document": "45 10 777001"}
        paper = people.paper(issuer="parent", given_by=mother.representative_id, principal=stated)
    link = people.proxy(paper=paper)
    case_id = begin(region)
    other = next(one for one in ProxyIssuer if one is not issuer)
    with refused("presence.proxy_issuer", Malformed):
        opened(region, case_id, link, "proxy", proxy_issuer=other)
    assert opened(region, case_id, link, "proxy").proxy_issuer is issuer


@pytest.mark.clause("moscow:A1.3")
@pytest.mark.parametrize("wish", [{"subject_code": "03"}, {"year": 2024}])
def test_a_power_for_another_subject_or_year_is_refused_at_the_hearing(play: StartPlay, wish: dict[str, Any]) -> None:
    region = play(WITH_FORMS)
    people = Representatives(region)
    wrong = people.proxy(**wish)
    right = people.proxy()
    case_id = begin(region)
    assert offered(region, case_id) == [right.id]
    with refused("hearing.representation_scope", RuleViolation) as caught:
        opened(region, case_id, wrong)
    assert isinstance(caught.value, RuleViolation)
    assert "moscow:A1.3" in caught.value.clauses
    assert opened(region, case_id, right).representation_id == right.id


def test_who_no_longer_acts_for_the_appellant_does_not_come_as_recorded(play: StartPlay) -> None:
    region = play("kbr")
    people = Representatives(region)
    ended, short = people.parent(), people.proxy(valid_until=people.today())
    other = people.parent(1, newcomer=people.newcomer(document="45 10 777011", phone="+7 900 111-22-77"))
    people.end(ended)
    case_id = begin(region)
    assert people.today() > short.valid_from
    assert offered(region, case_id) == []
    for link in (ended, short):
        with refused("hearing.representation_over", RuleViolation):
            opened(region, case_id, link)
    for stranger in (other.id, uuid.uuid4()):
        with refused("hearing.representative", Malformed) as wrong:
            opened(region, case_id, stranger)
        assert isinstance(wrong.value, Malformed)
        assert list(wrong.value.fields) == ["representation_id"]
    assert region.case(case_id).state is State.SCHEDULED


@pytest.mark.clause("moscow:3.5")
@pytest.mark.parametrize("slug", ["kbr", WITH_FORMS])
def test_somebody_with_a_paper_on_the_spot_still_comes(play: StartPlay, slug: str) -> None:
    region = play(slug)
    Representatives(region).proxy()
    issuer = ProxyIssuer.APPELLANT if slug == WITH_FORMS else None
    hearing = opened(region, begin(region), None, "proxy", proxy_issuer=issuer)
    assert (hearing.attendance, hearing.representation_id) == (Attendance.REPRESENTED, None)


def test_a_representative_s_identity_is_checked_as_anybody_s(play: StartPlay) -> None:
    region = play("kbr")
    link = Representatives(region).parent()
    with refused("hearing.identity", Malformed):
        opened(region, begin(region), link, identity_checked=False)


# --- What they may do -------------------------------------------------------------------------------------------------


@pytest.mark.clause("moscow:A1.5")
def test_by_the_region_s_form_a_proxy_confirms_the_materials_for_the_appellant(play: StartPlay) -> None:
    region = play(WITH_FORMS)
    link = Representatives(region).proxy()
    case_id = begin(region)
    hearing = opened(region, case_id, link)
    assert (hearing.materials_confirmed, hearing.attendance) == (True, Attendance.REPRESENTED)
    line = form(region, case_id, FormCode.HEARING_PROTOCOL).materials_confirmation
    assert line.signature.name.startswith("Доверенных")


@pytest.mark.clause("moscow:A1.4", "moscow:A1.5")
@pytest.mark.parametrize("power", [PowerCode.CONFIRM_OWNERSHIP, PowerCode.MATERIALS])
def test_without_the_power_a_proxy_alone_confirms_nothing(play: StartPlay, power: PowerCode) -> None:
    region = play("kbr")
    people = Representatives(region)
    link = people.proxy(powers=SIX - {power})
    case_id = begin(region)
    with refused("hearing.power", RuleViolation) as caught:
        opened(region, case_id, link)
    assert caught.value.details["power"] == power
    assert opened(region, case_id, link, materials_confirmed=False).materials_confirmed is False
    assert form(region, case_id, FormCode.HEARING_PROTOCOL).materials_confirmation is None


@pytest.mark.parametrize("with_them", ["participant", "parent"])
def test_beside_a_proxy_without_the_power_others_confirm(play: StartPlay, with_them: str) -> None:
    region = play("kbr")
    link = Representatives(region).proxy(powers=frozenset({PowerCode.EXPLANATION}))
    case_id = begin(region)
    assert opened(region, case_id, link, with_them).materials_confirmed is True
    assert form(region, case_id, FormCode.HEARING_PROTOCOL).materials_confirmation.signature.name == ""


def test_a_parent_needs_no_power(play: StartPlay) -> None:
    region = play("kbr")
    link = Representatives(region).parent()
    case_id = begin(region)
    assert opened(region, case_id, link).materials_confirmed is True


# --- What the papers say ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_parent", [True, False])
def test_the_application_is_signed_by_who_filed_it(play: StartPlay, by_parent: bool) -> None:
    region = play("kbr")
    people = Representatives(region)
    mother = people.parent()
    case_id = region.file(0, who=people.actor(mother) if by_parent else 0)
    application = form(region, case_id, FormCode.APPEAL)
    assert application.signature.name.replace("\u00a0", " ") == ("Примерова О. Т." if by_parent else "Примерова Т. Т.")
    assert application.appellant.given_name == "Тест"


def test_the_protocol_names_the_recorded_representative(play: StartPlay) -> None:
    region = play("kbr")
    link = Representatives(region).proxy()
    case_id = begin(region)
    opened(region, case_id, link)
    (line,) = form(region, case_id, FormCode.HEARING_PROTOCOL).attended_by
    assert line == f"Доверенных Пётр, представитель по доверенности от {link.given_on:%d.%m.%Y}"


@pytest.mark.clause("moscow:A1.9", "moscow:A1.8")
@pytest.mark.parametrize(
    ("lacking", "annex", "notice"),
    [
        (None, True, True),
        (PowerCode.SIGN_PAPERS, False, False),
        (PowerCode.RECEIVE_NOTICE, True, False),
        (PowerCode.READ_DECISION, False, True),
    ],
)
def test_papers_are_signed_in_the_proxy_s_name_by_the_power_to(
    play: StartPlay, lacking: PowerCode | None, annex: bool, notice: bool
) -> None:
    region = play(WITH_FORMS)
    proxy = region.world.rules.presence.proxy
    with_rules(region, powers=tuple(power for power in proxy.powers if power.code != lacking))
    link = Representatives(region).proxy()
    case_id = begin(region)
    opened(region, case_id, link, materials_confirmed=True)
    region.walk(case_id, "decided", outcome="up", after="hearing")
    for code, named in ((FormCode.ANSWER_FORM_2_CHANGES, annex), (FormCode.RESULT_NOTICE, notice)):
        (line,) = form(region, case_id, code).confirmations
        assert line.signature.name.startswith("Доверенных") is named
