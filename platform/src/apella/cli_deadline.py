"""The commands `apella deadline`: a region's terms, and any of them counted and explained.

Answered from the tenants' files alone: neither a database nor a running instance is needed, unless `--live` asks one.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from apella.errors import ConfigurationError, Malformed
from apella.settings import Settings
from apella.tenancy.files import tenant_directories

if TYPE_CHECKING:
    from apella.rulebook.in_force import InForce

MISUSED = 2


@click.group()
def deadline() -> None:
    """Сроки региона: перечень и расчёт с объяснением."""


@deadline.command()
@click.option("--tenant", "slug", required=True, metavar="РЕГИОН", help="Регион: имя его папки.")
@click.option("--json", "as_json", is_flag=True, help="Напечатать в виде JSON.")
def terms(slug: str, as_json: bool) -> None:
    """Показать все сроки региона по правилам, которые действуют сегодня: кто и что должен, по каким пунктам."""
    from apella.rulebook.terms_text import terms_text
    from apella.rulebook.terms_view import terms_document

    found, today = _in_force(slug)
    click.echo(_json(terms_document(found)) if as_json else terms_text(found, today=today))


@deadline.command()
@click.option("--tenant", "slug", required=True, metavar="РЕГИОН", help="Регион: имя его папки.")
@click.option("--term", "term_id", required=True, metavar="СРОК", help="Срок, например score.filing.")
@click.option("--from", "start", default="", metavar="ДАТА", help="Первое событие: ГГГГ-ММ-ДД или ГГГГ-ММ-ДДTЧЧ:ММ.")
@click.option("--event", "events", multiple=True, metavar="СОБЫТИЕ=ДАТА", help="Другое событие срока; можно повторять.")
@click.option("--channel", default="electronic", show_default=True, metavar="ДВЕРЬ", help="Дверь, если у неё свой час.")
@click.option("--json", "as_json", is_flag=True, help="Напечатать в виде JSON.")
@click.option("--live", is_flag=True, help="Спросить работающую Apella: в ней могут быть новые календари.")
@click.option("--url", metavar="АДРЕС", help="Её адрес; без него – на этой машине.")
def explain(
    slug: str,
    term_id: str,
    start: str,
    events: tuple[str, ...],
    channel: str,
    as_json: bool,
    live: bool,
    url: str | None,
) -> None:
    """Посчитать срок и показать каждый день счёта.

    Без --live правила берут те, что действовали в день первой указанной даты.

    Код завершения 2: даты нет, потому что не указано событие, от которого она зависит, или дату нельзя посчитать.
    """
    from apella.rulebook.asking import ask, day_asked, document
    from apella.rulebook.explain_text import explain_text

    settings = Settings.from_environment(os.environ)
    today = None
    try:
        if live or url:
            from apella.rulebook.live import ask_live

            answer = ask_live(
                url or f"http://127.0.0.1:{settings.port}",
                slug,
                term_id=term_id,
                start=start,
                events=events,
                channel=channel,
            )
        else:
            found, today = _in_force(slug, day=day_asked(start, events))
            answer = document(found, ask(found.rules, term_id=term_id, start=start, events=events, channel=channel))
    except Malformed as error:
        click.echo(error.message, err=True)
        sys.exit(MISUSED)
    click.echo(_json(answer) if as_json else explain_text(answer, today=today))
    if answer["due"] is None:
        sys.exit(MISUSED)


def _in_force(slug: str, *, day: dt.date | None = None) -> tuple[InForce, dt.date]:
    """Give the rules of one tenant in force on a day, by default today, and today.

    Raises ConfigurationError that offers the tenants there are.
    """
    from apella.regions.registry import RegionRegistry
    from apella.rulebook.in_force import on_day
    from apella.rulebook.today import machine_day

    found = tenant_directories(Settings.from_environment(os.environ).tenants)
    if slug not in found:
        raise ConfigurationError(f"Региона «{slug}» нет. Есть: {', '.join(found)}.", code="tenant.unknown")
    regions = RegionRegistry.load({slug: found[slug]})
    today = machine_day(regions.get(slug).zone)
    return on_day(regions, slug, day or today), today


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


COMMANDS = (deadline,)
"""What `apella` gets from here."""
