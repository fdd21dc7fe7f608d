"""Commands about the tenants' files, answered without a database: tenants check."""

from __future__ import annotations

import os
from pathlib import Path

import click

from apella.errors import ConfigurationError
from apella.settings import Settings
from apella.tenancy.files import tenant_directories, tenants_in


@click.group()
def tenants() -> None:
    """Файлы регионов."""


@tenants.command()
@click.option("--tenant", "slug", metavar="РЕГИОН", help="Проверить один регион: имя его папки.")
@click.argument("folder", required=False, metavar="[ПАПКА]", type=click.Path(path_type=Path))
def check(slug: str | None, folder: Path | None) -> None:
    """Проверить файлы регионов: всех известных или тех, что лежат в ПАПКЕ.

    Печатает OK или все ошибки, по одной на строке, и тогда завершается с кодом 1.
    """
    from apella.regions.registry import RegionRegistry

    found = tenant_directories(Settings.from_environment(os.environ).tenants) if folder is None else tenants_in(folder)
    if not found:
        raise ConfigurationError(
            f"{folder or 'tenants'}: здесь нет ни одного региона; "
            "нужна папка с файлом tenant.toml или папка, в которой лежат такие папки.",
            code="settings.tenants",
        )
    if slug is not None:
        if slug not in found:
            raise ConfigurationError(f"Региона {slug} нет; есть: {', '.join(found)}.", code="tenant.unknown")
        found = {slug: found[slug]}
    click.echo(f"OK: {', '.join(RegionRegistry.load(found).slugs)}")


COMMANDS = (tenants,)
