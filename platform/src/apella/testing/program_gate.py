"""The matrix of routes asked by programs: with a token of the own tenant, of another, or with one that has ended."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Final

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from apella.bootstrap import App
from apella.identity.actor import Actor
from apella.identity.api_clients import AT_AN_ORGANISATION, ApiToken, disable_client, secret_hash
from apella.identity.repository import newest_season
from apella.identity.roles import Role
from apella.registry.model import Organisation, OrganisationKind
from apella.testing.programs import Program
from apella.testing.route_matrix import Gate, Route, Situation, Verdict, expected

PROGRAMS: Final = (
    Situation.OWN,
    Situation.OTHER,
    Situation.EXPIRED,
    Situation.REVOKED,
    Situation.DISABLED,
)
"""In which situations a program asks; without a token it is like anybody without a login."""

ROLES: Final = (Role.DATA_CENTRE_OPERATOR, Role.SCHOOL_OPERATOR)


class ProgramGate(Gate):
    """The programs of a tenant's newest season, one of each role, with a token for each situation."""

    def __init__(self, app: App, web: Flask, slug: str, *, ids: Mapping[str, str]) -> None:
        super().__init__(app, web, {}, ids)
        rules = app.regions.get(slug)
        with app.database.unit_of_work(rules.tenant.tenant_id) as work:
            season = newest_season(work.session)
            if season is None:
                raise LookupError("the tenant has no season")
            schools = select(Organisation.id).where(
                Organisation.season_id == season.id, Organisation.kind == OrganisationKind.SCHOOL
            )
            school = work.session.scalars(schools.limit(1)).one()
        self._actor = Actor.system(tenant_id=rules.tenant.tenant_id, slug=slug, season_id=season.id)
        self._held: dict[tuple[Role, Situation], str] = {
            (role, situation): self._token_for(situation, self._program(web, role, school))
            for role in ROLES
            for situation in PROGRAMS
            if situation is not Situation.OTHER
        }

    def _program(self, web: Flask, role: Role, school: uuid.UUID) -> Program:
        place = school if role in AT_AN_ORGANISATION else None
        return Program(self._app, web, self._actor, role=role, organisation_id=place)

    def _token_for(self, situation: Situation, program: Program) -> str:
        """A token that is in this situation."""
        token = program.token
        with self._app.database.unit_of_work(self._actor.tenant_id) as work:
            changed = {
                Situation.EXPIRED: {"expires_at": work.machine_now},
                Situation.REVOKED: {"revoked_at": work.machine_now},
            }.get(situation)
            if changed is not None:
                row = ApiToken.token_hash == secret_hash(token)
                work.session.execute(update(ApiToken).where(row).values(**changed))
            if situation is Situation.DISABLED:
                disable_client(
                    work.session,
                    program.client_id,
                    actor=self._actor,
                    machine_now=work.machine_now,
                    case_at=work.machine_now,
                )
        return token

    def asking(self, route: Route, situation: Situation) -> Sequence[Role | None]:  # noqa: ARG002 every one asks always
        """Every program."""
        return ROLES

    def expected(self, route: Route, situation: Situation, role: Role | None) -> frozenset[Verdict]:
        """As a person of the role, but no page opens, and what a person does in person is refused."""
        if not route.is_api or situation in {Situation.REVOKED, Situation.DISABLED}:
            return frozenset({Verdict.SIGN_IN})
        wanted = expected(route, situation, role)
        closed = route.fresh or route.person
        return frozenset({Verdict.REFUSED}) if closed and Verdict.PASSED in wanted else wanted

    def _sign_in(
        self,
        client: FlaskClient,  # noqa: ARG002 a program has no cookies
        role: Role,
        situation: Situation,
        *,
        anew: bool,  # noqa: ARG002 and no session that ends
    ) -> dict[str, str]:
        kind = Situation.OWN if situation is Situation.OTHER else situation
        return {"Authorization": f"Bearer {self._held[role, kind]}"}
