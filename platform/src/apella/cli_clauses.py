"""The command `apella clauses`: which statements of the regulations the product proves, shows, or leaves open."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click

from apella.errors import ConfigurationError
from apella.tenancy.files import repository, shipped_tenants


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Для программ.")
@click.option("--run", is_flag=True, help="Сначала выполнить все испытания с пометкой пункта.")
@click.option("--write", type=click.Path(path_type=Path), metavar="ФАЙЛ", help="Записать страницу «пункт → испытание».")
def clauses(as_json: bool, run: bool, write: Path | None) -> None:
    """Какие положения актов доказаны испытаниями, показаны или ещё открыты.

    Считает по последнему прогону испытаний; если его ещё не было, выполняет их.
    """
    from apella.regions import clause_coverage
    from apella.regions.clauses import read_clauses
    from apella.regions.loader import FEDERAL
    from apella.regions.registry import RegionRegistry
    from apella.rulebook import clockless

    root = repository()
    if root is None:
        raise ConfigurationError(
            "Положения сверяют с испытаниями, а они есть только в папке проекта: выполните команду в ней.",
            code="clauses.no_project",
        )
    record = root / clause_coverage.RECORD
    if run or not record.is_file():
        _run_marked(root, record)
    shipped = shipped_tenants()
    regions = RegionRegistry.load(shipped)
    found = clause_coverage.coverage(
        (clause for folder in (FEDERAL, *shipped.values()) for clause in read_clauses(folder)),
        record=clause_coverage.read_record(record),
        regions=regions,
    )
    if write is not None:
        awaited = clockless.awaited_terms((root / clockless.DOCS).read_text(encoding="utf-8"))
        page = clockless.with_introduction(clause_coverage.as_markdown(found), clockless.clauses_of(awaited, regions))
        write.write_text(page, encoding="utf-8")
    if as_json:
        click.echo(json.dumps(clause_coverage.as_json(found), ensure_ascii=False, indent=1))
    else:
        click.echo(clause_coverage.as_text(found))


def _run_marked(root: Path, record: Path) -> None:
    """Run every test that names a clause; a failing one leaves its clauses open, so its exit code does not matter."""
    click.echo("Выполняю испытания с пометкой пункта, это несколько минут…", err=True)
    record.unlink(missing_ok=True)
    subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", "-q", "--durations=0", "--durations-min=60", "-m", "clause"],
        cwd=root,
        stdout=sys.stderr,
        check=False,
    )
    if not record.is_file():
        raise ConfigurationError("Испытания не выполнились: посмотрите вывод выше.", code="clauses.no_run")


COMMANDS = (clauses,)
