"""A representative signs in with their own document and phone, and acts for one participant at a time."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from sqlalchemy import select

from apella.errors import Forbidden, Malformed
from apella.identity.actor import Actor
from apella.identity.claims import ApplicationClaim, Claim, DocumentClaim
from apella.identity.model import Account, Membership
from apella.identity.repository import code_request
from apella.identity.roles import Role
from apella.identity.sessions import NewSession
from apella.identity.sign_in import PARTICIPANTS_ISSUER, sign_in_by_code
from apella.identity.sms_codes import request_code, take_code_to_send
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import StartPlay
from apella.testing.representatives import Representatives


def sign_in(play: Play, claim: Claim) -> NewSession:
    """Ask for a code with this claim and enter the one that went out."""
    rules, vaults = play.world.rules, play.app.vaults
    tenant_id = rules.tenant.tenant_id
    with play.app.database.unit_of_work(tenant_id) as work:
        asked = request_code(
            work.session, tenant_id=tenant_id, vaults=vaults, claim=claim, machine_now=work.machine_now
        )
    with play.app.database.unit_of_work(tenant_id) as work:
        row = code_request(work.session, asked.id)
        assert row is not None
        vault = vaults.of_season(work.session, tenant_id=tenant_id, season_id=row.season_id)
        sent = take_code_to_send(row, vault=vault, machine_now=work.machine_now)
    with play.app.database.unit_of_work(tenant_id) as work:
        begun = sign_in_by_code(
            work,
            tenant_id=tenant_id,
            slug=rules.slug,
            zone=rules.zone,
            vaults=vaults,
            request_id=asked.id,
            code="000000" if sent is None else sent.code,
        )
    if isinstance(begun, Malformed):
        raise begun
    assert isinstance(begun, NewSession)
    return begun


def test_a_linked_parent_signs_in_with_their_own_document_and_phone(play: StartPlay) -> None:
    region = play("kbr")
    people = Representatives(region)
    mother = people.newcomer(document="45 10 777008", phone="+7 900 111-22-55")
    own = DocumentClaim.read(document=mother.document, phone=mother.phone)
    with refused("sign_in.code_wrong", Malformed):
        sign_in(region, own)
    link = people.parent(newcomer=mother)
    sign_in(region, own)
    roles = region.read(
        lambda s: s.execute(
            select(Membership.role, Account.iss)
            .join(Account, Account.id == Membership.account_id)
            .where(Membership.person_id == link.representative_id)
        ).all()
    )
    assert [tuple(row) for row in roles] == [(Role.PARENT, PARTICIPANTS_ISSUER)]


def test_a_representative_has_a_number_where_participants_sign_in_by_one(play: StartPlay) -> None:
    region = play("kbr")
    people = Representatives(region)
    number = people.person(people.parent().representative_id).login
    assert isinstance(sign_in(region, ApplicationClaim.read(surname="Примерова", application=number)), NewSession)


def test_with_the_last_link_the_door_closes(play: StartPlay) -> None:
    region = play("kbr")
    people = Representatives(region)
    other = people.newcomer(document="45 10 777009", phone="+7 900 111-22-44")
    own = DocumentClaim.read(document=other.document, phone=other.phone)
    link = people.parent(newcomer=other)
    sign_in(region, own)
    people.end(link)
    with refused("sign_in.no_membership", Forbidden):
        sign_in(region, own)


def test_a_participant_may_be_a_parent_too_on_one_account(play: StartPlay) -> None:
    region = play("kbr")
    people = Representatives(region)
    grown = region.world.participants[1].person_id
    person = people.person(grown)
    newcomer = people.newcomer(
        surname=person.surname, given_name=person.given_name, document="99 00 000001", phone="+79000000001"
    )
    link = people.parent(0, newcomer=newcomer)
    assert link.representative_id == grown
    own, acting = people.admitted(link), people.actor(link)
    assert seen(own) == ({Role.PARTICIPANT}, grown)
    assert seen(acting) == ({Role.PARENT}, link.participant_id)


# --- For whom ---------------------------------------------------------------------------------------------------------


def seen(actor: Actor | None) -> tuple[set[Role], uuid.UUID | None] | None:
    return None if actor is None else (set(actor.roles), actor.own_id)


def test_one_principal_is_chosen_by_itself_and_one_of_two_is_not(play: StartPlay) -> None:
    people = Representatives(play())
    first = people.parent(0)
    assert seen(people.admitted(first)) == ({Role.PARENT}, first.participant_id)
    second = people.parent(1)
    assert seen(people.admitted(first)) == ({Role.PARENT}, None)
    assert seen(people.actor(second)) == ({Role.PARENT}, second.participant_id)


def test_nobody_acts_for_a_stranger(play: StartPlay) -> None:
    region = play()
    people = Representatives(region)
    link = people.parent(0)
    people.parent(1)
    stranger = region.world.participants[2].person_id
    assert seen(people.admitted(link, principal=stranger)) == ({Role.PARENT}, None)


def test_an_ended_link_is_gone_at_the_next_request(play: StartPlay) -> None:
    people = Representatives(play())
    first, second = people.parent(0), people.parent(1)
    people.end(first)
    assert seen(people.admitted(first, principal=first.participant_id)) == ({Role.PARENT}, second.participant_id)


def test_a_power_of_attorney_runs_out_with_its_last_day(play: StartPlay) -> None:
    region = play("kbr")
    people = Representatives(region)
    link = people.proxy(valid_until=people.today(days=3))
    region.clock(days=3)
    assert seen(people.admitted(link)) == ({Role.PROXY}, link.participant_id)
    region.clock(days=1)
    assert seen(people.admitted(link)) == ({Role.PROXY}, None)


def test_a_power_of_attorney_of_a_later_day_gives_nothing_yet(play: StartPlay) -> None:
    region = play("kbr")
    people = Representatives(region)
    link = people.proxy(given_on=people.today())
    actor = people.actor(link)
    assert {mandate.participant_id for mandate in actor.mandates} == {link.participant_id}
    region.clock(days=-2)
    assert seen(people.admitted(link)) == ({Role.PROXY}, None)


def test_a_parent_of_one_and_proxy_of_another_is_one_at_a_time(play: StartPlay) -> None:
    region = play("kbr")
    people = Representatives(region)
    child = people.parent(0)
    newcomer = replace(people.newcomer(), phone="+7 900 111-22-33")
    other = people.proxy(1, newcomer=newcomer)
    assert child.representative_id == other.representative_id
    assert seen(people.actor(child)) == ({Role.PARENT}, child.participant_id)
    assert seen(people.actor(other)) == ({Role.PROXY}, other.participant_id)


@pytest.mark.parametrize("days", [0, 400])
def test_a_parent_s_right_has_no_term(play: StartPlay, days: int) -> None:
    region = play("kbr")
    people = Representatives(region)
    link = people.parent()
    region.clock(days=days)
    assert seen(people.admitted(link)) == ({Role.PARENT}, link.participant_id)
