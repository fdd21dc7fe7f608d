"""Commands about the instance on this machine: up, status, backup, restore."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from apella.settings import Settings

if TYPE_CHECKING:
    from apella.embedded.children import RunningParts


@click.command()
def up() -> None:
    """Запустить Apella на этой машине (остановка: Ctrl+C)."""
    from apella.embedded.children import environment_of_children
    from apella.embedded.schema import current_schema
    from apella.embedded.supervisor import Supervisor

    settings = Settings.from_environment(os.environ)

    # Imported late: a second instance gets its sentence before the whole application is loaded.
    def enter(parts: RunningParts) -> None:
        from apella.embedded import first_start

        first_start.enter({**os.environ, **environment_of_children(settings, parts)}, click.echo)

    def fill(parts: RunningParts) -> None:
        from apella.embedded import first_start

        first_start.fill({**os.environ, **environment_of_children(settings, parts)}, click.echo)

    def announce(parts: RunningParts) -> list[str]:
        from apella.embedded import first_start

        return first_start.lines(environment_of_children(settings, parts))

    Supervisor(
        settings, schema=current_schema(), say=click.echo, announce=announce, enter=enter, first_start=fill
    ).run()


@click.command()
def status() -> None:
    """Показать, работает ли Apella и её части."""
    from apella.embedded.attach import UP
    from apella.embedded.home import Home
    from apella.embedded.lock import holder_now
    from apella.embedded.record import read_record

    settings = Settings.from_environment(os.environ)
    home = Home(settings.home)
    record = read_record(home)
    holder = holder_now(home)
    click.echo(f"Папка данных: {home.root}")
    if record is None:
        click.echo("Данных Apella в ней ещё нет.")
    else:
        click.echo(f"PostgreSQL {record.postgres_major}, схема {record.schema or 'ещё не создана'}")
    if holder is None:
        click.echo("Apella не запущена.")
        return
    click.echo(f"Работает команда apella {holder.command}, процесс {holder.pid}.")
    state = home.run / "state.json"
    if holder.command == UP and state.exists():
        found = json.loads(state.read_text())
        click.echo("Готова к работе." if found["ready"] else "Запускается.")
        for name, part in found["parts"].items():
            process = f"процесс {part['pid']}" if part["pid"] else "остановлена, ждёт перезапуска"
            click.echo(f"  {name}: {process}, перезапусков {part['restarts']}")


@click.command()
@click.argument("folder", metavar="ПАПКА", type=click.Path(path_type=Path))
def backup(folder: Path) -> None:
    """Сделать копию в новую папку.

    Копируются база данных и файлы; Apella при этом может работать."""
    from apella.embedded.backup import make_backup
    from apella.embedded.schema import current_schema

    settings = Settings.from_environment(os.environ)
    made = make_backup(settings, folder, schema=current_schema())
    click.echo(f"Копия готова: {made.folder} (файлов: {made.files}). Проверка: sha256sum -c SHA256SUMS.")
    click.echo(
        f"Главного ключа в копии нет. Храните файл {settings.master_key_file} (отпечаток"
        f" {made.record.key_fingerprint}) отдельно от неё: без него копию не восстановить."
    )


@click.command()
@click.argument("folder", metavar="ПАПКА", type=click.Path(path_type=Path))
@click.option(
    "--erasures",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="ПАПКА",
    help="Записи о стирании: папка erasures, которая лежала рядом с главным ключом прежней установки.",
)
def restore(folder: Path, erasures: Path | None) -> None:
    """Восстановить копию в пустой папке данных.

    Главный ключ должен уже лежать на своём месте. Данные, стёртые после этой копии, стираются снова."""
    from apella.embedded.restore import restore_backup
    from apella.embedded.schema import current_schema

    settings = Settings.from_environment(os.environ)

    def forget(with_database: Settings) -> None:
        from apella.cli_retention import opened
        from apella.retention.service import replay_known

        with opened(with_database) as (app, means):
            done = replay_known(means, tenants=[rules.slug for rules in app.regions], erasures=erasures)
        if done:
            click.echo(f"Стёрто снова по записям о стирании: {done}.")

    made = restore_backup(settings, folder, schema=current_schema(), forget=forget)
    click.echo(f"Копия восстановлена в {settings.home} (файлов: {made.files}). Запуск: apella up.")


COMMANDS = (up, status, backup, restore)
