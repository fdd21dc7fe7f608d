"""The commands `apella retention` and `apella erase`: until when personal data are kept, and erasing them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from apella.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from apella.bootstrap import App
    from apella.regions.rules import RegionRules
    from apella.retention.service import Means, Standing
    from apella.tenancy.model import Season

_TENANT = click.option("--tenant", "slug", required=True, metavar="РЕГИОН", help="Регион: имя его папки.")
_ACT = click.option("--act", "number", required=True, metavar="НОМЕР", help="Номер акта об уничтожении.")
_DAY = click.option(
    "--act-date",
    "day",
    required=True,
    type=click.DateTime(formats=["%Y-%m-%d"]),
    metavar="ДЕНЬ",
    help="День акта, например 2027-03-02.",
)
_ROWS: Final = {
    "person": "людей",
    "appeal": "дел с текстами или контактами",
    "notice": "сообщений",
    "mark": "ответов в работах",
    "work": "кодов работ",
    "decision": "решений с текстами",
    "conclusion": "заключений экспертов",
    "membership": "прав участников и представителей",
    "representation": "связей с представителями",
}


@click.group()
def retention() -> None:
    """Срок хранения личных данных: что пора стереть, стереть, стереть снова после восстановления."""


@retention.command()
@_TENANT
def show(slug: str) -> None:
    """Показать по сезонам, до какого дня хранятся данные и что будет стёрто. Ничего не меняет."""
    from sqlalchemy import select

    from apella.retention.service import standing
    from apella.tenancy.model import Season

    with _application("retention show") as (app, means):
        newest = app.regions.get(slug)
        with means.database.unit_of_work(newest.tenant.tenant_id) as work:
            for season in work.session.scalars(select(Season).order_by(Season.created_at)):
                rules = _rules(app, work.session, slug, season)
                found = standing(work.session, season=season, rules=rules, machine_now=work.machine_now)
                click.echo("\n".join(_lines(found, rules)))


@retention.command()
@_TENANT
@click.option("--season", "code", required=True, metavar="КОД", help="Сезон.")
@_ACT
@_DAY
def run(slug: str, code: str, number: str, day: datetime) -> None:
    """Стереть личные данные сезона навсегда. Сначала посмотрите apella retention show.

    Прерванную команду повторите с тем же актом: она закончит начатое.
    """
    from apella.retention.service import checked_act, erase_season

    act = checked_act(number, day.date())
    with _application("retention run") as (app, means):
        rules, season = _season(app, means, slug, code)
        found = erase_season(means, rules=rules, season_id=season.id, act=act)
    if found.amounts.nothing:
        click.echo(f"Сезон {code}: личных данных уже нет.")
        return
    click.echo(f"Сезон {code}: личные данные стёрты, ключи уничтожены.")
    for line in _amounts(found):
        click.echo(line)
    _tell_of_notes(means)


@retention.command()
@click.option(
    "--erasures",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="ПАПКА",
    help="Ещё записи о стирании: папка erasures, которая лежала рядом с главным ключом.",
)
def replay(erasures: Path | None) -> None:
    """Стереть снова то, что вернулось из копии. Выполняют после восстановления базы, до запуска Apella."""
    from apella.retention.service import replay_known

    with _application("retention replay") as (app, means):
        done = replay_known(means, tenants=[rules.slug for rules in app.regions], erasures=erasures)
    click.echo(f"Стирание повторено по записям: {done}.")


@click.group()
def erase() -> None:
    """Стереть личные данные одного человека."""


@erase.command()
@_TENANT
@click.option("--season", "code", metavar="КОД", help="Сезон; без этого – последний открытый.")
@click.option("--code", "login", required=True, metavar="КОД", help="Код регистрации участника.")
@_ACT
@_DAY
def person(slug: str, code: str | None, login: str, number: str, day: datetime) -> None:
    """Стереть данные участника по его требованию, с ним – представителей, которые не представляют никого другого.

    Пока дело открыто или документы дела ещё хранят по срокам, команда откажет и назовёт пункт.
    """
    from apella.retention.service import checked_act, erase_person

    act = checked_act(number, day.date())
    with _application("erase person") as (app, means):
        rules, season = _season(app, means, slug, code)
        erase_person(means, rules=rules, season_id=season.id, code=login, act=act)
    click.echo("Личные данные участника стёрты: документ, контакты, имя, ответы, файлы, вход.")
    click.echo("Его представители больше за него не действуют; кто не представляет никого другого, стёрты тоже.")
    _tell_of_notes(means)


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[App, Means]]:
    """The parts on this database, and what erasing works with: as the tables' owner, whom append-only does not bind."""
    from apella.bootstrap import make_app
    from apella.db.engine import DbRole, make_engine
    from apella.db.unit_of_work import Database
    from apella.retention.service import Means

    app = replace(make_app(), settings=settings)
    engine = make_engine(settings.database_url or "", DbRole.OWNER, pool_size=1, pooled=settings.database_pooled)
    folder = settings.master_key_file.parent
    try:
        yield app, Means(database=Database(engine), store=app.store, key=app.audit_key, folder=folder)
    finally:
        engine.dispose()


def _season(app: App, means: Means, slug: str, code: str | None) -> tuple[RegionRules, Season]:
    from apella.onboarding.importing import importer
    from apella.tenancy.model import Season

    newest = app.regions.get(slug)
    with means.database.unit_of_work(newest.tenant.tenant_id) as work:
        actor = importer(work.session, rules=newest, season_code=code)
        season = work.session.get_one(Season, (actor.tenant_id, actor.season_id))
        return _rules(app, work.session, slug, season), season


def _rules(app: App, session: Session, slug: str, season: Season) -> RegionRules:
    from apella.regions.book import rules_of_season

    return rules_of_season(session, app.regions, slug=slug, season=season)


def _lines(found: Standing, rules: RegionRules) -> Iterator[str]:
    last = found.kept.until.astimezone(rules.zone) - timedelta(seconds=1)
    yield f"{found.season.code} – {found.season.title}"
    yield f"  Хранить по {last:%d.%m.%Y} включительно: основание {', '.join(found.kept.clauses)}"
    if found.amounts.nothing:
        yield "  Личных данных нет: стёрты."
        return
    yield from _amounts(found)
    if found.open_cases:
        yield f"  Открытых дел {found.open_cases}: пока они открыты, стирать нельзя."
    elif found.is_due:
        yield "  Пора стереть: apella retention run"


def _amounts(found: Standing) -> Iterator[str]:
    amounts = found.amounts
    for table, words in _ROWS.items():
        if amounts.rows.get(table):
            yield f"  {words}: {amounts.rows[table]}"
    if others := sum(count for table, count in amounts.rows.items() if table not in _ROWS):
        yield f"  прочих записей: {others}"
    yield f"  файлов: {amounts.files}, {amounts.size / 1_000_000:.1f} МБ"
    yield f"  ключей: {amounts.keys}"


def _tell_of_notes(means: Means) -> None:
    from apella.retention.erasures import FOLDER

    click.echo(
        f"Запись о стирании лежит в {means.folder / FOLDER}. Храните эту папку с главным ключом: после восстановления "
        "копии по ней стирают снова."
    )


@contextmanager
def _application(command: str) -> Iterator[tuple[App, Means]]:
    """The same, on the database of the running instance or on one that runs for this command alone."""
    from apella.embedded.attach import attached

    with (
        attached(Settings.from_environment(os.environ), command=command, create=False) as settings,
        opened(settings) as parts,
    ):
        yield parts


COMMANDS = (retention, erase)
"""What `apella` gets from here."""
