"""A decision is published by somebody who signed in minutes ago: the API says so, a page leads there and back."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from apella.bootstrap import App
from apella.db.ids import new_id
from apella.db.unit_of_work import Database
from apella.identity.actor import Actor
from apella.identity.model import Account, Membership, SignInSession
from apella.identity.oidc import Identity, LoginState
from apella.identity.sessions import COOKIE, token_hash
from apella.identity.sign_in import sign_in_staff
from apella.identity.step_up import FRESH
from apella.testing.client import Client
from apella.testing.play import Play
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


@pytest.fixture
def north(play: StartPlay) -> Play:
    return play()


@pytest.fixture
def case(north: Play) -> uuid.UUID:
    return north.walk(north.file(), "decided")


def fields_of(page: TestResponse) -> dict[str, str]:
    """The hidden fields of a page's form."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.get_data(as_text=True))
    return {unescape(name): unescape(value) for name, value in found}


def sign_in_again(app: App, browser: Client, actor: Actor) -> None:
    """Come back from the provider as this person, in a browser where somebody is signed in."""
    rules = app.regions.get(actor.slug)
    with app.database.unit_of_work(actor.tenant_id) as work:
        account = work.session.scalars(
            select(Account)
            .join(Membership, Membership.account_id == Account.id)
            .where(Membership.person_id == actor.person_id)
        ).one()
        begun = sign_in_staff(
            work,
            tenant_id=actor.tenant_id,
            slug=actor.slug,
            zone=rules.zone,
            state=LoginState(
                state=str(new_id()),
                nonce="nonce",
                code_verifier="verifier",
                redirect_uri="http://localhost/sign-in/callback",
                slug=actor.slug,
                return_to="/",
                expires_at=work.machine_now + timedelta(minutes=10),
            ),
            identity=Identity(
                iss=account.iss,
                sub=account.sub,
                sid="sid",
                loa=2,
                auth_time=work.machine_now,
                organizations=frozenset({actor.slug}),
            ),
            present=browser.token,
        )
    browser.http.set_cookie(COOKIE, begun.token)


def test_handing_over_long_after_the_sign_in_is_refused_and_changes_nothing(
    north: Play, case: uuid.UUID, client_for: ClientFor, age: Callable[[Client], None]
) -> None:
    secretary = client_for(north.actor("secretary"))
    age(secretary)
    before = north.case(case).version
    answer = secretary.act(case, "hand-over")
    body = answer.get_json()
    assert (answer.status_code, body["code"]) == (403, "session.step_up")
    assert body["sign_in"].startswith("/north/sign-in/staff?fresh=1")
    assert north.case(case).version == before


def test_the_page_says_why_and_leads_to_a_fresh_sign_in_and_back(
    north: Play, case: uuid.UUID, client_for: ClientFor, age: Callable[[Client], None]
) -> None:
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


def test_a_form_sent_too_late_is_kept_and_sent_again_after_the_sign_in(
    app: App, north: Play, case: uuid.UUID, client_for: ClientFor, age: Callable[[Client], None]
) -> None:
    north.drain()
    secretary = client_for(north.actor("secretary"))
    page = f"/north/cases/{case}/do/hand-over"
    typed = {**fields_of(secretary.get(page)), "note": "Две строки: «раз» & <два>"}
    age(secretary)
    kept = secretary.http.post(page, data=typed)
    assert kept.status_code == 403
    fields = fields_of(kept)
    assert {name: fields[name] for name in typed if name != "csrf_token"} == {
        name: value for name, value in typed.items() if name != "csrf_token"
    }
    assert 'target="_blank"' in kept.get_data(as_text=True)
    sign_in_again(app, secretary, north.actor("secretary"))
    assert secretary.http.post(page, data=fields).status_code == 303
    assert north.case(case).state == "in_exchange"


def test_a_form_of_another_person_s_session_is_refused(
    app: App, north: Play, case: uuid.UUID, client_for: ClientFor
) -> None:
    browser = client_for(north.actor("secretary"))
    page = f"/north/cases/{case}/do/hand-over"
    fields = fields_of(browser.get(page))
    sign_in_again(app, browser, north.actor("chair"))
    refused = browser.http.post(page, data=fields)
    assert refused.status_code == 403
    assert "Страница устарела" in refused.get_data(as_text=True)


def test_what_publishes_nothing_needs_no_fresh_sign_in(
    north: Play, case: uuid.UUID, client_for: ClientFor, age: Callable[[Client], None]
) -> None:
    secretary = client_for(north.actor("secretary"))
    age(secretary)
    assert secretary.get(f"appeals/{case}").status_code == 200
    assert secretary.get(f"/north/cases/{case}").status_code == 200


def test_somebody_else_is_refused_as_before(
    north: Play, case: uuid.UUID, client_for: ClientFor, age: Callable[[Client], None]
) -> None:
    member = client_for(north.actor("member-1"))
    age(member)
    assert member.act(case, "hand-over").get_json()["code"] == "permission.role"
