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
    """Показать правила региона, которые действуют сегодня: что, значение, пункты; рядом – федеральное, где другое."""
    from apella.regions.loader import federal_counterpart
    from apella.regions.registry import RegionRegistry
    from apella.rulebook.in_force import on_day
    from apella.rulebook.rules_view import rules_text, rules_view
    from apella.rulebook.today import machine_day

    found = tenant_directories(Settings.from_environment(os.environ).tenants)
    if slug not in found:
        raise ConfigurationError(f"Региона «{slug}» нет. Есть: {', '.join(found)}.", code="tenant.unknown")
    regions = RegionRegistry.load({slug: found[slug]})
    today = machine_day(regions.get(slug).zone)
    standing = on_day(regions, slug, today)
    federal = federal_counterpart(standing.rules)
    view = rules_view(standing.rules, federal, only_differences=diff is not None, found=standing)
    click.echo(json.dumps(view.as_json(), ensure_ascii=False, indent=2) if as_json else rules_text(view, today=today))


COMMANDS = (rules,)
"""What `apella` gets from here."""
