"""The command `apella rules`: a region's rule set in readable Russian, answered from the tenants' files alone."""

from __future__ import annotations

import json
import os

import click

from apella.errors import ConfigurationError
from apella.settings import Settings
from apella.tenancy.files import tenant_directories


@click.group()
def rules() -> None:
    """Правила региона."""


@rules.command()
@click.option("--tenant", "slug", required=True, metavar="РЕГИОН", help="Регион: имя его папки.")
@click.option(
    "--diff",
    type=click.Choice(["federal"]),
    help="Показать только то, что отличается от федеральных правил.",
    metavar="federal",
)
@click.option("--json", "as_json", is_flag=True, help="Напечатать в виде JSON.")
def show(slug: str, diff: str | None, as_json: bool) -> None:
    """Показать правила региона: что, значение, пункты; рядом – федеральное значение, где оно другое."""
    from apella.regions.loader import federal_counterpart
    from apella.regions.registry import RegionRegistry
    from apella.rulebook.rules_view import rules_text, rules_view

    found = tenant_directories(Settings.from_environment(os.environ).tenants)
    if slug not in found:
        raise ConfigurationError(f"Региона «{slug}» нет. Есть: {', '.join(found)}.", code="tenant.unknown")
    region = RegionRegistry.load({slug: found[slug]}).get(slug)
    view = rules_view(region, federal_counterpart(region), only_differences=diff is not None)
    click.echo(json.dumps(view.as_json(), ensure_ascii=False, indent=2) if as_json else rules_text(view))


COMMANDS = (rules,)
"""What `apella` gets from here."""
