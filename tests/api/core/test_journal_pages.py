"""The journal goes forward by cursors: every case once, in order, whatever is filed meanwhile."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from apella.appeals.model import Appeal
from apella.registry.repository import result_in_force
from apella.testing.http_walk import HttpWalk
from apella.testing.plugin import ClientFor, StartPlay

CASES = 7


@pytest.fixture
def north(play: StartPlay, client_for: ClientFor) -> HttpWalk:
    return HttpWalk(play(participants=CASES), client_for)


@pytest.fixture
def cases(north: HttpWalk) -> list[str]:
    """The cases of a season, the newest filing first; three were filed at the very same moment."""
    ids = [str(north.play.file(number)) for number in range(CASES)]
    moment = north.play.case(north.play.file(0, channel="exam_point")).filed_at
    same = update(Appeal).where(Appeal.id.in_(ids[2:5])).values(filed_at=moment)
    north.play.read(lambda session: session.execute(same))
    rows = north.play.read(
        lambda s: (
            s.query(Appeal.id)
            .where(Appeal.season_id == north.play.world.season_id)
            .order_by(Appeal.filed_at.desc(), Appeal.id.desc())
            .all()
        )
    )
    return [str(row.id) for row in rows]


def walk_pages(north: HttpWalk, *, limit: int) -> list[str]:
    found: list[str] = []
    path: str | None = f"appeals?limit={limit}"
    while path is not None:
        page = north.client("secretary").get(path).get_json()
        assert len(page["items"]) <= limit
        found += [line["id"] for line in page["items"]]
        path = None if page["next"] is None else f"appeals?limit={limit}&cursor={page['next']}"
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, CASES + 1, 200])
def test_going_through_shows_every_case_once_in_order(north: HttpWalk, cases: list[str], limit: int) -> None:
    assert walk_pages(north, limit=limit) == cases


def test_what_is_filed_meanwhile_does_not_shift_the_pages(north: HttpWalk, cases: list[str]) -> None:
    first = north.client("secretary").get("appeals?limit=3").get_json()
    north.play.file(1, channel="exam_point")
    second = north.client("secretary").get(f"appeals?limit=3&cursor={first['next']}").get_json()
    assert [line["id"] for line in first["items"] + second["items"]] == cases[:6]


def test_filters_narrow_and_pages_keep_them(north: HttpWalk, cases: list[str]) -> None:
    client = north.client("secretary")

    def listed(query: str) -> list[str]:
        return [line["id"] for line in client.get(f"appeals?limit=200&{query}").get_json()["items"]]

    def searched(**wanted: str) -> list[str]:
        answer = client.post("appeals/search", {"limit": 200, **wanted})
        assert answer.status_code == 200
        return [line["id"] for line in answer.get_json()["items"]]

    procedure = [case for case in cases if north.seen(case)["kind"] == "procedure"]
    assert listed("kind=procedure") == procedure
    assert len(listed("kind=score")) == CASES
    assert listed("state=hearing") == []
    assert len(listed("owed=kit.request")) == CASES
    assert listed("subject=99") == []
    one = north.seen(cases[-1])
    assert listed(f"number={one['receipt_number']}") == [one["id"]]
    surname = client.get("appeals?limit=1").get_json()["items"][0]["appellant"].split()[0]
    assert set(searched(surname=surname.upper())) <= set(cases)
    assert searched(surname=surname[:6])
    assert searched(surname="Никтов") == []
    assert searched(surname=surname[:6], kind="procedure") == procedure
    assert listed("surname=Никтов") == listed(""), "a surname has no place in an address"


def test_who_sees_less_pages_through_less(north: HttpWalk, cases: list[str]) -> None:
    own = [line["id"] for line in north.client(0).get("appeals").get_json()["items"]]
    assert len(own) == 2
    assert set(own) < set(cases)
    assert north.client("expert-1").get("appeals").get_json() == {"items": [], "next": None}


def test_a_participant_sees_the_own_works_with_result_and_window(north: HttpWalk) -> None:
    (work,) = north.client(2).get("works").get_json()
    result = north.play.read(lambda session: result_in_force(session, north.play.world.works[2]))
    assert result is not None
    assert (work["primary_score"], work["test_score"]) == (result.primary_score, result.test_score)
    assert work["participant"] == north.play.actor(2).login
    assert work["opens"] < work["due"]
    code = north.play.actor(2).login
    operator = north.client("school-operator")
    for typed in (code, f" {code} "):
        assert [w["id"] for w in operator.post("works/search", {"participant": typed}).get_json()] == [work["id"]]
    for typed, status, problem in (
        ("nobody", 404, "works.participant"), ("", 422, "malformed"), ("0\0", 422, "malformed")
    ):  # fmt: skip
        refused = operator.post("works/search", {"participant": typed})
        assert (refused.status_code, refused.get_json()["code"]) == (status, problem)
    for who in ("secretary", 2):
        refused = north.client(who).post("works/search", {"participant": code})
        assert (refused.status_code, refused.get_json()["code"]) == (403, "works.role")
    for who in ("secretary", "school-operator"):
        refused = north.client(who).get(f"works?participant={code}")
        assert (refused.status_code, refused.get_json()["code"]) == (403, "works.own")
