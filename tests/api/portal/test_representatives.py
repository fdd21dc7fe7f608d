"""The cabinet of a parent and of a proxy: for whom they act stands on every page, what is not theirs is not there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from apella.identity.actor import Actor
from apella.regions.codes import PowerCode
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.representatives import Representatives
from apella.testing.visitor import Page, Visitor

pytestmark = pytest.mark.usefixtures("paperless")


def cabinet_of(client_for: ClientFor, actor: Actor) -> Visitor:
    return Visitor(client_for(actor, slug=actor.slug))


def told(page: Any) -> str:
    return " ".join(page.text.split())


@pytest.fixture
def kbr(play: StartPlay) -> Play:
    return play("kbr")


def test_a_parent_files_and_takes_back_in_the_cabinet(
    kbr: Play, client_for: ClientFor, checked: Callable[..., Page]
) -> None:
    people = Representatives(kbr)
    mother = people.actor(people.parent())
    cabinet = cabinet_of(client_for, mother)
    home = cabinet.open("")
    line = "Вы действуете за участника как родитель: Примерова Тест Тестович."
    assert line in told(home)
    assert "Выбрать другого" not in told(home)
    answers = checked(cabinet, kbr)
    assert line in told(answers)
    sent = cabinet.send(answers.form("/send"), agreed="yes")
    assert sent.status == 303, told(sent)
    assert line in told(cabinet.follow(sent))
    (case,) = re.findall(r"appeals/[0-9a-f-]{36}", sent.response.headers["Location"])
    assert cabinet.send(cabinet.open(f"{case}/withdraw").form("/withdraw")).status == 303
    assert cabinet.open(f"file/{kbr.world.works[1]}").status == 404


def test_a_parent_of_two_chooses_and_changes_the_choice(kbr: Play, client_for: ClientFor) -> None:
    people = Representatives(kbr)
    first, second = people.parent(0), people.parent(1)
    cabinet = cabinet_of(client_for, people.actor(first))
    assert cabinet.open("").response.headers["Location"].endswith("/for-whom")
    assert cabinet.open(f"file/{kbr.world.works[0]}").status == 403
    asking = cabinet.open("for-whom")
    assert cabinet.send(asking.form()).status == 422
    stranger = str(kbr.world.participants[2].person_id)
    assert cabinet.send(asking.form(), principal=stranger).status == 422
    cabinet.send(asking.form(), principal=str(second.participant_id))
    assert "Примеровб Тест Тестович" in told(cabinet.open(""))
    assert cabinet.open(f"file/{kbr.world.works[1]}").status == 200
    assert cabinet.open(f"file/{kbr.world.works[0]}").status == 404
    assert "Выбрать другого" in told(cabinet.open(""))
    cabinet.send(cabinet.open("for-whom").form(), principal=str(first.participant_id))
    assert cabinet.open(f"file/{kbr.world.works[0]}").status == 200
    people.end(first)
    assert cabinet.open(f"file/{kbr.world.works[0]}").status == 404


def test_with_the_last_link_the_cabinet_is_shut(kbr: Play, client_for: ClientFor) -> None:
    people = Representatives(kbr)
    link = people.parent()
    cabinet = cabinet_of(client_for, people.actor(link))
    assert cabinet.open("").status == 200
    people.end(link)
    assert cabinet.open("").status == 404


def test_a_choice_without_the_form_s_token_is_refused(kbr: Play, client_for: ClientFor) -> None:
    people = Representatives(kbr)
    first = people.parent(0)
    people.parent(1)
    cabinet = cabinet_of(client_for, people.actor(first))
    form = cabinet.open("for-whom").form()
    assert cabinet.send(form, principal=str(first.participant_id), csrf_token="").status in (400, 403)


# --- Proxies ----------------------------------------------------------------------------------------------------------


def shown_to(kbr: Play, client_for: ClientFor, case: object, *powers: PowerCode) -> tuple[Visitor, str]:
    people = Representatives(kbr)
    cabinet = cabinet_of(client_for, people.actor(people.proxy(powers=frozenset(powers))))
    return cabinet, told(cabinet.open(f"appeals/{case}"))


@pytest.mark.parametrize(
    ("power", "text"),
    [
        (PowerCode.READ_DECISION, "Учебное основание"),
        (PowerCode.EXPLANATION, "Заключение эксперта Проверено"),
    ],
)
def test_each_power_shows_its_own_part_of_a_decided_case(
    kbr: Play, client_for: ClientFor, power: PowerCode, text: str
) -> None:
    case = kbr.walk(kbr.file(0), "decided")
    kbr.drain()
    _, page = shown_to(kbr, client_for, case, power)
    assert text in page
    others = frozenset(PowerCode) - {power, PowerCode.FILE, PowerCode.WITHDRAW}
    people = Representatives(kbr)
    other = people.proxy(powers=others, newcomer=people.proxy_newcomer(document="45 10 777005"))
    assert text not in told(cabinet_of(client_for, people.actor(other)).open(f"appeals/{case}"))


def test_without_the_power_nobody_learns_how_it_ended(kbr: Play, client_for: ClientFor) -> None:
    case = kbr.walk(kbr.file(0), "closed")
    kbr.drain()
    people = Representatives(kbr)
    somebody = people.actor(people.proxy(powers=frozenset({PowerCode.MATERIALS})))
    cabinet = cabinet_of(client_for, somebody)
    for place in ("", f"appeals/{case}"):
        page = told(cabinet.open(place))
        assert "Решение принято" in page
        assert "Отклонена" not in page
        assert "Примерова" in page
    api = client_for(somebody, slug="kbr")
    assert api.get(f"appeals/{case}").get_json()["outcome"] is None
    assert [line["outcome"] for line in api.get("appeals").get_json()["items"]] == [None]
    assert api.get(f"appeals/{case}/marks").status_code == 200
    reader = people.proxy(
        powers=frozenset({PowerCode.READ_DECISION}), newcomer=people.proxy_newcomer(document="45 77 1")
    )
    reads = client_for(people.actor(reader), slug="kbr")
    assert reads.get(f"appeals/{case}").get_json()["outcome"] == "rejected"
    assert reads.get(f"appeals/{case}/marks").get_json()["code"] == "representation.power"


def test_notices_are_for_those_who_may_receive_them(kbr: Play, client_for: ClientFor) -> None:
    kbr.file(0)
    kbr.drain()
    people = Representatives(kbr)
    own = told(cabinet_of(client_for, kbr.actor(0)).open(""))
    receives = people.proxy(powers=frozenset({PowerCode.RECEIVE_NOTICE}))
    other = people.proxy(
        powers=frozenset({PowerCode.MATERIALS}), newcomer=people.proxy_newcomer(document="45 10 777006")
    )
    pages = [told(cabinet_of(client_for, people.actor(link)).open("")) for link in (receives, other)]
    empty = "Здесь появятся сообщения"
    assert [empty in page for page in (own, *pages)] == [False, False, True]


def test_a_proxy_is_offered_neither_filing_nor_taking_back(kbr: Play, client_for: ClientFor) -> None:
    case = kbr.file(0)
    people = Representatives(kbr)
    somebody = people.actor(people.proxy())
    cabinet, child = cabinet_of(client_for, somebody), cabinet_of(client_for, kbr.actor(0))
    assert cabinet.open(f"appeals/{case}/withdraw").status == 403
    assert child.open(f"appeals/{case}/withdraw").status == 200
    assert "Отозвать апелляцию можно до" not in told(cabinet.open(f"appeals/{case}"))
    api = client_for(somebody, slug="kbr")
    refusal = api.post(f"appeals/{case}/withdraw", {"version": 1})
    assert (refusal.status_code, refusal.get_json()["code"]) == (403, "representation.power")
    assert "withdraw" not in api.get(f"appeals/{case}").get_json()["actions"]
    assert "withdraw" in client_for(kbr.actor(0), slug="kbr").get(f"appeals/{case}").get_json()["actions"]
    assert cabinet.open(f"file/{kbr.world.works[0]}").status == 403
