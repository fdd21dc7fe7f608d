"""Commands about the tenants' files, answered without a database: tenant check."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from apella.errors import ConfigurationError
from apella.settings import Settings
from apella.tenancy.files import tenant_directories, tenants_in

if TYPE_CHECKING:
    from apella.regions.rules import RegionRules


@click.group()
def tenant() -> None:
    """Файлы регионов."""


@tenant.command()
@click.argument("folders", nargs=-1, metavar="[ПАПКА]...", type=click.Path(path_type=Path))
def check(folders: tuple[Path, ...]) -> None:
    """Проверить файлы регионов: тех, что лежат в ПАПКАХ, или всех известных.

    ПАПКА – это папка региона или папка, в которой лежат такие папки, где угодно на диске. Печатает OK и сводку по
    каждому региону или все ошибки, по одной на строке, и тогда завершается с кодом 1.
    """
    from apella.regions.registry import FolderEditions, RegionRegistry

    known = tenant_directories(Settings.from_environment(os.environ).tenants)
    found = _folders(folders) if folders else known
    RegionRegistry.load(found, beside=known)
    for directory in found.values():
        for number, rules in enumerate(FolderEditions(directory).all):
            if number == 0:
                click.echo(f"OK: {rules.slug}, {rules.tenant.title.nominative}")
            _summarise(rules)


def _folders(given: tuple[Path, ...]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in given:
        inner = tenants_in(folder)
        if not inner:
            raise ConfigurationError(
                f"{folder}: здесь нет ни одного региона; "
                "нужна папка с файлом tenant.toml или папка, в которой лежат такие папки.",
                code="settings.tenants",
            )
        for slug in inner.keys() & found.keys():
            raise ConfigurationError(
                f"Регион {slug} лежит в двух папках: {found[slug]} и {inner[slug]}. Проверьте их по одной.",
                code="settings.tenants",
            )
        found |= inner
    return found


def _summarise(rules: RegionRules) -> None:
    since = "с начала" if rules.in_force is None else f"с {rules.in_force:%d.%m.%Y}"
    click.echo(f"  Редакция {since}: {rules.edition.reference}")
    note = rules.edition_note(rules.year)
    if note is not None:
        click.echo(f"    {note}")
    for kind, name in (("score", "о баллах"), ("procedure", "о нарушении порядка")):
        doors = dict.fromkeys(channel.title for channel in rules.channels if channel.kind == kind)
        click.echo(f"    Каналы, апелляции {name}: {'; '.join(doors)}")
    click.echo(f"    Отступления от федеральных сроков: {len(rules.deviations) or 'нет'}")
    for deviation in rules.deviations:
        click.echo(f"      {deviation.term.id}: {deviation.act}")


COMMANDS = (tenant,)
