"""A site that holds sign-in and nothing else, with two small regions of its own."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from flask import Flask

from apella.bootstrap import App
from apella.db.unit_of_work import Database
from apella.embedded.issuer import EmbeddedIssuer, embedded_configuration
from apella.embedded.issuer_adapter import IssuerAdapter
from apella.embedded.issuer_keys import load_issuer_keys
from apella.embedded.issuer_store import DatabaseIssuerStore
from apella.embedded.pages_issuer import issuer_blueprint
from apella.embedded.sign_in import demo_people
from apella.errors import NotFound
from apella.identity import pages, resources
from apella.identity.login_states import LoginStates
from apella.identity.oidc import OidcClient
from apella.identity.oidc_provider import Provider
from apella.identity.repository import code_request
from apella.identity.sms_codes import take_code_to_send
from apella.identity.vault import Vaults
from apella.settings import Settings
from apella.testing.identity import Place
from apella.web import errors, layout, security
from apella.web import pages as preferences_pages
from apella.web.api import make_api
from apella.web.layout import plain_frame
from apella.web.requests import EXTENSION, TransactionalFlask, admitted, session_id


class _Regions(dict[str, SimpleNamespace]):
    """As much of the regions as sign-in reads."""

    def __missing__(self, slug: str) -> SimpleNamespace:
        raise NotFound("Такого региона нет: проверьте адрес.", code="tenant.unknown")

    def get(self, slug: str, default: object = None) -> SimpleNamespace:
        del default
        return self[slug]

    def __iter__(self) -> Iterator[SimpleNamespace]:  # type: ignore[override]  # like RegionRegistry
        return iter(self.values())


@dataclass(frozen=True)
class Site:
    """The application, and the codes that are on their way to somebody's phone."""

    app: Flask
    database: Database
    vaults: Vaults
    place: Place

    def code_at(self, location: str) -> str:
        """The code of the request that the address names; it can be taken once."""
        request_id = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", location)
        if request_id is None:
            raise LookupError(location)
        return self.code_of(request_id[0])

    def code_of(self, request_id: str) -> str:
        """The code of the request; it can be taken once."""
        with self.database.unit_of_work(self.place.tenant_id) as work:
            row = code_request(work.session, uuid.UUID(request_id))
            if row is None:
                raise LookupError(request_id)
            vault = self.vaults.of_season(work.session, tenant_id=self.place.tenant_id, season_id=row.season_id)
            outgoing = take_code_to_send(row, vault=vault, machine_now=work.machine_now)
            if outgoing is None:
                raise LookupError(request_id)
            return outgoing.code


def make_site(home: Path, *, database: Database, vaults: Vaults, places: tuple[Place, ...]) -> Site:
    """Make the site of these places; `/<tenant>/` says who is signed in."""
    regions = _Regions(
        {
            place.slug: SimpleNamespace(
                slug=place.slug,
                zone=place.zone,
                tenant=SimpleNamespace(
                    tenant_id=place.tenant_id, title=SimpleNamespace(nominative=f"Регион {place.slug}")
                ),
                bodies=SimpleNamespace(commission=SimpleNamespace(full=f"Апелляционная комиссия: {place.slug}")),
            )
            for place in places
        }
    )
    parts = SimpleNamespace(
        settings=Settings.from_environment({"APELLA_HOME": str(home)}),
        regions=regions,
        database=database,
        vaults=vaults,
        login_states=LoginStates(b"s" * 32),
    )
    issuer = EmbeddedIssuer(
        keys=load_issuer_keys(home / "keys"),
        people=lambda: demo_people(cast("App", parts)),
        store=DatabaseIssuerStore(database),
    )
    parts.oidc = OidcClient(Provider(embedded_configuration(), adapter=IssuerAdapter(issuer)))
    app = TransactionalFlask("apella.web", static_folder="static", static_url_path="/static")
    app.extensions[EXTENSION] = parts
    guard = security.Guard(
        secret=b"c" * 32, session_id=session_id, policy=security.content_security_policy(), secure=False
    )
    security.init_app(app, guard)
    errors.init_app(app)
    layout.init_app(app)
    make_api(app).register_blueprint(resources.api)
    app.register_blueprint(preferences_pages.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(issuer_blueprint(issuer, frame=plain_frame))
    app.add_url_rule("/<tenant>/", "home", lambda tenant: f"{tenant} {admitted().actor.login}")
    return Site(app, database, vaults, places[0])
