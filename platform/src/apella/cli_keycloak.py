"""The command `apella keycloak`: makes at a Keycloak what sign-in of staff needs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from apella.errors import ConfigurationError

if TYPE_CHECKING:
    from apella.bootstrap import App
    from apella.regions.rules import RegionRules

ADMIN = "APELLA_KEYCLOAK_ADMIN"
PASSWORD = "APELLA_KEYCLOAK_ADMIN_PASSWORD"  # noqa: S105 the name of a variable
SERVER = "APELLA_KEYCLOAK_URL"
INITIAL_PASSWORD = "APELLA_KEYCLOAK_INITIAL_PASSWORD"  # noqa: S105 the same


@dataclass(frozen=True, kw_only=True)
class _Server:
    """The Keycloak and its administrator, from the environment."""

    url: str
    admin: str
    password: str = field(repr=False)
    initial_password: str | None = field(repr=False)
    realm: str
    client_id: str


@click.group()
def keycloak() -> None:
    """Вход сотрудников через Keycloak."""


@keycloak.command()
@click.option("--tenant", "slugs", multiple=True, metavar="РЕГИОН", help="Какой регион; можно несколько раз.")
@click.option("--all", "every", is_flag=True, help="Все регионы установки.")
@click.option("--address", metavar="АДРЕС", help="Адрес Апеллы для браузера; без него – этой машины и порта.")
def provision(slugs: tuple[str, ...], *, every: bool, address: str | None) -> None:
    """Завести в Keycloak раздел, клиента, роли, организации регионов и их сотрудников.

    Повторный запуск ничего не меняет; прерванный – продолжает. Адрес Keycloak и администратор берутся из
    APELLA_KEYCLOAK_URL, APELLA_KEYCLOAK_ADMIN и APELLA_KEYCLOAK_ADMIN_PASSWORD (или …_PASSWORD_FILE).
    """
    from apella.bootstrap import make_app
    from apella.embedded.attach import attached
    from apella.settings import Settings

    if every == bool(slugs):
        raise click.UsageError("Укажите --tenant РЕГИОН или --all.")
    server = _server(os.environ)
    settings = Settings.from_environment(os.environ)
    with ExitStack() as stack:
        reached = stack.enter_context(attached(settings, command="keycloak", create=False))
        app = make_app({**os.environ, "APELLA_DATABASE_URL": reached.database_url or ""})
        stack.callback(app.database.engine.dispose)
        chosen = tuple(app.regions) if every else tuple(app.regions.get(slug) for slug in slugs)
        writes = provision_tenants(
            app, server, chosen, address=(address or f"http://127.0.0.1:{settings.port}").rstrip("/")
        )
    click.echo(f"Готово: регионов {len(chosen)}, записей в Keycloak {writes}.")


def provision_tenants(app: App, server: _Server, chosen: tuple[RegionRules, ...], *, address: str) -> int:
    """Provision the realm and the tenants, and bind accounts; returns how much was written at the Keycloak."""
    from keycloak import KeycloakAdmin

    from apella.identity.keycloak import OrganizationPlan, Provisioning, RealmPlan, issuer_of, keycloak_errors
    from apella.onboarding.staff_accounts import bind_staff, staff_plan

    iss = issuer_of(server.url, server.realm)
    domains = _domains(app)
    with keycloak_errors():
        admin = KeycloakAdmin(
            server_url=server.url,
            username=server.admin,
            password=server.password,
            realm_name="master",
            user_realm_name="master",
        )
        run = Provisioning(
            admin,
            plan=RealmPlan(realm=server.realm, client_id=server.client_id, address=address),
            say=click.echo,
            initial_password=server.initial_password,
        )
        run.realm()
        for rules in chosen:
            tenant_id = rules.tenant.tenant_id
            with app.database.unit_of_work(tenant_id) as work:
                members = staff_plan(work.session, tenant_id=tenant_id, vaults=app.vaults, iss=iss)
            subjects = run.organization(
                OrganizationPlan(
                    alias=rules.slug,
                    name=rules.tenant.title.nominative,
                    domains=domains[rules.slug],
                    members=members,
                )
            )
            with app.database.unit_of_work(tenant_id) as work:
                bound = bind_staff(work, tenant_id=tenant_id, slug=rules.slug, iss=iss, subjects=subjects)
            click.echo(f"{rules.tenant.title.nominative}: сотрудников {len(members)}, связано ролей {bound}.")
    return run.writes


def _domains(app: App) -> Mapping[str, tuple[str, ...]]:
    """The domain of each commission's own mail; one that several tenants use is nobody's."""
    own = {rules.slug: rules.tenant.contacts.email.partition("@")[2] for rules in app.regions}
    return {slug: (domain,) if list(own.values()).count(domain) == 1 else () for slug, domain in own.items()}


def _server(environment: Mapping[str, str]) -> _Server:
    missing = [name for name in (SERVER, ADMIN) if not environment.get(name)]
    if missing:
        raise ConfigurationError(f"Keycloak не указан: задайте {', '.join(missing)}.", code="settings.keycloak")
    password = _secret(environment, PASSWORD)
    if password is None:
        raise ConfigurationError(
            f"Пароль администратора Keycloak не указан: задайте {PASSWORD} или {PASSWORD}_FILE.",
            code="settings.keycloak",
        )
    return _Server(
        url=environment[SERVER].rstrip("/"),
        admin=environment[ADMIN],
        password=password,
        initial_password=_secret(environment, INITIAL_PASSWORD),
        realm=environment.get("APELLA_KEYCLOAK_REALM", "apella"),
        client_id=environment.get("APELLA_OIDC_CLIENT_ID", "apella"),
    )


def _secret(environment: Mapping[str, str], name: str) -> str | None:
    file = environment.get(f"{name}_FILE")
    if file is None:
        return environment.get(name) or None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(
            f"{name}_FILE={file}: файл не читается, проверьте путь и права.", code="settings.keycloak"
        ) from error


COMMANDS = (keycloak,)
"""What `apella` gets from here."""
