"""The page of the full chain: who may see it, what it answers, and how it is paged."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from apella.audit.model import AuditEvent
from apella.audit.nightly import check_some
from apella.audit.words import GROUPS, Group
from apella.identity.actor import Actor
from apella.identity.model import ERASED, Person
from apella.identity.roles import Role
from apella.testing.console import Console, ConsoleFor, Page
from apella.testing.play import Play
from apella.testing.plugin import ClientFor, StartPlay

pytestmark = pytest.mark.usefixtures("paperless")


def numbers(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'<th scope="row"[^>]*>\s*(\d+)<', page)]


def chain(console: Console, *, login: str = "", **query: str) -> str:
    return asked(console, login=login, **query).html


def asked(console: Console, *, login: str = "", **query: str) -> Page:
    """The chain by its filter; who is looked for is typed on the page."""
    page = console.get(f"audit?{urlencode(query)}")
    if login:
        sent = console.submit(page, "audit", {"login": login})
        assert sent.status == 303
        assert login not in sent.location
        page = console.get(sent.location)
    assert page.status == 200, page.text
    return page


def known_as(actor: Actor) -> str:
    """What the chain says of a participant."""
    return f"участник {str(actor.person_id)[-8:]}"


@pytest.fixture
def walked(play: StartPlay) -> tuple[Play, str]:
    """A case that was decided."""
    north = play()
    return north, str(north.walk(north.file(), "decided", outcome="up"))


@pytest.mark.parametrize("who", ["chair", "secretary"])
def test_those_who_answer_for_the_commission_see_it(play: StartPlay, console_for: ConsoleFor, who: str) -> None:
    north = play()
    north.file()
    assert numbers(chain(console_for(north.actor(who))))


@pytest.mark.parametrize("who", ["member-1", "data-centre-operator", 0])
def test_others_do_not(play: StartPlay, console_for: ConsoleFor, who: str | int) -> None:
    north = play()
    case = north.file()
    console = console_for(north.actor(who))
    assert console.get("audit").status == 403
    assert "/north/audit" not in console.get(f"cases/{case}").html


def test_a_case_s_page_asks_the_questions_in_one_click(
    walked: tuple[Play, str], console_for: ConsoleFor, client_for: ClientFor
) -> None:
    north, case = walked
    client_for(north.actor("chair")).post(f"appeals/{case}/document-number")
    console = console_for(north.actor("secretary"))
    links = dict(console.get(f"cases/{case}").links)
    found = {}
    for question in ("Кто смотрел документы", "Кто менял баллы", "Почему эта дата", "Все записи с отпечатками"):
        page = console.get(links[question])
        assert page.status == 200
        found[question] = page.html
    chair = north.actor("chair").login
    assert "Открыты личные данные участника" in found["Кто смотрел документы"]
    assert chair in found["Кто смотрел документы"]
    assert "Комиссия приняла решение" in found["Кто менял баллы"]
    assert "Подан голос" in found["Кто менял баллы"]
    assert "Назначено время рассмотрения" in found["Почему эта дата"]
    assert "Апелляция подана" in found["Все записи с отпечатками"]
    assert "Апелляция подана" not in found["Кто менял баллы"]


def test_every_row_has_its_number_hash_and_state(walked: tuple[Play, str], console_for: ConsoleFor) -> None:
    north, case = walked
    page = chain(console_for(north.actor("chair")), case=case)
    query = select(AuditEvent).where(AuditEvent.case_id == case).order_by(AuditEvent.seq.desc())
    events = north.read(lambda session: list(session.scalars(query)))
    assert numbers(page) == [event.seq for event in events][:50]
    assert all(event.hash.hex()[:16] in page for event in events[:50])
    assert "Ещё не проверена" in page or "Проверена" in page


def test_the_last_check_says_of_each_row_whether_it_was_looked_at(
    walked: tuple[Play, str], console_for: ConsoleFor, client_for: ClientFor
) -> None:
    north, case = walked
    rules = north.world.rules
    with north.app.database.unit_of_work(rules.tenant.tenant_id) as work:
        check = None
        while check is None or check.finished_at is None:
            found = check_some(
                work.session,
                store=north.app.store,
                key=north.app.audit_key,
                slug="north",
                zone=rules.zone,
                machine_now=work.machine_now,
            )
            if found is None:
                break
            check = found
    page = chain(console_for(north.actor("chair")), case=case)
    assert "Цепочка цела" in page
    client_for(north.actor("secretary")).post(f"appeals/{case}/document-number")
    assert "Ещё не проверена" in chain(console_for(north.actor("chair")))


def test_pages_follow_one_another_without_a_gap(
    play: StartPlay, console_for: ConsoleFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apella.casework.pages.chain.PAGE", 3)
    north = play()
    case = str(north.walk(north.file(), "concluded"))
    console = console_for(north.actor("chair"))
    whole = [
        event.seq
        for event in north.read(
            lambda session: list(
                session.scalars(select(AuditEvent).where(AuditEvent.case_id == case).order_by(AuditEvent.seq.desc()))
            )
        )
    ]
    page = console.get(f"audit?case={case}")
    seen = numbers(page.html)
    back = [numbers(page.html)]
    while forward := [url for label, url in page.links if label == "Вперёд"]:
        page = console.get(forward[0].replace("&amp;", "&"))
        seen += numbers(page.html)
        back.append(numbers(page.html))
    assert seen == whole
    assert len(back) > 1
    previous = next(url for label, url in page.links if label == "Назад")
    assert numbers(console.get(previous.replace("&amp;", "&")).html) == back[-2]


def test_filters_by_person_group_and_day(walked: tuple[Play, str], console_for: ConsoleFor) -> None:
    north, case = walked
    console = console_for(north.actor("chair"))
    chair = north.actor("chair").login
    assert len(numbers(chain(console, case=case, login=chair))) == 2  # a vote and the decision
    assert numbers(chain(console, case=case, login="nobody")) == []
    assert numbers(chain(console, case=case, since="01.01.2020")) == numbers(chain(console, case=case))
    assert numbers(chain(console, case=case, until="01.01.2020")) == []
    assert numbers(chain(console, case=case, since="32.13.2020", group="none")) == numbers(chain(console, case=case))
    for group in Group:
        assert GROUPS[group] in chain(console, case=case, group=group)


def test_a_participant_is_found_by_the_code_and_named_to_who_has_every_case(
    walked: tuple[Play, str], console_for: ConsoleFor
) -> None:
    north, case = walked
    actor = north.actor(0)
    name, recorded = "Примерова Т. Т.", known_as(actor)
    chair = console_for(north.actor("chair"))
    page = asked(chair, case=case, login=actor.login)
    assert len(numbers(page.html)) == 1
    assert f"{name}, {recorded}" in page.text
    assert actor.login not in "".join(url for _, url in page.links), "what was looked for stays out of every address"
    assert chair.get(f"audit?case={case}").html.count(actor.login) == 0
    # An administrator has no cases: the chain is shown, its participants are not.
    page = asked(console_for(north.hire(Role.TENANT_ADMIN)), case=case, login=actor.login)
    assert len(numbers(page.html)) == 1
    assert recorded in page.text
    assert name not in page.text


def test_an_erased_participant_stays_somebody_and_nobody_in_particular(
    walked: tuple[Play, str], console_for: ConsoleFor
) -> None:
    north, case = walked
    actor = north.actor(0)

    def erase(session: Session) -> None:
        person = session.get_one(Person, (actor.tenant_id, actor.person_id))
        person.login, person.surname = f"{ERASED}{person.id}", "стёрто"

    north.read(erase)
    chair = console_for(north.actor("chair"))
    page = chair.get(f"audit?case={case}")
    assert known_as(actor) in page.text
    assert "стёрто" not in page.text
    history = chair.get(f"cases/{case}").text
    assert "Апелляция подана" in history
    assert "Участник" in history


@pytest.mark.parametrize("case", ["no-uuid", "00000000-0000-7000-8000-000000000000"])
def test_a_case_that_there_is_not_is_not_found(play: StartPlay, console_for: ConsoleFor, case: str) -> None:
    assert console_for(play().actor("chair")).get(f"audit?case={case}").status == 404


def test_another_region_s_chain_is_not_seen(play: StartPlay, console_for: ConsoleFor) -> None:
    south, north = play("south"), play()
    case = str(south.file(channel="queue_clerk"))
    console = console_for(north.actor("chair"))
    assert console.get(f"audit?case={case}").status == 404
    assert south.actor("queue-clerk").login not in chain(console)
