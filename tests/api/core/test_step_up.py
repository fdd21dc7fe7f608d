"""A decision is published by somebody who signed in minutes ago: the API says so, a page leads there and back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import update

from apella.db.unit_of_work import Database
from apella.identity.model import SignInSession
from apella.identity.sessions import token_hash
from apella.identity.step_up import FRESH
from apella.testing.client import Client
from apella.testing.plugin import ClientFor, StartPlay


@pytest.fixture
def age(database: Database) -> Callable[[Client], None]:
    def make_old(client: Client) -> None:
        with database.unit_of_work(None) as work:
            work.session.execute(
                update(SignInSession)
                .where(SignInSession.token_hash == token_hash(client.token))
                .values(auth_time=work.machine_now - FRESH - timedelta(seconds=1))
            )

    return make_old


def test_handing_over_long_after_the_sign_in_is_refused_and_changes_nothing(
    play: StartPlay, client_for: ClientFor, age: Callable[[Client], None]
) -> None:
    north = play()
    case = north.walk(north.file(), "decided")
    secretary = client_for(north.actor("secretary"))
    age(secretary)
    before = north.case(case).version
    answer = secretary.act(case, "hand-over")
    body = answer.get_json()
    assert (answer.status_code, body["code"]) == (403, "session.step_up")
    assert body["sign_in"].startswith("/north/sign-in/staff?fresh=1")
    assert north.case(case).version == before


def test_the_page_says_why_and_leads_to_a_fresh_sign_in_and_back(
    play: StartPlay, client_for: ClientFor, age: Callable[[Client], None]
) -> None:
    north = play()
    case = north.walk(north.file(), "decided")
    secretary = client_for(north.actor("secretary"))
    page = f"/north/cases/{case}/do/hand-over"
    assert secretary.get(page).status_code == 200
    age(secretary)
    answer = secretary.get(page)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 403
    assert "войдите ещё раз" in text
    link = unescape(re.findall(r'href="([^"]+fresh=1[^"]*)"', text)[0])
    assert "next=/north/cases/" in link.replace("%2F", "/")
    begun = secretary.get(link)
    assert begun.status_code == 303
    assert "max_age=0" in begun.headers["Location"]


def test_what_publishes_nothing_needs_no_fresh_sign_in(
    play: StartPlay, client_for: ClientFor, age: Callable[[Client], None]
) -> None:
    north = play()
    case = north.walk(north.file(), "decided")
    secretary = client_for(north.actor("secretary"))
    age(secretary)
    assert secretary.get(f"appeals/{case}").status_code == 200
    assert secretary.get(f"/north/cases/{case}").status_code == 200


def test_somebody_else_is_refused_as_before(
    play: StartPlay, client_for: ClientFor, age: Callable[[Client], None]
) -> None:
    north = play()
    case = north.walk(north.file(), "decided")
    member = client_for(north.actor("member-1"))
    age(member)
    assert member.act(case, "hand-over").get_json()["code"] == "permission.role"
