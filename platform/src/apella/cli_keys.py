"""The commands `apella keys`: a new data key for a season, another master key for everything."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final

import click

from apella.errors import Conflict
from apella.settings import Settings

if TYPE_CHECKING:
    from apella.bootstrap import App
    from apella.db.unit_of_work import Database

_KEY_FILE = click.Path(path_type=Path, dir_okay=False)
_TOLD: Final = 1000
"""After how many rows the command says how far it has come."""
_TABLES: Final = {
    "person": "люди",
    "appeal": "апелляции",
    "representation": "представители",
    "sms_code": "коды для входа",
    "phone_binding": "привязки телефонов",
    "outbox_message": "учебные сообщения",
}


@click.group()
def keys() -> None:
    """Ключи личных данных: замена ключей сезона и главного ключа."""


@keys.command()
@click.option("--tenant", "slug", required=True, metavar="РЕГИОН", help="Регион: имя его папки.")
@click.option("--season", "code", metavar="КОД", help="Сезон; без этого – последний открытый.")
@click.option("--fast", is_flag=True, help="Не отдыхать: если прежний ключ мог утечь. Страницы замедлятся.")
def rotate(slug: str, code: str | None, fast: bool) -> None:
    """Дать сезону и его делам новые ключи, перезаписать под ними все данные и уничтожить прежние.

    Работу не останавливает: после каждой порции отдыхает, чтобы страницы открывались так же быстро. Прерванную команду
    повторите: она продолжит с того же места.
    """
    from apella.identity.key_rotation import SHARE
    from apella.identity.key_rotation import rotate as rotate_keys
    from apella.onboarding.importing import importer

    rewritten: Counter[str] = Counter()

    def told(table: str, count: int) -> None:
        said, rewritten[table] = rewritten[table] // _TOLD, rewritten[table] + count
        if rewritten[table] // _TOLD > said:
            click.echo(f"  {_TABLES.get(table, table)}: перезаписано {rewritten[table]}")

    with _application("keys rotate") as (app, database):
        rules = app.regions.get(slug)
        with database.unit_of_work(rules.tenant.tenant_id) as work:
            actor = importer(work.session, rules=rules, season_code=code)
        click.echo("Меняем ключ. Прежний уничтожим, когда о новом узнают все процессы: не раньше чем через две минуты.")
        version = rotate_keys(
            database, master=app.master, actor=actor, wait=Event().wait, told=told, share=1 if fast else SHARE
        )
    click.echo(f"Готово: действует ключ {version}, прежний уничтожен. Перезаписано строк: {rewritten.total()}.")


@keys.command()
@click.option("--old", required=True, type=_KEY_FILE, metavar="ФАЙЛ", help="Прежний главный ключ.")
@click.option("--new", required=True, type=_KEY_FILE, metavar="ФАЙЛ", help="Новый: openssl rand -base64 32 > ФАЙЛ.")
def rewrap(old: Path, new: Path) -> None:
    """Перевести все данные на новый главный ключ. Apella должна быть остановлена.

    Прерванную команду повторите с теми же файлами: она продолжит.
    """
    from sqlalchemy import select

    from apella.db.keys import load_master_key
    from apella.identity.master_change import change_master, check_alone, end_sessions
    from apella.tenancy.model import Tenant

    old_key, new_key = load_master_key(old), load_master_key(new)
    if old_key.fingerprint == new_key.fingerprint:
        raise Conflict("В обоих файлах один и тот же ключ.", code="keys.same")
    _check_stopped()
    with _application("keys rewrap") as (app, database):
        check_alone(database)
        with database.unit_of_work(None) as work:
            tenants = work.session.execute(select(Tenant.id, Tenant.slug).order_by(Tenant.id)).all()
        for tenant_id, slug in tenants:
            changed = change_master(database, tenant_id=tenant_id, slug=slug, old=old_key, new=new_key)
            if changed.keys or changed.indexes:
                click.echo(f"  {slug}: ключей {changed.keys}, записей с указателями {changed.indexes}")
        end_sessions(database)
        settings = app.settings
    _note_in_record(settings, new)
    click.echo(f"Готово. Теперь положите новый ключ на место прежнего: mv {new} {settings.master_key_file}")
    click.echo("Прежний ключ храните, пока храните копии, сделанные с ним: без него их не восстановить.")


def _check_stopped() -> None:
    """Raise Conflict (`keys.running`) while the instance of this home runs."""
    from apella.embedded.home import Home
    from apella.embedded.lock import holder_now

    settings = Settings.from_environment(os.environ)
    if settings.embedded and settings.database_url is None and holder_now(Home(settings.home)) is not None:
        raise Conflict("Apella работает. Остановите её (Ctrl+C) и повторите.", code="keys.running")


def _note_in_record(settings: Settings, new: Path) -> None:
    """Let the home know which master key it is of now."""
    from apella.embedded.home import Home
    from apella.embedded.record import key_fingerprint, read_record, write_record

    home = Home(settings.home)
    record = read_record(home) if settings.embedded else None
    if record is not None:
        write_record(home, replace(record, key_fingerprint=key_fingerprint(new)))


@contextmanager
def _application(command: str) -> Iterator[tuple[App, Database]]:
    """The parts, and the database as the owner of the tables: nobody else may destroy a key."""
    from apella.bootstrap import make_app
    from apella.db.engine import DbRole, make_engine
    from apella.db.unit_of_work import Database
    from apella.embedded.attach import attached

    with attached(Settings.from_environment(os.environ), command=command, create=False) as settings:
        app = replace(make_app(), settings=settings)
        engine = make_engine(settings.database_url or "", DbRole.OWNER, pool_size=1, pooled=settings.database_pooled)
        try:
            yield app, Database(engine)
        finally:
            engine.dispose()


COMMANDS = (keys,)
"""What `apella` gets from here."""
