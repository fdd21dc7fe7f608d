"""No cache keeps what belongs to somebody, whatever is written behind its address (ASVS 14.2.2, 14.2.5).

Web cache deception: a signed-in person follows a link such as `/north/cases/…/x.css`; an application that answers with
the page, and a cache in front that takes the answer for a style sheet, give it to everybody who asks after that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest
from flask import Flask, Response
from werkzeug import Response as Answer

from apella.bootstrap import App
from apella.casework import reading
from apella.db.ids import new_id
from apella.testing.client import Client
from apella.testing.play import Play, Who
from apella.testing.plugin import ClientFor, StartPlay
from apella.testing.sizes import figure
from apella.web_app import create_app

pytestmark = pytest.mark.usefixtures("paperless")

SUFFIXES: Final = (
    "/x.css", "/x.js", "/static/x.css", ".css", ";.css", ";x.css", ";/x.css", "%2fx.js", "%2Fx.css", "%3Bx.css",
    "%5cx.css", "%00.css", "%0Ax.css", "%23x.css", "%3Fx.css", "%2e%2e%2fx.css", "/..%2fstatic/x.css", "//x.css",
    "?x.css",
)  # fmt: skip
WHO: Final[tuple[Who, ...]] = (0, "secretary", "chair", "school-operator")
LEAST_OPENED = 40
"""So many addresses open for somebody here: else the test would look at nothing but refusals."""


def kept_by_nobody(answer: Answer) -> bool:
    return "no-store" in answer.headers.get("Cache-Control", "")


def values_of(play: Play) -> Mapping[str, str]:
    """What stands in addresses: a decided case of the season, and whatever else there is one of."""
    case = play.file(channel="school_desk")
    play.walk(case, "decided")
    play.drain()
    document = play.do("secretary", lambda at: reading.documents_of(at, reading.case_for(at, case))[0][0].id)
    return {
        "tenant": "north",
        "case_id": str(case),
        "document_id": str(document),
        "work_id": str(play.world.works[0]),
        "person_id": str(play.world.participants[0].person_id),
        "action": "hand_over",
        "kind": "score",
        "role": "chair",
        "filename": "apella.css",
        "token": "unknown",
    }


def addresses(web: Flask, values: Mapping[str, str]) -> list[str]:
    """Every address that is asked by GET, but for our own static files; what has no value gets a new id."""
    found = []
    bound = web.url_map.bind("localhost")
    for rule in web.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint != "static":
            wanted = {name: values.get(name, str(new_id())) for name in rule.arguments}
            built = bound.build(rule.endpoint, wanted, method="GET")
            found.append(built.partition("?")[0])
    return sorted(set(found))


@pytest.fixture
def ground(web: Flask, play: StartPlay, client_for: ClientFor) -> tuple[list[str], list[Client]]:
    """Every address of a season where something happened, and people of it."""
    north = play()
    return addresses(web, values_of(north)), [client_for(north.actor(who)) for who in WHO]


def test_nothing_that_is_answered_may_be_kept(ground: tuple[list[str], list[Client]]) -> None:
    found, clients = ground
    opened = set()
    for client in clients:
        for address in found:
            answer = client.http.get(address)
            assert kept_by_nobody(answer), (address, answer.status_code, answer.headers.get("Cache-Control"))
            if answer.status_code == 200:
                opened.add(address)
    assert len(opened) >= LEAST_OPENED
    figure("addresses that open", len(opened))


def test_an_ending_behind_an_address_gives_nothing_that_a_cache_keeps(ground: tuple[list[str], list[Client]]) -> None:
    found, clients = ground
    shown: list[str] = []
    for address in found:
        for suffix in SUFFIXES:
            if (address + suffix).startswith("//"):
                continue  # that would be another host
            answer = clients[1].http.get(address + suffix)
            assert kept_by_nobody(answer), (address, suffix, answer.status_code)
            if answer.status_code == 200 and suffix != "?x.css":
                shown.append(address + suffix)
    # An address that ends in a free text, such as a signed link's, may well answer; nobody may keep it.
    figure("addresses with an ending", len(found) * len(SUFFIXES))
    figure("of them answered with 200", len(shown))
    assert len(shown) <= 2 * len(SUFFIXES), shown


def test_our_own_static_files_may_be_kept(web: Flask) -> None:
    with web.test_client().get("/static/apella.css") as answer:
        assert answer.status_code == 200
        assert not kept_by_nobody(answer)


def test_an_answer_that_may_be_kept_is_noticed(app: App) -> None:
    web = create_app(app)

    web.view_functions["health.ready"] = lambda: Response("x", headers={"Cache-Control": "public, max-age=60"})
    assert not kept_by_nobody(web.test_client().get("/readyz"))
