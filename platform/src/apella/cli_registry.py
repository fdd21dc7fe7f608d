"""Commands about what a data centre delivers: demo season makes a delivery up, import takes one in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from apella.settings import Settings

if TYPE_CHECKING:
    from apella.bootstrap import App

_SCANS = ("some", "all", "none")


class _Day(click.ParamType[date]):
    name = "дата"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail("нужна дата вида 2026-06-18.", param, ctx)


@click.group()
def demo() -> None:
    """Учебные данные."""


@demo.command()
@click.option("--tenant", "slug", required=True, metavar="РЕГИОН", help="Для какого региона.")
@click.option("--participants", default=200, show_default=True, metavar="ЧИСЛО", help="Сколько участников.")
@click.option("--seed", default=7, show_default=True, metavar="ЧИСЛО", help="Другое число – другие люди и баллы.")
@click.option("--out", required=True, metavar="ПАПКА", type=click.Path(path_type=Path), help="Новая или пустая папка.")
@click.option("--scans", default="some", show_default=True, type=click.Choice(_SCANS), help="Для каких работ сканы.")
@click.option("--results-on", metavar="ДАТА", type=_Day(), help="Сдвинуть расписание: день результатов.")
@click.option("--until", metavar="ДАТА", type=_Day(), help="Добавить результаты, объявленные до этого дня.")
def season(
    slug: str, participants: int, seed: int, out: Path, scans: str, results_on: date | None, until: date | None
) -> None:
    """Записать учебный сезон таблицами CSV: настоящее расписание, вымышленные люди.

    Сканы some – для работ первых двенадцати участников, all – для всех, none – без сканов.
    """
    from apella.demo.season import Scans, generate
    from apella.demo.writing import write_season
    from apella.regions.registry import RegionRegistry
    from apella.tenancy.files import tenant_directories

    rules = RegionRegistry.load(tenant_directories(Settings.from_environment(os.environ).tenants)).get(slug)
    made = generate(rules, participants=participants, seed=seed, scans=Scans(scans), results_on=results_on, until=until)
    manifest = write_season(made, out)
    click.echo(f"Учебный сезон записан в {out}, день начала: {made.start:%d.%m.%Y}.")
    for name, entry in manifest.tables.items():
        click.echo(f"  {name}: {entry.rows}")


@click.command(name="import")
@click.option("--tenant", "slug", required=True, metavar="РЕГИОН", help="В какой регион.")
@click.option("--season", "code", metavar="КОД", help="В какой сезон; без этого – в последний открытый.")
@click.argument("folder", metavar="ПАПКА", type=click.Path(path_type=Path))
def import_command(slug: str, code: str | None, folder: Path) -> None:
    """Внести таблицы центра обработки информации: всё или ничего, повторно – без изменений."""
    from apella.onboarding.importing import import_season, importer
    from apella.regions.book import rules_of_season
    from apella.registry.importing_delivery import read_delivery
    from apella.registry.reading import ImportRefused
    from apella.tenancy.model import Season

    with _application() as app:
        newest = app.regions.get(slug)
        with app.database.unit_of_work(newest.tenant.tenant_id) as work:
            actor = importer(work.session, rules=newest, season_code=code)
            season = work.session.get_one(Season, (actor.tenant_id, actor.season_id))
            rules = rules_of_season(work.session, app.regions, slug=slug, season=season)
        try:
            delivery = read_delivery(folder, rules=rules, scanner=app.scanner)
            with app.database.unit_of_work(rules.tenant.tenant_id) as work:
                report = import_season(
                    work.session,
                    delivery=delivery,
                    rules=rules,
                    vault=app.vaults.of_season(
                        work.session, tenant_id=rules.tenant.tenant_id, season_id=actor.season_id
                    ),
                    store=app.store,
                    actor=actor,
                    machine_now=work.machine_now,
                )
        except ImportRefused as error:
            for problem in error.problems:
                click.echo(problem, err=True)
            if error.total > len(error.problems):
                click.echo(f"… и ещё {error.total - len(error.problems)}.", err=True)
            raise
    from apella.audit.words import COUNTS

    click.echo("Импорт выполнен." if report.changed else "Изменений нет: эти данные уже внесены.")
    for name, count in report.counts.items():
        if count:
            click.echo(f"  {COUNTS.get(name, name)}: {count}")


@contextmanager
def _application() -> Iterator[App]:
    """The parts, on the database of the running instance or on one that runs for this command alone."""
    from apella.bootstrap import make_app
    from apella.embedded.attach import attached

    with attached(Settings.from_environment(os.environ), command="import", create=False) as settings:
        app = replace(make_app(), settings=settings)
        try:
            yield app
        finally:
            app.database.engine.dispose()


COMMANDS = (demo, import_command)
"""What `apella` gets from here."""
