"""Who gave a representative the power of attorney, wherever a representative is named."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from apella.appeals.application import Presence
from apella.appeals.filing import file_appeal
from apella.appeals.model import Appeal, ProxyIssuer
from apella.errors import Malformed
from apella.hearings import service as hearings
from apella.hearings.model import Hearing
from apella.testing.console import Console
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.visitor import Visitor

pytestmark = pytest.mark.usefixtures("paperless")

SLUG = "moscow"


def filed(play: Play) -> list[Appeal]:
    return play.read(lambda s: list(s.scalars(select(Appeal).where(Appeal.season_id == play.world.season_id))))


@pytest.mark.clause("moscow:0.24")
@pytest.mark.parametrize("channel", ["queue_clerk", "portal"])
@pytest.mark.parametrize("issuer", ProxyIssuer)
def test_at_filing_the_issuer_is_recorded(play: StartPlay, channel: str, issuer: ProxyIssuer) -> None:
    region = play(SLUG)
    case_id = region.file(channel=channel, presence=Presence(proxy=True, proxy_issuer=issuer))
    assert region.case(case_id).proxy_issuer is issuer


@pytest.mark.clause("moscow:0.24")
@pytest.mark.parametrize(
    "presence", [Presence(proxy=True), Presence(participant=True, proxy_issuer=ProxyIssuer.PARENT)]
)
def test_a_representative_without_an_issuer_and_an_issuer_without_a_representative_are_sent_back(
    play: StartPlay, presence: Presence
) -> None:
    region = play(SLUG)
    fields = {**region.application(channel="queue_clerk").__dict__, "presence": presence}
    with refused("presence.proxy_issuer", Malformed) as wrong:
        region.do("queue-clerk", file_appeal, type(region.application())(**fields))
    assert isinstance(wrong.value, Malformed)
    assert list(wrong.value.fields) == ["proxy_issuer"]
    assert filed(region) == []


@pytest.mark.clause("moscow:0.24")
def test_a_representative_who_was_not_announced_is_asked_about_at_the_hearing(play: StartPlay) -> None:
    region = play(SLUG)
    case_id = region.walk(region.file(channel="queue_clerk"), "scheduled")
    came: dict[str, Any] = {"came": frozenset({"proxy"}), "identity_checked": True, "materials_confirmed": True}
    starts_at = region.read(lambda s: s.scalars(select(Hearing.starts_at).where(Hearing.case_id == case_id)).one())
    region.clock_to(starts_at)
    with refused("presence.proxy_issuer", Malformed):
        region.act("secretary", hearings.open_hearing, case_id, **came)
    hearing = region.act("secretary", hearings.open_hearing, case_id, proxy_issuer=ProxyIssuer.PARENT, **came)
    assert (hearing.proxy_issuer, region.case(case_id).proxy_issuer) == (ProxyIssuer.PARENT, None)


@pytest.mark.clause("moscow:0.24")
def test_the_application_s_issuer_holds_at_the_hearing(play: StartPlay) -> None:
    region = play(SLUG)
    presence = Presence(proxy=True, proxy_issuer=ProxyIssuer.PARENT)
    case_id = region.walk(region.file(channel="queue_clerk", presence=presence), "scheduled")
    assert region.open_hearing(case_id, came=frozenset({"proxy"})).proxy_issuer is ProxyIssuer.PARENT


@pytest.mark.clause("moscow:0.24")
def test_an_unknown_issuer_is_refused_by_name(play: StartPlay, client_for: ClientFor) -> None:
    region = play(SLUG)
    clerk = client_for(region.actor("queue-clerk"), slug=SLUG)
    body = {
        "kind": "score",
        "channel": "queue_clerk",
        "work_id": str(region.world.works[0]),
        "presence": {"proxy": True, "proxy_issuer": "notary"},
        "phone": "+7 900 000-00-00",
    }
    answer = clerk.post("appeals", body, key=True)
    assert answer.status_code == 422
    assert "appellant (апеллянт) или parent (родитель)" in answer.get_data(as_text=True)
    body["presence"] = {"proxy": True}
    assert clerk.post("appeals", body, key=True).get_json()["code"] == "presence.proxy_issuer"
    body["presence"] = {"proxy": True, "proxy_issuer": "parent"}
    made = clerk.post("appeals", body, key=True).get_json()
    assert made["proxy_issuer"] == "parent"


@pytest.mark.clause("moscow:0.24")
def test_the_clerk_s_page_asks_and_the_case_shows_it(play: StartPlay, client_for: ClientFor) -> None:
    region = play(SLUG)
    clerk = Console(client_for(region.actor("queue-clerk"), slug=SLUG))
    works = clerk.find("file", region.actor(0).login)
    form = clerk.get(works.link("Принять о несогласии с баллами"))
    typed = {"comes": ["proxy"], "phone": "+7 900 000-00-00", "hearing_mode": "on_site"}
    without = clerk.submit(form, "/file/", typed)
    assert (without.status, "Отметьте, кто выдал доверенность представителю" in without.text) == (422, True)
    assert clerk.submit(form, "/file/", {**typed, "proxy_issuer": "parent"}).status == 303
    (case,) = filed(region)
    shown = " ".join(clerk.get(f"cases/{case.id}").text.split())
    assert "Кто выдал доверенность родитель (законный представитель)" in shown


@pytest.mark.clause("moscow:0.24")
def test_the_participant_s_form_asks_and_the_answers_say_it(play: StartPlay, client_for: ClientFor) -> None:
    region = play(SLUG)
    cabinet = Visitor(client_for(region.actor(0), slug=SLUG))
    form = cabinet.open(f"file/{region.world.works[0]}").form()
    marks = {"with_participant": "without", "with_parent": "without", "with_proxy": "with"}
    answers: dict[str, Any] = {**marks, "hearing_mode": "on_site"}
    without = cabinet.send(form, **answers)
    assert (without.status, "Отметьте, кто выдал доверенность представителю" in without.text) == (422, True)
    checked = cabinet.send(form, **answers, proxy_issuer="appellant")
    assert "Кто выдаёт доверенность Вы сами" in checked.text
    cabinet.send(checked.form("/send"), agreed="yes")
    (case,) = filed(region)
    assert case.proxy_issuer is ProxyIssuer.APPELLANT


@pytest.mark.parametrize("slug", ["kbr", "kuzbass"])
def test_where_the_act_names_no_issuers_nothing_is_asked(play: StartPlay, slug: str) -> None:
    region = play(slug)
    assert region.world.rules.presence.proxy.issuers == ()
    channel = "portal" if slug == "kbr" else "school_desk"
    assert region.case(region.file(channel=channel, presence=Presence(proxy=True))).proxy_issuer is None
