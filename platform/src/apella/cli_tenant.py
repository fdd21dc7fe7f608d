"""The commands `apella tenant export` and `restore`: one region out of a database and into another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from apella.cli_rules import tenant
from apella.settings import Settings

if TYPE_CHECKING:
    from apella.bootstrap import App
    from apella.transfer.manifest import Manifest

_FOLDER = click.Path(path_type=Path, file_okay=False)


@tenant.command()
@click.argument("slug", metavar="РЕГИОН")
@click.option("--to", "folder", required=True, type=_FOLDER, metavar="ПАПКА", help="Новая папка; её ещё нет.")
def export(slug: str, folder: Path) -> None:
    """Выгрузить один регион: все его строки на один момент, файлы и цепочку журнала.

    Работу не останавливает. Главного ключа в выгрузке нет, а без него личные данные не прочитать: перенесите его
    отдельно.
    """
    from apella.onboarding.importing import importer
    from apella.transfer.exporting import export_tenant

    with _application("tenant export", create=False) as app:
        rules = app.regions.get(slug)
        with app.database.unit_of_work(rules.tenant.tenant_id) as work:
            actor = importer(work.session, rules=rules)
        manifest = export_tenant(app, rules, actor=actor, folder=folder)
    click.echo(f"Регион {slug} выгружен в {folder}. {_summary(manifest)}")
    click.echo(f"Главного ключа {manifest.master_key} в выгрузке нет: перенесите его отдельно.", err=True)


@tenant.command()
@click.argument("folder", metavar="ПАПКА", type=_FOLDER)
def restore(folder: Path) -> None:
    """Восстановить регион из выгрузки в базу, где у него ещё ничего нет: всё или ничего."""
    from apella.transfer.restoring import restore_tenant

    with _application("tenant restore", create=True) as app:
        manifest = restore_tenant(app, folder)
    click.echo(f"Регион {manifest.slug} восстановлен из {folder}. {_summary(manifest)}")
    click.echo(f"Проверьте журнал: apella audit verify --tenant {manifest.slug}", err=True)


def _summary(manifest: Manifest) -> str:
    rows = sum(entry.rows for entry in manifest.tables.values())
    return f"Таблиц: {len(manifest.tables)}, строк: {rows}, файлов: {len(manifest.objects)}."


@contextmanager
def _application(command: str, *, create: bool) -> Iterator[App]:
    """The parts, on the database of the running instance or on one that runs for this command alone."""
    from apella.bootstrap import make_app
    from apella.embedded.attach import attached

    with attached(Settings.from_environment(os.environ), command=command, create=create) as settings:
        app = replace(make_app(), settings=settings)
        try:
            yield app
        finally:
            app.database.engine.dispose()


COMMANDS = ()
"""What `apella` gets from here: the commands hang on the group `tenant`."""
