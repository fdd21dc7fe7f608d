"""The embedded issuer in several processes: one clock, and a code that is used once among all of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from apella.bootstrap import App
from apella.db.unit_of_work import Database
from apella.embedded.issuer import EmbeddedIssuer, embedded_configuration
from apella.embedded.issuer_adapter import IssuerAdapter
from apella.embedded.issuer_keys import load_issuer_keys
from apella.embedded.issuer_store import DatabaseIssuerStore
from apella.embedded.sign_in import demo_people
from apella.errors import Unauthenticated
from apella.identity.oidc import OidcClient
from apella.identity.oidc_provider import Provider
from apella.testing.identity import Place

ORIGIN = "http://127.0.0.1:8000"


def process(folder: Path, app: App) -> tuple[EmbeddedIssuer, OidcClient]:
    """A process with an issuer and a client of its own."""
    issuer = EmbeddedIssuer(
        keys=load_issuer_keys(folder), people=lambda: demo_people(app), store=DatabaseIssuerStore(app.database)
    )
    return issuer, OidcClient(Provider(embedded_configuration(), adapter=IssuerAdapter(issuer)))


def walk(issuer: EmbeddedIssuer, url: str, login: str) -> Mapping[str, str]:
    query = dict(parse_qsl(urlsplit(url).query))
    asked = issuer.read_request(query, own_origin=ORIGIN)
    issuer.check_request(query)
    return dict(parse_qsl(urlsplit(issuer.answer(asked, login=login)).query))


def test_a_sign_in_may_begin_in_one_process_and_end_in_another(
    tmp_path: Path, database: Database, app: App, place: Place
) -> None:
    one, client_of_one = process(tmp_path, app)
    _, client_of_other = process(tmp_path, app)
    now = DatabaseIssuerStore(database).now()
    url, state = client_of_one.begin(
        redirect_uri=f"{ORIGIN}/sign-in/callback", slug=place.slug, return_to=f"/{place.slug}/", now=now
    )
    assert url.startswith(f"{ORIGIN}/embedded/issuer/authorize?"), "the browser stays on the host it came by"
    answer = walk(one, url, place.secretary_login)
    identity = client_of_other.finish(state, answer, now=now)
    assert (identity.iss, identity.sub) == (one.issuer, place.secretary_login)
    with pytest.raises(Unauthenticated) as refusal:
        client_of_one.finish(state, answer, now=now)
    assert refusal.value.error_code == "sign_in.code"


def test_the_store_knows_machine_time_and_its_tenants_only(database: Database, place: Place) -> None:
    store = DatabaseIssuerStore(database)
    later = store.now() + timedelta(minutes=1)
    assert store.spend(tenant=place.slug, code_id=f"code:{place.season_id}", expires_at=later)
    assert not store.spend(tenant=place.slug, code_id=f"code:{place.season_id}", expires_at=later)
    assert not store.spend(tenant="nowhere", code_id="code:1", expires_at=later)


def test_the_people_are_those_with_an_account_of_this_issuer(app: App, place: Place, other_place: Place) -> None:
    people = {person.login: person for person in demo_people(app)}
    assert people[place.secretary_login].tenant == place.slug
    assert people[place.secretary_login].role == "ответственный секретарь"
    assert people[place.secretary_login].name == "Лесная Ирина"
    assert people[other_place.secretary_login].region == "Южный край"
