"""The commands `apella calendar`: show a year, compare a file with the calendar in force, hand a change in.

`show` and `diff` answer from the tenants' files alone, unless `--live` asks the database; `import` needs it always.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from apella.errors import ConfigurationError, Malformed
from apella.settings import Settings
from apella.tenancy.files import tenant_directories

if TYPE_CHECKING:
    from apella.bootstrap import App
    from apella.calendar.working import Week, WorkCalendar
    from apella.db.unit_of_work import UnitOfWork
    from apella.identity.actor import Actor
    from apella.identity.roles import Role
    from apella.regions.rules import RegionRules

MISUSED: Final = 2
ROWS: Final = 50
"""How many clocks of each list a terminal shows; the heading says how many there are."""

_TENANT = click.option("--tenant", "slug", required=True, metavar="РЕГИОН", help="Регион: имя его папки.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Напечатать в виде JSON.")
_LIVE = click.option("--live", is_flag=True, help="По базе данных: с внесёнными календарями и идущими сроками.")
_FILE = click.argument("file", metavar="ФАЙЛ", type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def calendar() -> None:
    """Рабочий календарь региона: показать, сравнить, внести изменение."""


@calendar.command()
@_TENANT
@click.option("--year", type=int, metavar="ГОД", help="Какой год; без этого – последний год экзаменов региона.")
@click.option("--week", type=click.Choice(["5", "6"]), default="5", show_default=True, help="Дней в рабочей неделе.")
@_JSON
@_LIVE
def show(slug: str, year: int | None, week: str, as_json: bool, live: bool) -> None:
    """Показать год по месяцам, с причиной каждого особого дня."""
    from apella.calendar.working import CalendarRangeError
    from apella.rulebook.calendar_text import calendar_document, calendar_text

    rules = _rules(slug)
    found = _in_force(slug) if live else rules.calendar
    chosen: Week = 6 if week == "6" else 5
    wanted = rules.year if year is None else year
    try:
        if as_json:
            click.echo(_json(calendar_document(found, wanted, week=chosen, slug=slug)))
        else:
            click.echo(calendar_text(found, wanted, week=chosen, title=rules.tenant.title.nominative))
    except CalendarRangeError as error:
        click.echo(error.message, err=True)
        sys.exit(MISUSED)


@calendar.command()
@_TENANT
@_JSON
@_LIVE
@_FILE
def diff(slug: str, file: Path, as_json: bool, live: bool) -> None:
    """Показать, что изменит ФАЙЛ: дни, а по базе данных – и сроки дел. Ничего не сохраняется."""
    from apella.calendar.change_file import read_change
    from apella.calendar.changes import CalendarContent, apply_change
    from apella.deadlines.difference import difference
    from apella.rulebook.calendar_text import days_document, difference_document, difference_text

    change = read_change(_bytes(file), name=file.name)
    if not live:
        base = _rules(slug).calendar
        content = apply_change(CalendarContent.of(base), change, place=file.name)
        new = content.calendar(version=f"{base.version} + {file.name}")
        found = _changes(base, new)
        click.echo(_json({"days": days_document(found.days), "years": list(found.years)}) if as_json else found.text)
        return
    with _application() as app, _work(app, slug) as work:
        old = work.in_force
        content = apply_change(CalendarContent.of(old), change, place=file.name)
        new = content.calendar(version=f"{old.version} + {file.name}")
        moved = difference(
            work.unit.session,
            old=old,
            new=new,
            rules_for=work.rules_for,
            machine_now=work.unit.machine_now,
            limit=ROWS,
        )
        zone = work.rules.zone
        if as_json:
            click.echo(_json(difference_document(moved, zone=zone)))
        else:
            click.echo(f"{_changes(old, new).text}\n{difference_text(moved, zone=zone)}")


@calendar.command(name="import")
@_TENANT
@click.option("--note", metavar="ТЕКСТ", help="Пояснение тем, кто будет решать.")
@click.option("--as", "login", metavar="ЛОГИН", help="От чьего имени: сотрудник региона.")
@click.option(
    "--approve", is_flag=True, help="Сразу ввести в действие от имени этого сотрудника; нужны --as и --reason."
)
@click.option("--reason", metavar="ТЕКСТ", help="Почему решение вносит оператор: «звонок председателя в 23:10».")
@click.option(
    "--shipped", is_flag=True, help="Вместо файла: календарь из файлов программы и региона, после обновления."
)
@click.argument("file", metavar="[ФАЙЛ]", required=False, type=click.Path(path_type=Path, dir_okay=False))
def import_command(
    slug: str, note: str | None, login: str | None, approve: bool, reason: str | None, shipped: bool, file: Path | None
) -> None:
    """Внести изменение из ФАЙЛА как предложение; сроки сдвинутся, когда его утвердят.

    Проверяется весь файл, и при любой ошибке не сохраняется ничего. Истёкшие сроки эта команда не открывает никогда:
    это решают на странице изменения.
    """
    from apella.calendar.model import VersionState
    from apella.calendar.store import calendar_of
    from apella.deadlines import change
    from apella.rulebook.calendar_text import difference_text

    if shipped == (file is not None):
        raise Malformed("Укажите файл или --shipped, что-то одно.", code="calendar.import")
    if approve and not (login and reason and reason.strip()):
        raise Malformed("Для --approve укажите, от чьего имени (--as) и почему (--reason).", code="calendar.import")
    data = b"" if file is None else _bytes(file)
    with _application() as app, _work(app, slug) as work:
        # With --approve the named person decides; what is decided on is brought in by the operator.
        actor, role = _actor(work, None if approve else login, "propose_calendar")
        decider, decides_as = _actor(work, login, "approve_calendar") if approve else (actor, role)
        session, base = work.unit.session, work.rules.calendar
        old = work.in_force
        if file is None:
            version = change.propose_shipped(session, actor=actor, role=role, base=base, note=note)
        else:
            version = change.propose(
                session, actor=actor, role=role, base=base, data=data, file_name=file.name, note=note
            )
        click.echo(f"Предложение № {version.number}: {version.title}.")
        click.echo(_changes(old, calendar_of(session, version, base)).text)
        found = change.difference_of(
            session, version, base=base, rules_for=work.rules_for, machine_now=work.unit.machine_now, limit=ROWS
        )
        click.echo(difference_text(found, zone=work.rules.zone))
        if not approve:
            click.echo(f"Решают на странице /{slug}/calendar/changes/{version.id}: {_deciders(work.rules)}.")
            return
        version = change.approve(
            session,
            actor=decider,
            role=decides_as,
            version_id=version.id,
            base=base,
            rules_for=work.rules_for,
            machine_now=work.unit.machine_now,
            reason=f"внёс оператор: {reason}",
            entered_by="operator",
        )
        applied = version.state is VersionState.APPLIED
        click.echo(
            f"Календарь {version.label} введён в действие."
            if applied
            else "Календарь утверждён, сроки пересчитываются."
        )


@dataclass(frozen=True)
class _Work:
    """A unit of work of one tenant."""

    unit: UnitOfWork
    rules: RegionRules

    @property
    def in_force(self) -> WorkCalendar:
        from apella.calendar import store

        return store.current(self.unit.session, self.rules.calendar)

    @property
    def rules_for(self) -> Any:
        from apella.regions.book import rules_of_version

        return partial(rules_of_version, self.unit.session, self.rules)


@dataclass(frozen=True)
class _Changes:
    """What two calendars differ in."""

    days: Any
    years: tuple[int, ...]
    text: str


def _changes(old: WorkCalendar, new: WorkCalendar) -> _Changes:
    from apella.calendar.changes import added_years, changed_days, changed_shortened
    from apella.rulebook.calendar_text import days_text

    days, years = changed_days(old, new), added_years(old, new)
    return _Changes(days, years, days_text(days, years=years, shortened=changed_shortened(old, new)))


def _actor(work: _Work, login: str | None, action: str) -> tuple[Actor, Role | None]:
    """Who does it: the named member of staff in a role that permits it, or the operator at the machine.

    Raises NotFound for a login without a live role in the newest season, Forbidden for one without this right.
    """
    from apella.identity.permissions import require
    from apella.onboarding.calendar_operator import actor_of_login
    from apella.onboarding.importing import importer

    if login is None:
        return importer(work.unit.session, rules=work.rules), None
    actor = actor_of_login(work.unit, rules=work.rules, login=login)
    return actor, require(actor, action)


def _deciders(rules: RegionRules) -> str:
    return f"председатель комиссии или администратор ({rules.tenant.title.nominative})"


def _in_force(slug: str) -> WorkCalendar:
    with _application() as app, _work(app, slug) as work:
        return work.in_force


@contextmanager
def _work(app: App, slug: str) -> Iterator[_Work]:
    rules = app.regions.get(slug)
    with app.database.unit_of_work(rules.tenant.tenant_id) as unit:
        yield _Work(unit, rules)


@contextmanager
def _application() -> Iterator[App]:
    """The parts, on the database of the running instance or on one that runs for this command alone."""
    import apella.registered_jobs  # noqa: F401 approving asks for jobs
    from apella.bootstrap import make_app
    from apella.embedded.attach import attached

    with attached(Settings.from_environment(os.environ), command="calendar", create=False) as settings:
        app = replace(make_app(), settings=settings)
        try:
            yield app
        finally:
            app.database.engine.dispose()


def _rules(slug: str) -> RegionRules:
    """The newest rules of one tenant. Raises ConfigurationError that offers the tenants there are."""
    from apella.regions.registry import RegionRegistry

    found = tenant_directories(Settings.from_environment(os.environ).tenants)
    if slug not in found:
        raise ConfigurationError(f"Региона «{slug}» нет. Есть: {', '.join(found)}.", code="tenant.unknown")
    return RegionRegistry.load({slug: found[slug]}).get(slug)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Malformed(
            f"{file}: файл не читается ({error.strerror}); проверьте имя и права доступа.", code="calendar.file"
        ) from error


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


COMMANDS = (calendar,)
"""What `apella` gets from here."""
