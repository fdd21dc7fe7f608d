"""Where a participant comes for a video link: asked where no rule decides it, kept, shown; nonsense is sent back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import update

from apella.appeals.filing import file_appeal
from apella.appeals.model import Appeal
from apella.errors import Malformed
from apella.identity.actor import Actor
from apella.regions.rules import RegionRules
from apella.registry.model import Organisation
from apella.testing.client import Client
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.visitor import Page, Visitor

Visit = Callable[[Actor], Visitor]
Checked = Callable[..., Page]
Cases = Callable[[Play], Sequence[Appeal]]

pytestmark = pytest.mark.usefixtures("paperless")


@pytest.fixture
def by_territory(
    play: StartPlay, region_where: Callable[[Callable[[RegionRules], bool]], str], own_door: list[str]
) -> Play:
    """A region whose table of territories names the remote site, with a cabinet that takes appeals."""
    return play(region_where(lambda rules: rules.hearing.remote_place.by == "territory" and rules.slug in own_door))


@pytest.fixture
def elsewhere(by_territory: Play) -> Play:
    """The same region; its participants' school lies where no site is attached."""

    def move_away(school: uuid.UUID) -> None:
        by_territory.read(
            lambda session: session.execute(
                update(Organisation).where(Organisation.id == school).values(territory="Дальний край")
            )
        )

    move_away(by_territory.world.school)
    return by_territory


@pytest.mark.clause("core:D14")
def test_somebody_from_elsewhere_chooses_a_site_by_its_address(
    elsewhere: Play, visit: Visit, checked: Checked, cases: Cases
) -> None:
    sites = elsewhere.world.rules.sites
    cabinet = visit(elsewhere.world.participants[0])
    form = cabinet.open(f"file/{elsewhere.world.works[0]}")
    for site in (*sites.remote, sites.main):
        assert f"{site.name}, {site.address}" in form.text
    assert dict(form.form().fields)["remote_site"] == sites.main.code, "the commission's own place is proposed"

    wished = sites.remote[2]
    page = checked(cabinet, elsewhere, remote_site=str(wished.code))
    assert f"Куда придёте {wished.name}, {wished.address}" in page.text
    done = cabinet.follow(cabinet.send(page.form("/send"), agreed="yes"))
    (case,) = cases(elsewhere)
    assert case.wished_site_code == wished.code
    assert f"Вы просили пункт: {wished.name}, {wished.address}." in done.text


@pytest.mark.clause("core:D14")
def test_who_is_placed_by_the_territory_is_not_asked(
    by_territory: Play, visit: Visit, checked: Checked, cases: Cases
) -> None:
    cabinet = visit(by_territory.world.participants[0])
    assert "remote_site" not in dict(cabinet.open(f"file/{by_territory.world.works[0]}").form().fields)
    cabinet.send(checked(cabinet, by_territory).form("/send"), agreed="yes")
    (case,) = cases(by_territory)
    assert case.wished_site_code is None


def test_a_site_that_the_region_does_not_have_is_sent_back(
    elsewhere: Play, visit: Visit, answered: Callable[..., object], cases: Cases
) -> None:
    cabinet = visit(elsewhere.world.participants[0])
    form = answered(elsewhere.world.rules, cabinet.open(f"file/{elsewhere.world.works[0]}").form())
    page = cabinet.send(form, remote_site="nowhere")  # type: ignore[arg-type]  # the fixture gives a form
    assert page.status == 422
    assert "Выберите из списка, куда вы придёте для видеосвязи" in page.text
    assert "#f-remote_site" in page.links
    assert cases(elsewhere) == []


def test_the_service_names_an_unknown_site_too(by_territory: Play) -> None:
    with refused("filing.remote_site", Malformed) as caught:
        by_territory.do(0, file_appeal, by_territory.application(remote_site="nowhere"))
    assert isinstance(caught.value, Malformed)
    assert set(caught.value.fields) == {"remote_site"}
    assert caught.value.message == "Такого пункта рассмотрения в регионе нет."


def test_the_api_lists_the_sites_and_shows_the_wish(elsewhere: Play, client_for: ClientFor) -> None:
    sites = elsewhere.world.rules.sites
    wished = str(sites.remote[0].code)
    case_id = elsewhere.file(0, remote_site=wished)
    client: Client = client_for(elsewhere.world.participants[0])
    listed = client.get("sites").get_json()
    assert [site["code"] for site in listed] == [site.code for site in sites.all]
    assert {"code", "kind", "name", "address"} == set(listed[0])
    assert client.get(f"appeals/{case_id}").get_json()["wished_site_code"] == wished


def test_the_secretary_sees_the_wish_on_the_case_and_where_the_time_is_set(
    elsewhere: Play, client_for: ClientFor
) -> None:
    wished = elsewhere.world.rules.sites.remote[0]
    case_id = elsewhere.file(0, remote_site=str(wished.code))
    office: Client = client_for(elsewhere.actor("secretary"))
    page = Page(office.get(f"/{elsewhere.world.rules.slug}/cases/{case_id}"))
    assert f"просят пункт: {wished.name}, {wished.address}" in page.text
    times = office.get(f"appeals/{case_id}/hearing-times").get_json()
    assert times["place_reason"].endswith(f"Участник просил пункт «{wished.name}».")
