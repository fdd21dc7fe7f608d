"""The commands `apella audit`: verify the chain, export it for a court, show the public key, fetch checkpoints."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from apella.errors import Malformed
from apella.settings import Settings

if TYPE_CHECKING:
    from apella.bootstrap import App
    from apella.regions.rules import RegionRules

_TENANT = click.option("--tenant", "slug", required=True, metavar="РЕГИОН", help="Регион: имя его папки.")
_LONGEST_REASON: Final = 200
_FIRST_DAY: Final = date(2000, 1, 1)
_LAST_DAY: Final = date(2099, 12, 31)


class _Day(click.ParamType[date]):
    """A day whose midnight every zone can write down."""

    name = "день"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            day = date.fromisoformat(str(value))
        except ValueError:
            day = None
        if day is None or not _FIRST_DAY <= day <= _LAST_DAY:
            self.fail(f"нужен день вида 2026-06-01, с {_FIRST_DAY.year} по {_LAST_DAY.year} год.", param, ctx)
        return day


@click.group()
def audit() -> None:
    """Журнал действий: проверка, выписка, ключ, контрольные точки."""


@audit.command()
@click.option("--tenant", "slug", metavar="РЕГИОН", help="Проверить один регион; без этого все.")
@click.option(
    "--checkpoints",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="ПАПКА",
    help="Контрольные точки из этой папки, а не из хранилища.",
)
@click.option(
    "--public-key",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="ФАЙЛ",
    help="Открытый ключ, который хранится отдельно; без этого ключ этой машины.",
)
@click.option("--json", "as_json", is_flag=True, help="Напечатать в виде JSON.")
@click.argument("file", metavar="[ФАЙЛ]", required=False, type=click.Path(path_type=Path, dir_okay=False))
def verify(
    slug: str | None, checkpoints: Path | None, public_key: Path | None, as_json: bool, file: Path | None
) -> int:
    """Проверить цепочку записей в базе или в ФАЙЛЕ: выписке или выгрузке pg_dump.

    Код возврата: 0 – всё цело, 1 – есть нарушения, 2 – проверить не удалось.
    """
    from apella.audit import offline_verify

    options = ["--json"] if as_json else []
    if slug is not None:
        options += ["--tenant", slug]
    with TemporaryDirectory() as folder:
        if file is not None:
            options += [] if checkpoints is None else ["--checkpoints", str(checkpoints)]
            key = public_key or _own_key(Path(folder))
            return offline_verify.main([str(file), *options, "--public-key", str(key)])
        with _application() as app:
            found = checkpoints or Path(folder) / "checkpoints"
            if checkpoints is None and not _fetch(app, found, slug=slug):
                click.echo("Контрольных точек в хранилище нет: проверяется только сама цепочка.", err=True)
            elif public_key is None:
                for number, pem in enumerate(_pems(app)):
                    (Path(folder) / f"{number}.pub").write_text(pem)
                    options += ["--public-key", str(Path(folder) / f"{number}.pub")]
                options += ["--checkpoints", str(found)]
            else:
                options += ["--public-key", str(public_key), "--checkpoints", str(found)]
            return offline_verify.main(["--dsn", _dsn(app.settings), *options])


@audit.command()
@_TENANT
@click.option("--case", "case", metavar="НОМЕР", help="Только записи дела: номер в журнале или номер расписки.")
@click.option("--from", "since", type=_Day(), metavar="ДЕНЬ", help="С этого дня, например 2026-06-01.")
@click.option("--to", "until", type=_Day(), metavar="ДЕНЬ", help="По этот день включительно.")
@click.option("--reason", required=True, metavar="ТЕКСТ", help="Основание: чей запрос, номер и дата, без имён.")
@click.option("--format", "shape", type=click.Choice(["html", "json"]), default="html", show_default=True, help="Вид.")
@click.option("--output", required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="ФАЙЛ", help="Куда.")
def export(
    slug: str, case: str | None, since: date | None, until: date | None, reason: str, shape: str, output: Path
) -> None:
    """Сделать выписку для суда: читается глазами и проверяется без Apella.

    О самой выписке остаётся запись в журнале, с основанием.
    """
    from apella.audit import checkpoints
    from apella.audit.free_text import basis
    from apella.audit.trail import record
    from apella.casework.chain_export import Wish, as_page, case_named, check_wish, make_export
    from apella.db.ids import new_id
    from apella.onboarding.importing import importer

    why = basis(reason, longest=_LONGEST_REASON, example="запрос суда № 2-14 от 20.06.2026", code="audit.reason")
    # The event stands for ever: everything that can be refused is refused before it.
    with _new_file(output) as file, _application() as app:
        rules = app.regions.get(slug)
        tenant_id, store, key = rules.tenant.tenant_id, app.store, app.audit_key
        with app.database.unit_of_work(tenant_id) as work:
            wish = Wish(
                case_id=None if case is None else case_named(work.session, case),
                since=_midnight(since, rules),
                until=_midnight(None if until is None else until + timedelta(days=1), rules),
                reason=why,
                made_at=work.machine_now,
            )
            check_wish(work.session, wish)
            record(
                work.session,
                actor=importer(work.session, rules=rules),
                tag="audit:journal:exported",
                subject_type="export",
                subject_id=new_id(),
                case_id=wish.case_id,
                after={"format": shape, "from": since and str(since), "until": until and str(until)},
                reason=why,
            )
        # The record of this export is under the checkpoint too.
        with app.database.unit_of_work(tenant_id) as work:
            checkpoints.write(work.session, store=store, key=key, slug=slug, machine_now=work.machine_now, why="export")
        with app.database.unit_of_work(tenant_id) as work:
            wish = replace(wish, made_at=work.machine_now)
            signed = make_export(work.session, rules=rules, key=key, wish=wish)
        if shape == "html":
            content = as_page(signed, rules=rules, key=key)
        else:
            content = (json.dumps(signed, ensure_ascii=False, indent=1) + "\n").encode()
        file.write(content)
    click.echo(f"Выписка готова: {output}, записей: {len(signed['export']['events'])}.")
    click.echo(f"Отдайте с ней открытый ключ (apella audit key), его отпечаток {key.fingerprint}.")


@audit.command()
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="ФАЙЛ", help="Куда; иначе на экран.")
def key(output: Path | None) -> None:
    """Показать открытый ключ, которым проверяют контрольные точки и выписки."""
    from apella.audit.signing import signing_key

    found = signing_key(Settings.from_environment(os.environ))
    if output is None:
        click.echo(found.public_pem, nl=False)
    else:
        output.write_text(found.public_pem)
    click.echo(f"Отпечаток ключа: {found.fingerprint}", err=True)


@audit.command(name="checkpoints")
@_TENANT
@click.option("--output", required=True, type=click.Path(path_type=Path), metavar="ПАПКА", help="Куда положить файлы.")
def checkpoints_command(slug: str, output: Path) -> None:
    """Сложить контрольные точки в ПАПКУ: их хранят вне региона и отдают проверяющему."""
    with _application() as app:
        app.regions.get(slug)
        click.echo(f"Контрольных точек: {_fetch(app, output, slug=slug)}, папка {output}.")


@audit.command()
@_TENANT
@click.option("--reason", required=True, metavar="ТЕКСТ", help="Какая копия возвращена и почему, без имён.")
def restored(slug: str, reason: str) -> None:
    """Отметить, что базу вернули из копии: записи после копии утрачены, цепочка идёт дальше с этого места."""
    from apella.audit import checkpoints
    from apella.audit.free_text import basis
    from apella.audit.trail import record
    from apella.db.ids import new_id
    from apella.onboarding.importing import importer

    why = basis(reason, longest=_LONGEST_REASON, example="копия от 20.06.2026, сбой диска", code="audit.reason")
    with _application() as app:
        rules = app.regions.get(slug)
        with app.database.unit_of_work(rules.tenant.tenant_id) as work:
            record(
                work.session,
                actor=importer(work.session, rules=rules),
                tag="audit:chain:restored",
                subject_type="chain",
                subject_id=new_id(),
                reason=why,
            )
        with app.database.unit_of_work(rules.tenant.tenant_id) as work:
            written = checkpoints.write(
                work.session,
                store=app.store,
                key=app.audit_key,
                slug=slug,
                machine_now=work.machine_now,
                why="restored",
                after_restore=True,
            )
            number, seq = (0, 0) if written is None else (written.number, written.seq)
    click.echo(f"Записано: контрольная точка {number} на записи {seq}. Прежние точки после копии остались в хранилище.")


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A new file for its owner alone; gone again unless the block ends well. Raises Malformed, OSError."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Malformed(f"{path}: такой файл уже есть, укажите другое имя.", code="audit.output") from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _midnight(day: date | None, rules: RegionRules) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), tzinfo=rules.zone).astimezone(UTC)


def _fetch(app: App, folder: Path, *, slug: str | None) -> int:
    """Copy tenants' checkpoints out of the store; say how many there are."""
    from apella.audit.checkpoints import KIND
    from apella.storage.keys import Area

    count = 0
    for rules in app.regions:
        if slug in (None, rules.slug):
            for found in app.store.listing(Area.EVIDENCE, tenant=rules.slug, kind=KIND):
                target = folder / rules.slug / f"{found.key.id}.json"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(app.store.get(found.key))
                count += 1
    return count


def _own_key(folder: Path) -> Path:
    from apella.audit.signing import signing_key

    click.echo("Ключ взят с этой машины; проверяющий указывает свой: --public-key.", err=True)
    path = folder / "own.pub"
    path.write_text(signing_key(Settings.from_environment(os.environ)).public_pem)
    return path


def _pems(app: App) -> list[str]:
    """The present public key and those before it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    keys = app.audit_key.trusted.values()
    return [one.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode() for one in keys]


def _dsn(settings: Settings) -> str:
    """The database as app_ops reaches it, who sees every tenant."""
    from sqlalchemy import make_url

    from apella.db.engine import DbRole

    url = make_url(settings.database_url or "").set(drivername="postgresql", username=DbRole.OPS.value)
    return url.render_as_string(hide_password=False)


@contextmanager
def _application() -> Iterator[App]:
    """The parts, on the database of the running instance or on one that runs for this command alone."""
    from apella.bootstrap import make_app
    from apella.embedded.attach import attached

    with attached(Settings.from_environment(os.environ), command="audit", create=False) as settings:
        app = replace(make_app(), settings=settings)
        try:
            yield app
        finally:
            app.database.engine.dispose()


COMMANDS = (audit,)
"""What `apella` gets from here."""
