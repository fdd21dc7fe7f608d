"""Sign-in of an embedded instance: its own issuer, whose people are those with a demo account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from apella.embedded.issuer import DemoPerson, EmbeddedIssuer, embedded_configuration
from apella.embedded.issuer_adapter import IssuerAdapter
from apella.embedded.issuer_store import DatabaseIssuerStore
from apella.errors import Unauthenticated
from apella.identity.model import Account, Membership, Person
from apella.identity.oidc_provider import EMBEDDED_ISSUER, Provider
from apella.identity.role_names import ROLE_NAMES
from apella.tenancy.model import Season

if TYPE_CHECKING:
    from apella.bootstrap import App


def embedded_issuer(app: App) -> EmbeddedIssuer:
    """The issuer of this home. Raises ConfigurationError in production."""
    return EmbeddedIssuer.open(app.settings, people=lambda: demo_people(app), store=DatabaseIssuerStore(app.database))


def embedded_provider(app: App) -> Provider:
    """The provider that the OIDC client talks to, without the network."""
    return Provider(embedded_configuration(), adapter=IssuerAdapter(embedded_issuer(app)))


def wanted_tenant(app: App, ticket: str | None) -> str | None:
    """Which tenant the sign-in leads to that was begun in a browser with this ticket; None without one of ours.

    The issuer runs beside its client, on one host: it may read the client's cookie, which no other provider could.
    """
    try:
        return app.login_states.read(ticket).slug
    except Unauthenticated:
        return None


def demo_people(app: App) -> Iterable[DemoPerson]:
    """Everybody with an account at the embedded issuer, by region; roles apart, the oldest season first."""
    for rules in app.regions:
        with app.database.unit_of_work(rules.tenant.tenant_id) as work:
            rows = work.session.execute(
                select(Account.sub, Person, Membership.role)
                .join(Membership, Membership.account_id == Account.id)
                .join(Person, and_(Person.tenant_id == Membership.tenant_id, Person.id == Membership.person_id))
                .join(Season, and_(Season.tenant_id == Membership.tenant_id, Season.id == Membership.season_id))
                .where(Account.iss == EMBEDDED_ISSUER, Membership.revoked_at.is_(None))
                .order_by(Season.created_at, Membership.id)
            ).all()
        for login, person, role in rows:
            yield DemoPerson(
                login=login,
                name=" ".join(part for part in (person.surname, person.given_name, person.patronymic) if part),
                role=ROLE_NAMES[role],
                tenant=rules.slug,
                region=rules.tenant.title.nominative,
            )
