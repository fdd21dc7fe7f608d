"""To a parent or a proxy the cabinet speaks of the participant, and offers nothing that is not theirs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from apella.appeals.mandates import may_file_through
from apella.identity.actor import Actor
from apella.identity.roles import Role
from apella.portal.voice import OWN, Voice
from apella.regions.codes import PowerCode
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.representatives import Representatives, with_rules
from apella.testing.visitor import Page, Visitor

pytestmark = pytest.mark.usefixtures("paperless")

TO_THE_PARTICIPANT = re.compile(
    r"\b([Вв]аш(?!ему мнению|ем регионе|а доверенность)\w*|[Мм]о[йяёеи]\b|[Мм]оих|без вас|с вами)\b"
)
"""Words of the second person that mean the participant."""


def cabinet_of(client_for: ClientFor, actor: Actor) -> Visitor:
    return Visitor(client_for(actor, slug=actor.slug))


def told(page: Page) -> str:
    return " ".join(page.text.split())


def leads(page: Page, part: str) -> bool:
    return any(part in link for link in page.links)


def spoken(page: Page) -> list[str]:
    """What of the page speaks to the participant."""
    return [found[0] for found in TO_THE_PARTICIPANT.finditer(told(page))]


def test_a_pair_of_words_is_said_by_who_is_there() -> None:
    assert (OWN.say("ваш", "участника"), Voice(represents=True).say("ваш", "участника")) == ("ваш", "участника")


@pytest.mark.parametrize("slug", ["kbr", "moscow", "south"])
def test_every_page_speaks_of_the_participant_to_a_parent(
    play: StartPlay, client_for: ClientFor, checked: Callable[..., Page], slug: str
) -> None:
    region = play(slug)
    people = Representatives(region)
    mother = cabinet_of(client_for, people.actor(people.parent()))
    child = cabinet_of(client_for, region.actor(0))
    pages: dict[str, tuple[Page, Page]] = {"cabinet": (mother.open(""), child.open(""))}
    if leads(pages["cabinet"][1], "file/"):
        form = f"file/{region.world.works[0]}"
        pages["form"] = (mother.open(form), child.open(form))
        pages["check"] = (checked(mother, region), checked(child, region))
    case = region.file(0, channel="portal" if "form" in pages else "queue_clerk")
    pages["filed"] = (mother.open(f"appeals/{case}"), child.open(f"appeals/{case}"))
    region.walk(case, "scheduled")
    pages["scheduled"] = (mother.open(f"appeals/{case}"), child.open(f"appeals/{case}"))
    region.walk(case, "decided", after="scheduled")
    region.drain()
    pages["decided"] = (mother.open(f"appeals/{case}"), child.open(f"appeals/{case}"))
    assert {name: spoken(to_mother) for name, (to_mother, _) in pages.items()} == {name: [] for name in pages}
    assert all(spoken(to_child) for _, to_child in pages.values()), "the child is still spoken to"
    assert "Результаты: Примерова Тест Тестович" in told(pages["cabinet"][0])


@pytest.mark.parametrize(
    ("filer", "to_child", "to_parent"),
    [
        (Role.PARTICIPANT, "Вы подали апелляцию", "Апелляцию подал участник"),
        (Role.PARENT, "Апелляцию подал ваш родитель", "Вы подали апелляцию"),
    ],
)
def test_who_filed_is_said_truly_to_both(
    play: StartPlay, client_for: ClientFor, filer: Role, to_child: str, to_parent: str
) -> None:
    region = play("kbr")
    people = Representatives(region)
    mother = people.actor(people.parent())
    case = region.file(0, who=mother if filer is Role.PARENT else 0)
    assert to_child in told(cabinet_of(client_for, region.actor(0)).open(f"appeals/{case}"))
    assert to_parent in told(cabinet_of(client_for, mother).open(f"appeals/{case}"))


def test_wrong_answers_are_named_in_the_same_voice(play: StartPlay, client_for: ClientFor) -> None:
    region = play("kbr")
    people = Representatives(region)
    mother = cabinet_of(client_for, people.actor(people.parent()))
    page = mother.send(mother.open(f"file/{region.world.works[0]}").form())
    assert page.status == 422
    assert "с участником или без него" in told(page)
    assert "Ответьте, принадлежат ли бланки участнику" in told(page)
    assert spoken(page) == []


# --- What is offered --------------------------------------------------------------------------------------------------


@pytest.mark.clause("moscow:A1.9", "core:D11")
def test_a_proxy_is_told_who_files_instead_of_being_sent_to_file(play: StartPlay, client_for: ClientFor) -> None:
    region = play("moscow")
    people = Representatives(region)
    page = told(cabinet_of(client_for, people.actor(people.proxy())).open(""))
    child = told(cabinet_of(client_for, region.actor(0)).open(""))
    for offer in ("Подать апелляцию можно до", "Возьмите с собой документ"):
        assert offer not in page
    assert "Подать апелляцию можно до" in child
    assert "это делает сам участник или его родитель" in page


def test_a_proxy_with_the_power_to_file_is_offered_it(play: StartPlay, client_for: ClientFor) -> None:
    region = play("kbr")
    known = region.world.rules.presence.proxy
    shown = known.powers or play("moscow").world.rules.presence.proxy.powers
    with_rules(region, powers=tuple(shown[0].model_copy(update={"code": code}) for code in PowerCode))
    people = Representatives(region)
    cabinet = cabinet_of(client_for, people.actor(people.proxy(powers=frozenset(PowerCode))))
    assert leads(cabinet.open(""), "file/")


@pytest.mark.parametrize("who", ["parent", "participant"])
def test_where_the_door_names_no_parents_they_are_offered_neither_filing_nor_taking_back(
    play: StartPlay, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    region = play("kbr")
    people = Representatives(region)
    actor = people.actor(people.parent()) if who == "parent" else region.actor(0)
    case = region.file(0)
    cabinet = cabinet_of(client_for, actor)
    assert leads(cabinet.open(f"appeals/{case}"), "/withdraw")
    rules = region.world.rules
    alone: dict[str, Any] = {"applicants": ("participant",)}
    narrow = replace(
        rules,
        channels=tuple(channel.model_copy(update=alone) for channel in rules.channels),
        withdrawal=rules.withdrawal.model_copy(update=alone),
    )
    monkeypatch.setattr("apella.appeals.desk.rules_of_version", lambda *_: narrow)
    assert leads(cabinet.open(f"appeals/{case}"), "/withdraw") is (who == "participant")
    door = next(channel for channel in narrow.channels if channel.self_service)
    year = region.world.exam_day.year
    assert may_file_through(actor, door, subject_code="02", year=year) is (who == "participant")
