"""Filing through the API: once, however often it is sent."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from apella.appeals.model import Appeal
from apella.db.ids import new_id
from apella.testing.http_walk import HttpWalk
from apella.testing.plugin import ClientFor, StartPlay


@pytest.fixture
def north(play: StartPlay, client_for: ClientFor) -> HttpWalk:
    return HttpWalk(play(), client_for)


def cases(north: HttpWalk) -> int:
    query = select(Appeal.id).where(Appeal.season_id == north.play.world.season_id)
    return len(north.play.read(lambda session: session.scalars(query).all()))


def test_a_filing_is_answered_with_the_whole_case(north: HttpWalk) -> None:
    answer = north.client(0).post("appeals", north.application(0), key=True)
    assert answer.status_code == 201
    case = answer.get_json()
    assert (case["state"], case["version"], case["outcome"], case["channel"]) == ("registered", 1, None, "portal")
    assert case["receipt_number"]
    assert case["actions"] == ["withdraw"]
    assert {owed["term"] for owed in case["next"]} == {"kit.request", "hearing.schedule", "score.consideration"}
    assert north.client(0).get(f"appeals/{case['id']}").get_json() == case


def test_the_same_key_and_body_get_the_same_answer(north: HttpWalk) -> None:
    key = str(new_id())
    first, again = (north.client(0).post("appeals", north.application(0), key=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert cases(north) == 1


def test_the_same_key_with_another_body_is_refused(north: HttpWalk) -> None:
    key = str(new_id())
    north.client(0).post("appeals", north.application(0), key=key)
    other = north.client(0).post("appeals", north.application(0, statement="другое"), key=key)
    assert (other.status_code, other.get_json()["code"]) == (409, "idempotency.reused")


def test_a_key_is_its_person_s_alone(north: HttpWalk) -> None:
    key = str(new_id())
    answers = [north.client(number).post("appeals", north.application(number), key=key) for number in (0, 1)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert cases(north) == 2


def test_a_refused_filing_may_be_sent_again_with_its_key(north: HttpWalk) -> None:
    key = str(new_id())
    wrong = north.client(0).post("appeals", north.application(0, phone=None), key=key)
    assert (wrong.status_code, set(wrong.get_json()["fields"])) == (422, {"phone"})
    assert north.client(0).post("appeals", north.application(0), key=key).status_code == 201


@pytest.mark.parametrize("key", [None, "short", "with space in it", "кириллица-в-ключе", "x" * 101])
def test_without_a_proper_key_nothing_is_filed(north: HttpWalk, key: str | None) -> None:
    headers = {} if key is None else {"Idempotency-Key": key.encode().decode("latin-1")}
    answer = north.client(0).post("appeals", north.application(0), headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "idempotency.missing")
    assert cases(north) == 0


def test_a_key_sent_at_once_from_several_windows_files_once(north: HttpWalk, client_for: ClientFor) -> None:
    key, start = str(new_id()), threading.Barrier(4)
    clients = [client_for(north.play.actor(0)) for _ in range(4)]
    assert all(client.csrf for client in clients)
    ended: list[tuple[int, str]] = []

    def send(number: int) -> None:
        start.wait(10)
        answer = clients[number].post("appeals", north.application(0), key=key)
        ended.append((answer.status_code, answer.get_json().get("id")))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in ended} == {201}
    assert len({case for _, case in ended}) == 1
    assert cases(north) == 1


def test_a_second_appeal_on_the_exam_is_a_conflict(north: HttpWalk) -> None:
    north.client(0).post("appeals", north.application(0), key=True)
    again = north.client(0).post("appeals", north.application(0), key=True)
    assert (again.status_code, again.get_json()["code"]) == (409, "filing.already_filed")


@pytest.mark.parametrize("work_id", ["01890a5d-ac96-774b-bcce-b302099a8057", None], ids=["unknown", "another's"])
def test_another_s_work_is_404(north: HttpWalk, work_id: str | None) -> None:
    body = north.application(0, work_id=work_id or str(north.play.world.works[1]))
    answer = north.client(0).post("appeals", body, key=True)
    assert (answer.status_code, answer.get_json()["code"]) == (404, "filing.work")
