"""Of deeds about one representative at one moment each sees what the other did: nobody is locked out or made twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import select

from apella.identity.representation_model import Representation
from apella.reception.representatives import service as representing
from apella.reception.service import visitor_by_id
from apella.testing.at_once import aside
from apella.testing.play import open_desk
from apella.testing.plugin import StartPlay
from apella.testing.representatives import PROOF, Representatives, links


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_a_parent_linked_to_one_child_as_the_link_to_another_ends_is_let_in(
    play: StartPlay, pool: ThreadPoolExecutor
) -> None:
    region = play()
    people = Representatives(region)
    first = people.parent(0)
    with open_desk(region.app, region.world, region.actor("secretary")) as desk:
        visitor = visitor_by_id(desk, "link_representative", first.participant_id)
        representing.end(desk, visitor, representation_id=first.id, reason="Ошибка")
        (linking,) = aside(pool, region.app, partial(people.parent, 1))
    linking.result(timeout=30)
    admitted = people.admitted(first)
    assert admitted is not None
    assert admitted.principal_id == region.world.participants[1].person_id


def test_a_parent_is_let_in_if_the_other_link_was_made_first(play: StartPlay, pool: ThreadPoolExecutor) -> None:
    region = play()
    people = Representatives(region)
    first = people.parent(0)
    second = region.world.participants[1].person_id
    assert second is not None
    with open_desk(region.app, region.world, region.actor("secretary")) as desk:
        visitor = visitor_by_id(desk, "link_representative", second)
        representing.link_parent(desk, visitor, newcomer=people.newcomer(), proof=PROOF)
        (ending,) = aside(pool, region.app, partial(people.end, first))
    assert ending.result(timeout=30) == 1
    admitted = people.admitted(first)
    assert admitted is not None
    assert admitted.principal_id == second


def test_proxies_whom_a_parent_named_are_held_too(play: StartPlay, pool: ThreadPoolExecutor) -> None:
    region = play("kbr")
    people = Representatives(region)
    parent = people.parent(0)
    proxy = people.proxy(0, issuer="parent", given_by=parent.representative_id)
    with open_desk(region.app, region.world, region.actor("secretary")) as desk:
        visitor = visitor_by_id(desk, "link_representative", parent.participant_id)
        assert representing.end(desk, visitor, representation_id=parent.id, reason="Ошибка") == 2
        (linking,) = aside(pool, region.app, partial(people.proxy, 1))
    linking.result(timeout=30)
    admitted = people.admitted(proxy)
    assert admitted is not None
    assert admitted.principal_id == region.world.participants[1].person_id


def test_a_new_parent_of_siblings_who_are_linked_at_once_is_one_person(
    play: StartPlay, pool: ThreadPoolExecutor
) -> None:
    region = play(participants=4)
    people = Representatives(region)
    first = region.world.participants[0].person_id
    assert first is not None
    newcomer = people.newcomer(document="45 10 777444")
    with open_desk(region.app, region.world, region.actor("secretary")) as desk:
        visitor = visitor_by_id(desk, "link_representative", first)
        made = representing.link_parent(desk, visitor, newcomer=newcomer, proof=PROOF)
        others = aside(pool, region.app, *(partial(people.parent, number, newcomer=newcomer) for number in range(1, 4)))
    for one in others:
        one.result(timeout=30)
    assert links(region) == 4
    found = select(Representation.representative_id).where(Representation.season_id == region.world.season_id)
    assert set(region.read(lambda session: session.scalars(found).all())) == {made.representative_id}
