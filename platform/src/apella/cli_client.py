"""The commands `apella client`: programs of a region that work by the API with an id and a secret."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

import click

from apella.settings import Settings

if TYPE_CHECKING:
    from uuid import UUID

    from apella.db.unit_of_work import UnitOfWork
    from apella.identity.actor import Actor
    from apella.regions.rules import RegionRules

_TENANT = click.option("--tenant", "slug", required=True, metavar="РЕГИОН", help="Регион: имя его папки.")
_ID = click.argument("client_id", metavar="ИМЯ")
_ROLES: Final = ("data_centre_operator", "school_operator", "municipal_operator", "queue_clerk")
MOST_HOURS: Final = 30 * 24
"""What `identity.api_clients` takes at most, in hours; that module is heavy to load for a page of help."""
_ONCE: Final = "Секрет показан один раз: сохраните его сейчас."


class _At(NamedTuple):
    work: UnitOfWork
    actor: Actor
    rules: RegionRules


@click.group()
def client() -> None:
    """Программы региона: доступ к API по имени и секрету."""


@client.command()
@_TENANT
@_ID
@click.option("--title", required=True, metavar="НАЗВАНИЕ", help="Что это за программа и чья она.")
@click.option("--role", required=True, type=click.Choice(_ROLES), help="Роль: что программа может делать.")
@click.option("--organisation", "code", metavar="КОД", help="Организация: школа или орган управления образованием.")
def create(slug: str, client_id: str, title: str, role: str, code: str | None) -> None:
    """Завести программу в последнем сезоне и показать её секрет."""
    from apella.identity.api_clients import create_client
    from apella.identity.roles import Role

    with _application(slug) as at:
        made = create_client(
            at.work.session,
            actor=at.actor,
            client_id=client_id,
            title=title,
            role=Role(role),
            organisation_id=None if code is None else _organisation(at, role=role, code=code),
            machine_now=at.work.machine_now,
            case_at=at.work.now,
        )
    click.echo(f"client_id: {client_id}\nclient_secret: {made.secret}")
    click.echo(f"Токен доступа: POST /api/v1/{slug}/token. {_ONCE}", err=True)


@client.command(name="list")
@_TENANT
def list_(slug: str) -> None:
    """Показать программы региона."""
    from apella.identity.api_clients import clients
    from apella.identity.role_names import ROLE_NAMES

    with _application(slug) as at:
        found, moment, now = clients(at.work.session), _moments(at.rules.zone), at.work.machine_now
    if not found:
        click.echo("Программ в этом регионе нет.")
    for one in found:
        row = one.client
        click.echo(f"{row.client_id}: {one.title}")
        click.echo(f"  роль: {', '.join(ROLE_NAMES[role] for role in one.roles)}")
        click.echo(f"  заведена: {moment(row.created_at)}")
        click.echo(f"  работала: {'ещё нет' if row.last_used_at is None else moment(row.last_used_at)}")
        if row.rotated_at is not None:
            click.echo(f"  секрет сменён: {moment(row.rotated_at)}")
        if row.disabled_at is not None:
            click.echo(f"  отключена: {moment(row.disabled_at)}")
        elif row.previous_until is not None and row.previous_until > now:
            click.echo(f"  прежний секрет действует до: {moment(row.previous_until)}")


@client.command()
@_TENANT
@_ID
@click.option(
    "--overlap",
    "hours",
    default=24,
    type=click.IntRange(0, MOST_HOURS),
    show_default=True,
    metavar="ЧИСЛО",
    help="Сколько часов ещё действует прежний секрет, до 720; 0 – если он утёк: тогда закроются и выданные токены.",
)
def rotate(slug: str, client_id: str, hours: int) -> None:
    """Сменить секрет программы и показать новый."""
    from apella.identity.api_clients import rotate_secret

    with _application(slug) as at:
        made = rotate_secret(
            at.work.session,
            client_id,
            actor=at.actor,
            overlap=timedelta(hours=hours),
            machine_now=at.work.machine_now,
            case_at=at.work.now,
        )
        until = made.client.previous_until
        moment = _moments(at.rules.zone)
    click.echo(f"client_id: {client_id}\nclient_secret: {made.secret}")
    ending = "Прежний больше не действует." if until is None else f"Прежний действует до {moment(until)}."
    click.echo(f"{_ONCE} {ending}", err=True)


@client.command()
@_TENANT
@_ID
def disable(slug: str, client_id: str) -> None:
    """Отключить программу: её секрет и токены перестают действовать сразу."""
    from apella.identity.api_clients import disable_client

    with _application(slug) as at:
        disable_client(at.work.session, client_id, actor=at.actor, machine_now=at.work.machine_now, case_at=at.work.now)
    click.echo(f"Программа {client_id} отключена.")


def _organisation(at: _At, *, role: str, code: str) -> UUID:
    """The organisation of this code that somebody with the role works for. Raises NotFound."""
    from sqlalchemy import select

    from apella.errors import NotFound
    from apella.registry.model import Organisation, OrganisationKind

    kind = {
        "school_operator": OrganisationKind.SCHOOL,
        "municipal_operator": OrganisationKind.MUNICIPAL_AUTHORITY,
    }.get(role)
    query = select(Organisation.id).where(Organisation.season_id == at.actor.season_id, Organisation.code == code)
    found = at.work.session.scalars(query if kind is None else query.where(Organisation.kind == kind)).all()
    if len(found) != 1:
        raise NotFound("Организации с таким кодом для этой роли нет. Проверьте код.", code="client.organisation")
    return found[0]


def _moments(zone: ZoneInfo) -> Callable[[datetime], str]:
    return lambda moment: f"{moment.astimezone(zone):%d.%m.%Y %H:%M}"


@contextmanager
def _application(slug: str) -> Iterator[_At]:
    """A unit of work of the region, on the database of the running instance or on one that runs for this command."""
    from apella.bootstrap import make_app
    from apella.embedded.attach import attached
    from apella.onboarding.importing import importer
    from apella.tenancy.model import Season

    with attached(Settings.from_environment(os.environ), command="client", create=False) as settings:
        app = replace(make_app(), settings=settings)
        try:
            rules = app.regions.get(slug)
            with app.database.unit_of_work(rules.tenant.tenant_id) as work:
                actor = importer(work.session, rules=rules)
                work.enter_season(work.session.get_one(Season, (actor.tenant_id, actor.season_id)).clock_offset)
                yield _At(work, actor, rules)
        finally:
            app.database.engine.dispose()


COMMANDS = (client,)
"""What `apella` gets from here."""
