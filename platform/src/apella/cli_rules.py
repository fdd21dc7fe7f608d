"""`apella tenants`: what an operator asks about the tenants' files, without a database."""

from __future__ import annotations

import os
from pathlib import Path

import click

from apella.errors import ConfigurationError
from apella.regions.registry import RegionRegistry
from apella.settings import Settings
from apella.tenancy.files import tenant_directories, tenants_in


@click.group("tenants")
def tenants() -> None:
    """Файлы регионов: проверка и просмотр."""


@tenants.command("check")
@click.option("--tenant", "slug", metavar="РЕГИОН", help="Проверить один регион, например с именем папки altai.")
@click.argument("folder", required=False, metavar="[ПАПКА]", type=click.Path(path_type=Path))
def check(slug: str | None, folder: Path | None) -> None:
    """Проверить файлы регионов: всех известных или тех, что лежат в ПАПКЕ.

    Печатает OK или все ошибки, по одной на строке, и тогда завершается с кодом 1.
    """
    try:
        registry = RegionRegistry.load(_found(folder, slug))
    except ConfigurationError as error:
        click.echo(error.message)
        raise SystemExit(1) from error
    click.echo(f"OK: {', '.join(registry.slugs)}")


def _found(folder: Path | None, slug: str | None) -> dict[str, Path]:
    if folder is None:
        found = tenant_directories(Settings.from_environment(os.environ).tenants)
    else:
        found = tenants_in(folder.absolute())
    if not found:
        raise ConfigurationError(
            f"{folder}: здесь нет ни одного региона; нужна папка с файлом tenant.toml или папка таких папок.",
            code="settings.tenants",
        )
    if slug is None:
        return found
    if slug not in found:
        raise ConfigurationError(f"Региона {slug} нет; есть: {', '.join(found)}.", code="tenant.unknown")
    return {slug: found[slug]}
